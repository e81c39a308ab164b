/** The editor of a rule's text. Problems are shown while typing. */
import { foreign, h } from "../dom.js";
import { engine } from "../worker-client.js";
import { plural } from "../model/number.js";
import { refusal } from "../model/rules.js";
import { ruleset } from "../ruleset.js";
import { fileName } from "../save.js";
import { store } from "../store.js";

/** @typedef {import("../types.js").Problem} Problem */
/** @typedef {import("../types.js").Rule} Rule */
/** @typedef {import("../types.js").RuleSource} RuleSource */

/** Pause in typing after which the text is checked. */
const PAUSE_MS = 200;

export class Editor extends HTMLElement {
  #text = h("textarea", {
    class: "mono",
    rows: 16,
    spellcheck: false,
    autocomplete: "off",
    wrap: "off",
    "aria-label": "Text of the rule",
    "aria-describedby": "rule-said",
    oninput: () => this.#changed(),
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.#run();
    },
  });
  #said = h("div", { class: "said", id: "rule-said", role: "status" });
  #compared = h("p", { class: "compared", role: "status" });
  #go = h("button", { type: "button", class: "first", onclick: () => this.#run(), title: "Ctrl Enter" });
  #back = h("button", { type: "button", onclick: () => this.#undo() }, "Undo changes");
  #box = h(
    "details",
    { class: "edit" },
    h("summary", null, "Edit this rule"),
    this.#text,
    this.#said,
    this.#compared,
    h("p", { class: "buttons" }, this.#go, this.#back),
  );
  /** @type {Rule | null} */
  #rule = null;
  /** Name of the text's file. */
  #file = "";
  /** The text that is running. */
  #runs = "";
  /** What the rule found before the last change, for comparison. @type {{ id: string, matched: number, rows: number } | null} */
  #before = null;
  #checked = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;

  connectedCallback() {
    if (this.childElementCount === 0) this.append(this.#box);
  }

  /** @param {Rule} rule @param {RuleSource | null} source */
  show(rule, source) {
    const same = rule.id === this.#rule?.id;
    this.#rule = rule;
    const file = source?.file ?? `${fileName(rule.title)}.yml`;
    const text = ruleset.text(file) ?? source?.forms.yaml ?? "";
    this.hidden = text === "";
    this.#go.textContent = store.run.phase === "idle" ? "Use it" : "Run it on the loaded logs";
    // A run's result does not replace text that is being edited.
    const written = same && this.#text.value !== this.#runs;
    this.#file = file;
    this.#runs = text;
    if (!written) this.#text.value = text;
    this.#back.hidden = !written && !ruleset.isWritten(file);
    if (!same) {
      this.#before = null;
      this.#said.replaceChildren();
      this.#compared.textContent = "";
    }
    if (this.#before?.id === rule.id && store.run.phase !== "reading") this.#compare(rule, this.#before);
  }

  #changed() {
    clearTimeout(this.#pause);
    this.#back.hidden = false;
    this.#pause = setTimeout(() => this.#check(), PAUSE_MS);
  }

  /** Shows the problems of the text. Returns whether there are any. */
  async #check() {
    this.#checked += 1;
    const mine = this.#checked;
    const check = await engine.call("checkRule", this.#file, this.#text.value);
    if (!check || mine !== this.#checked) return false;
    const refused = check.rules.filter(({ rule }) => rule.refused !== null);
    const samples = check.rules.flatMap(({ source }) => source.samples).filter((one) => one.expected !== one.found);
    const problems = check.problems.filter(({ severity }) => severity !== "info");
    const items = [
      ...refused.map(
        ({ rule }) => rule.refused && this.#place(refusal(rule.refused), rule.refused.line, rule.refused.column),
      ),
      ...problems.map((one) => this.#place(problemWords(one), one.line, one.column)),
      ...samples.map((one) =>
        h(
          "li",
          null,
          `its sample “${one.name}” is ${one.found ? "found and should not be" : "not found and should be"}`,
        ),
      ),
      check.rules.length === 0 && problems.length === 0 ? h("li", null, "no rule about script blocks is in it") : null,
    ].filter((one) => one !== null);
    const fine = items.length === 0;
    this.#text.setAttribute("aria-invalid", String(!fine));
    this.#said.replaceChildren(
      fine
        ? h("p", { class: "quiet" }, `${plural(check.rules.length, "rule")}, nothing wrong.`)
        : h("ul", { class: "faults" }, items),
    );
    return refused.length === 0 && problems.every(({ severity }) => severity !== "error") && check.rules.length > 0;
  }

  /** Returns a problem that links to its position in the text. @param {string} words @param {number | null} line @param {number | null} column */
  #place(words, line, column) {
    if (line === null) return h("li", null, h("pre", null, foreign(words)));
    const go = () => {
      const starts = [...this.#text.value.matchAll(/^/gm)].map((match) => match.index);
      const at = (starts[line - 1] ?? 0) + (column ?? 1) - 1;
      this.#text.focus();
      this.#text.setSelectionRange(at, at + 1);
      // Browsers do not always scroll to the caret.
      this.#text.scrollTop = Math.max(line - 4, 0) * LINE_PIXELS;
    };
    return h("li", null, h("button", { type: "button", class: "row", onclick: go }, h("pre", null, foreign(words))));
  }

  async #run() {
    const rule = this.#rule;
    if (!rule || !(await this.#check())) return;
    if (store.run.phase !== "idle") this.#before = { id: rule.id, matched: rule.matched, rows: rule.rows };
    this.#runs = this.#text.value;
    ruleset.write(this.#file, this.#text.value);
  }

  #undo() {
    this.#text.value = this.#runs;
    this.#before = null;
    this.#said.replaceChildren();
    this.#compared.textContent = "";
    this.#back.hidden = true;
    if (ruleset.isWritten(this.#file)) ruleset.restore(this.#file);
  }

  /** @param {Rule} rule @param {{ matched: number, rows: number }} before */
  #compare(rule, before) {
    const change = (/** @type {number} */ old, /** @type {number} */ now) =>
      old === now ? `as before ${old}` : `${old} before, ${now} now`;
    this.#compared.textContent = `Script blocks matched: ${change(before.matched, rule.matched)}. Rows: ${change(before.rows, rule.rows)}.`;
  }
}

const LINE_PIXELS = 18;

/** @param {Problem} problem */
const problemWords = ({ message, line, column }) =>
  line === null ? message : `line ${line}${column === null ? "" : `, column ${column}`}: ${message}`;

customElements.define("scope-editor", Editor);
