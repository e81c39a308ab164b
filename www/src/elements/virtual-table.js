/** A table of any length: its rows are asked for in pages, and only those in view are in the document. */
import { fill, h } from "../dom.js";
import { VirtualRows } from "./virtual-rows.js";
import { showDetail } from "./panel.js";

/**
 * @template T
 * @typedef {object} Kind
 * @property {string} label id of the element that names the table
 * @property {{ words: string, kind: string, sort?: string, down?: boolean }[]} columns `sort`: the key by which it sorts, `down`:
 *   the greatest first
 * @property {(row: T) => { cells: import("../dom.js").Child[][], kind?: string }} draw one cell for each column, and for the line below
 * @property {(row: T) => string} id
 * @property {(offset: number, limit: number) => Promise<T[]>} load
 * @property {(row: T) => void} select
 * @property {(sort: string, down: boolean) => void} [onSort]
 */

/** Rows asked for at once. */
const PAGE = 100;
/** Pages held. */
const PAGES = 50;
/** Heights of a row in pixels, as in style/lists.css. */
const WIDE = 47;
const NARROW = 68;
const NARROW_BELOW = 560;

/** @template T */
export class VirtualTable {
  element = h("div", { class: "scroller" });
  #kind;
  #head = h("thead", { role: "rowgroup" });
  #body = h("tbody", { role: "rowgroup" });
  #table;
  #rows;
  /** Rows by page. @type {Map<number, T[] | null>} null while they are asked for */
  #pages = new Map();
  /** Counts sources, so that pages of a replaced one are dropped. */
  #version = 0;
  #total = 0;
  /** Index of the selected row. */
  #at = -1;
  #selected = "";
  #sort = { key: "", down: false };
  /** Whether the selected row takes the focus once it is drawn. */
  #focus = false;
  /** What was drawn of each row, by index. @type {Map<number, { row: T | undefined, element: HTMLElement }>} */
  #drawn = new Map();

