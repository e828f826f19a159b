"use strict";

// The page of visualize.step and visualize.explore. Python has done all the arithmetic
// and all the drawing; here numbers are only looked up.

const viewport = new Viewport(byId("frame"));
const NOT_YET = "—";
const MOST_RESULTS = 60;
const STEP_SECONDS = 1.2;
const STEPPING = page.kind === "step";

const state = { scene: 0, step: 0, selected: null, timer: null };

// Elements of each scene in the order of its data, and when each of them changes.
const scenes = page.scenes.map((data, number) => {
  const svg = document.querySelector(`[data-scene="${number}"] > svg`);
  return {
    ...data,
    section: svg.parentElement,
    svg,
    nodes: [...svg.querySelectorAll("g.node")].map(partsOfNode),
    edges: [...svg.querySelectorAll("g.edge")],
    ...timetable(data),
  };
});

function partsOfNode(root) {
  const [value, gradient, caption] = ["value", "gradient", "caption"].map((name) =>
    root.querySelector(`text.${name}`),
  );
  // The band lies right upon the card's paper.
  const band = root.querySelector("rect.card + path");
  // What a group says of its value and its gradients stands among its other facts.
  const facts = [...root.querySelectorAll("text.fact")].map((fact) => [fact, fact.textContent]);
  return { root, value, gradient, caption, band, facts, shown: value && value.textContent };
}

// For each card the step that computes it and its running gradients; for each wire the
// step that passes something back along it.
function timetable(data) {
  const computed = data.cards.map(() => 0);
  const gradients = data.cards.map(() => []);
  const passed = data.wires.map(() => Infinity);
  const known = data.cards.map(() => Infinity);
  data.steps.forEach((step, number) => {
    if (step.kind === "forward") computed[step.card] = number;
    for (const arrival of step.arrivals) {
      gradients[arrival.card].push([number, arrival]);
      if (arrival.complete) known[arrival.card] = number;
    }
    if (step.kind === "backward") {
      // A group's own gradients are there after its turn, not before.
      known[step.card] = number;
      for (const wire of step.wires) passed[wire] = number;
    }
  });
  return { computed, gradients, passed, known };
}

const here = () => scenes[state.scene];
