/**
 * A script block's text, coloured by tokens, with its matches highlighted.
 *
 * The document contains the text as text nodes only; colours and marks are highlights over ranges of them. A long text is cut
 * into pieces, and only pieces in view have highlights.
 */
import { h } from "../dom.js";
import { hidden, visible } from "../model/glyphs.js";
import { count, plural } from "../model/number.js";
import { pieces } from "../model/pieces.js";

/** Names of the highlights by token kind. Other kinds have the colour of text. */
const KINDS = [
  "",
  "comment",
  "string",
  "variable",
  "command",
  "keyword",
  "operator",
  "number",
  "type",
  "parameter",
  "member",
];

/** @typedef {{ start: number, end: number, node: Text, element: HTMLElement, ranges: [string, Range][] }} Piece */

export class Script extends HTMLElement {
  #notes = h("div", { class: "script-notes" });
  #text = h("div", { class: "text", tabIndex: 0, role: "region", "aria-label": "Script text" });
  /** @type {Piece[]} */
  #pieces = [];
  #original = "";
  /** @type {Uint32Array} */
  #tokens = new Uint32Array();
  /** @type {[number, number][]} */
  #marks = [];
  #at = -1;
  #seen = new IntersectionObserver((entries) => this.#inView(entries), { rootMargin: "300px" });

  connectedCallback() {
    if (this.childElementCount === 0) this.append(this.#notes, this.#text);
  }

  /**
   * @param {string} original the script, or what is hidden in it, as it is
   * @param {number[]} gaps where in it parts are missing
   * @param {Uint32Array} tokens triples of start, end and kind
   * @param {[number, number][]} marks
   */
  show(original, gaps, tokens, marks) {
    this.#forget();
    this.#original = original;
    this.#tokens = tokens;
    this.#marks = marks;
    const text = visible(original);
    this.#pieces = pieces(text).map(([start, end]) => {
      const node = document.createTextNode(text.slice(start, end));
      const element = h("div", { class: "piece" }, node);
      return { start, end, node, element, ranges: [] };
    });
    this.#text.replaceChildren(...this.#pieces.map((piece) => piece.element));
    this.#text.classList.toggle("long", this.#pieces.length > 1);
    for (const piece of this.#pieces) this.#seen.observe(piece.element);
    this.#showNotes(original, gaps);
    if (marks.length > 0) this.#goToMark(0);
  }

  /** @param {string} words */
  clear(words) {
    this.#forget();
    this.#original = "";
    this.#text.replaceChildren(h("span", { class: "quiet" }, words));
    this.#notes.replaceChildren();
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(this.#original);
      this.#say(`Copied ${plural(this.#original.length, "character")}.`);
    } catch {
      const all = document.createRange();
      all.selectNodeContents(this.#text);
      getSelection()?.removeAllRanges();
      getSelection()?.addRange(all);
      this.#say("The browser refuses the clipboard: the text is selected, copy it by hand.");
    }
  }

  nextMark() {
    if (this.#marks.length > 0) this.#goToMark((this.#at + 1) % this.#marks.length);
  }

  /** @param {string} text @param {number[]} gaps */
  #showNotes(text, gaps) {
    const { offsets, kinds } = hidden(text);
    const lines = text === "" ? 0 : text.split(/\r\n|\r|\n/).length;
    const where = [...new Set(this.#marks.slice(0, 20).map(([start]) => lineOf(text, start)))];
    this.#notes.replaceChildren(
      h("span", null, `${plural(lines, "line")}, ${plural(text.length, "character")}`),
      this.#marks.length > 0
        ? h(
            "button",
            { type: "button", class: "text", "aria-keyshortcuts": "m", title: "key m", onclick: () => this.nextMark() },
            `${plural(this.#marks.length, "match", "matches")} marked, line ${where.slice(0, 5).join(", ")}${where.length > 5 || this.#marks.length > 20 ? " …" : ""}`,
          )
        : "",
      gaps.length > 0
        ? h(
            "span",
            { class: "missing-words" },
            `parts are missing after line ${gaps
              .slice(0, 5)
              .map((gap) => lineOf(text, gap))
              .join(", ")}`,
          )
        : "",
      ...kinds.map((kind) =>
        h("span", { class: "hidden-note" }, `${kind.glyph} ${count(kind.count)} × ${kind.code} ${kind.name}`),
      ),
      h("span", { role: "status", class: "said" }),
    );
    this.#hidden = offsets;
  }

  /** @type {number[]} */
  #hidden = [];

  /** @param {string} words */
  #say(words) {
    const status = this.#notes.querySelector(".said");
    if (status) status.textContent = words;
  }

  /**
   * Makes a highlight the current one and scrolls to it.
   * @param {number} index
   */
  #goToMark(index) {
    this.#at = index;
    const mark = this.#marks[index];
    const piece = mark && this.#pieces.find((one) => one.end > mark[0]);
    if (!mark || !piece) return;
    const range = document.createRange();
    range.setStart(piece.node, Math.max(mark[0] - piece.start, 0));
    range.setEnd(piece.node, Math.min(mark[1] - piece.start, piece.node.length));
    highlight("current").clear();
    highlight("current").add(range);
    // Scrolls to its piece first: a piece out of view has no lines to measure yet.
    const frame = this.#text.getBoundingClientRect();
    const at = piece.element.getBoundingClientRect();
    if (at.bottom < frame.top || at.top > frame.bottom) this.#text.scrollTop += at.top - frame.top;
    const box = range.getBoundingClientRect();
    if (box.top < frame.top || box.bottom > frame.bottom)
      this.#text.scrollTop += box.top - frame.top - frame.height / 3;
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #inView(entries) {
    for (const entry of entries) {
      const piece = this.#pieces.find((one) => one.element === entry.target);
      if (!piece) continue;
      if (entry.isIntersecting && piece.ranges.length === 0) this.#paint(piece);
      if (!entry.isIntersecting) unpaint(piece);
    }
  }

