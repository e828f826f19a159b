"use strict";

// Pan and zoom. The picture's viewBox is moved, not the picture, so text stays sharp
// and everything inside keeps the coordinates that Python gave it.
class Viewport {
  static SMALLEST = 0.05;
  static LARGEST = 8;
  // A hand that clicks trembles: less movement than this is no drag.
  static TREMOR = 4;
  // So far from the frame's edge stands what is looked at.
  static MARGIN = 12;

  constructor(frame) {
    this.frame = frame;
    this.pointers = new Map();
    this.read = new Map(); // the words of each picture that was shown
    this.dragged = false;
    frame.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
    frame.addEventListener("pointerdown", (event) => this.onDown(event));
    frame.addEventListener("pointermove", (event) => this.onMove(event));
    for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
      frame.addEventListener(end, (event) => this.pointers.delete(event.pointerId));
    }
    // After a drag the browser still reports a click, which is none.
    frame.addEventListener("click", (event) => {
      if (this.dragged) event.stopPropagation();
      this.dragged = false;
    }, { capture: true });
    new ResizeObserver(() => this.resize()).observe(frame);
  }

  // Shows a picture: all of it.
  show(svg) {
    this.svg = svg;
    if (!svg.dataset.size) svg.dataset.size = svg.getAttribute("viewBox");
    svg.removeAttribute("width");
    svg.removeAttribute("height");
    // Texts are measured as large as they are shown.
    svg.setAttribute("viewBox", `0 0 ${this.frame.clientWidth} ${this.frame.clientHeight}`);
    this.key = svg.querySelector("g.key") && new Key(svg);
    this.words = this.read.get(svg) || new Words(svg);
    this.read.set(svg, this.words);
    this.measure();
    this.fit();
  }

  // The part of the picture that its cards and wires take up.
  measure() {
    const [, , wide, high] = this.svg.dataset.size.split(" ").map(Number);
    const sheet = this.svg.querySelector("g.sheet");
    const box = sheet && sheet.getBBox();
    const shift = sheet && sheet.transform.baseVal.consolidate().matrix;
    const bare = !box || !box.width;
    this.width = bare ? wide : Math.min(wide, box.x + shift.e + box.width + 24);
    this.height = bare ? high : Math.min(high, box.y + shift.f + box.height + 16);
  }

  fit() {
    const [wide, high] = this.room();
    this.byHand = false;
    this.scale = Math.min(wide / this.width, high / this.height, 1.25);
    this.x = (this.width - wide / this.scale) / 2;
    this.y = (this.height - high / this.scale) / 2;
    this.apply();
  }

  // The legend stays at the bottom of the frame: the picture has the room above it.
  room() {
    const wide = this.frame.clientWidth || 1;
    const high = this.frame.clientHeight || 1;
    return [wide, Math.max(high / 2, high - (this.key ? this.key.height(wide) : 0))];
  }

  apply() {
    const [wide, high] = this.room().map((length) => length / this.scale);
    // At least a corner of the picture stays in sight.
    this.x = Math.max(-wide * 0.8, Math.min(this.width - wide * 0.2, this.x));
    this.y = Math.max(-high * 0.8, Math.min(this.height - high * 0.2, this.y));
    const whole = (this.frame.clientHeight || 1) / this.scale;
    const box = [this.x, this.y, wide, whole].map((number) => number.toFixed(2));
    this.svg.setAttribute("viewBox", box.join(" "));
    if (this.key) this.key.stay(this.x, this.y + high, this.scale);
    if (this.scale !== this.words.scale) this.words.show(this.scale);
  }

  resize() {
    if (!this.svg) return;
    if (this.byHand) this.apply();
    else this.fit();
    if (this.watched) this.look(this.watched);
  }

  // Zooms as the reader wants it.
  zoom(factor, left, top) {
    this.byHand = true;
    this.rescale(factor, left, top);
  }

  // Zooms about a point of the frame, which stays where it is.
  rescale(factor, left = this.frame.clientWidth / 2, top = this.frame.clientHeight / 2) {
    const before = this.scale;
    const wanted = before * factor;
    this.scale = Math.max(Viewport.SMALLEST, Math.min(Viewport.LARGEST, wanted));
    this.x += left / before - left / this.scale;
    this.y += top / before - top / this.scale;
    this.apply();
  }

  pan(right, down) {
    this.x -= right / this.scale;
    this.y -= down / this.scale;
    this.apply();
  }

  // Brings elements into sight: nearer, if they can't be read and the reader has not
  // chosen how large the picture is; farther, if they do not fit together.
  look(elements) {
    if (!elements.length) return;
    this.watched = elements;
    const [wide, high] = this.room();
    let box = Viewport.around(elements);
    const margin = 2 * Viewport.MARGIN;
    const most = Math.min((wide - margin) / box.width, (high - margin) / box.height);
    const { readable } = this.words;
    const near = this.byHand ? this.scale : Math.max(this.scale, readable);
    const wanted = Math.min(near, most * this.scale);
    const frame = this.frame.getBoundingClientRect();
    if (Math.abs(wanted / this.scale - 1) > 0.01) {
      const [across, down] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
      this.rescale(wanted / this.scale, across - frame.left, down - frame.top);
      box = Viewport.around(elements);
    }
    const right = Viewport.inside(box.left, box.right, frame.left, frame.left + wide);
    const down = Viewport.inside(box.top, box.bottom, frame.top, frame.top + high);
    if (right || down) this.pan(right, down);
  }

  static around(elements) {
    const boxes = elements.map((element) => element.getBoundingClientRect());
    const [left, top] = ["left", "top"].map((side) => Math.min(...boxes.map((b) => b[side])));
    const [right, bottom] = ["right", "bottom"].map((side) =>
      Math.max(...boxes.map((b) => b[side])),
    );
    return { left, top, right, bottom, width: right - left, height: bottom - top };
  }

  // Pans until an element is in the middle, and large enough to be read.
  centre(element) {
    const { readable } = this.words;
    if (this.scale < readable) this.rescale(readable / this.scale);
    const box = element.getBoundingClientRect();
    const frame = this.frame.getBoundingClientRect();
    const across = frame.left + frame.right - box.left - box.right;
    this.pan(across / 2, (frame.top + frame.bottom - box.top - box.bottom) / 2);
  }

  // How far to move a stretch that is not within bounds, so that it is.
  static inside(start, end, low, high) {
    const margin = Math.min(Viewport.MARGIN, Math.max(0, (high - low - end + start) / 2));
    if (start < low + margin) return low + margin - start;
    return Math.min(0, high - margin - end);
  }

  onWheel(event) {
    event.preventDefault();
    const frame = this.frame.getBoundingClientRect();
    // Some browsers count lines, not pixels.
    const turned = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
    const factor = Math.exp(-Math.max(-120, Math.min(120, turned)) / 400);
    this.zoom(factor, event.clientX - frame.left, event.clientY - frame.top);
  }

  onDown(event) {
    if (event.button !== 0) return;
    if (!this.pointers.size) this.dragged = false;
    this.pointers.set(event.pointerId, event);
    this.start = event;
  }

  onMove(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const across = event.clientX - this.start.clientX;
    const down = event.clientY - this.start.clientY;
    if (!this.dragged && Math.hypot(across, down) < Viewport.TREMOR) return;
    if (!this.dragged) {
      this.dragged = true;
      // Not before: a captured pointer would click the frame and not the card.
      this.frame.setPointerCapture(event.pointerId);
    }
    if (this.pointers.size === 2) this.pinch(before, event);
    else this.pan(event.clientX - before.clientX, event.clientY - before.clientY);
    this.pointers.set(event.pointerId, event);
  }

  pinch(before, after) {
    const ids = [...this.pointers.keys()];
    const other = this.pointers.get(ids.find((id) => id !== after.pointerId));
    const apart = (one) =>
      Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;
    const frame = this.frame.getBoundingClientRect();
    const left = (after.clientX + other.clientX) / 2 - frame.left;
    const top = (after.clientY + other.clientY) / 2 - frame.top;
    this.zoom(apart(after) / apart(before), left, top);
  }
}

