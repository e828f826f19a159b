"use strict";

// The page of a program. Python has told which scalar nodes belong to which group; here
// that is only looked up and shown at both sides.

const state = { group: null, scene: 0, card: null };

const groups = { ...page.groups, ...pictureIn(byId("groups")), viewport: viewOf("groups") };
const scalars = viewOf("scalars");
const scenes = page.scenes.map((data, number) => {
  const section = document.querySelector(`[data-scene="${number}"]`);
  return { ...data, section, ...pictureIn(section) };
});
const here = () => scenes[state.scene];
let active = groups.viewport; // the side that keys zoom

function pictureIn(holder) {
  const svg = holder.querySelector("svg");
  const [nodes, edges] = ["g.node", "g.edge"].map((kind) => [...svg.querySelectorAll(kind)]);
  return { svg, nodes, edges };
}

function viewOf(id) {
  const frame = byId(id);
  const viewport = new Viewport(frame);
  for (const event of ["pointerdown", "focusin", "wheel"]) {
    frame.addEventListener(event, () => { active = viewport; }, { passive: true });
  }
  const tools = frame.parentElement.querySelector(".tools");
  const click = (name, action) => tools.querySelector(name).addEventListener("click", action);
  click(".zoom-in", () => viewport.zoom(1.25));
  click(".zoom-out", () => viewport.zoom(0.8));
  click(".fit", () => viewport.fit());
  return viewport;
}

// --- the source: a line and the group that it computes light each other ---

const source = byId("source");
const lines = [...source.querySelectorAll("[data-card]")];
const cardOf = (line) => Number(line.dataset.card);

function light(group) {
  lines.forEach((line) => line.classList.toggle("lit", cardOf(line) === group));
  groups.nodes.forEach((node, place) => node.classList.toggle("lit", place === group));
}

function pointedAt(target) {
  const line = target.closest("#source [data-card]");
  if (line) return cardOf(line);
  const node = target.closest("#groups g.node");
  return node ? groups.nodes.indexOf(node) : null;
}

// --- all three sides ---

function choose(group) {
  state.group = group;
  state.card = null;
  if (group !== null) {
    groups.viewport.look([groups.nodes[group]]);
    if (!shownHere(group).length && shownIn(0, group).length) go(0);
  }
  show();
  const [first] = group === null ? [] : shownHere(group);
  if (first !== undefined) scalars.look([here().nodes[first]]);
  const line = lines.find((one) => cardOf(one) === group);
  if (line) source.scrollTop = line.offsetTop - source.clientHeight / 3;
}

function show() {
  const { group } = state;
  groups.nodes.forEach((node, place) => {
    node.classList.toggle("selected", place === group);
    node.setAttribute("aria-pressed", String(place === group));
  });
  lines.forEach((line) => line.classList.toggle("chosen", cardOf(line) === group));
  groups.edges.forEach((edge, wire) => {
    const { parent, child } = groups.wires[wire];
    edge.classList.toggle("now", parent === group || child === group);
  });
  here().nodes.forEach((node, place) => {
    const belongs = here().cards[place].groups.includes(group);
    node.classList.toggle("hit", belongs);
    node.classList.toggle("dim", group !== null && !belongs);
    node.classList.toggle("selected", place === state.card);
  });
  here().edges.forEach((edge) => edge.classList.toggle("dim", group !== null));
  showDetails();
}

const shownIn = (scene, group) => {
  const { cards } = scenes[scene];
  return [...cards.keys()].filter((card) => cards[card].groups.includes(group));
};
const shownHere = (group) => shownIn(state.scene, group);

// --- the scalar graph ---

function open(number) {
  scenes.forEach(({ section }, scene) => { section.hidden = scene !== number; });
  state.scene = number;
  state.card = null;
  byId("close").hidden = here().above === null;
  showCrumbs(scenes, number, go);
  scalars.show(here().svg);
  show();
}

// Opens it as a place of its own in the browser's history.
function go(number) {
  visit(() => open(number), remember);
}

const remember = (way) => keep(state.scene ? [`scene=${state.scene}`] : [], way);

function followLink() {
  const wanted = Number(new URLSearchParams(location.hash.slice(1)).get("scene")) || 0;
  open(wanted in scenes ? wanted : 0);
}

function leave() {
  if (here().above !== null) go(here().above);
}

// Opens a card of many nodes; a card of one group's nodes shows that group.
function enter(card) {
  const { door, groups: owners } = here().cards[card];
  if (door !== null) {
    go(door);
    return;
  }
  if (owners.length === 1) choose(owners[0]);
  state.card = card;
  show();
}

// --- all about a group ---

