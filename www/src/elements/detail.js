/** The detail of one result: the script block and all facts of the result. */
import { foreign, h } from "../dom.js";
import { keepFocus } from "../focus.js";
import { engine } from "../worker-client.js";
import { census } from "../census.js";
import { marks } from "../annotations.js";
import { caseMarks } from "../case/marks.js";
import { reason } from "../model/level.js";
import { count, plural } from "../model/number.js";
import { mapped, mappedTokens } from "../model/runs.js";
import { zoneName } from "../model/time.js";
import { store } from "../store.js";
import { about } from "./about.js";
import { Expect } from "./allow-form.js";
import { severity, times, userName } from "./parts.js";
import { everyBlock, neighbourSection, neighboursOf, walk } from "./neighbours.js";
import { Script } from "./script.js";
import { stepList } from "./steps.js";
import { blockOf, callsOf, placeLine, subjectHead } from "./subject.js";
import { rulesPanel } from "./rules-panel.js";
import { View } from "./view.js";

/** Views of a script that have a button each, and so many with those that have matches. */
const VIEWS = 20;
const MOST_VIEWS = 60;

/** @typedef {import("../types.js").Block} Block */
/** @typedef {import("../types.js").Row} Row */
/**
 * @typedef {object} Text one view of a script block
 * @property {string} view
 * @property {string} text
 * @property {[number, number][]} marks
 * @property {number[]} gaps
 * @property {Uint32Array | null} tokens once they were requested
 * @property {string | null} origin the view that it was made from; null of the script itself
 * @property {[number, number]} piece the piece of that text that it was made from
 */

export class Detail extends View {
  /** @type {import("../store.js").Kind[]} */
  static shows = ["selection", "data", "visible", "zone", "names"];

