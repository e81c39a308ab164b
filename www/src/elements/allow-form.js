/** The form "this is expected": makes an entry of the allow-list from a result, and shows what the entry would hide. */
import { foreign, h } from "../dom.js";
import { allowlist } from "../allowlist.js";
import { engine } from "../worker-client.js";
import { plural, score } from "../model/number.js";
import { store } from "../store.js";

/** @typedef {import("../types.js").AllowEntry} AllowEntry */
/** @typedef {import("../types.js").Preview} Preview */
/** @typedef {import("../types.js").Proposal} Proposal */
/** @typedef {import("../types.js").Row} Row */

const PAUSE_MS = 200;

/** Risk objects named in the preview. */
const OBJECTS = 5;

const KINDS = {
  computer: "this computer",
  user: "this user",
  script: "this very script",
  path: "this script file",
  text: "texts like this",
};

export class Expect extends HTMLElement {
  #choices = h("div", { class: "choices", role: "radiogroup", "aria-label": "What is expected" });
  #scope = h(
    "label",
    { class: "scope" },
    h("input", { type: "checkbox", checked: true, onchange: () => this.#tryNow() }),
    h("span", null),
  );
  #search = h("textarea", {
    class: "mono",
    rows: 2,
    spellcheck: false,
    autocomplete: "off",
    "aria-label": "Condition, as a search",
    oninput: () => this.#trySoon(),
  });
  #preview = h("div", { class: "preview", role: "status" });
  #add = h("button", { type: "button", class: "first", onclick: () => this.#hide() }, "Hide them");
  /** @type {Row | null} */
  #row = null;
  /** @type {Proposal | null} */
  #proposal = null;
  #tried = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.hidden = true;
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", "This is expected");
    this.append(
      h("h4", null, "This is expected"),
      this.#choices,
      h("label", { class: "condition" }, h("span", null, "Condition"), this.#search),
      this.#scope,
      this.#preview,
      h("p", { class: "buttons" }, this.#add, h("button", { type: "button", onclick: () => this.close() }, "Cancel")),
    );
    this.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      this.close();
    });
  }

  /** @param {Row} row */
  async open(row) {
    this.#row = row;
    const proposals = (await engine.call("proposals", row.id)) ?? [];
    if (this.#row?.id !== row.id) return;
    const [first] = proposals;
    this.hidden = false;
    if (!first) {
      this.#preview.textContent = "Nothing about this result tells it from others.";
      this.#choices.replaceChildren();
      return;
    }
    this.#choices.replaceChildren(...proposals.map((proposal) => this.#choice(proposal, proposal === first)));
    const [, words] = this.#scope.children;
    words?.replaceChildren("only of the rule ", foreign(row.rule.title));
    this.#choose(first);
    this.#choices.querySelector("input")?.focus();
  }

  close() {
    this.hidden = true;
    this.#row = null;
    /** @type {HTMLElement | null} */ (document.querySelector("scope-detail [data-expect]"))?.focus();
  }

  /** Called when a result is shown: closes the form of another one. @param {string} id */
  keepTo(id) {
    if (this.#row === null || this.#row.id === id) return;
    this.hidden = true;
    this.#row = null;
  }

  /** @param {Proposal} proposal @param {boolean} checked */
  #choice(proposal, checked) {
    return h(
      "label",
      null,
      h("input", { type: "radio", name: "expected", checked, onchange: () => this.#choose(proposal) }),
      ` ${KINDS[proposal.kind]} `,
    );
  }

  /** @param {Proposal} proposal */
  #choose(proposal) {
    this.#proposal = proposal;
    this.#search.value = proposal.search;
    /** @type {HTMLInputElement} */ (this.#scope.firstElementChild).checked = proposal.rule !== null;
    this.#tryNow();
  }

  /** Returns the entry as the form has it. @returns {AllowEntry | null} */
  #entry() {
    const row = this.#row;
    const proposal = this.#proposal;
    if (!row || !proposal) return null;
    const ofRule = /** @type {HTMLInputElement} */ (this.#scope.firstElementChild).checked;
    const search = this.#search.value.trim();
    const name = search === proposal.search ? proposal.name : search;
    return { name: allowlist.free(name), rule: ofRule ? row.rule.id : null, search, enabled: true };
  }

  #trySoon() {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => this.#tryNow(), PAUSE_MS);
  }

  async #tryNow() {
    const entry = this.#entry();
    if (!entry) return;
    this.#tried += 1;
    const mine = this.#tried;
    this.#add.disabled = true;
    try {
      const preview = await engine.call("preview", entry);
      if (mine !== this.#tried || !preview) return;
      this.#search.setAttribute("aria-invalid", "false");
      this.#add.disabled = preview.results.length === 0;
      this.#add.textContent = `Hide ${plural(preview.results.length, "result")}`;
      this.#preview.replaceChildren(...words(preview));
    } catch (error) {
      if (mine !== this.#tried) return;
      this.#search.setAttribute("aria-invalid", "true");
      this.#add.textContent = "Hide them";
      this.#preview.replaceChildren(
        h("pre", { class: "fault" }, foreign(error instanceof Error ? error.message : String(error))),
      );
    }
  }

  async #hide() {
    const entry = this.#entry();
    if (!entry) return;
    try {
      await allowlist.add(entry);
      this.close();
    } catch (error) {
      this.#preview.textContent = error instanceof Error ? error.message : String(error);
    }
  }
}

/** @param {Preview} preview */
function words({ results, rows, riskObjects }) {
  const rules = Object.keys(rows);
  if (results.length === 0) return [h("p", null, "This would hide nothing.")];
  const ofRules = Object.entries(rows)
    .map(([id, count]) => `${store.rules.get(id)?.title ?? id} ${count}`)
    .join(", ");
  return [
    h(
      "p",
      null,
      h("strong", null, `This would hide ${plural(results.length, "result")}`),
      rules.length > 1 ? ` of ${rules.length} rules: ${ofRules}.` : ".",
    ),
    riskObjects.length === 0
      ? h("p", { class: "quiet" }, "No risk changes.")
      : h(
          "ul",
          { class: "values" },
          riskObjects
            .slice(0, OBJECTS)
            .map((one) =>
              h(
                "li",
                null,
                "risk of ",
                foreign(one.object),
                ` ${score(one.before)} → `,
                h("strong", null, score(one.after)),
              ),
            ),
          riskObjects.length > OBJECTS
            ? h("li", null, `and of ${plural(riskObjects.length - OBJECTS, "other")}`)
            : null,
        ),
  ];
}

customElements.define("scope-expect", Expect);