function showDetails() {
  const card = state.group === null ? null : groups.cards[state.group];
  byId("nodes").replaceChildren(card === null ? index() : listing(card));
  if (card === null) {
    byId("details").replaceChildren(
      ...manyOwners(),
      element("p", { class: "hint" }, page.hint),
    );
    say("");
    return;
  }
  const clear = element("button", { type: "button", click: () => choose(null) }, "Clear");
  byId("details").replaceChildren(
    element("h2", {}, card.name, clear),
    element("dl", {}, ...card.facts.flatMap(pair)),
    neighbours("Reads", "child", "parent"),
    neighbours("Read by", "parent", "child"),
  );
  const cards = shownHere(state.group).length;
  const where = `in ${count(cards, "card")} of the scalar graph`;
  say(`${count(card.total, "scalar node")} ${where}.`);
}

// A card of the scalar graph that can't be opened, and holds nodes of several groups.
function manyOwners() {
  if (state.card === null) return [];
  const { name, groups: owners } = here().cards[state.card];
  return [element("h2", {}, name), element("p", {}, ...owners.flatMap((n) => [goTo(n), " "]))];
}

const goTo = (group) =>
  element("button", { type: "button", click: () => choose(group) }, groups.cards[group].name);

function neighbours(title, from, to) {
  const found = groups.wires.filter((wire) => wire[from] === state.group);
  if (!found.length) return "";
  return table(title, [], found.map((wire) => [rowName(goTo(wire[to])), cell(wire.reads)]));
}

// All groups, where none is chosen.
function index() {
  const line = ({ facts, total }, place) => {
    const known = Object.fromEntries(facts);
    const many = cell(total.toLocaleString("en"), { class: "number" });
    return [rowName(goTo(place)), cell(known.shape), many, cell(known.computed || "")];
  };
  const head = ["name", "shape", "scalar nodes", "computed"];
  return table("Groups", head, groups.cards.map(line));
}

function listing(card) {
  const more = card.total - card.nodes.length;
  const rest = cell(`… and ${count(more, "more node")}`, { colspan: "4" });
  const first = `: the first ${card.nodes.length} of ${card.total.toLocaleString("en")}`;
  const head = ["name", "value", "operation", "operands"];
  const rows = [...card.nodes.map(row), ...(more ? [[rest]] : [])];
  return table(`Scalar nodes${more ? first : ""}`, head, rows);
}

function row({ name, value, operation, operands, spot }) {
  const look = () => {
    if (spot[0] !== state.scene) go(spot[0]);
    state.card = spot[1];
    show();
    scalars.centre(here().nodes[state.card]);
  };
  const title = "Show it in the scalar graph";
  const label = spot ? element("button", { type: "button", title, click: look }, name) : name;
  const [number, wide] = [{ class: "number" }, { class: "operands" }];
  return [rowName(label), cell(value, number), cell(operation), cell(operands, wide)];
}

// --- mouse and keys ---

const next = (step) => {
  const last = groups.cards.length - 1;
  const place = state.group === null ? (step > 0 ? 0 : last) : state.group + step;
  choose(Math.max(0, Math.min(last, place)));
};

const KEYS = {
  ArrowRight: () => next(1),
  ArrowLeft: () => next(-1),
  "+": () => active.zoom(1.25),
  "=": () => active.zoom(1.25),
  "-": () => active.zoom(0.8),
  0: () => active.fit(),
  Escape: () => (state.group === null && state.card === null ? leave() : choose(null)),
};

function press(target) {
  const line = target.closest("#source [data-card]");
  if (line) {
    choose(cardOf(line) === state.group ? null : cardOf(line));
    return;
  }
  const root = target.closest("g.node");
  const side = target.closest("#groups") ? groups : here();
  const place = root ? side.nodes.indexOf(root) : -1;
  if (side === groups) choose(place < 0 || place === state.group ? null : place);
  else if (place >= 0) enter(place);
  else choose(null);
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const pressed = event.key === " " || event.key === "Enter";
  const chosen = event.target.closest("g.node, [data-card]");
  const onCard = chosen && (() => press(event.target));
  const action = pressed ? onCard : KEYS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

function prepare({ svg, nodes, cards }) {
  svg.setAttribute("role", "group");
  nodes.forEach((node, place) => {
    const { name, door } = cards[place];
    node.setAttribute("tabindex", "0");
    node.setAttribute("role", "button");
    node.setAttribute("aria-label", typeof door === "number" ? `Open ${name}` : name);
    node.classList.toggle("door", typeof door === "number");
  });
}

[groups, ...scenes].forEach(prepare);
for (const id of ["groups", "scalars"]) {
  byId(id).addEventListener("click", (event) => press(event.target));
}
source.addEventListener("click", (event) => event.target.closest("[data-card]") && press(event.target));
document.addEventListener("mouseover", (event) => light(pointedAt(event.target)));
window.addEventListener("popstate", followLink);
byId("close").addEventListener("click", leave);
byId("theme").addEventListener("click", nextTheme);
document.addEventListener("keydown", onKey);
useTheme(page.theme);
// Both pictures as a whole at first: what belongs together is seen at both sides.
groups.viewport.show(groups.svg);
followLink();
document.body.classList.add("ready");
