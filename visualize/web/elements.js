"use strict";

// What every page is made with: its data, its elements, and words for counts. Text from
// the user's graph is set as textContent and as nothing else.

const page = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);

function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") made.className = value;
    else if (name === "click") made.addEventListener("click", value);
    else made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== ""));
  return made;
}

const count = (number, word) =>
  `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;

function say(text) {
  byId("status").textContent = text;
}

const NUMBERS = ["value", "scalar nodes"]; // columns that stand at the right

// A table: its title, what stands above its columns if anything does, and its rows.
function table(title, head, rows, attributes = {}) {
  const above = head.map((text) =>
    element("th", { scope: "col", class: NUMBERS.includes(text) ? "number" : "" }, text),
  );
  const lines = [...(head.length ? [above] : []), ...rows];
  const body = lines.map((cells) => element("tr", {}, ...cells));
  return element("table", attributes, element("caption", {}, title), ...body);
}

const cell = (text, attributes = {}) => element("td", attributes, text);
const rowName = (name) => element("th", { scope: "row" }, name);

// The way from the whole picture to the one shown: each a button that leads there.
function showCrumbs(scenes, shown, go) {
  const trail = [];
  for (let n = shown; n !== null; n = scenes[n].above) trail.unshift(n);
  const crumbs = trail.map((number) =>
    number === shown
      ? element("span", { "aria-current": "page" }, scenes[number].title)
      : element("button", { type: "button", click: () => go(number) }, scenes[number].title),
  );
  byId("crumbs").replaceChildren(...(scenes.length > 1 ? crumbs : []));
}

const pair = ([name, text]) => [element("dt", {}, name), element("dd", {}, text)];

// Writes a place into the page's address; in a notebook's frame there is none.
function keep(parts, way) {
  const link = `#${parts.join("&")}`;
  if (location.protocol === "about:") return;
  if (way === "pushState" || (link !== location.hash && (parts.length || location.hash))) {
    history[way](null, "", link);
  }
}

// Shows another picture as a place of its own in the browser's history: Back returns.
function visit(show, remember) {
  remember("replaceState");
  show();
  remember("pushState");
}
