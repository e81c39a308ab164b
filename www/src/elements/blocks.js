/** Every script block that was read, matched or not. */
import { caseMarks } from "../case/marks.js";
import { census } from "../census.js";
import { foreign, h } from "../dom.js";
import { engine } from "../worker-client.js";
import { LEVELS } from "../model/level.js";
import { visible } from "../model/glyphs.js";
import { count, score } from "../model/number.js";
import { shown } from "../model/time.js";
import { lineOf } from "../lines.js";
import { store } from "../store.js";
import { empty } from "./empty.js";
import { ListPanel, notListed } from "./list-panel.js";
import { eventSection, eventsBeside } from "./other-events.js";
import { hostName, severity } from "./parts.js";

/** @typedef {import("../types.js").BlockRow} BlockRow */

/** @extends {ListPanel<BlockRow, import("../../../npm/index.js").BlockList>} */
export class Blocks extends ListPanel {
  #byPath = h("button", {
    type: "button",
    class: "text",
    onclick: () => this.sortBy(this.sort.key === "path" ? "time" : "path", false),
  });

  /** The events beside script blocks, where these are chosen. @type {import("../../../npm/index.js").ContextList | null} */
  #events = null;

  /** Number of all events beside script blocks, also of those that a filter leaves out. */
  #allEvents = 0;

  constructor() {
    super({
      kind: "block",
      choice: "Which script blocks",
      choices: [
        ["", "all script blocks"],
        ["unmatched", "no rule matched"],
        ["matched", "a rule matched"],
        ["events", "events beside script blocks"],
      ],
      sort: "time",
      columns: [
        { words: "Time", kind: "when", sort: "time" },
        { words: "Computer", kind: "computer", sort: "computer" },
        { words: "User", kind: "user", sort: "user" },
        { words: "Process", kind: "process number", sort: "process" },
        { words: "Length", kind: "length number", sort: "length", down: true },
        { words: "Seen on", kind: "seen number", sort: "seenOn" },
        { words: "Score", kind: "score number", sort: "score", down: true },
      ],
      draw: blockCells,
    });
  }

  build() {
    this.append(h("header", null, this.choice, this.#byPath, this.note), this.table.element, this.empty);
  }

  chosen() {
    return super.chosen() || (chosenBlock() ?? "");
  }

  /** @returns {import("../../../npm/index.js").BlockQuery} */
  query() {
    const { value } = this.choice;
    const isOfBlocks = value === "" || value === "events";
    const filter = { ...blockFilter(), ...(isOfBlocks ? {} : { matched: value === "matched" }) };
    const sort = /** @type {import("../../../npm/index.js").BlockQuery["sort"]} */ (this.sort.key);
    return { sort, descending: this.sort.down, filter };
  }

  /** @param {number} offset @param {number} limit */
  async list(offset, limit) {
    const query = this.query();
    if (this.choice.value !== "events") return engine.call("listBlocks", { ...query, offset, limit });
    const { computer, process, from, to } = query.filter ?? {};
    const [list, events, all] = await Promise.all([
      engine.call("listBlocks", { limit: 0 }),
      eventsBeside(JSON.parse(JSON.stringify({ computer, process, from, to }))),
      engine.call("contextEvents", { limit: 0 }),
    ]);
    this.#events = events;
    this.#allEvents = all?.total ?? 0;
    return list && { ...list, matching: 0 };
  }

  /** @param {{ total: number }} blocks @returns {import("../desk.js").Count | null} */
  counted({ total }) {
    if (this.choice.value !== "events") return null;
    return { shown: this.#events?.total ?? 0, total: this.#allEvents, one: "event", tab: total };
  }

  /** @param {import("../../../npm/index.js").BlockList} list */
  take({ matching, total, notListed: left }) {
    this.#byPath.textContent = this.sort.key === "path" ? "sorted by path" : "sort by path";
    this.#byPath.setAttribute("aria-pressed", String(this.sort.key === "path"));
    return { shown: matching, total, notes: [notListed(left)] };
  }

  /** @param {import("../../../npm/index.js").BlockList} list */
  none({ total }) {
    if (this.choice.value === "events" && total > 0) {
      const section = this.#events && eventSection(this.#events);
      return [section ?? h("p", null, "These logs have no event beside script blocks that fits the filters.")];
    }
    return total === 0 ? empty() : [h("p", null, "No script block fits the filters.")];
  }
}

/** Returns the block of the selected result that is shown. */
const chosenBlock = () => store.selectedRow()?.result.blocks[store.block]?.id ?? null;

/** Returns the part of the filter that script blocks have. */
export function blockFilter() {
  const { object, from, to, process, path, textId, shapeId, source, rule, technique, levels } = store.filter;
  const ids = chosenIds();
  const iso = (/** @type {number} */ time) => new Date(time).toISOString();
  return {
    ...(object?.type === "system" ? { computer: object.object } : {}),
    ...(object?.type === "user" ? { user: object.object.replace(/^.*\\(?=S-1-)/, "") } : {}),
    ...(process ? { computer: process.computer, process: process.id } : {}),
    ...(path !== null ? { path } : {}),
    ...(textId !== null ? { textId } : {}),
    ...(shapeId !== null ? { shapeId } : {}),
    ...(from !== null ? { from: iso(from) } : {}),
    ...(to !== null ? { to: iso(to) } : {}),
    ...(source !== null ? { source } : {}),
    ...(rule !== null ? { rules: [rule] } : {}),
    ...(technique !== null ? { techniques: [technique] } : {}),
    ...(levels.length > 0 ? { levels } : {}),
    ...(ids ? { ids } : {}),
  };
}

/** Returns the ids of script blocks and texts that are starred or in a starred result, or in one that an entry of the allow-list
 * hides, if the filter asks for these; null if not. */
function chosenIds() {
  const { starred, suppressedBy } = store.filter;
  if (!starred && suppressedBy === null) return null;
  const ids = new Set(starred && suppressedBy === null ? caseMarks.starredTexts() : []);
  for (const { id, result } of store.rows.values()) {
    const isChosen =
      (!starred || caseMarks.get({ kind: "result", id })?.star) &&
      (suppressedBy === null || result.suppressedBy === suppressedBy);
    if (isChosen) for (const block of result.blocks) ids.add(block.id);
  }
  // No id at all would mean every block.
  return ids.size > 0 ? [...ids] : [""];
}

/** @param {BlockRow} row */
function blockCells(row) {
  const level = LEVELS.find((one) => one === row.level);
  const rules = row.rules.map((id) => store.rules.get(id)?.title ?? id).join(", ");
  return {
    kind: level ? `hit ${level}` : "",
    cells: [
      [h("time", { dateTime: row.time ?? "" }, shown(row.time))],
      [row.computer === null ? h("span", { class: "quiet" }, "unknown") : hostName(row.computer)],
      [account(row.userName ?? census.words(row.user))],
      [row.processId ?? ""],
      [count(row.length)],
      [count(row.seenOn)],
      [row.results > 0 ? score(row.score) : ""],
      [
        level ? severity(level) : null,
        level ? ` ${rules} ` : null,
        h("code", null, foreign(lineOf(row.id))),
        row.path ? h("span", { class: "quiet" }, " ", foreign(row.path)) : null,
        row.parts < row.total ? h("span", { class: "missing-words" }, ` parts ${row.parts} of ${row.total}`) : null,
      ],
    ],
  };
}

/** Returns an account whose domain is cut off first in a narrow column. @param {string} name */
function account(name) {
  const start = name.lastIndexOf("\\") + 1;
  const domain = start > 0 ? h("span", { class: "domain" }, foreign(name.slice(0, start))) : null;
  return h("span", { class: "account", title: visible(name) }, domain, foreign(name.slice(start)));
}

customElements.define("scope-blocks", Blocks);
