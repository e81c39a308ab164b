/** One rule: its description, its results, and its text in an editor. */
import { foreign, h } from "../dom.js";
import { engine } from "../worker-client.js";
import { comparison } from "../model/arrange.js";
import { plural } from "../model/number.js";
import { costSentence, refusal } from "../model/rules.js";
import { ruleset } from "../ruleset.js";
import { fileName, save } from "../save.js";
import { store } from "../store.js";
import { Editor } from "./editor.js";
import { facts, leavePanel, severity, tacticName } from "./parts.js";

/** @typedef {import("../types.js").Rule} Rule */
/** @typedef {import("../types.js").RuleSource} RuleSource */

/** Results listed beside a rule; a click shows all of them. */
const RESULTS = 12;

const ORDER = comparison({ key: "score", down: true });

const FORMS = /** @type {const} */ ([
  ["spl", "Splunk search", "spl"],
  ["sigma", "Sigma", "yml"],
  ["yaml", "YAML", "yml"],
]);

export class OneRule extends HTMLElement {
  #head = h("div", { class: "head" });
  #editor = new Editor();
  #rest = h("div", { class: "rest" });
  #shown = "";

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.setAttribute("role", "region");
    this.setAttribute("aria-label", "Rule");
    this.append(this.#head, this.#editor, this.#rest);
  }

  /** @param {Rule | null} rule */
  async show(rule) {
    this.hidden = rule === null;
    if (!rule) return;
    const signature = JSON.stringify([rule, ruleset.isOn(rule.id), store.rows.size, store.run.phase]);
    if (signature === this.#shown) return;
    const same = this.#shown.startsWith(`[{"id":${JSON.stringify(rule.id)}`);
    this.#shown = signature;
    if (!same) this.#clear(rule);
    const source = await engine.call("rule", rule.id);
    if (signature !== this.#shown) return;
    this.#head.replaceChildren(...head(rule));
    this.#editor.show(rule, source);
    this.#rest.replaceChildren(...rest(rule, source));
    if (!same) this.scrollTop = 0;
  }

  /** @param {Rule} rule */
  #clear(rule) {
    this.#head.replaceChildren(...head(rule));
    this.#rest.replaceChildren();
  }
}

/** @param {Rule} rule */
function head(rule) {
  const results = [...store.rows.values()].filter((row) => row.rule.id === rule.id).sort(ORDER);
  const level = results[0]?.level;
  return [
    h("h3", null, level ? [severity(level), " "] : null, foreign(rule.title)),
    h("p", { class: "prose" }, rule.description ? foreign(rule.description) : "The rule has no description."),
    fault(rule) ?? h("p", { class: "found" }, foundWords(rule)),
    hits(rule, results),
  ].filter((one) => one !== null);
}

/** Returns why the rule did not run, if that is no choice of the user. @param {Rule} rule */
function fault({ id, refused, status, statusReason }) {
  if (refused) return h("p", { class: "fault" }, h("strong", null, "Refused. "), foreign(refusal(refused)));
  if (status !== "cannotMatch" || !ruleset.isOn(id)) return null;
  return h("p", { class: "fault" }, h("strong", null, "Cannot match. "), foreign(statusReason ?? ""));
}

/** @param {Rule} rule */
function foundWords({ id, matched, rows, dropped, suppressed }) {
  if (!ruleset.isOn(id)) return "Switched off: it is not run, and finds nothing.";
  if (store.run.phase === "idle") return "Open logs to see what it finds.";
  return [
    `${plural(matched, "script block")} matched, ${plural(rows, "row")}`,
    dropped > 0 ? `${plural(dropped, "block")} dropped for want of a field to group by` : "",
    suppressed > 0 ? `${plural(suppressed, "row")} hidden` : "",
  ]
    .filter(Boolean)
    .join("; ");
}

/** The results themselves, as far as they fit. @param {Rule} rule @param {import("../types.js").Row[]} results */
function hits(rule, results) {
  if (results.length === 0) return null;
  const open = (/** @type {Event} */ { currentTarget }, /** @type {string | null} */ id) => {
    leavePanel(currentTarget);
    store.setFilter({ rule: rule.id, hideSuppressed: false });
    if (id !== null) store.select(id);
  };
  return h(
    "ul",
    { class: "hits" },
    results
      .slice(0, RESULTS)
      .map((row) =>
        h(
          "li",
          null,
          h(
            "button",
            { type: "button", class: "row", onclick: (/** @type {Event} */ event) => open(event, row.id) },
            h("span", null, foreign(row.computer || "computer unknown")),
            h("code", null, foreign(row.line)),
          ),
        ),
      ),
    results.length > RESULTS
      ? h(
          "li",
          null,
          h(
            "button",
            { type: "button", class: "text", onclick: (/** @type {Event} */ event) => open(event, null) },
            `all ${plural(results.length, "result")}`,
          ),
        )
      : null,
  );
}

/** @param {Rule} rule @param {RuleSource | null} source */
function rest(rule, source) {
  const failing = source?.samples.filter((sample) => sample.expected !== sample.found) ?? [];
  const samples = source?.samples.length ?? 0;
  return [
    facts([
      ["Cost", rule.refused ? null : costSentence(rule)],
      ["Search", source ? h("code", { class: "search" }, foreign(source.search)) : null],
      [
        "Samples",
        samples === 0
          ? null
          : failing.length === 0
            ? `all ${samples} right`
            : h(
                "span",
                { class: "missing-words" },
                `${failing.length} of ${samples} wrong: ${failing.map(({ name }) => name).join(", ")}`,
              ),
      ],
      [
        "ATT&CK",
        rule.attack.length === 0
          ? null
          : rule.attack.map((one) => `${one.technique} ${one.tactics.map(tacticName).join(", ")}`).join("; "),
      ],
      ["False positives", rule.falsePositives ? foreign(rule.falsePositives) : null],
      ["Kind", [rule.kind, rule.type, rule.level].filter(Boolean).join(", ")],
      ["Id", h("code", { class: "hash" }, foreign(rule.id))],
      ["File", source?.file ? foreign(source.file) : null],
      ["Save as", source ? forms(rule, source) : null],
    ]),
  ];
}

/** @param {Rule} rule @param {RuleSource} source */
function forms(rule, { forms }) {
  return h(
    "div",
    { class: "forms" },
    FORMS.map(([form, words, extension]) => {
      const text = forms[form];
      return text === null
        ? null
        : h("button", { type: "button", onclick: () => save(text, `${fileName(rule.title)}.${extension}`) }, words);
    }),
    FORMS.map(([form, words]) =>
      forms[form] === null
        ? h(
            "p",
            { class: "quiet" },
            `Not as ${words}: `,
            foreign(forms.reasons?.[form] ?? "it cannot be said in it"),
            ".",
          )
        : null,
    ),
  );
}

customElements.define("scope-rule", OneRule);
