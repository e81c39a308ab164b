/** The timeline: the script blocks of results over time, stacked by level. A brush selects a range. */
import { h, heading, s } from "../dom.js";
import { axis, ticks } from "../model/bins.js";
import { LEVELS } from "../model/level.js";
import { count } from "../model/number.js";
import { parse, typed } from "../model/time.js";
import { abandoned } from "../model/slices.js";
import { store } from "../store.js";
import { view } from "../result-view.js";
import { shape } from "./parts.js";
import { plot } from "./plot.js";
import { View } from "./view.js";

/** @typedef {import("../model/bins.js").Axis} Axis */
/** @typedef {import("../types.js").Level} Level */

const BIN_PIXELS = 7;

export class Timeline extends View {
  /** @type {import("../store.js").Kind[]} */
  static shows = ["data", "visible", "filter"];

  /** @type {import("../types.js").Tick[]} */
  #ticks = [];
  /** The state of the report from which the ticks were made. */
  #head = store.head;
  #work = new AbortController();
  /** @type {Axis | null} */
  #axis = null;
  /** The range of the axis, if it is not the whole range. @type {{ from: number, to: number } | null} */
  #zoom = null;
  #width = 0;
  /** The key of the drawn picture. @type {unknown[]} */
  #drawn = [];
  #legend = h("div", { class: "legend", role: "group", "aria-label": "Levels" });
  #from = this.#field("from", "From, UTC");
  #to = this.#field("to", "Before, UTC");
  #zoomButton = h("button", { type: "button", class: "text", onclick: () => this.#toggleZoom() });
  #plot = h("div", { class: "plot" });
  #brush = h("div", { class: "brush", hidden: true });
  #svg = s("svg", { role: "img" });
  /** The whole range, for paper, while the picture shows a part of it. */
  #whole = s("svg", { class: "whole", "aria-hidden": "true" });
  #table = h("details", { class: "as-table" }, h("summary", null, "as a table"));

