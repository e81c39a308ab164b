/**
 * The lanes: script blocks over time, one lane for each computer or user. They open at the densest burst; a brush selects a
 * range of time.
 */
import { census } from "../census.js";
import { foreign, h, heading, s } from "../dom.js";
import { engine } from "../worker-client.js";
import { axis, bursts, scale, ticks } from "../model/bins.js";
import { LEVELS } from "../model/level.js";
import { count, plural } from "../model/number.js";
import { length, millis, parse, setZone, typed, zoneName, zoneWords } from "../model/time.js";
import { abandoned } from "../model/slices.js";
import { storage } from "../storage.js";
import { store } from "../store.js";
import { view } from "../result-view.js";
import { blockFilter } from "./blocks.js";
import { hostName, shape } from "./parts.js";
import { plot } from "./plot.js";
import { View } from "./view.js";

/** @typedef {import("../model/bins.js").Axis} Axis */
/** @typedef {import("../model/bins.js").Lane} Lane */
/** @typedef {import("../model/bins.js").Range} Range */
/** @typedef {import("../types.js").Level} Level */
/** @typedef {import("../types.js").Tick} Tick */

const BIN_PIXELS = 5;
/** Lanes drawn: the others are counted below them. */
const LANES = 40;
/** The lanes open zoomed to the densest burst if it takes less than this part of the whole range. */
const ZOOMED = 1 / 3;
/** Room on both sides of a burst, and the least length of a zoom: one second is not to look like a full hour. */
const MARGIN = 0.05;
const LEAST_MS = 4_000;
const ROWS = 150;
/** Bins in which bursts are looked for where no rule matched. */
const SAMPLES = 2_000;
const ZONE = "scriptscope.zone";

export class Lanes extends View {
  /** @type {import("../store.js").Kind[]} */
  static shows = ["data", "visible", "filter", "zone", "run", "names"];

