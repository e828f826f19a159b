"use strict";

// Groups, links to a step, mouse and keys; the last script of the page starts it.

function open(number, step = 0) {
  for (const scene of scenes) scene.section.hidden = scene !== scenes[number];
  state.scene = number;
  state.selected = null;
  highlight();
  byId("close").hidden = here().above === null;
  showCrumbs(scenes, number, go);
  viewport.show(here().svg);
  if (STEPPING) showStep(step);
  else showDetails();
}

// Shows another picture. It is a place to come back from.
function go(number, step = 0) {
  visit(() => open(number, step), remember);
}

// Opens the group behind a card, in the phase that its card is in.
function enter(card) {
  const door = here().cards[card].door;
  play(false);
  const phase = STEPPING ? here().steps[state.step].phase : "";
  const first = STEPPING ? scenes[door].steps.findIndex((s) => s.phase === phase) : 0;
  go(door, Math.max(0, first));
}

function leave() {
  const { above } = here();
  if (above === null) return;
  const inside = state.scene;
  const card = scenes[above].cards.findIndex((one) => one.door === inside);
  const phase = STEPPING ? here().steps[state.step].phase : "";
  play(false);
  const mine = (step) => step.card === card && step.phase === phase;
  go(above, STEPPING ? Math.max(0, scenes[above].steps.findIndex(mine)) : 0);
  if (card >= 0) select(card);
}

function remember(way = "replaceState") {
  const parts = [];
  if (state.scene) parts.push(`scene=${state.scene}`);
  if (STEPPING) parts.push(`step=${state.step}`);
  keep(parts, way);
}

function followLink() {
  const wanted = new URLSearchParams(location.hash.slice(1));
  const whole = (name) => Math.trunc(Number(wanted.get(name))) || 0;
  const scene = whole("scene");
  open(scene in scenes ? scene : 0, whole("step"));
  remember();
}

function cardAt(target) {
  const root = target.closest("g.node");
  return root ? here().nodes.findIndex((node) => node.root === root) : -1;
}

function choose(card) {
  if (card < 0) select(null);
  else if (here().cards[card].door !== null) enter(card);
  else select(card === state.selected ? null : card);
}

const KEYS = {
  "+": () => viewport.zoom(1.25),
  "=": () => viewport.zoom(1.25),
  "-": () => viewport.zoom(0.8),
  0: () => viewport.fit(),
  Escape: () => (state.selected === null ? leave() : select(null)),
  "/": () => byId("search").focus(),
};

const STEP_KEYS = {
  ArrowRight: () => move(state.step + 1),
  ArrowLeft: () => move(state.step - 1),
  Home: () => move(0),
  End: () => move(Infinity),
  " ": () => play(state.timer === null),
};

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input:not([type=range]), select")) return;
  const pressed = event.key === " " || event.key === "Enter";
  if (pressed && event.target.closest("button, summary")) return;
  if (pressed && event.target.closest("g.node")) {
    event.preventDefault();
    choose(cardAt(event.target));
    return;
  }
  const action = KEYS[event.key] || (STEPPING && STEP_KEYS[event.key]);
  if (!action) return;
  event.preventDefault();
  action();
}

function listen() {
  const click = (id, action) => byId(id).addEventListener("click", action);
  click("first", () => move(0));
  click("previous", () => move(state.step - 1));
  click("play", () => play(state.timer === null));
  click("next", () => move(state.step + 1));
  click("last", () => move(Infinity));
  click("zoom-in", () => viewport.zoom(1.25));
  click("zoom-out", () => viewport.zoom(0.8));
  click("fit", () => viewport.fit());
  click("copy", copyPicture);
  click("close", leave);
  click("theme", nextTheme);
  byId("slider").addEventListener("input", (event) => move(Number(event.target.value)));
  byId("speed").addEventListener("change", () => state.timer !== null && play(true));
  byId("until").addEventListener("submit", (event) => {
    event.preventDefault();
    runUntil(byId("until-kind").value, byId("until-text").value);
  });
  byId("search").addEventListener("input", (event) => search(event.target.value));
  byId("search").addEventListener("keydown", (event) => {
    const first = byId("results").querySelector("button");
    if (event.key === "Enter" && first) first.click();
  });
  byId("frame").addEventListener("click", (event) => choose(cardAt(event.target)));
  document.addEventListener("keydown", onKey);
  window.addEventListener("popstate", followLink);
}

function prepare() {
  for (const scene of scenes) {
    scene.svg.setAttribute("role", "group");
    scene.nodes.forEach(({ root }, card) => {
      const { name: bare, door, outside } = scene.cards[card];
      const name = outside ? `${bare}, outside` : bare;
      root.setAttribute("tabindex", "0");
      root.setAttribute("role", "button");
      root.setAttribute("aria-label", door === null ? name : `Open ${name}`);
      root.classList.toggle("door", door !== null);
    });
  }
  byId("transport").hidden = byId("step").hidden = !STEPPING;
  document.body.classList.add(page.kind, "ready");
}

prepare();
listen();
useTheme(page.theme);
followLink();
