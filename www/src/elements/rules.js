/** The table of rules: state, results and cost of each, and a switch; and one rule in detail. */
import { foreign, h, heading } from "../dom.js";
import { keepFocus } from "../focus.js";
import { count, plural } from "../model/number.js";
import { costWords, listed, rulesSentence, ruleState, WHICH } from "../model/rules.js";
import { ruleset } from "../ruleset.js";
import { moreButton } from "./parts.js";
import { problemWords } from "./problems.js";
import { OneRule } from "./rule.js";
import { View } from "./view.js";

/** @typedef {import("../types.js").Rule} Rule */

/** Rows drawn at first; the others on demand. */
const RULES = 300;
const PROBLEMS = 200;

export class Rules extends View {
  /** @type {import("../store.js").Kind[]} */
  static shows = ["rules", "data", "run"];

  #sentence = h("p", { class: "note", role: "status" });
  #filter = h("input", {
    type: "search",
    placeholder: "Filter rules",
    "aria-label": "Filter rules",
    spellcheck: false,
    autocomplete: "off",
    oninput: () => this.update(),
  });
  #which = h(
    "select",
    { "aria-label": "Which rules", onchange: () => this.update() },
    WHICH.map(([value, words]) => h("option", { value }, words)),
  );
  #reset = h("button", { type: "button", class: "text", onclick: () => ruleset.reset() }, "undo all changes");
  #body = h("tbody", null);
  #more = h("p", { class: "more" });
  #problems = h("details", { class: "of-files" });
  #one = new OneRule();
  #limit = RULES;
  #chosen = "";
  #drawn = "";

  build() {
    this.id = "panel-rules";
    this.setAttribute("role", "tabpanel");
    this.setAttribute("aria-labelledby", "tab-rules");
    this.append(
      h(
        "header",
        null,
        h("h2", { class: "aloud" }, "Rules"),
        this.#filter,
        this.#which,
        h("button", { type: "button", class: "text", dataset: { open: "rules" } }, "Add rule files"),
        this.#reset,
        this.#sentence,
      ),
      h(
        "div",
        { class: "scroller" },
        h(
          "table",
          null,
          heading(
            ["On", "Rule", "Matched", "Rows", "Dropped", "Hidden", "Cost", "State"].map((name) =>
              h("th", { scope: "col", class: NUMBERS.has(name) ? "number" : "", title: MEANINGS[name] ?? "" }, name),
            ),
          ),
          this.#body,
        ),
        this.#more,
        this.#problems,
      ),
      this.#one,
    );
    this.#body.addEventListener("click", (event) => this.#click(event));
  }

  update() {
    if (this.hidden || !document.documentElement.classList.contains("tuning")) return;
    const all = ruleset.rules();
    const isOn = (/** @type {string} */ id) => ruleset.isOn(id);
    const rules = listed(all, this.#which.value, this.#filter.value, isOn);
    this.#sentence.textContent = `${rulesSentence(all, isOn)}${rules.length < all.length ? ` · ${count(rules.length)} shown` : ""}`;
    this.#reset.hidden = !ruleset.isChanged();
    const shown = rules.slice(0, this.#limit);
    this.#draw(shown);
    const more = moreButton(rules.length, this.#limit, () => {
      this.#limit *= 10;
      this.update();
    });
    this.#showProblems();
    this.#more.replaceChildren(...(more ? [more] : rules.length === 0 ? ["No rule fits."] : []));
    const chosen = all.find((rule) => rule.id === this.#chosen) ?? shown[0] ?? null;
    this.#chosen = chosen?.id ?? "";
    this.#mark();
    this.#one.show(chosen);
  }

  #showProblems() {
    const problems = ruleset.problems();
    this.#problems.hidden = problems.length === 0;
    if (problems.length === 0) return;
    const files = new Set(problems.map(({ source }) => source)).size;
    this.#problems.replaceChildren(
      h("summary", null, `${plural(problems.length, "remark")} on ${plural(files, "rule file")}`),
      h(
        "ul",
        { class: "problems" },
        problems
          .slice(0, PROBLEMS)
          .map((problem) =>
            h("li", null, problem.source ? [foreign(problem.source), ": "] : null, problemWords(problem)),
          ),
      ),
      problems.length > PROBLEMS ? h("p", { class: "quiet" }, `${count(problems.length - PROBLEMS)} more`) : "",
    );
  }

  /** Moves the focus to the filter of rules. */
  focusFilter() {
    this.#filter.focus();
    this.#filter.select();
  }

  /** @param {string} id */
  choose(id) {
    this.#chosen = id;
    this.update();
    this.#body.querySelector("[aria-current=true]")?.scrollIntoView({ block: "nearest" });
  }

  /** Draws the rows if they changed. @param {Rule[]} rules */
  #draw(rules) {
    const signature = JSON.stringify(
      rules.map((rule) => [rule.id, numbers(rule), ruleset.isOn(rule.id), rule.refused, rule.status]),
    );
    if (signature === this.#drawn) return;
    this.#drawn = signature;
    keepFocus(this.#body, () => this.#body.replaceChildren(...rules.map(row)));
  }

  #mark() {
    for (const row of this.#body.querySelectorAll("tr")) {
      if (row.dataset["id"] === this.#chosen) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
  }

  /** @param {MouseEvent} event */
  #click(event) {
    if (!(event.target instanceof Element)) return;
    const id = event.target.closest("tr")?.getAttribute("data-id");
    if (!id) return;
    if (event.target instanceof HTMLInputElement) ruleset.turn(id, event.target.checked);
    else if (getSelection()?.isCollapsed !== false) this.choose(id);
  }
}

const NUMBERS = new Set(["Matched", "Rows", "Dropped", "Hidden"]);

/** @type {Record<string, string>} */
const MEANINGS = {
  Matched: "script blocks that the search kept",
  Rows: "results",
  Dropped: "script blocks that matched but lack a field to group by",
  Hidden: "rows that the allow-list or a filter macro hides",
  Cost: "literals of which a text must contain one before the rule searches it, and regular expressions",
};

/** @param {Rule} rule */
const numbers = ({ matched, rows, dropped, suppressed }) => [matched, rows, dropped, suppressed];

/** @param {Rule} rule */
function row(rule) {
  const on = ruleset.isOn(rule.id);
  const state = ruleState(rule, on);
  const under = [rule.kind, rule.type ?? rule.level, rule.attack.map((one) => one.technique).join(" ")];
  return h(
    "tr",
    { dataset: { id: rule.id }, class: on ? "" : "off" },
    h(
      "td",
      null,
      h("input", {
        type: "checkbox",
        checked: on,
        dataset: { key: `on ${rule.id}` },
        "aria-label": `${rule.title} runs`,
        disabled: rule.refused !== null,
      }),
    ),
    h(
      "td",
      { class: "title" },
      h("button", { type: "button", class: "row", dataset: { key: `title ${rule.id}` } }, foreign(rule.title)),
      h("span", { class: "under" }, under.filter(Boolean).join(" · ")),
    ),
    numbers(rule).map((n) => h("td", { class: `number${n === 0 ? " quiet" : ""}` }, count(n))),
    h("td", { class: `cost${rule.cost.everyBlock ? " every" : ""}` }, costWords(rule)),
    h("td", { class: `state ${state.tone}` }, state.words),
  );
}

customElements.define("scope-rules", Rules);
