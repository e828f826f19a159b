"use strict";

// The words of a picture at the scale that it is shown at: none is smaller than can be
// read. From afar a card keeps its name, its value and its gradient as far as they fit
// at the least size; all else is gone until it is looked at from nearer.
class Words {
  // Pixels: the least size of text, and how wide a letter of a number of that size is.
  static LEAST = 9;
  static LETTER = 5.8;

  constructor(svg) {
    this.svg = svg;
    const texts = [...svg.querySelectorAll("text")].filter((text) => !text.closest("g.key"));
    this.texts = texts.map((text) => [text, Words.size(text.querySelector("tspan") || text)]);
    this.cards = [...svg.querySelectorAll("g.node")].map((node) => new CardFromAfar(node));
    const names = [...svg.querySelectorAll("text.pill-name, text.box-name")];
    this.names = names.map((name) => new NameFromAfar(name));
    const sizes = this.texts.map(([, size]) => size);
    // At this scale the smallest of its words can be read.
    this.readable = (1.005 * Words.LEAST) / Math.min(...sizes);
  }

  static size(text) {
    return parseFloat(getComputedStyle(text).fontSize);
  }

  show(scale) {
    this.scale = scale;
    // A little more: the viewBox is rounded.
    this.svg.style.setProperty("--least", `${(1.005 * Words.LEAST) / scale}px`);
    for (const [text, size] of this.texts) {
      text.toggleAttribute("data-gone", size * scale < Words.LEAST);
      text.removeAttribute("data-far");
    }
    for (const one of [...this.cards, ...this.names]) one.show(scale);
  }

  // The picture as it was before it was looked at from afar.
  static restore(svg) {
    for (const name of svg.querySelectorAll("text.from-afar")) name.remove();
    for (const text of svg.querySelectorAll("text")) {
      text.removeAttribute("data-gone");
      text.removeAttribute("data-far");
    }
    svg.removeAttribute("style");
  }
}

// Shows a text that is too small at this scale in the least size that can be read.
function enlarge(text) {
  if (!text.hasAttribute("data-gone")) return;
  text.removeAttribute("data-gone");
  text.setAttribute("data-far", "");
}

// The name in a stub, or on a box round cards: it stands upon the box before it.
class NameFromAfar {
  static MARGIN = 2; // a pixel at each end

  constructor(name) {
    this.name = name;
    this.box = name.previousElementSibling.getBBox();
    this.high = name.getAttribute("y") - this.box.y;
    this.wide = (Words.LEAST * name.getComputedTextLength()) / Words.size(name);
  }

  show(scale) {
    const fits = this.wide + NameFromAfar.MARGIN <= this.box.width * scale;
    if (fits && this.high * scale > 0.65 * Words.LEAST) enlarge(this.name);
  }
}

class CardFromAfar {
  static MARGIN = 8; // pixels at both ends, at least

  constructor(node) {
    const name = node.querySelector(".name, .symbol");
    this.outline = node.querySelector("rect.outline");
    this.numbers = ["value", "gradient"].map((kind) => node.querySelector(`text.${kind}`));
    if (!name || !this.outline) return;
    this.name = name;
    this.text = name.closest("text");
    this.whole = name.textContent;
    const least = Words.LEAST / Words.size(name);
    // How wide each letter is at the least size.
    const letter = (_, n) => least * name.getSubStringLength(n, 1);
    this.letters = Array.from({ length: this.whole.length }, letter);
    this.wide = this.outline.width.baseVal.value;
    this.margin = 2 * (this.text.getAttribute("x") - this.outline.x.baseVal.value);
    this.far = node.querySelector("text.from-afar");
  }

  // Made when it is first wanted: a new text between two that are measured costs time.
  made() {
    const far = document.createElementNS(this.name.namespaceURI, "text");
    far.setAttribute("class", `from-afar ${this.name.getAttribute("class")}`);
    far.setAttribute("x", this.text.getAttribute("x"));
    this.text.after(far);
    return far;
  }

  show(scale) {
    if (!this.text) return;
    const away = this.text.hasAttribute("data-gone");
    if (this.far) this.far.textContent = "";
    if (!away) return;
    this.far ||= this.made();
    let room = this.wide * scale - Math.max(this.margin * scale, CardFromAfar.MARGIN);
    // A value and a gradient have half a card's height each; a name has what it needs.
    const rows = this.outline.height.baseVal.value * scale >= 2.6 * Words.LEAST;
    this.far.setAttribute("y", Math.max(this.text.getAttribute("y"), Words.LEAST / scale));
    const [value, gradient] = this.numbers;
    const wide = (number) => number.textContent.length * Words.LETTER;
    const fits = (number, pixels) => rows && number && wide(number) <= pixels;
    if (fits(gradient, room)) enlarge(gradient);
    if (fits(value, room - Math.min(5, this.whole.length + 1) * Words.LETTER)) {
      enlarge(value);
      room -= wide(value) + Words.LETTER;
    }
    this.far.textContent = this.shortened(room);
  }

  // As much of the end of a dotted name as fits; of a word its start and its end.
  shortened(room) {
    const end = this.whole.length;
    const wide = (start) => this.letters.slice(start).reduce((sum, letter) => sum + letter, 0);
    const dots = [...this.whole.matchAll(/\./g)].map((dot) => dot.index + 1);
    const words = dots.filter((start) => /[^\d.]/.test(this.whole.slice(start)));
    const starts = [0, ...words];
    const found = starts.find((start) => wide(start) <= room);
    if (found !== undefined) return this.whole.slice(found);
    const start = starts.pop();
    let [left, right, used] = [start, end, Words.LEAST]; // a "…" is as wide as it is high
    while (left < right) {
      const next = left - start <= end - right ? left : right - 1;
      used += this.letters[next];
      if (used > room) break;
      if (next === left) left += 1;
      else right -= 1;
    }
    if (left - start + end - right < 2) return "";
    return `${this.whole.slice(start, left)}…${this.whole.slice(right)}`;
  }
}
