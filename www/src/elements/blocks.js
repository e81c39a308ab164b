/** Every script block that was read, matched or not. */
import { desk } from "../desk.js";
import { foreign, h } from "../dom.js";
import { engine } from "../worker-client.js";
import { LEVELS } from "../model/level.js";
import { count, plural, score } from "../model/number.js";
import { shown } from "../model/time.js";
import { lineOf, linesDrawn } from "../lines.js";
import { store } from "../store.js";
import { empty } from "./empty.js";
import { Panel } from "./panel.js";
import { severity } from "./parts.js";
import { VirtualTable } from "./virtual-table.js";

/** @typedef {import("../types.js").BlockRow} BlockRow */

export class Blocks extends Panel {
  /** @type {import("../store.js").Kind[]} */
  static shows = ["data", "filter", "selection", "view", "zone", "lines", "run"];

  #sort = { key: "time", down: false };
  /** @type {VirtualTable<BlockRow>} */
  #table = new VirtualTable({
    label: "tab-blocks",
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
    id: ({ id }) => id,
    load: async (offset, limit) => (await this.#list(offset, limit))?.rows ?? [],
    select: (row) => store.choose({ kind: "block", id: row.id, item: row }),
    onSort: (key, down) => {
      this.#sort = { key, down };
      this.#ask(false);
    },
  });
  #matched = h(
    "select",
    { "aria-label": "Which script blocks", onchange: () => this.#ask(false) },
    h("option", { value: "" }, "all script blocks"),
    h("option", { value: "false" }, "no rule matched"),
    h("option", { value: "true" }, "a rule matched"),
  );
  #byPath = h("button", {
    type: "button",
    class: "text",
    onclick: () => {
      const isByPath = this.#sort.key === "path";
      this.#sort = { key: isByPath ? "time" : "path", down: false };
      this.#ask(false);
    },
  });
  #note = h("span", { class: "note" });
  #empty = h("div", { class: "empty" });
  /** The key of the list that is shown. */
  #shown = "";
  /** The state that it is of. @type {unknown} */
  #of = null;
  #asked = 0;
  /** The state of the first lines that is drawn. */
  #lines = 0;

  build() {
    this.append(h("header", null, this.#matched, this.#byPath, this.#note), this.#table.element, this.#empty);
  }

  update() {
    // While logs are read, the list is made only where it is seen: making it takes long.
    if (!this.isShown && store.run.phase !== "reading" && store.head !== null && this.#of !== store.head)
      this.#ask(true);
    super.update();
  }

  show() {
    const lines = linesDrawn();
    if (lines !== this.#lines) this.#table.redraw();
    this.#lines = lines;
    const isNew = this.#of !== store.head;
    if (isNew || this.#shown !== JSON.stringify([this.#query(), shown("2026-01-01T00:00:00Z")])) this.#ask(isNew);
    this.#table.mark(store.other?.kind === "block" ? store.other.id : (chosenBlock() ?? ""));
  }

  /** @param {number} by */
  move(by) {
    this.#table.move(by);
  }

  focusRow() {
    this.#table.focusRow();
  }

  /** @returns {import("../../../npm/index.js").BlockQuery} */
  #query() {
    const { value } = this.#matched;
    const filter = { ...blockFilter(), ...(value === "" ? {} : { matched: value === "true" }) };
    const sort = /** @type {import("../../../npm/index.js").BlockQuery["sort"]} */ (this.#sort.key);
    return { sort, descending: this.#sort.down, filter };
  }

  /** @param {number} offset @param {number} limit */
  #list(offset, limit) {
    return engine.call("listBlocks", { ...this.#query(), offset, limit });
  }

  /** Asks for the list. @param {boolean} stay whether it stays scrolled */
  async #ask(stay) {
    this.#asked += 1;
    const mine = this.#asked;
    this.#of = store.head;
    this.#shown = JSON.stringify([this.#query(), shown("2026-01-01T00:00:00Z")]);
    const list = await this.#list(0, 1);
    if (mine !== this.#asked || !list) return;
    desk.setCount("blocks", { shown: list.matching, total: list.total, one: "script block" });
    // Out of sight only the count is needed.
    if (!this.isShown) {
      this.#shown = "";
      return;
    }
    this.#byPath.textContent = this.#sort.key === "path" ? "sorted by path" : "sort by path";
    this.#byPath.setAttribute("aria-pressed", String(this.#sort.key === "path"));
    this.#note.textContent =
      list.notListed > 0 ? `about ${plural(list.notListed, "further script block")} not listed: too many` : "";
    this.#table.show(list.matching, this.#sort, stay);
    this.#empty.hidden = list.matching > 0;
    this.#table.element.hidden = list.matching === 0;
    this.#empty.replaceChildren(...(list.total === 0 ? empty() : [h("p", null, "No script block fits the filters.")]));
  }
}

/** Returns the block of the selected result that is shown. */
const chosenBlock = () => store.selectedRow()?.result.blocks[store.block]?.id ?? null;

/** Returns the part of the filter that script blocks have. */
export function blockFilter() {
  const { object, from, to, process, path, textId, shapeId } = store.filter;
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
  };
}

/** @param {BlockRow} row */
function blockCells(row) {
  const level = LEVELS.find((one) => one === row.level);
  const rules = row.rules.map((id) => store.rules.get(id)?.title ?? id).join(", ");
  return {
    kind: level ? `hit ${level}` : "",
    cells: [
      [h("time", { dateTime: row.time ?? "" }, shown(row.time))],
      [row.computer === null ? h("span", { class: "quiet" }, "unknown") : foreign(row.computer)],
      [foreign(userWords(row))],
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

/** Returns a user's name, or what tells its SID from others. @param {BlockRow} row */
function userWords({ userName, user }) {
  if (userName !== null || user === null) return userName ?? "";
  return user.length > 12 ? user.replace(/^S-1-5-21-.*-/, "…-") : user;
}

customElements.define("scope-blocks", Blocks);
