/** The bar of the analyst's decisions on what is selected: verdict, star, to the report, and undo. */
import { foreign, h } from "../dom.js";
import { store } from "../store.js";
import { View } from "../elements/view.js";
import { caseMarks } from "./marks.js";

/** @typedef {import("../types.js").Verdict} Verdict */

/** @type {[Verdict, string][]} */
export const VERDICTS = [
  ["hostile", "1"],
  ["unclear", "2"],
  ["benign", "3"],
];

class VerdictBar extends View {
  /** @type {import("../store.js").Kind[]} */
  static shows = ["selection", "marks"];

  #buttons = h("p", { class: "decisions", role: "group", "aria-label": "Decision" });
  #others = h("p", { class: "others" });
  #note = h("textarea", {
    rows: 2,
    "aria-label": "Note",
    placeholder: "Note",
    oninput: () => this.#setNote(),
  });

  build() {
    this.append(this.#buttons, this.#note, this.#others);
  }

  update() {
    const target = store.target();
    this.hidden = target === null;
    if (!target) return;
    const mark = caseMarks.get(target) ?? {};
    const isResult = target.kind === "result";
    const focused = [...this.#buttons.children].indexOf(/** @type {Element} */ (document.activeElement));
    const undoable = caseMarks.canUndo;
    this.#buttons.replaceChildren(
      ...VERDICTS.map(([verdict, key]) =>
        button(verdict, key, mark.verdict === verdict, () => decide(verdict), `verdict ${verdict}`),
      ),
      ...(isResult ? [] : [button("star", "s", Boolean(mark.star), star, "")]),
      button("to the report", "a", Boolean(mark.toReport), toReport, ""),
      h(
        "button",
        { type: "button", class: "text", "aria-keyshortcuts": "u", title: "key u", disabled: !undoable, onclick: undo },
        "undo",
      ),
    );
    if (focused >= 0) /** @type {HTMLElement | undefined} */ (this.#buttons.children[focused])?.focus();
    // A result's note has its field below the script.
    this.#note.hidden = isResult;
    if (document.activeElement !== this.#note) this.#note.value = mark.note ?? "";
    const others = mark.others ?? [];
    this.#others.hidden = others.length === 0;
    this.#others.replaceChildren(
      ...others.map(({ by, verdict, note }) =>
        h(
          "span",
          null,
          foreign(by || "somebody"),
          verdict ? [" says ", h("b", { class: verdict }, verdict)] : "",
          note ? [": ", foreign(note)] : "",
        ),
      ),
    );
  }

  editNote() {
    this.#note.focus();
  }

  #setNote() {
    const target = store.target();
    if (target) caseMarks.change(target, { note: this.#note.value });
  }
}

/**
 * @param {string} words @param {string} key @param {boolean} on @param {() => boolean} act @param {string} css
 */
function button(words, key, on, act, css) {
  return h(
    "button",
    {
      type: "button",
      class: `text ${css}`,
      "aria-pressed": String(on),
      "aria-keyshortcuts": key,
      title: `key ${key}`,
      onclick: act,
    },
    words,
  );
}

/** Each returns whether something is selected. @param {Verdict} verdict */
export const decide = (verdict) => change((mark) => ({ verdict: mark.verdict === verdict ? null : verdict }));
export const star = () => change((mark) => ({ star: !mark.star }));
export const toReport = () => change((mark) => ({ toReport: !mark.toReport }));
export const undo = () => caseMarks.undo();

/** @param {(mark: import("../types.js").Mark) => Partial<import("../types.js").Mark>} next */
function change(next) {
  const target = store.target();
  if (!target) return false;
  caseMarks.change(target, next(caseMarks.get(target) ?? {}));
  return true;
}

customElements.define("case-verdict", VerdictBar);