// The legend of a picture: it stays at the bottom of the frame, in rows as wide as that,
// however the picture is moved.
class Key {
  static SPACE = { margin: 14, gap: 22, row: 34, above: 18, below: 12 };

  constructor(svg) {
    this.root = svg.querySelector("g.key");
    this.items = [...this.root.querySelectorAll(":scope > g")];
    for (const one of [this.root, ...this.items]) {
      one.dataset.home = one.dataset.home || one.getAttribute("transform");
    }
    // What moves behind it shall not show through.
    this.paper = this.root.querySelector(":scope > rect.halo");
    if (!this.paper) {
      this.paper = document.createElementNS(svg.namespaceURI, "rect");
      this.paper.setAttribute("class", "halo");
      this.root.prepend(this.paper);
    }
    this.wide = 0;
  }

  // Puts the entries into rows, and says how high they are.
  height(wide) {
    if (wide === this.wide) return this.high;
    const { margin, gap, row, above, below } = Key.SPACE;
    let [x, y] = [margin, above];
    let scaled = false; // the scale of gradients has numbers below it
    for (const item of this.items) {
      const box = item.getBBox();
      if (x > margin && x + box.width > wide - margin) [x, y] = [margin, y + (scaled ? row : 22)];
      scaled = box.height > 20 || (x > margin && scaled);
      item.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
      x += box.width + gap;
    }
    this.wide = wide;
    this.high = this.items.length ? y + below + (scaled ? 10 : 0) : 0;
    this.paper.setAttribute("width", wide);
    this.paper.setAttribute("height", this.high);
    return this.high;
  }

  stay(x, y, scale) {
    this.root.setAttribute("transform", `translate(${x} ${y}) scale(${1 / scale})`);
  }
}