  /** @type {Tick[]} */
  #ticks = [];
  /** @type {(Range & { ticks: number })[]} */
  #bursts = [];
  /** The state of the report from which the ticks were made. */
  #head = store.head;
  #wasReading = false;
  #work = new AbortController();
  /** @type {Axis | null} */
  #axis = null;
  /** The lanes drawn. @type {Lane[]} */
  #lanes = [];
  /** All lanes, those not drawn too. @type {Lane[]} */
  #every = [];
  /** All script blocks in the bins of the axis, by lane. @type {Map<string, number[]>} */
  #all = new Map();
  /** The range of the axis, if it is not the whole range. @type {Range | null} */
  #zoom = null;
  /** Whether the user chose the range: it then stays. */
  #chosen = false;
  /** @type {"computer" | "user"} */
  #by = "computer";
  #width = 0;
  /** The key of the drawn picture. @type {unknown[]} */
  #drawn = [];
  /** The last question for all blocks, and the state that it is of. @type {{ key: string, answer: ReturnType<typeof engine.call<"histogram">> }} */
  #asked = { key: "", answer: Promise.resolve(null) };
  /** @type {unknown} */
  #askedOf = null;
  #legend = h("div", { class: "legend", role: "group", "aria-label": "Levels" });
  #from = this.#field("from", "From");
  #to = this.#field("to", "Before");
  #zoneField = h("select", {
    "aria-label": "Time zone",
    class: "zone",
    onchange: () => this.#setZone(this.#zoneField.value),
  });
  #bin = h("span", { class: "note" });
  #burst = h("span", { class: "bursts", role: "group", "aria-label": "Bursts" });
  #names = h("ul", { class: "names", "aria-label": "Lanes" });
  #plot = h("div", { class: "plot" });
  #brush = h("div", { class: "brush", hidden: true });
  /** Takes the keys that move the selected range. */
  #cursor = h("div", {
    class: "cursor",
    role: "slider",
    tabIndex: 0,
    "aria-label": "Range of time",
    "aria-valuemin": "0",
    title: "arrows move the range, with Shift its end; Enter zooms, Esc clears, Page Up and Down go to other bursts",
  });
  #svg = s("svg", { role: "img" });
  #table = h("details", { class: "as-table" }, h("summary", null, "as a table"));
  #perLane = h(
    "select",
    {
      "aria-label": "Lanes by",
      onchange: () => {
        this.#by = this.#perLane.value === "user" ? "user" : "computer";
        this.update();
      },
    },
    h("option", { value: "computer" }, "by computer"),
    h("option", { value: "user" }, "by user"),
  );

  build() {
    setZone(storage.read(ZONE) ?? "UTC");
    this.#fillZones();
    this.#plot.append(this.#svg, this.#brush, this.#cursor);
    this.append(
      h(
        "header",
        null,
        h("h2", { id: "lanes-title" }, "Lanes"),
        this.#perLane,
        this.#legend,
        this.#bin,
        h(
          "div",
          { class: "range" },
          this.#burst,
          this.#from,
          h("span", { "aria-hidden": "true" }, "–"),
          this.#to,
          this.#zoneField,
          this.#table,
        ),
      ),
      h("div", { class: "strips" }, this.#names, this.#plot),
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
    const isReading = store.run.phase === "reading";
    // What ran without a result is known once all is read.
    if (this.#head !== head || (this.#bursts.length === 0 && !isReading && this.#wasReading)) {
      if (head === null) this.#chosen = false;
      this.#ticks = await ticks([...store.rows.values()], store.blocks, signal);
      const times = this.#ticks.map(({ time }) => time);
      this.#bursts = await bursts(times.length > 0 ? times : await this.#blockTimes(), signal);
      this.#head = head;
      if (!this.#chosen) this.#zoom = this.#usual();
    }
    this.#wasReading = isReading;
    const drawn = [head, store.visible, this.#zoom, this.#width, this.#by, zoneName(), isReading, census.version];
    if (this.#width === 0) return;
    if (drawn.every((part, at) => part === this.#drawn[at])) {
      this.#showRange();
      return;
    }
    const by = this.#by;
    const wanted = this.#width / BIN_PIXELS;
    const range = widened(this.#zoom ?? this.#wholeRange() ?? this.#ofTicks());
    const made = await axis(
      this.#ticks,
      wanted,
      range,
      (tick) => tick[by],
      (row) => view.shows(row),
      signal,
    );
    const all = await this.#histogram(range, wanted);
    signal.throwIfAborted();
    this.#axis = made;
    this.#drawn = drawn;
    const lanes = this.#ordered(made?.lanes ?? [], [...all.keys()]);
    this.#every = lanes;
    this.#all = all;
    this.#lanes = lanes.slice(0, LANES);
    const blocks = this.#lanes.map(({ name }) => all.get(name));
    this.#showNames(lanes.length);
    if (made) plot(this.#svg, made, this.#lanes, blocks, this.#width, this.#words(made));
    this.#svg.toggleAttribute("hidden", made === null);
    this.#showRange();
    this.#showTable();
  }

  /** Returns the range of all events, where the sources say it: a log without results has lanes too. @returns {Range | null} */
  #wholeRange() {
    let [from, to] = [Infinity, -Infinity];
    for (const { firstTime, lastTime, scriptBlocks } of store.head?.sources ?? []) {
      if (scriptBlocks === 0) continue;
      from = Math.min(from, millis(firstTime) || Infinity);
      to = Math.max(to, millis(lastTime) || -Infinity);
    }
    return from <= to ? { from, to } : null;
  }

  /** Returns about when script blocks ran: where no rule matched, their bursts are those to look at. */
  async #blockTimes() {
    const range = this.#wholeRange();
    const all = await this.#histogram(range, SAMPLES);
    if (!range) return [];
    const { from, width } = scale(range, SAMPLES);
    const used = new Set([...all.values()].flatMap((bins) => bins.flatMap((n, at) => (n > 0 ? [at] : []))));
    return [...used].map((at) => from + (at + 0.5) * width);
  }

  /** Returns the range of the results, with room around a short one. @returns {Range | null} */
  #ofTicks() {
    const [first, last] = [this.#bursts[0], this.#bursts.at(-1)];
    return first && last ? { from: first.from, to: last.to } : null;
  }

  /** @param {Range | null} range @param {number} wanted @returns {Promise<Map<string, number[]>>} all blocks by lane */
  async #histogram(range, wanted) {
    // While logs are read, only results are drawn: making the list of all blocks takes long.
    if (!range || store.run.phase === "reading") return new Map();
    const { from, width, bins } = scale(range, wanted);
    const iso = (/** @type {number} */ time) => new Date(time).toISOString();
    // A lane and a range are chosen here: the other lanes stay to choose from.
    const { computer: _, user: __, from: ___, to: ____, ...filter } = blockFilter();
    const asked = { from: iso(from), to: iso(from + bins * width), bins, by: this.#by, filter };
    const key = JSON.stringify(asked);
    // A drawing that another one replaces has asked for the same.
    if (this.#askedOf !== store.head || this.#asked.key !== key) {
      this.#askedOf = store.head;
      this.#asked = { key, answer: engine.call("histogram", asked) };
    }
    const lanes = (await this.#asked.answer)?.lanes ?? [];
    return new Map(lanes.map(({ name, blocks }) => [name ?? "", blocks]));
  }

  /** Orders lanes as risk ranks their computers, then by results. @param {Lane[]} lanes @param {string[]} names of all lanes */
  #ordered(lanes, names) {
    const type = this.#by === "user" ? "user" : "system";
    const rank = new Map();
    for (const one of store.head?.riskObjects ?? []) {
      if (one.type === type) rank.set(one.object.toLowerCase(), rank.size);
    }
    const known = new Set(lanes.map(({ name }) => name));
    const others = names.filter((name) => !known.has(name)).map((name) => ({ name, total: 0, bins: new Map() }));
    const place = (/** @type {Lane} */ { name }) => rank.get(name.toLowerCase()) ?? rank.size;
    return [...lanes, ...others].sort((a, b) => place(a) - place(b) || b.total - a.total || (a.name < b.name ? -1 : 1));
  }

  /** Returns the range at which the lanes open: a burst that holds most of what was found in little of the time. @returns {Range | null} */
  #usual() {
    const range = this.#densest();
    const whole = this.#wholeRange() ?? { from: this.#bursts[0]?.from ?? 0, to: this.#bursts.at(-1)?.to ?? 0 };
    const all = this.#bursts.reduce((sum, { ticks }) => sum + ticks, 0);
    const most = this.#bursts.some(({ ticks }) => ticks * 2 > all);
    return range && most && range.to - range.from < (whole.to - whole.from) * ZOOMED ? range : null;
  }

  /** @returns {Range | null} */
  #densest() {
    const [first, ...others] = this.#bursts;
    return first ? around(others.reduce((best, one) => (one.ticks > best.ticks ? one : best), first)) : null;
  }

  /** @param {number} lanes how many there are */
  #showNames(lanes) {
    const type = this.#by === "user" ? "user" : "system";
    const chosen = store.filter.object;
    this.#names.replaceChildren(
      ...this.#lanes.map(({ name, total }) => {
        const object = store.head?.riskObjects.find(
          (one) => one.type === type && one.object.toLowerCase() === name.toLowerCase(),
        );
        const words = name === "" ? "unknown" : type === "user" ? census.words(name) : name;
        const of = { class: total > 0 ? "" : "bare" };
        const under = h("span", { class: "aloud" }, total > 0 ? "" : " no result here");
        if (name === "") return h("li", of, h("span", { class: "name" }, hostName(words), under));
        const filtered = { type, object: object?.object ?? name };
        const pressed = chosen?.type === type && chosen.object === filtered.object;
        return h(
          "li",
          of,
          h(
            "button",
            {
              type: "button",
              class: "text name",
              "aria-pressed": String(pressed),
              title: `${words === name ? words : `${words} ${name}`}${total > 0 ? "" : ": no result here"}`,
              onclick: () => store.setFilter({ object: pressed ? null : filtered }),
            },
            foreign(words),
            under,
          ),
        );
      }),
      ...(lanes > this.#lanes.length
        ? [h("li", { class: "under" }, `${count(lanes - this.#lanes.length)} more: see the table`)]
        : []),
    );
  }

  /** @param {Axis} made */
  #words(made) {
    const total = made.lanes.reduce((sum, lane) => sum + lane.total, 0);
    const lanes = plural(made.lanes.length, this.#by);
    return `Lanes of ${lanes}: ${plural(total, "script block")} with results from ${typed(made.from)} to ${typed(made.to)} ${zoneWords(made.to)}`;
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
    this.#showBursts();
    const time = this.#axis;
    this.#bin.textContent = time ? `bin ${length(time.width)}` : "";
    this.#brush.hidden = !time || (from === null && to === null);
    this.#cursor.hidden = !time;
    if (!time) return;
    const words = from === null && to === null ? "all of it" : `${typed(from ?? time.from)} – ${typed(to ?? time.to)}`;
    this.#cursor.setAttribute("aria-valuemax", String(time.bins));
    this.#cursor.setAttribute("aria-valuenow", String(Math.round(((from ?? time.from) - time.from) / time.width)));
    this.#cursor.setAttribute("aria-valuetext", `${words} ${zoneWords(time.from)}`);
    const place = (/** @type {number} */ at) =>
      Math.min(Math.max((at - time.from) / (time.to - time.from), 0), 1) * this.#width;
    const left = place(from ?? time.from);
    this.#brush.style.left = `${left}px`;
    this.#brush.style.width = `${place(to ?? time.to) - left}px`;
  }

  /** Draws the buttons that move between bursts and ranges. */
  #showBursts() {
    const { from, to } = store.filter;
    const at = this.#burstAt();
    const before = this.#bursts.findLast((one) => one.to < (this.#zoom?.from ?? -Infinity));
    const after = this.#bursts.find((one) => one.from > (this.#zoom?.to ?? Infinity));
    const go = (
      /** @type {Range | null | undefined} */ range,
      /** @type {string} */ words,
      /** @type {string} */ name,
    ) =>
      h(
        "button",
        {
          type: "button",
          class: "text",
          dataset: { key: name },
          "aria-label": name,
          title: name,
          disabled: range === undefined,
          onclick: () => this.#zoomTo(range ?? null),
        },
        words,
      );
    const many = this.#bursts.length;
    const focused = document.activeElement?.getAttribute("data-key");
    this.#burst.replaceChildren(
      ...(many > 1
        ? [
            go(before && around(before), "‹", "Burst before"),
            h("span", null, at < 0 ? plural(many, "burst") : `burst ${count(at + 1)} of ${count(many)}`),
            go(after && around(after), "›", "Burst after"),
          ]
        : []),
      ...(from !== null && to !== null && (from !== this.#zoom?.from || to !== this.#zoom.to)
        ? [go({ from, to }, "zoom in", "zoom in")]
        : []),
      ...(this.#zoom
        ? [go(null, "show all", "show all")]
        : many > 1
          ? [go(this.#densest() ?? undefined, "densest", "Zoom to the densest burst")]
          : []),
    );
    if (focused && document.activeElement === document.body)
      /** @type {HTMLElement | null} */ (this.#burst.querySelector(`[data-key="${focused}"]`))?.focus();
  }

  /** Returns the place of the burst that the axis shows. */
  #burstAt() {
    const zoom = this.#zoom;
    if (!zoom) return -1;
    const inside = this.#bursts.flatMap((one, at) => (one.from >= zoom.from && one.to <= zoom.to ? [at] : []));
    return inside.length === 1 ? (inside[0] ?? -1) : -1;
  }

  /** @param {Range | null} range */
  #zoomTo(range) {
    this.#chosen = true;
    this.#zoom = range;
    this.update();
  }

  #showTable() {
    if (!this.#table.open) return;
    const time = this.#axis;
    const rows = this.#tableRows();
    const table = h(
      "table",
      null,
      heading(
        h("th", { scope: "col" }, this.#by === "user" ? "User" : "Computer"),
        h("th", { scope: "col" }, `From, ${zoneName()}`),
        h("th", { scope: "col" }, "blocks"),
        LEVELS.map((level) => h("th", { scope: "col" }, level)),
      ),
      h(
        "tbody",
        null,
        rows.slice(0, ROWS).map(({ name, at, blocks, counts }) =>
          h(
            "tr",
            null,
            h("th", { scope: "row" }, foreign((this.#by === "user" ? census.words(name) : name) || "unknown")),
            h("td", null, typed((time?.from ?? 0) + at * (time?.width ?? 0))),
            h("td", null, count(blocks)),
            LEVELS.map((_, level) => h("td", null, counts?.[level] ? count(counts[level] ?? 0) : "")),
          ),
        ),
      ),
    );
    this.#table.querySelector("div")?.remove();
    const left = rows.length - ROWS;
    this.#table.append(
      h(
        "div",
        { class: "sheet", tabIndex: 0, role: "region", "aria-label": "Lanes as a table" },
        table,
        left > 0 ? h("p", { class: "quiet" }, `${plural(left, "more row")}: zoom in to see them`) : null,
      ),
    );
  }

  /** Returns the bins of all lanes, those not drawn too, that have script blocks. */
  #tableRows() {
    return this.#every.flatMap(({ name, bins }) => {
      const blocks = this.#all.get(name);
      const places = blocks ? blocks.flatMap((n, at) => (n > 0 ? [at] : [])) : [...bins.keys()].sort((a, b) => a - b);
      return places.map((at) => {
        const bin = bins.get(at);
        return { name, at, blocks: blocks?.[at] ?? bin?.all ?? 0, counts: bin?.counts };
      });
    });
  }

  #listenToBrush() {
    this.#cursor.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !this.#brushKey(event)) return;
      event.preventDefault();
      event.stopPropagation();
    });

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
      this.#zoomTo(null);
      store.setFilter({ from: null, to: null });
    });
  }

  /** Moves the selected range by bins; with Shift, its end. Returns whether it used the key. @param {KeyboardEvent} event */
  #brushKey({ key, shiftKey }) {
    const time = this.#axis;
    if (!time) return false;
    const { from, to } = store.filter;
    if (key === "Escape") {
      if (from === null && to === null) return false;
      store.setFilter({ from: null, to: null });
      return true;
    }
    if (key === "Enter") {
      if (from === null || to === null) return false;
      this.#zoomTo({ from, to });
      return true;
    }
    const burst = {
      PageUp: this.#bursts.findLast((one) => one.to < time.from),
      PageDown: this.#bursts.find((one) => one.from > time.to),
    }[key];
    if (burst) {
      this.#zoomTo(around(burst));
      return true;
    }
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, Home: -Infinity, End: Infinity }[key];
    if (by === undefined) return false;
    const bin = (/** @type {number} */ at) => Math.round((at - time.from) / time.width);
    const last = time.bins - 1;
    const within = (/** @type {number} */ at, /** @type {number} */ low, /** @type {number} */ high) =>
      Math.min(Math.max(at, low), high);
    let first = 0;
    let end = 1;
    if (from === null && to === null) {
      // The first bin with script blocks is where a range begins.
      const used = this.#tableRows().map(({ at }) => at);
      first = used.length > 0 ? used.reduce((low, at) => Math.min(low, at)) : 0;
      end = first + 1;
    } else {
      first = within(bin(from ?? time.from), 0, last);
      end = within(bin(to ?? time.to), first + 1, time.bins);
      if (shiftKey) end = within(end + by, first + 1, time.bins);
      else {
        const length = end - first;
        first = within(first + by, 0, time.bins - length);
        end = first + length;
      }
    }
    store.setFilter({ from: time.from + first * time.width, to: time.from + end * time.width });
    return true;
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
        field.setCustomValidity(wrong ? `Write a time, zone ${zoneName()}, such as 2026-08-08 06:13:52` : "");
        if (wrong) field.reportValidity();
        else store.setFilter({ [end]: time });
      },
    });
    return field;
  }

  /** Offers UTC, this computer's zone and the one in use; all others when the list is opened. */
  #fillZones() {
    const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const few = [...new Set(["UTC", zoneName(), own].filter(Boolean))];
    const options = (/** @type {string[]} */ names) =>
      names.map((name) => h("option", { value: name, selected: name === zoneName() }, name));
    this.#zoneField.replaceChildren(...options(few));
    const fill = () => {
      const all = Intl.supportedValuesOf("timeZone").filter((name) => !few.includes(name));
      this.#zoneField.append(...options(all));
    };
    for (const event of ["pointerdown", "keydown"]) this.#zoneField.addEventListener(event, fill, { once: true });
  }

  /** @param {string} name */
  #setZone(name) {
    if (!setZone(name)) return;
    storage.write(ZONE, name);
    store.changed("zone");
  }
}

/** Returns a burst's range with room around it. @param {Range} range @returns {Range} */
function around({ from, to }) {
  const length = Math.max((to - from) * (1 + 2 * MARGIN), LEAST_MS);
  const middle = (from + to) / 2;
  return { from: Math.floor(middle - length / 2), to: Math.ceil(middle + length / 2) };
}

/** Returns a range that is long enough to be drawn. @param {Range | null} range */
const widened = (range) => (range && range.to - range.from < LEAST_MS ? around(range) : range);

/** @param {Level[]} levels @param {Level} level */
const toggled = (levels, level) =>
  levels.includes(level) ? levels.filter((one) => one !== level) : [...levels, level];

customElements.define("scope-lanes", Lanes);
