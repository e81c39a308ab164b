/**
 * A script's text, coloured by tokens, with its matches highlighted.
 *
 * The text is divided into rows as wide as the panel, and the document contains the rows in view as text nodes only: a text of
 * 100,000 lines is shown at once. Colours and marks are highlights over ranges of them.
 */
import { h } from "../dom.js";
import { hidden, visible } from "../model/glyphs.js";
import { count, plural } from "../model/number.js";
import { giveWay } from "../model/slices.js";
import { findAll, foldsOf, MOST_FOUND, TextRows } from "../model/text-rows.js";
import { VirtualRows } from "./virtual-rows.js";

/** @typedef {import("../model/text-rows.js").Fold} Fold */
/** @typedef {[number, number]} Mark */

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

/** Height of a row in pixels, as in style/detail.css. */
const ROW = 18;
/** Characters whose width is measured. */
const PROBE = 20;
/** Strings longer than this are closed at first, if nothing in them matched. */
const CLOSED = 1_000;
const forced = matchMedia("(forced-colors: active)");
/** Texts longer than this are prepared in slices. */
const LONG = 200_000;

export class Script extends HTMLElement {
  #notes = h("div", { class: "script-notes" });
  #finder = h("input", {
    type: "search",
    class: "find",
    placeholder: "Find in script",
    "aria-label": "Find in script",
    "aria-keyshortcuts": "f",
    spellcheck: false,
    autocomplete: "off",
    oninput: () => this.#find(),
    onkeydown: (/** @type {KeyboardEvent} */ event) => this.#findKey(event),
  });
  #found = h("span", { class: "found", role: "status" });
  #sheet = h("div", { class: "sheet-rows" });
  #probe = h("span", { class: "probe", "aria-hidden": "true" }, "0".repeat(PROBE));
  #text = h("div", { class: "text", tabIndex: 0, role: "region", "aria-label": "Script text" }, this.#sheet);
  #rows = new VirtualRows(this.#text, this.#sheet, (first, end) => this.#draw(first, end));
  /** @type {TextRows | null} */
  #layout = null;
  #columns = 0;
  #original = "";
  /** As it is drawn: of the same length. */
  #shown = "";
  /** @type {Uint32Array} */
  #tokens = new Uint32Array();
  /** @type {Mark[]} */
  #marks = [];
  /** @type {Mark[]} */
  #hits = [];
  /** The match or hit that is current. @type {Mark | null} */
  #current = null;
  /** @type {number[]} */
  #hidden = [];
  /** @type {number[]} */
  #gaps = [];
  /** @type {Fold[]} */
  #folds = [];
  /** @type {Set<Fold>} */
  #closed = new Set();
  /** Highlights of the rows drawn. @type {[string, Range][]} */
  #ranges = [];
  /** The place in the text of each text node drawn. @type {WeakMap<Node, number>} */
  #places = new WeakMap();
  /** Counts texts, so that the preparation of a replaced one ends. */
  #version = 0;
  /** The text's name, where two are beside each other. */
  #name = "";

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.append(this.#probe, this.#notes, this.#text);
    new ResizeObserver(() => this.#arrange()).observe(this.#text);
    this.#text.addEventListener("click", (event) => this.#click(event));
    this.#text.addEventListener("copy", (event) => this.#copySelection(event));
  }

  disconnectedCallback() {
    this.#unpaint();
  }

  /**
   * @param {string} original the script, or what is hidden in it, as it is
   * @param {number[]} gaps where in it parts are missing
   * @param {Uint32Array} tokens triples of start, end and kind
   * @param {Mark[]} marks
   */
  async show(original, gaps, tokens, marks) {
    this.#version += 1;
    const mine = this.#version;
    const turn = async () => {
      if (original.length > LONG) await giveWay();
      return mine === this.#version;
    };
    const text = visible(original);
    if (!(await turn())) return;
    const odd = hidden(original);
    if (!(await turn())) return;
    const folds = await foldsOf(original, tokens);
    if (!(await turn())) return;
    // Who shows the same text again, or looks for words while a long text is prepared, keeps them.
    if (original !== this.#original && !this.#finder.matches(":focus")) this.#finder.value = "";
    this.#original = original;
    this.#shown = text;
    this.#tokens = tokens;
    this.#marks = marks;
    this.#gaps = gaps;
    this.#hidden = odd.offsets;
    this.#folds = folds;
    this.#closed = new Set(folds.filter((fold) => isClosedAtFirst(fold, marks)));
    this.#hits = findAll(text, this.#finder.value);
    this.#current = null;
    this.#text.scrollTop = 0;
    this.#columns = 0;
    this.#arrange();
    this.#showNotes(odd.kinds);
    const [first = marks[0]] = this.#hits;
    if (first) this.#goTo(first);
    this.#sayFound();
  }

  /** Names the text that is shown next. @param {string} name "" where it is the only one */
  setName(name) {
    this.#name = name;
    this.#text.setAttribute("aria-label", name === "" ? "Script text" : `Script text, ${name}`);
  }

  /** @param {string} words */
  clear(words) {
    this.#version += 1;
    this.#unpaint();
    this.#original = this.#shown = "";
    this.#layout = null;
    this.#rows.set(0, ROW);
    this.#sheet.replaceChildren(h("span", { class: "quiet" }, words));
    this.#notes.replaceChildren();
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(this.#original);
      this.#say(`Copied ${plural(this.#original.length, "character")}.`);
    } catch {
      this.#say("The browser refuses the clipboard: select the text and copy it by hand.");
    }
  }

  /** Goes to the next match, or the one before. @param {1 | -1} [by] */
  nextMark(by = 1) {
    this.#step(this.#marks, by);
  }

  focusFind() {
    this.#finder.focus();
    this.#finder.select();
  }

  /** Finds a text. @param {string} text */
  findText(text) {
    this.#finder.value = text;
    this.#find();
  }

  focusText() {
    this.#text.focus();
  }

  /** Divides the text into rows, if their width or the folds changed. @param {boolean} [again] */
  #arrange(again = false) {
    if (this.#shown === "") return;
    const wide = this.#probe.getBoundingClientRect().width / PROBE;
    const box = this.#sheet.clientWidth;
    if (!(wide > 0) || box === 0) return;
    // The gutter is as wide as the last line's number.
    const digits = String(this.#layout?.lines ?? lineCount(this.#shown)).length;
    this.#text.style.setProperty("--digits", String(digits));
    const columns = Math.max(Math.floor((box - (digits + 3) * wide) / wide), 16);
    if (columns === this.#columns && !again) return;
    const place = this.#layout && !again ? this.#layout.row(this.#rows.range.first).start : -1;
    this.#columns = columns;
    const closed = this.#folds.filter((fold) => this.#closed.has(fold));
    this.#layout = new TextRows(this.#shown, columns, closed);
    this.#rows.set(this.#layout.length, ROW);
    if (place > 0) this.#rows.scrollTo(this.#layout.at(place), "middle");
  }

  /** @param {number} first @param {number} end */
  #draw(first, end) {
    this.#unpaint();
    const layout = this.#layout;
    if (!layout) return;
    const rows = [];
    for (let i = first; i < end; i += 1) rows.push(this.#rowElement(layout.row(i)));
    this.#sheet.replaceChildren(...rows);
    this.#paint(layout.row(first).start, layout.row(Math.max(end - 1, first)).end);
  }

  /** @param {ReturnType<TextRows["row"]>} row */
  #rowElement({ start, end, line, isFirst, fold }) {
    const number = isFirst ? String(line) : "";
    if (fold) {
      const size = plural(fold.end - fold.start, "character");
      return h(
        "div",
        { class: "row folded", dataset: { line: number } },
        h(
          "button",
          { type: "button", class: "text", dataset: { fold: String(this.#folds.indexOf(fold)) } },
          fold.kind === "function" ? `… body of ${fold.name || "a block"}, ${size}` : `… ${size}`,
        ),
      );
    }
    const node = document.createTextNode(this.#shown.slice(start, end));
    this.#places.set(node, start);
    const opens = firstFold(this.#folds, start);
    const next = this.#folds[opens];
    const opened = next && next.start <= end && !this.#closed.has(next) ? next : null;
    return h(
      "div",
      { class: "row", dataset: { line: number } },
      opened
        ? h("button", {
            type: "button",
            class: "gutter",
            dataset: { fold: String(opens) },
            "aria-label": `Fold ${opened.kind === "function" ? opened.name || "block" : "long string"}, line ${line}`,
          })
        : null,
      node,
    );
  }

  /** @param {number} from @param {number} to */
  #paint(from, to) {
    const nodes = [...this.#sheet.querySelectorAll(".row")].flatMap((row) => {
      const node = [...row.childNodes].find((one) => this.#places.has(one));
      const start = node ? this.#places.get(node) : undefined;
      return node instanceof Text && start !== undefined ? [{ node, start, end: start + node.length }] : [];
    });
    let first = 0;
    const add = (/** @type {string} */ name, /** @type {number} */ start, /** @type {number} */ end) => {
      for (let i = first; i < nodes.length; i += 1) {
        const one = /** @type {(typeof nodes)[0]} */ (nodes[i]);
        if (one.start >= end) break;
        if (one.end <= start) continue;
        const range = document.createRange();
        range.setStart(one.node, Math.max(start - one.start, 0));
        range.setEnd(one.node, Math.min(end - one.start, one.node.length));
        highlight(name).add(range);
        this.#ranges.push([name, range]);
      }
    };
    // Forced colours give each highlight the colour of the selection: only matches have one.
    const tokens = forced.matches ? new Uint32Array() : this.#tokens;
    for (let i = firstToken(tokens, from); i < tokens.length; i += 3) {
      const [start = 0, end = 0, kind = 0] = tokens.subarray(i, i + 3);
      if (start >= to) break;
      // Tokens are in order, so rows before this one need no further look.
      while (first < nodes.length - 1 && (nodes[first]?.end ?? 0) <= start) first += 1;
      const name = KINDS[kind];
      if (name) add(name, start, end);
    }
    first = 0;
    for (const [start, end] of this.#marks) if (start < to && end > from) add("match", start, end);
    for (const [start, end] of this.#hits) if (start < to && end > from) add("found", start, end);
    if (this.#current) add("current", ...this.#current);
    for (const offset of this.#hidden) if (offset >= from && offset < to) add("hidden", offset, offset + 1);
  }

  #unpaint() {
    for (const [name, range] of this.#ranges) highlight(name).delete(range);
    this.#ranges = [];
  }

  /** Scrolls to a match and makes it the current one. Folds around it open. @param {Mark} mark */
  #goTo(mark) {
    this.#current = mark;
    const around = this.#folds.filter((fold) => this.#closed.has(fold) && fold.start < mark[1] && fold.end > mark[0]);
    for (const fold of around) this.#closed.delete(fold);
    if (around.length > 0) this.#arrange(true);
    if (this.#layout) this.#rows.scrollTo(this.#layout.at(mark[0]), "middle");
    this.#rows.redraw();
  }

  /** @param {Mark[]} marks @param {1 | -1} by */
  #step(marks, by) {
    if (marks.length === 0) return;
    const at = this.#current ? marks.indexOf(this.#current) : -1;
    const next = at < 0 ? (by > 0 ? 0 : marks.length - 1) : (at + by + marks.length) % marks.length;
    this.#goTo(/** @type {Mark} */ (marks[next]));
    if (marks === this.#hits) this.#sayFound();
  }

  #find() {
    this.#hits = findAll(this.#shown, this.#finder.value);
    const [first] = this.#hits;
    this.#current = null;
    if (first) this.#goTo(first);
    else this.#rows.redraw();
    this.#sayFound();
  }

  #sayFound() {
    const { length } = this.#hits;
    const at = this.#current ? this.#hits.indexOf(this.#current) + 1 : 0;
    const many = length >= MOST_FOUND ? `${count(length)} or more` : count(length);
    this.#found.textContent = this.#finder.value === "" ? "" : length === 0 ? "0 found" : `${count(at)} of ${many}`;
  }

  /** @param {KeyboardEvent} event */
  #findKey(event) {
    if (event.key !== "Enter") return;
    event.preventDefault();
    this.#step(this.#hits, event.shiftKey ? -1 : 1);
  }

  /** Opens or closes a fold. @param {MouseEvent} event */
  #click(event) {
    const wanted = event.target instanceof Element ? event.target.closest("[data-fold]") : null;
    const fold = this.#folds[Number(wanted?.getAttribute("data-fold") ?? -1)];
    if (!fold) return;
    if (this.#closed.has(fold)) this.#closed.delete(fold);
    else this.#closed.add(fold);
    this.#arrange(true);
    const index = String(this.#folds.indexOf(fold));
    const successor = [...this.#sheet.querySelectorAll("[data-fold]")].find(
      (one) => one.getAttribute("data-fold") === index,
    );
    if (successor instanceof HTMLElement) successor.focus({ preventScroll: true });
    else this.#text.focus({ preventScroll: true });
  }

  /** @param {boolean} closed */
  #foldAll(closed) {
    this.#closed = new Set(closed ? this.#folds : []);
    this.#arrange(true);
  }

  /** Copies the selected part as it is in the log: not its glyphs, and without the row breaks. @param {ClipboardEvent} event */
  #copySelection(event) {
    const selection = getSelection();
    if (!selection || selection.isCollapsed || !event.clipboardData) return;
    const range = selection.getRangeAt(0);
    const from = this.#placeOf(range.startContainer, range.startOffset);
    const to = this.#placeOf(range.endContainer, range.endOffset);
    if (from === null || to === null) return;
    event.preventDefault();
    event.clipboardData.setData("text/plain", this.#original.slice(from, to));
  }

  /** @param {Node} node @param {number} offset */
  #placeOf(node, offset) {
    const start = this.#places.get(node);
    if (start !== undefined) return start + offset;
    const child = node.childNodes[offset] ?? node.childNodes[offset - 1] ?? node;
    const text = document.createTreeWalker(child, NodeFilter.SHOW_TEXT).nextNode() ?? child;
    const found = this.#places.get(text);
    return found === undefined ? null : node.childNodes[offset] ? found : found + (text.textContent ?? "").length;
  }

  /** @param {ReturnType<typeof hidden>["kinds"]} kinds */
  #showNotes(kinds) {
    const lines = lineCount(this.#shown);
    const lineOf = (/** @type {number} */ place) => lineAt(this.#shown, place);
    const where = [...new Set(this.#marks.slice(0, 20).map(([start]) => lineOf(start)))];
    const step = (/** @type {1 | -1} */ by, /** @type {string} */ words, /** @type {string} */ name) =>
      h(
        "button",
        { type: "button", class: "text", "aria-label": name, title: name, onclick: () => this.#step(this.#hits, by) },
        words,
      );
    this.#notes.replaceChildren(
      this.#name === "" ? "" : h("b", null, this.#name),
      h("span", null, `${plural(lines, "line")}, ${plural(this.#shown.length, "character")}`),
      this.#marks.length > 0
        ? h(
            "button",
            { type: "button", class: "text", "aria-keyshortcuts": "m", title: "key m", onclick: () => this.nextMark() },
            `${plural(this.#marks.length, "match", "matches")} marked, line ${where.slice(0, 5).join(", ")}${where.length > 5 || this.#marks.length > 20 ? " …" : ""}`,
          )
        : "",
      this.#gaps.length > 0
        ? h(
            "span",
            { class: "missing-words" },
            `parts are missing after line ${this.#gaps.slice(0, 5).map(lineOf).join(", ")}`,
          )
        : "",
      ...kinds.map((kind) =>
        h("span", { class: "hidden-note" }, `${kind.glyph} ${count(kind.count)} × ${kind.code} ${kind.name}`),
      ),
      ...(this.#folds.length > 0
        ? [
            h("button", { type: "button", class: "text", onclick: () => this.#foldAll(true) }, "fold all"),
            h("button", { type: "button", class: "text", onclick: () => this.#foldAll(false) }, "unfold"),
          ]
        : []),
      h(
        "span",
        { class: "finder" },
        this.#finder,
        this.#found,
        step(-1, "↑", "Found before"),
        step(1, "↓", "Found after"),
      ),
      h("span", { role: "status", class: "said" }),
    );
  }

  /** @param {string} words */
  #say(words) {
    const status = this.#notes.querySelector(".said");
    if (status) status.textContent = words;
  }
}

/** @param {Fold} fold @param {Mark[]} marks */
function isClosedAtFirst({ kind, start, end }, marks) {
  return kind === "string" && end - start > CLOSED && !marks.some((mark) => mark[0] < end && mark[1] > start);
}

/** @param {string} text */
const lineCount = (text) => (text === "" ? 0 : lineAt(text, text.length));

/** @param {string} text @param {number} place */
function lineAt(text, place) {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < place; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}

/** @param {string} name @returns {Set<Range> & { priority: number }} */
function highlight(name) {
  const registry = /** @type {any} */ (CSS).highlights;
  // Without the API the text is not coloured; the notes still name the lines.
  if (!registry) return Object.assign(new Set(), { priority: 0 });
  let one = registry.get(name);
  if (!one) {
    one = new /** @type {any} */ (globalThis).Highlight();
    one.priority = { hidden: 1, match: 2, found: 3, current: 4 }[name] ?? 0;
    registry.set(name, one);
  }
  return one;
}

/** Returns the first fold that begins at a place or after it. @param {Fold[]} folds @param {number} place */
function firstFold(folds, place) {
  let low = 0;
  let high = folds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((folds[middle]?.start ?? 0) < place) low = middle + 1;
    else high = middle;
  }
  return low;
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

customElements.define("scope-script", Script);
