"use strict";

// Pan and zoom. The picture's viewBox is moved, not the picture, so text stays sharp
// and everything inside keeps the coordinates that Python gave it.
class Viewport {
  static SMALLEST = 0.05;
  static LARGEST = 8;
  // A hand that clicks trembles: less movement than this is no drag.
  static TREMOR = 4;

  constructor(frame) {
    this.frame = frame;
    this.pointers = new Map();
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
    new ResizeObserver(() => this.svg && this.apply()).observe(frame);
  }

  // Shows a picture: all of it, unless that would be much smaller than `least`.
  show(svg, least) {
    this.svg = svg;
    if (!svg.dataset.size) svg.dataset.size = svg.getAttribute("viewBox");
    [, , this.width, this.height] = svg.dataset.size.split(" ").map(Number);
    svg.removeAttribute("width");
    svg.removeAttribute("height");
    this.fit(least);
  }

  fit(least = 0) {
    const [wide, high] = this.room();
    this.scale = Math.min(wide / this.width, high / this.height, 1.25);
    if (this.scale < 0.75 * least) this.scale = least;
    // What does not fit begins at its upper left, where reading begins.
    this.x = Math.min(0, (this.width - wide / this.scale) / 2);
    this.y = Math.min(0, (this.height - high / this.scale) / 2);
    this.apply();
  }

  room() {
    return [this.frame.clientWidth || 1, this.frame.clientHeight || 1];
  }

  apply() {
    const [wide, high] = this.room().map((length) => length / this.scale);
    // At least a corner of the picture stays in sight.
    this.x = Math.max(-wide * 0.8, Math.min(this.width - wide * 0.2, this.x));
    this.y = Math.max(-high * 0.8, Math.min(this.height - high * 0.2, this.y));
    const box = [this.x, this.y, wide, high].map((number) => number.toFixed(2));
    this.svg.setAttribute("viewBox", box.join(" "));
  }

  // Zooms about a point of the frame, which stays where it is.
  zoom(factor, left = this.frame.clientWidth / 2, top = this.frame.clientHeight / 2) {
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

  // Pans if an element is out of sight or below the buttons, and then well into sight.
  reveal(element) {
    const box = element.getBoundingClientRect();
    const frame = this.frame.getBoundingClientRect();
    const margin = Math.min(70, frame.height / 5);
    const right = Viewport.inside(box.left, box.right, frame.left, frame.right, 8, margin);
    const low = frame.bottom - 42;
    const down = Viewport.inside(box.top, box.bottom, frame.top, low, 8, margin);
    if (right || down) this.pan(right, down);
  }

  // Pans until an element is in the middle, and large enough to be read.
  centre(element, least) {
    if (this.scale < least) this.zoom(least / this.scale);
    const box = element.getBoundingClientRect();
    const frame = this.frame.getBoundingClientRect();
    const across = frame.left + frame.right - box.left - box.right;
    this.pan(across / 2, (frame.top + frame.bottom - box.top - box.bottom) / 2);
  }

  // How far to move a stretch that is not within bounds, so that it then has a margin.
  static inside(start, end, low, high, least, margin) {
    if (start < low + least) return low + margin - start;
    if (end <= high - least) return 0;
    return Math.max(high - margin - end, low + margin - start);
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