  build() {
    this.#plot.append(this.#svg, this.#whole, this.#brush);
    this.append(
      h(
        "header",
        null,
        h("h2", { id: "timeline-title" }, "Timeline"),
        this.#legend,
        h(
          "div",
          { class: "range" },
          this.#from,
          h("span", { "aria-hidden": "true" }, "–"),
          this.#to,
          h("span", { class: "quiet" }, "UTC"),
          this.#zoomButton,
          this.#table,
        ),
      ),
      this.#plot,
    );
    new ResizeObserver(([entry]) => {
      const width = Math.floor(entry?.contentRect.width ?? 0);
      if (width === this.#width || width === 0) return;
      this.#width = width;
      this.update();
    }).observe(this.#plot);
    this.#table.addEventListener("toggle", () => this.#showTable());
    this.#listenToBrush();
  }

  async update() {
    this.#showLegend();
    this.#work.abort();
    this.#work = new AbortController();
    try {
      await this.#draw(this.#work.signal);
    } catch (error) {
      if (!abandoned(error)) throw error;
    }
  }

  /** @param {AbortSignal} signal */
  async #draw(signal) {
    const { head } = store;
    if (this.#head !== head) {
      this.#ticks = await ticks([...store.rows.values()], store.blocks, signal);
      this.#head = head;
    }
    const drawn = [head, store.visible, this.#zoom, this.#width];
    if (this.#width === 0) return;
    if (drawn.every((part, at) => part === this.#drawn[at])) {
      this.#showRange();
      return;
    }
    this.#axis = await axis(this.#ticks, this.#width / BIN_PIXELS, this.#zoom, (row) => view.shows(row), signal);
    this.#drawn = drawn;
    plot(this.#svg, this.#axis, this.#width);
    this.classList.toggle("zoomed", this.#zoom !== null);
    if (this.#zoom) {
      const inView = (/** @type {import("../types.js").Row} */ row) => view.shows(row);
      const all = await axis(this.#ticks, this.#width / BIN_PIXELS, null, inView, signal);
      plot(this.#whole, all, this.#width);
    }
    this.#showRange();
    this.#showTable();
  }

  /** Draws the legend, which counts and filters. */
  #showLegend() {
    this.#legend.replaceChildren(
      ...LEVELS.map((level) => {
        const on = store.filter.levels.includes(level);
        const results = store.tally.ofLevel(level);
        return h(
          "button",
          {
            type: "button",
            class: `severity ${level}`,
            "aria-pressed": String(on),
            disabled: !on && results === 0,
            onclick: () => store.setFilter({ levels: toggled(store.filter.levels, level) }),
          },
          shape(level),
          ` ${level === "informational" ? "info" : level} `,
          h("span", { class: "count" }, count(results)),
        );
      }),
    );
  }

  #showRange() {
    const { from, to } = store.filter;
    if (document.activeElement !== this.#from) this.#from.value = typed(from);
    if (document.activeElement !== this.#to) this.#to.value = typed(to);
    this.#zoomButton.hidden = !this.#zoom && (from === null || to === null);
    this.#zoomButton.textContent = this.#zoom ? "show all" : "zoom in";
    const time = this.#axis;
    this.#brush.hidden = !time || (from === null && to === null);
    if (!time) return;
    const place = (/** @type {number} */ at) =>
      Math.min(Math.max((at - time.from) / (time.to - time.from), 0), 1) * this.#width;
    const left = place(from ?? time.from);
    this.#brush.style.left = `${left}px`;
    this.#brush.style.width = `${place(to ?? time.to) - left}px`;
  }

  #toggleZoom() {
    const { from, to } = store.filter;
    this.#zoom = this.#zoom || from === null || to === null ? null : { from, to };
    this.update();
  }

  #showTable() {
    if (!this.#table.open) return;
    const time = this.#axis;
    const rows = (time?.bins ?? []).filter((bin) => bin.all > 0).slice(0, 500);
    const table = h(
      "table",
      null,
      heading(
        h("th", { scope: "col" }, "From, UTC"),
        LEVELS.map((level) => h("th", { scope: "col" }, level)),
      ),
      h(
        "tbody",
        null,
        rows.map((bin) =>
          h(
            "tr",
            null,
            h("th", { scope: "row" }, typed(bin.start)),
            bin.counts.map((n) => h("td", null, n === 0 ? "" : count(n))),
          ),
        ),
      ),
    );
    this.#table.querySelector("div")?.remove();
    this.#table.append(
      h("div", { class: "sheet", tabIndex: 0, role: "region", "aria-label": "Timeline as a table" }, table),
    );
  }

  #listenToBrush() {
    let anchor = NaN;
    const at = (/** @type {PointerEvent} */ event) => {
      const time = this.#axis;
      if (!time) return NaN;
      const x = Math.min(Math.max(event.clientX - this.#plot.getBoundingClientRect().left, 0), this.#width);
      return time.from + (x / this.#width) * (time.to - time.from);
    };
    this.#plot.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      anchor = at(event);
      this.#plot.setPointerCapture(event.pointerId);
    });
    this.#plot.addEventListener("pointermove", (event) => {
      const time = this.#axis;
      if (!time || Number.isNaN(anchor) || !this.#plot.hasPointerCapture(event.pointerId)) return;
      const [low, high] = [anchor, at(event)].sort((a, b) => a - b);
      if (low === undefined || high === undefined || ((high - low) / (time.to - time.from)) * this.#width < 3) return;
      // Ranges end at bins, so that the drawing and the filter agree.
      const from = time.from + Math.floor((low - time.from) / time.width) * time.width;
      const to = time.from + Math.ceil((high - time.from) / time.width) * time.width;
      if (from !== store.filter.from || to !== store.filter.to) store.setFilter({ from, to });
    });
    const end = () => (anchor = NaN);
    this.#plot.addEventListener("pointerup", end);
    this.#plot.addEventListener("pointercancel", end);
    this.#plot.addEventListener("dblclick", () => {
      this.#zoom = null;
      store.setFilter({ from: null, to: null });
    });
  }

  /** @param {"from" | "to"} end @param {string} label */
  #field(end, label) {
    const field = h("input", {
      type: "text",
      class: "time",
      "aria-label": label,
      placeholder: end === "from" ? "from 2026-08-08 06:00" : "before 2026-08-09",
      autocomplete: "off",
      spellcheck: false,
      onchange: () => {
        const text = field.value.trim();
        const time = text === "" ? null : parse(text);
        const wrong = text !== "" && time === null;
        field.setCustomValidity(wrong ? "Write a time in UTC, such as 2026-08-08 06:13:52" : "");
        if (wrong) field.reportValidity();
        else store.setFilter({ [end]: time });
      },
    });
    return field;
  }
}

/** @param {Level[]} levels @param {Level} level */
const toggled = (levels, level) =>
  levels.includes(level) ? levels.filter((one) => one !== level) : [...levels, level];

customElements.define("scope-timeline", Timeline);
