"use strict";

// Steps: what each card and wire looks like after a step, and how to move.

function showStep(number) {
  const scene = here();
  state.step = Math.max(0, Math.min(scene.steps.length - 1, number));
  const step = scene.steps[state.step];
  scene.nodes.forEach((node, card) => showCard(scene, node, card, step));
  scene.edges.forEach((edge, wire) => {
    const known = scene.computed[scene.wires[wire].child] <= state.step;
    edge.classList.toggle("blank", !known);
    edge.classList.toggle("waiting", scene.passed[wire] > state.step);
    edge.classList.toggle("now", step.wires.includes(wire));
  });
  showTransport(scene);
  showExplanation(step);
  showDetails();
  const cards = new Set(step.arrivals.map((arrival) => arrival.card));
  if (step.card !== null) cards.add(step.card);
  viewport.look([...cards].map((card) => scene.nodes[card].root));
  viewport.words.show(viewport.scale); // numbers have changed
}

function showCard(scene, node, card, step) {
  const blank = scene.computed[card] > state.step;
  const arrival = gradientNow(scene, card);
  node.root.classList.toggle("blank", blank);
  node.root.classList.toggle("waiting", !arrival && step.phase === "backward");
  node.root.classList.toggle("now", step.card === card);
  const receives = step.arrivals.some((one) => one.card === card);
  node.root.classList.toggle("receives", receives && step.card !== card);
  if (node.value) node.value.textContent = blank ? NOT_YET : node.shown;
  if (node.gradient) showGradient(node, arrival || { ink: "later", band: "unknown" });
  const done = scene.known[card] <= state.step;
  if (scene.cards[card].group) showFacts(node, blank, done);
}

function showGradient({ gradient, caption, band }, { text, ink, band: colour }) {
  gradient.textContent = text || NOT_YET;
  gradient.setAttribute("class", `gradient ${ink}`);
  caption.setAttribute("class", `caption ${ink}`);
  band.setAttribute("class", colour);
}

// A group knows its gradients when its own turn has come.
function showFacts({ root, facts }, blank, done) {
  root.classList.toggle("ungraded", !done);
  for (const [fact, text] of facts) {
    const valued = blank ? text.replace(/(value|dead|saturated) \S+/g, `$1 ${NOT_YET}`) : text;
    fact.textContent = done ? valued : valued.replace(/([|‖]g[|‖]) \S+/, `$1 ${NOT_YET}`);
  }
}

// The running gradient of a card: that of the last arrival so far, if there is one.
function gradientNow(scene, card) {
  const reached = scene.gradients[card].filter(([step]) => step <= state.step);
  return reached.length ? reached[reached.length - 1][1] : null;
}

function showTransport(scene) {
  const last = scene.steps.length - 1;
  const slider = byId("slider");
  slider.max = last;
  slider.value = state.step;
  slider.setAttribute("aria-valuetext", `${state.step} of ${last}`);
  byId("counter").textContent = `${state.step} / ${last}`;
  byId("first").disabled = byId("previous").disabled = state.step === 0;
  byId("last").disabled = byId("next").disabled = state.step === last;
  const turn = scene.steps.findIndex((step) => step.phase === "backward");
  byId("phases").style.setProperty("--turn", `${(100 * Math.max(0, turn)) / (last || 1)}%`);
}

function showExplanation(step) {
  document.body.dataset.phase = step.phase;
  const title = step.title ? `${step.title} · ` : step.kind === "outside" ? "from outside · " : "";
  byId("step").replaceChildren(
    element("h2", { class: step.phase }, `${title}${step.phase}`),
    ...step.lines.map((line) => element("p", { class: "equation" }, ...sides(line))),
    element("p", { class: "why" }, step.why),
    ...step.notes.map((note) => element("p", { class: "note" }, note)),
  );
}

// An equation in parts that stay whole: it breaks before an equals sign, if it must.
const sides = (line) =>
  line.split(" = ").flatMap((side, n) => [" ", element("span", {}, n ? `= ${side}` : side)]);

function play(on) {
  clearInterval(state.timer);
  state.timer = null;
  if (on) {
    if (state.step === here().steps.length - 1) showStep(0);
    const pause = (1000 * STEP_SECONDS) / Number(byId("speed").value);
    state.timer = setInterval(() => {
      showStep(state.step + 1);
      if (state.step === here().steps.length - 1) play(false);
    }, pause);
  }
  document.body.classList.toggle("playing", on);
  byId("play").setAttribute("aria-label", on ? "Pause" : "Play");
}

function move(number) {
  play(false);
  say("");
  showStep(number);
  remember();
}

function runUntil(kind, text) {
  const stop = kind === "gradient" ? gradientAbove(text) : atCard(kind, text);
  if (!stop) return;
  const scene = here();
  const found = scene.steps.findIndex((step, number) => number > state.step && stop(step));
  if (found < 0) say(`No later step for ${byId("until-kind").value}: ${text}`);
  else move(found);
}

function gradientAbove(text) {
  const bound = Number(text);
  if (text.trim() !== "" && !Number.isNaN(bound)) {
    // A size of null is a NaN or an infinity: larger than any bound.
    return (step) => step.arrivals.some(({ size }) => size === null || size > bound);
  }
  say("A bound is a number, such as 0.5.");
  return null;
}

function atCard(kind, text) {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return say("Name a node or an operation."), null;
  const { cards } = here();
  const named = (card) => card.words.slice(0, 3);
  const made = (card) => card.words.slice(3);
  const words = kind === "node" ? named : made;
  const exact = cards.some((card) => words(card).includes(wanted));
  const fits = (card) =>
    exact ? words(card).includes(wanted) : words(card).some((w) => w.includes(wanted));
  const found = new Set([...cards.keys()].filter((card) => fits(cards[card])));
  // A leaf has no turn: what happens to it is that its gradient changes.
  const reached = ({ arrivals }) => arrivals.some(({ card }) => found.has(card));
  return (step) => found.has(step.card) || (kind === "node" && reached(step));
}
