"use strict";

// The words of a picture at the scale that it is shown at: none is smaller than can be
// read. From afar a card keeps its name, its value and its gradient as far as they fit
// at the least size; all else is gone until it is looked at from nearer.
class Words {
  // Pixels: the least size of text, and how wide a letter of that size is, at most.
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
  static MARGIN = 8;

  constructor(node) {
    const name = node.querySelector(".name, .symbol");
    this.outline = node.querySelector("rect.outline");
    this.numbers = ["value", "gradient"].map((kind) => node.querySelector(`text.${kind}`));
    if (!name || !this.outline) return;
    this.text = name.closest("text");
    this.whole = name.textContent;
    this.wide = this.outline.width.baseVal.value;
    this.far = node.querySelector("text.from-afar") || this.made(name);
  }

  made(name) {
    const far = document.createElementNS(name.namespaceURI, "text");
    far.setAttribute("class", `from-afar ${name.getAttribute("class")}`);
    far.setAttribute("x", this.text.getAttribute("x"));
    this.text.after(far);
    return far;
  }

  show(scale) {
    if (!this.text) return;
    const away = this.text.hasAttribute("data-gone");
    this.far.textContent = "";
    if (!away) return;
    let room = Math.floor((this.wide * scale - CardFromAfar.MARGIN) / Words.LETTER);
    // A value and a gradient have half a card's height each; a name has what it needs.
    const rows = this.outline.height.baseVal.value * scale >= 2.6 * Words.LEAST;
    this.far.setAttribute("y", Math.max(this.text.getAttribute("y"), Words.LEAST / scale));
    const [value, gradient] = this.numbers;
    const fits = (number, letters) => rows && number && number.textContent.length <= letters;
    if (fits(gradient, room)) enlarge(gradient);
    if (fits(value, room - Math.min(4, this.whole.length) - 1)) {
      enlarge(value);
      room -= value.textContent.length + 1;
    }
    this.far.textContent = this.shortened(room);
  }

  // As much of the end of a dotted name as fits; of a word its start and its end.
  shortened(letters) {
    const parts = this.whole.split(".");
    const ends = parts.map((_, n) => parts.slice(n).join(".")).filter((end) => /[^\d.]/.test(end));
    const found = [this.whole, ...ends].find((end) => end.length <= letters);
    if (found || letters < 3) return found || "";
    const word = ends.pop() || this.whole;
    const start = Math.ceil((letters - 1) / 2);
    return `${word.slice(0, start)}…${word.slice(word.length - (letters - 1 - start))}`;
  }
}