  /** @param {Kind<T>} kind */
  constructor(kind) {
    this.#kind = kind;
    this.#table = h("table", { role: "grid", "aria-labelledby": kind.label }, this.#head, this.#body);
    this.element.append(this.#table);
    this.#rows = new VirtualRows(this.element, this.#body, (first, end) => this.#draw(first, end));
    this.#body.addEventListener("click", (event) => this.#click(event));
    new ResizeObserver(() => this.#rows.set(this.#total, this.#height())).observe(this.element);
  }

  get total() {
    return this.#total;
  }

  /** Shows other rows. @param {number} total @param {{ key: string, down: boolean }} sort @param {boolean} stay whether it stays scrolled */
  show(total, sort, stay) {
    this.#version += 1;
    this.#pages.clear();
    this.#drawn.clear();
    this.#total = total;
    this.#sort = sort;
    this.#drawHead();
    this.#table.setAttribute("aria-rowcount", String(total + 1));
    if (!stay) {
      this.element.scrollTop = 0;
      this.#at = -1;
    }
    this.#rows.set(total, this.#height());
  }

  /** Draws the rows again. */
  redraw() {
    this.#drawn.clear();
    this.#rows.redraw();
  }

  /** Marks a row as selected, without choosing it. @param {string} id "" for none */
  mark(id) {
    if (id === this.#selected) return;
    this.#selected = id;
    if (id === "") this.#at = -1;
    this.#rows.redraw();
  }

  /** Selects a row that is some rows away. @param {number} by */
  async move(by) {
    if (this.#total === 0) return;
    const at = this.#at < 0 ? (by > 0 ? 0 : this.#total - 1) : this.#at + by;
    await this.#choose(Math.min(Math.max(at, 0), this.#total - 1));
  }

  focusRow() {
    if (this.#at < 0) this.move(1);
    else this.#choose(this.#at);
  }

  /** @param {number} at */
  async #choose(at) {
    const version = this.#version;
    const row = this.#row(at) ?? (await this.#load(Math.floor(at / PAGE)), this.#row(at));
    if (!row || version !== this.#version) return;
    this.#at = at;
    this.#selected = this.#kind.id(row);
    this.#focus = true;
    this.#kind.select(row);
    this.#rows.scrollTo(at);
    this.#rows.redraw();
  }

  #height() {
    return this.element.clientWidth < NARROW_BELOW ? NARROW : WIDE;
  }

  /** @param {number} at */
  #row(at) {
    return this.#pages.get(Math.floor(at / PAGE))?.[at % PAGE];
  }

  /** @param {number} page */
  async #load(page) {
    const version = this.#version;
    if (!this.#pages.has(page)) this.#pages.set(page, null);
    const rows = await this.#kind.load(page * PAGE, PAGE);
    if (version !== this.#version) return;
    this.#pages.set(page, rows);
    for (const old of this.#pages.keys()) {
      if (this.#pages.size <= PAGES) break;
      if (old !== page) this.#pages.delete(old);
    }
    this.#rows.redraw();
  }

  /** @param {number} first @param {number} end */
  #draw(first, end) {
    for (let page = Math.floor(first / PAGE); page * PAGE < end; page += 1)
      if (!this.#pages.has(page)) this.#load(page);
    /** @type {Map<number, { row: T | undefined, element: HTMLElement }>} */
    const drawn = new Map();
    const elements = [];
    for (let at = first; at < end; at += 1) {
      const row = this.#row(at);
      const known = this.#drawn.get(at);
      const element = known && known.row === row ? known.element : this.#element(at, row);
      drawn.set(at, { row, element });
      const isSelected = row !== undefined && this.#selected !== "" && this.#kind.id(row) === this.#selected;
      if (isSelected) this.#at = at;
      element.setAttribute("aria-selected", String(isSelected));
      element.tabIndex = isSelected || (this.#at < 0 && at === first) ? 0 : -1;
      elements.push(element);
    }
    const { activeElement } = document;
    const focused = activeElement instanceof HTMLElement && this.#body.contains(activeElement) ? activeElement : null;
    this.#drawn = drawn;
    if (
      elements.some((element, i) => this.#body.children[i] !== element) ||
      this.#body.children.length > elements.length
    )
      this.#body.replaceChildren(...elements);
    const selected = drawn.get(this.#at)?.element;
    if (selected && (this.#focus || (focused && !focused.isConnected))) selected.focus({ preventScroll: true });
    else if (focused?.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
    if (selected) this.#focus = false;
  }

  /** @param {number} at @param {T | undefined} row */
  #element(at, row) {
    const { columns, draw } = this.#kind;
    const { cells, kind = "" } = row === undefined ? { cells: [["…"]] } : draw(row);
    return h(
      "tr",
      { role: "row", class: kind, "aria-rowindex": String(at + 2), dataset: { at: String(at) } },
      cells.map((content, i) => h("td", { role: "gridcell", class: columns[i]?.kind ?? "line" }, content)),
    );
  }

  #drawHead() {
    const { columns, onSort } = this.#kind;
    const { key, down } = this.#sort;
    const cell = (/** @type {Kind<T>["columns"][number]} */ { words, kind, sort, down: greatest = false }) => {
      const isSorted = sort !== undefined && sort === key;
      const button = () =>
        h(
          "button",
          {
            type: "button",
            class: `sort${isSorted ? (down ? " down" : " up") : ""}`,
            onclick: () => onSort?.(sort ?? "", isSorted ? !down : greatest),
          },
          words,
        );
      return h(
        "th",
        {
          role: "columnheader",
          scope: "col",
          class: kind,
          "aria-sort": isSorted ? (down ? "descending" : "ascending") : sort ? "none" : null,
        },
        sort && onSort ? button() : words,
      );
    };
    fill(this.#head, h("tr", { role: "row" }, columns.map(cell)));
  }

  /** @param {MouseEvent} event */
  #click(event) {
    if (!(event.target instanceof Element) || event.target.closest("button")) return;
    const at = event.target.closest("tr")?.getAttribute("data-at");
    if (!at || getSelection()?.isCollapsed === false) return;
    this.#choose(Number(at));
    showDetail();
  }
}
