/** The same scripts: identical texts grouped, or those of one shape, rarest first. */
import { desk } from "../desk.js";
import { foreign, h } from "../dom.js";
import { engine } from "../worker-client.js";
import { count, plural, score } from "../model/number.js";
import { shown } from "../model/time.js";
import { lineOf } from "../lines.js";
import { store } from "../store.js";
import { blockFilter } from "./blocks.js";
import { empty } from "./empty.js";
import { ListPanel, notListed } from "./list-panel.js";

/** @typedef {import("../types.js").ScriptRow} ScriptRow */

/** @extends {ListPanel<ScriptRow, import("../../../npm/index.js").ScriptList>} */
export class Scripts extends ListPanel {
  /** What to conclude where no rule matched. */
  #lead = h("div", { class: "empty lead", hidden: true });

  constructor() {
    super({
      kind: "script",
      choice: "Scripts that count as the same",
      choices: [
        ["", "identical texts"],
        ["shape", "same but for numbers, names and strings"],
      ],
      sort: "rarest",
      columns: [
        { words: "Computers", kind: "number", sort: "rarest" },
        { words: "Blocks", kind: "number", sort: "count" },
        { words: "Users", kind: "number" },
        { words: "Days", kind: "number" },
        { words: "First", kind: "when", sort: "first" },
        { words: "Score", kind: "score number", sort: "score" },
      ],
      draw: scriptCells,
    });
  }

  build() {
    this.append(this.#lead, h("header", null, this.choice, this.note), this.table.element, this.empty);
  }

  /** @returns {import("../../../npm/index.js").ScriptQuery} */
  query() {
    const by = this.choice.value === "shape" ? "shape" : "text";
    const sort = /** @type {import("../../../npm/index.js").ScriptQuery["sort"]} */ (this.sort.key);
    return { by, sort, reversed: this.sort.down, filter: blockFilter() };
  }

  /** @param {number} offset @param {number} limit */
  list(offset, limit) {
    return engine.call("listScripts", { ...this.query(), offset, limit });
  }

  /** @param {import("../../../npm/index.js").ScriptList} list */
  take({ total, seenOnce, notListed: left }) {
    const all = Math.max(total, desk.counts.get("scripts")?.total ?? 0);
    this.#lead.hidden = store.run.phase !== "done" || store.head?.totals.results !== 0 || total === 0;
    this.#lead.replaceChildren(...(this.#lead.hidden ? [] : empty(false)));
    return {
      shown: total,
      total: all,
      notes: [`${plural(seenOnce, "script was", "scripts were")} seen once`, notListed(left)],
    };
  }

  none() {
    return empty();
  }
}

/** @param {ScriptRow} row */
function scriptCells(row) {
  return {
    cells: [
      [count(row.computers)],
      [count(row.blocks)],
      [count(row.users)],
      [count(row.days)],
      [shown(row.firstTime)],
      [row.score > 0 ? score(row.score) : ""],
      [h("code", null, foreign((saysMore(row) && lineOf(row.sampleBlockId)) || row.firstLine || ""))],
    ],
  };
}

/** Whether the first line is not known or begins a comment, so that another says more. @param {ScriptRow} row */
const saysMore = ({ firstLine }) => firstLine === null || firstLine.startsWith("#") || firstLine.startsWith("<#");

/** Returns where a script was seen, in words. @param {ScriptRow} row */
export const seenWords = ({ blocks, computers, days }) =>
  `${plural(blocks, "time", "times")} on ${plural(computers, "computer")}, ${plural(days, "day")}`;

customElements.define("scope-scripts", Scripts);
