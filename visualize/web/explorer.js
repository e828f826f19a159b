"use strict";

// Search, selection and its details, and copy.

function search(text) {
  const wanted = text.trim().toLowerCase();
  const hits = [];
  if (wanted) {
    scenes.forEach((scene, number) =>
      scene.cards.forEach((card, place) => {
        // What stands at a border has a place of its own, and is found there.
        if (card.outside) return;
        if (card.words.some((word) => word.includes(wanted))) hits.push([number, place]);
        for (const name of card.folded) {
          if (name.toLowerCase().includes(wanted)) hits.push([number, place, name]);
        }
      }),
    );
  }
  scenes.forEach((scene, number) =>
    scene.nodes.forEach((node, place) => {
      const hit = hits.length && hits.some(([n, p]) => n === number && p === place);
      node.root.classList.toggle("hit", Boolean(hit));
    }),
  );
  const more = hits.length > MOST_RESULTS ? `, the first ${MOST_RESULTS} listed` : "";
  byId("found").textContent = wanted ? `${count(hits.length, "result")}${more}` : "";
  byId("results").replaceChildren(...hits.slice(0, MOST_RESULTS).map(result));
}

function result([number, place, folded]) {
  const card = scenes[number].cards[place];
  const where = folded ? `in ${card.name}` : scenes.length > 1 ? scenes[number].title : "";
  const show = () => {
    if (number !== state.scene) go(number);
    select(place);
    viewport.centre(here().nodes[place].root);
  };
  return element(
    "li",
    {},
    element(
      "button",
      { type: "button", click: show },
      element("b", {}, folded || card.name),
      element("span", {}, folded ? "" : card.operation),
      element("small", {}, where),
    ),
  );
}

function select(card) {
  state.selected = card;
  highlight();
  showDetails();
  const [details, aside] = [byId("details"), byId("details").parentElement];
  const below = details.offsetTop > aside.scrollTop + 0.6 * aside.clientHeight;
  if (card !== null && below) aside.scrollTop = details.offsetTop - 60;
}

// Dims everything but the selected card, what it is computed from and what uses it.
function highlight() {
  const scene = here();
  const ancestors = reach(scene, state.selected, "child", "parent");
  const descendants = reach(scene, state.selected, "parent", "child");
  const on = state.selected !== null;
  scene.nodes.forEach(({ root }, card) => {
    root.classList.toggle("selected", card === state.selected);
    root.classList.toggle("ancestor", ancestors.has(card));
    root.classList.toggle("descendant", descendants.has(card));
    const related = ancestors.has(card) || descendants.has(card);
    root.classList.toggle("dim", on && card !== state.selected && !related);
  });
  const within = (cards, card) => cards.has(card) || card === state.selected;
  scene.edges.forEach((edge, wire) => {
    const { parent, child } = scene.wires[wire];
    const related =
      (within(ancestors, parent) && within(ancestors, child)) ||
      (within(descendants, parent) && within(descendants, child));
    edge.classList.toggle("dim", on && !related);
  });
  return [ancestors.size, descendants.size];
}

function reach(scene, start, from, to) {
  const found = new Set();
  const waiting = start === null ? [] : [start];
  while (waiting.length) {
    const card = waiting.pop();
    for (const wire of scene.wires) {
      if (wire[from] === card && !found.has(wire[to])) {
        found.add(wire[to]);
        waiting.push(wire[to]);
      }
    }
  }
  return found;
}

function showDetails() {
  const scene = here();
  const card = state.selected === null ? null : scene.cards[state.selected];
  if (card === null) {
    byId("details").replaceChildren(...overview(scene).filter(Boolean));
    return;
  }
  const [before, after] = highlight();
  const clear = element("button", { type: "button", click: () => select(null) }, "Clear");
  byId("details").replaceChildren(
    element("h2", {}, card.name, clear),
    element("dl", {}, ...facts(card).flatMap(pair)),
    slots("Operands", card.operands),
    slots("Consumers", card.consumers),
    element(
      "p",
      { class: "hint" },
      `${count(before, "ancestor")} and ${count(after, "descendant")} in this picture.`,
    ),
  );
}

// What is told of a picture as a whole: its note, the findings, a gradient's paths.
function overview(scene) {
  const note = scene.note && element("p", { class: "note" }, scene.note);
  const found = scene.cards.flatMap(({ name, facts: told }, card) =>
    told.filter(([fact]) => fact === "went wrong").map(([, story]) => finding(card, name, story)),
  );
  const hint = element("p", { class: "hint" }, page.hint);
  return [note, ...found, state.scene === 0 && page.paths && paths(page.paths), hint];
}

// A name that leads to its card.
function pointer(card, name) {
  const show = () => {
    select(card);
    viewport.look([here().nodes[card].root]);
  };
  return element("button", { type: "button", click: show }, name);
}

const finding = (card, name, story) =>
  element("p", { class: "finding" }, pointer(card, name), ` ${story}`);

function paths({ title, rows, more }) {
  const cells = [...rows, ...more.map((text) => [text])].map((row) => row.map((text) => cell(text)));
  return table(title, ["path", "share", "product"], cells, { class: "paths" });
}

function facts(card) {
  // A group has many gradients: their norm is among its facts.
  if (!STEPPING) return card.group ? card.facts : [...card.facts, ["gradient", card.gradient]];
  const scene = here();
  const done = scene.known[state.selected] <= state.step;
  const blank = scene.computed[state.selected] > state.step;
  const arrival = gradientNow(scene, state.selected);
  const later = {
    value: blank,
    "dead units": blank,
    "saturated units": blank,
    "gradient norm": !done,
  };
  const known = card.facts.map(([name, text]) => [name, later[name] ? NOT_YET : text]);
  if (card.group) return known;
  return [...known, ["gradient", arrival ? arrival.full : NOT_YET]];
}

function slots(title, rows) {
  if (!rows.length) return "";
  const lines = rows.map(({ card, name, local, contribution }) => [
    rowName(card === null ? name : pointer(card, name)),
    cell(local),
    cell(contribution),
  ]);
  return table(title, ["", "local derivative", "contribution"], lines);
}

function pictureText() {
  const copy = here().svg.cloneNode(true);
  const [, , width, height] = copy.dataset.size.split(" ");
  copy.setAttribute("viewBox", copy.dataset.size);
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  copy.removeAttribute("data-size");
  for (const moved of copy.querySelectorAll("[data-home]")) {
    moved.setAttribute("transform", moved.dataset.home);
    moved.removeAttribute("data-home");
  }
  copy.querySelector("g.key > rect.halo")?.remove();
  Words.restore(copy);
  for (const node of copy.querySelectorAll("[tabindex]")) node.removeAttribute("tabindex");
  return new XMLSerializer().serializeToString(copy);
}

async function copyPicture() {
  try {
    await navigator.clipboard.writeText(pictureText());
    say("Copied this picture as SVG.");
  } catch {
    say("The browser did not allow copying: save the picture with visualize.draw.");
  }
}