  /** @param {Piece} piece */
  #paint(piece) {
    const tokens = this.#tokens;
    for (let i = firstToken(tokens, piece.start); i < tokens.length; i += 3) {
      const [start = 0, end = 0, kind = 0] = tokens.subarray(i, i + 3);
      if (start >= piece.end) break;
      const name = KINDS[kind];
      if (name) add(piece, name, start, end);
    }
    for (const [start, end] of this.#marks) if (start < piece.end && end > piece.start) add(piece, "match", start, end);
    for (const offset of this.#hidden)
      if (offset >= piece.start && offset < piece.end) add(piece, "hidden", offset, offset + 1);
  }

  #forget() {
    this.#seen.disconnect();
    for (const piece of this.#pieces) unpaint(piece);
    highlight("current").clear();
    this.#pieces = [];
    this.#marks = [];
    this.#at = -1;
    this.#text.scrollTop = 0;
  }
}

/** @param {Piece} piece @param {string} name @param {number} start @param {number} end */
function add(piece, name, start, end) {
  const range = document.createRange();
  range.setStart(piece.node, Math.max(start - piece.start, 0));
  range.setEnd(piece.node, Math.min(end - piece.start, piece.node.length));
  highlight(name).add(range);
  piece.ranges.push([name, range]);
}

/** @param {Piece} piece */
function unpaint(piece) {
  for (const [name, range] of piece.ranges) highlight(name).delete(range);
  piece.ranges = [];
}

/** @param {string} name @returns {Set<Range> & { priority: number }} */
function highlight(name) {
  const registry = /** @type {any} */ (CSS).highlights;
  // Without the API the text is not coloured; the notes still name the lines.
  if (!registry) return Object.assign(new Set(), { priority: 0 });
  let one = registry.get(name);
  if (!one) {
    one = new /** @type {any} */ (globalThis).Highlight();
    one.priority = { hidden: 1, match: 2, current: 3 }[name] ?? 0;
    registry.set(name, one);
  }
  return one;
}

/** Returns the first token that ends after a position, by binary search. @param {Uint32Array} tokens @param {number} place */
function firstToken(tokens, place) {
  let low = 0;
  let high = tokens.length / 3;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tokens[middle * 3 + 1] ?? 0) <= place) low = middle + 1;
    else high = middle;
  }
  return low * 3;
}

/** @param {string} text @param {number} offset */
function lineOf(text, offset) {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}

customElements.define("scope-script", Script);