  #head = h("div", { class: "head" });
  #script = new Script();
  /** The text that the shown view came from, beside it. */
  #origin = new Script();
  #isBeside = false;
  /** Whether scripts are shown with line breaks and indentation of their own. */
  #isFormatted = false;
  #pair = h("div", { class: "pair" }, this.#script);
  /** How the shown view was made. */
  #steps = h("div", { class: "steps" });
  /** How the block's views were made, once that was asked for. @type {ReturnType<typeof unwrapped> | null} */
  #made = null;
  #block = h("div", { class: "block" });
  #about = h("div", { class: "about" });
  #note = h("textarea", {
    id: "note",
    rows: 2,
    placeholder: "Note, kept in this browser",
    oninput: () => this.#setNote(),
  });
  #noteField = h("label", { class: "note-field" }, h("span", null, "Note"), this.#note);
  #expect = new Expect();
  #views = h("p", { class: "views", role: "group", "aria-label": "Views of the script" });
  /** The script and its views. @type {Text[]} */
  #texts = [];
  #view = 0;
  /** The block whose text is shown. */
  #blockId = "";
  /** Steps to blocks before and after that keys have asked for: each goes on from where the one before it led. */
  #walking = Promise.resolve();
  #near = h("div", { class: "around" });
  /** @type {import("../types.js").Neighbours | null} */
  #neighbours = null;
  /** The section of what the script calls. @type {HTMLElement[] | null} */
  #called = null;
  #body = h(
    "div",
    { class: "body" },
    this.#head,
    document.createElement("case-verdict"),
    this.#expect,
    this.#block,
    this.#views,
    this.#pair,
    this.#steps,
    this.#noteField,
    this.#near,
    this.#about,
  );
  #position = h("span", { class: "note" });
  #hint = h("p", { class: "hint quiet" }, "Select a row to read its script block.");
  /** The key of the shown detail: it is not redrawn while the key is the same. */
  #shown = "";

  build() {
    store.on(["lines"], () => this.#showNear());
    this.append(
      h(
        "header",
        null,
        h("h2", { id: "detail-title", tabIndex: -1 }, "Script block"),
        this.#position,
        h("button", { type: "button", class: "text wide", onclick: () => this.toggleWide() }, "full width"),
        h("button", { type: "button", class: "text back", onclick: () => this.#goBack() }, "back to the results"),
      ),
      this.#hint,
      this.#body,
    );
  }

  update() {
    const target = store.target();
    const row = store.selectedRow();
    this.#hint.hidden = target !== null;
    this.#body.hidden = target === null;
    const at = row ? store.visible.indexOf(row) : -1;
    this.#position.textContent =
      at < 0 ? (row ? "not in view" : "") : `result ${count(at + 1)} of ${count(store.visible.length)}`;
    if (!target) {
      this.#shown = "";
      return;
    }
    const key = `${target.kind} ${target.id} `;
    const shown = `${key}${row?.version ?? 0} ${store.block} ${zoneName()} ${census.version}`;
    if (shown === this.#shown) return;
    const same = this.#shown.startsWith(key);
    this.#shown = shown;
    this.#noteField.hidden = row === null;
    if (!row) this.#expect.hidden = true;
    if (row) this.#showResult(row);
    else if (target.kind !== "result") this.#showOther(target);
    if (!same) this.#body.scrollTop = 0;
  }

  /** @param {Row} row */
  #showResult(row) {
    this.#showHead(row);
    this.#showAbout(row);
    this.#note.value = marks.get(row.id)?.note ?? "";
    this.#expect.keepTo(row.id);
    const wanted = row.result.blocks[store.block];
    this.#showBlock(row, wanted ? (store.blocks.get(wanted.id) ?? null) : null);
    if (wanted) this.#load(wanted.id, wanted.spans);
    else this.#script.clear("No script block is kept behind this result.");
  }

  /** @param {Exclude<import("../types.js").Target, { kind: "result" }>} target */
  #showOther(target) {
    this.#head.replaceChildren(...subjectHead(target));
    this.#block.replaceChildren();
    this.#about.replaceChildren();
    const id = blockOf(target);
    const spans = target.kind === "block" && target.spans ? target.spans : id ? spansOf(id) : [];
    if (id) this.#load(id, spans, target.kind === "indicator" ? target.item.value : "");
    else this.#script.clear("No script block is listed with it.");
  }

  toggleWide() {
    const wide = document.documentElement.classList.toggle("wide-detail");
    const button = this.querySelector("button.wide");
    if (button) button.textContent = wide ? "beside the results" : "full width";
    store.changed("layout");
  }

  /** Goes to the result's row: on a narrow screen the results are above. */
  #goBack() {
    if (document.documentElement.classList.contains("wide-detail")) this.toggleWide();
    /** @type {import("./results.js").Results | null} */ (document.querySelector("scope-results"))?.focusRow();
  }

  editNote() {
    const field = store.selectedRow() ? this.#note : this.querySelector("case-verdict textarea");
    /** @type {HTMLElement | null} */ (field)?.focus();
  }

  nextMark() {
    this.#script.nextMark();
  }

  /** Copies the script as it is in the log, or formatted if it is shown so. */
  copy() {
    return this.#script.copy();
  }

  /** Selects the script block before or after the one that is shown, in time. @param {1 | -1} by */
  walk(by) {
    this.#walking = this.#walking.then(() => {
      const target = store.target();
      return walk(target?.kind === "block" ? target.id : this.#blockId, by);
    });
    return this.#walking;
  }

  /** Lists every script block of the process of the one that is shown. */
  everyBlock() {
    if (this.#neighbours) everyBlock(this.#neighbours);
  }

  /** Shows another block of the result. @param {number} by */
  step(by) {
    const row = store.selectedRow();
    if (!row) return;
    const next = Math.min(Math.max(store.block + by, 0), row.result.blocks.length - 1);
    store.select(row.id, next);
  }

  /**
   * Shows the text of a block, and its neighbours.
   * @param {string} id
   * @param {{ view: string, ranges: [number, number][] }[]} spans
   * @param {string} [found] searched for in the text
   */
  async #load(id, spans, found = "") {
    this.#texts = [];
    this.#blockId = id;
    this.#views.replaceChildren();
    this.#steps.replaceChildren();
    this.#made = null;
    this.#neighbours = this.#called = null;
    this.#showNear();
    const shown = this.#shown;
    const answer = await engine.block(id).catch((error) => `This text cannot be read again: ${error.message}.`);
    if (shown !== this.#shown) return;
    if (!answer || typeof answer === "string") {
      this.#script.clear(answer ?? "The engine has no text of this block.");
      return;
    }
    const { block, tokens, views } = answer;
    const own = { view: "original", text: block.text, origin: null, piece: /** @type {[number, number]} */ ([0, 0]) };
    this.#texts = [own, ...views].map((one) => {
      const marks = spans.filter(({ view }) => view === one.view).flatMap(({ ranges }) => ranges);
      return { ...one, marks, gaps: one === own ? block.gaps : [], tokens: null };
    });
    const [original] = this.#texts;
    if (original) original.tokens = tokens;
    this.#called = null;
    const wanted = found.toLowerCase();
    // Shows a text with a match: the script itself if it has one.
    const first = this.#texts.findIndex(
      ({ text, marks }) => marks.length > 0 || (wanted !== "" && text.toLowerCase().includes(wanted)),
    );
    await this.#showView(Math.max(0, first));
    if (wanted !== "" && shown === this.#shown) this.#script.findText(found);
    const near = await neighboursOf(id);
    if (shown !== this.#shown) return;
    this.#neighbours = near;
    // A script or an indicator is not of one place: the block that is shown is.
    const isOfBlock = store.target()?.kind === "script" || store.target()?.kind === "indicator";
    if (near && isOfBlock) this.#block.replaceChildren(h("p", { class: "quiet" }, "Shown:"), placeLine(near.block));
    this.#called = await callsOf(id, block.text);
    if (shown === this.#shown) this.#showNear();
  }

  /** Draws the neighbours, again when their first lines become known. */
  #showNear() {
    const near = this.#neighbours;
    keepFocus(this.#near, () =>
      this.#near.replaceChildren(...(this.#called ?? []), ...(near ? [neighbourSection(near)] : [])),
    );
  }

  /** Shows the formatted text of the view that is shown, or that view again. */
  async #format() {
    const view = this.#texts[this.#view];
    if (!view) return;
    this.#isFormatted = !this.#isFormatted;
    await this.#showView(this.#view);
  }

  /** Shows the script's next view: the script itself, the deobfuscated text, decoded layers. */
  nextView() {
    if (this.#texts.length > 1) this.#showView((this.#view + 1) % this.#texts.length);
  }

  /** @param {number} at */
  async #showView(at) {
    const view = this.#texts[at];
    if (!view) return;
    const id = this.#blockId;
    this.#view = at;
    this.#views.replaceChildren(...this.#viewButtons());
    this.#showSteps(view.view);
    const shown = this.#shown;
    const tokens = await this.#tokens(id, view);
    if (shown !== this.#shown || this.#view !== at) return;
    await this.#showOrigin(id, view);
    if (shown !== this.#shown || this.#view !== at) return;
    const formatted = this.#isFormatted ? await engine.run("formatScript", view.text) : null;
    if (shown !== this.#shown || this.#view !== at) return;
    if (!formatted) await this.#script.show(view.text, view.gaps, tokens, view.marks);
    else {
      const places = (/** @type {number[]} */ all) =>
        mapped(
          formatted.map,
          all.map((one) => [one, one + 1]),
        );
      const gaps = places(view.gaps).map(([place]) => place);
      await this.#script.show(
        formatted.text,
        gaps,
        mappedTokens(formatted.map, tokens),
        mapped(formatted.map, view.marks),
      );
    }
  }

  /** @param {string} id @param {Text} text */
  async #tokens(id, text) {
    return (text.tokens ??= (await engine.call("tokens", id, text.view)) ?? new Uint32Array());
  }

  /** Lists how a view was made, and says what of the script's views a limit left out. @param {string} name */
  async #showSteps(name) {
    this.#steps.replaceChildren();
    const [original] = this.#texts;
    if (!original) return;
    this.#made ??= unwrapped(original.text);
    const made = this.#made;
    const of = (/** @type {string} */ wanted) => made.then((all) => all.find(({ view }) => view === wanted));
    const list = stepList((name === original.view ? null : await of(name))?.steps ?? []);
    const left = (await of("limit"))?.text;
    const limit = left === undefined ? null : h("p", { class: "missing-words" }, left);
    if (made === this.#made && this.#texts[this.#view]?.view === name)
      this.#steps.replaceChildren(...[list, limit].filter((one) => one !== null));
  }

  /** Shows the text that a view was made from beside it, if that is wanted. @param {string} id @param {Text} view */
  async #showOrigin(id, view) {
    const origin = this.#isBeside ? this.#texts.find((one) => one.view === view.origin) : undefined;
    this.#pair.classList.toggle("beside", origin !== undefined);
    this.#script.setName(origin ? view.view : "");
    if (!origin) {
      this.#origin.remove();
      return;
    }
    const tokens = await this.#tokens(id, origin);
    if (!this.#isBeside) return;
    if (!this.#origin.isConnected) this.#pair.prepend(this.#origin);
    this.#origin.setName(origin.view);
    const [from, to] = view.piece;
    const isPart = to > from && to - from < origin.text.length;
    await this.#origin.show(origin.text, origin.gaps, tokens, isPart ? [view.piece] : origin.marks);
  }

  /** Finds a text in the script. */
  find() {
    this.#script.focusFind();
  }

  #viewButtons() {
    const several = this.#texts.length > 1;
    // A script may hide thousands of texts: those without a match are reached by the key.
    const listed = this.#texts.map((text, at) => ({ ...text, at }));
    const shown = listed.filter(({ marks, at }) => at < VIEWS || at === this.#view || marks.length > 0);
    const buttons = shown.slice(0, MOST_VIEWS).map(({ view, marks, at }) =>
      h(
        "button",
        {
          type: "button",
          class: "text",
          "aria-pressed": String(at === this.#view),
          "aria-keyshortcuts": "v",
          title: "key v for the next",
          onclick: () => this.#showView(at),
        },
        view,
        marks.length > 0 ? h("span", { class: "count" }, ` ${plural(marks.length, "match", "matches")}`) : null,
      ),
    );
    const beside = () => {
      this.#isBeside = !this.#isBeside;
      this.#showView(this.#view === 0 ? 1 : this.#view);
    };
    const toggle = (/** @type {string} */ words, /** @type {boolean} */ on, /** @type {() => void} */ onclick) =>
      h("button", { type: "button", class: "text toggle", "aria-pressed": String(on), onclick }, words);
    return [
      ...(several ? buttons : []),
      ...(buttons.length < listed.length
        ? [h("span", { class: "quiet" }, `and ${plural(listed.length - buttons.length, "further view")}`)]
        : []),
      toggle("formatted", this.#isFormatted, () => this.#format()),
      ...(several ? [toggle("beside its origin", this.#isBeside, beside)] : []),
    ];
  }

  /** @param {Row} row */
  #showHead(row) {
    const { result, rule } = row;
    const path = store.blocks.get(result.blocks[store.block]?.id ?? "")?.path;
    this.#head.replaceChildren(
      h("h3", null, severity(row.level, reason(rule, result.score)), " ", foreign(rule.title)),
      h("p", { class: "message" }, result.message ? foreign(result.message) : null),
      h(
        "p",
        { class: "line-of-facts" },
        h("span", null, row.computer === "" ? "computer unknown" : foreign(row.computer)),
        row.user ? userName(row.user) : h("span", { class: "quiet" }, "user not in this log"),
        h("span", null, `${count(result.count)}×`),
        times(result.firstTime, result.lastTime),
        path ? foreign(path) : null,
      ),
      this.#actions(row),
    );
  }

  /** @param {Row} row */
  #actions(row) {
    const mark = marks.get(row.id) ?? {};
    const action = (
      /** @type {string} */ words,
      /** @type {string} */ key,
      /** @type {() => void} */ act,
      /** @type {boolean | undefined} */ on,
    ) =>
      h(
        "button",
        {
          type: "button",
          class: "text",
          "aria-keyshortcuts": key,
          "aria-pressed": on === undefined ? null : String(on),
          onclick: act,
          title: `key ${key}`,
        },
        words,
      );
    return h(
      "p",
      { class: "actions" },
      action(mark.star ? "starred" : "star", "s", () => this.star(), Boolean(mark.star)),
      h(
        "button",
        {
          type: "button",
          class: "text",
          "aria-keyshortcuts": "x",
          title: "key x",
          dataset: { expect: "" },
          onclick: () => this.expect(),
        },
        row.result.suppressedBy === null ? "this is expected" : "expected",
      ),
      action("note", "n", () => this.editNote(), undefined),
      action("copy script", "c", () => this.copy(), undefined),
    );
  }

  /** Opens the form "this is expected"; for a hidden result, shows the entry that hides it. */
  expect() {
    const row = store.selectedRow();
    if (!row) return;
    if (row.result.suppressedBy === null) this.#expect.open(row);
    else rulesPanel().open("allow");
  }

  star() {
    const target = store.target();
    if (!target) return;
    caseMarks.change(target, { star: !caseMarks.get(target)?.star });
    const row = store.selectedRow();
    if (row) this.#showHead(row);
  }

  #setNote() {
    const row = store.selectedRow();
    if (!row) return;
    marks.set(row.id, { note: this.#note.value });
    store.changed("marks");
  }

  /** Draws the number of the block, and its present parts. @param {Row} row @param {Block | null} block */
  #showBlock(row, block) {
    const { blocks, blocksTotal } = row.result;
    const step = (/** @type {number} */ by, /** @type {string} */ words) =>
      h(
        "button",
        {
          type: "button",
          class: "text",
          disabled: blocks[store.block + by] === undefined,
          onclick: () => this.step(by),
        },
        words,
      );
    const parts = [
      blocksTotal > 1
        ? h(
            "p",
            { class: "which" },
            `script block ${store.block + 1} of ${count(blocksTotal)}`,
            blocks.length < blocksTotal ? ` (the first ${count(blocks.length)} are kept)` : "",
            step(-1, "before"),
            step(1, "after"),
          )
        : null,
      block ? partsOf(block) : null,
      block?.variant
        ? h("p", { class: "missing-words" }, `text ${block.variant}: records give this script block different texts`)
        : null,
    ];
    this.#block.replaceChildren(...parts.filter((one) => one !== null));
  }

  /** Draws the result's facts. Facts that only the rule's file has follow a moment later. @param {Row} row */
  async #showAbout(row) {
    this.#about.replaceChildren(...about(row, store.block, null));
    const shown = this.#shown;
    const source = await engine.call("rule", row.rule.id);
    if (source && shown === this.#shown) this.#about.replaceChildren(...about(row, store.block, source));
  }
}

/** Returns how the views of a script were made; nothing where the engine has stopped. @param {string} text */
const unwrapped = async (text) => (await engine.run("unwrap", text).catch(() => null)) ?? [];

/** Returns what all results of a block matched. @param {string} id */
function spansOf(id) {
  return store.rowsOf(id).flatMap(({ result }) => result.blocks.find((block) => block.id === id)?.spans ?? []);
}

/** Returns the present and missing parts in words. @param {Block} block */
function partsOf(block) {
  const total = block.total ?? block.present.length;
  if (total <= 1) return null;
  const present = new Set(block.present);
  const drawn = Math.min(total, 64);
  return h(
    "p",
    { class: "parts" },
    h(
      "span",
      { class: present.size < total ? "missing-words" : "" },
      `parts ${count(present.size)} of ${count(total)}`,
    ),
    h(
      "span",
      { class: "strip", "aria-hidden": "true" },
      Array.from({ length: drawn }, (_, i) => h("span", { class: present.has(i + 1) ? "there" : "missing" })),
    ),
    present.size < total ? h("span", null, `missing: ${missing(present, total)}`) : null,
  );
}

/** @param {Set<number>} present @param {number} total */
function missing(present, total) {
  const all = [];
  for (let part = 1; part <= total && all.length < 12; part += 1) if (!present.has(part)) all.push(part);
  return all.join(", ") + (total - present.size > all.length ? " …" : "");
}

customElements.define("scope-detail", Detail);
