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
