"use strict";
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const frames = data.frames;
  const slider = byId("slider");
  let shown = -1;
  let timer = 0;

  const cells = [];
  const line = document.createElementNS(SVG, "path");
  if (data.grid) {
    const { rows, columns, left, bottom, width, height } = data.grid;
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        const cell = document.createElementNS(SVG, "rect");
        cell.setAttribute("x", (left + column * width).toFixed(2));
        cell.setAttribute("y", (bottom - (row + 1) * height).toFixed(2));
        cell.setAttribute("width", (width + 0.05).toFixed(2));
        cell.setAttribute("height", (height + 0.05).toFixed(2));
        byId("cells").append(cell);
        cells.push(cell);
      }
    }
    line.id = "line";
    byId("cells").append(line);
  }
  const points = [...document.querySelectorAll("[id^=points] path")];

  function showLoss(frame) {
    const now = byId("now");
    now.toggleAttribute("hidden", frame.y === null);
    now.style.visibility = frame.y === null ? "hidden" : "visible";
    now.setAttribute("cx", frame.x);
    now.setAttribute("cy", frame.y ?? 0);
    byId("until-rect").setAttribute("width", frame.x);
  }

  function showBoundary(frame) {
    cells.forEach((cell, place) => cell.setAttribute("class", `c${frame.cells[place]}`));
    points.forEach((point, place) => point.classList.toggle("wrong", frame.wrong[place] === "1"));
    line.setAttribute("d", frame.line);
  }

  // The picture of a frame: the lines of the first one, but for those that differ.
  function picture(changes) {
    if ("all" in changes) return changes.all;
    return data.base.map((line, place) => changes[place] ?? line).join("\n");
  }

  function showGraph(frame) {
    const parsed = new DOMParser().parseFromString(picture(frame.graph), "image/svg+xml");
    byId("stage").replaceChildren(document.importNode(parsed.documentElement, true));
  }

  function show(place) {
    const wanted = Math.max(0, Math.min(frames.length - 1, place));
    if (wanted === shown) return;
    shown = wanted;
    const frame = frames[shown];
    slider.value = shown;
    slider.setAttribute("aria-valuetext", frame.caption);
    byId("caption").textContent = frame.caption;
    for (const id of ["first", "previous"]) byId(id).disabled = shown === 0;
    for (const id of ["next", "last"]) byId(id).disabled = shown === frames.length - 1;
    showLoss(frame);
    if (data.grid) showBoundary(frame);
    if (data.base) showGraph(frame);
  }

  function pause() {
    window.clearInterval(timer);
    timer = 0;
    byId("play").classList.remove("playing");
    byId("play").setAttribute("aria-label", "Play");
  }

  function turn() {
    if (shown === frames.length - 1) pause();
    else show(shown + 1);
  }

  function play() {
    if (timer) {
      pause();
      return;
    }
    if (shown === frames.length - 1) show(0);
    byId("play").classList.add("playing");
    byId("play").setAttribute("aria-label", "Pause");
    timer = window.setInterval(turn, Math.max(60, Math.min(500, 12000 / frames.length)));
  }

  function leap(place) {
    pause();
    show(place);
    history.replaceState(null, "", `#step=${frames[shown].step}`);
  }

  function fromLink() {
    const found = /^#step=(\d+)$/.exec(location.hash);
    if (!found) return;
    const step = Number(found[1]);
    const after = frames.findIndex((frame) => frame.step >= step);
    pause();
    show(after < 0 ? frames.length - 1 : after);
  }

  const moves = {
    Home: () => leap(0),
    ArrowLeft: () => leap(shown - 1),
    ArrowRight: () => leap(shown + 1),
    End: () => leap(frames.length - 1),
    " ": play,
  };
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || !(event.key in moves)) return;
    if (event.key === " " && event.target.tagName === "BUTTON") return;
    event.preventDefault();
    moves[event.key]();
  });
  slider.max = frames.length - 1;
  slider.addEventListener("input", () => leap(Number(slider.value)));
  byId("first").addEventListener("click", moves.Home);
  byId("previous").addEventListener("click", moves.ArrowLeft);
  byId("next").addEventListener("click", moves.ArrowRight);
  byId("last").addEventListener("click", moves.End);
  byId("play").addEventListener("click", play);
  window.addEventListener("hashchange", fromLink);
  show(0);
  fromLink();
})();
