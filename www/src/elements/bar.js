/** The bar on top: what was read, progress, search, and commands for the page. */
import { h } from "../dom.js";
import { allowlist } from "../allowlist.js";
import { desk } from "../desk.js";
import { query } from "../query.js";
import { marks } from "../annotations.js";
import { caseMarks } from "../case/marks.js";
import { engine } from "../worker-client.js";
import { visible } from "../model/glyphs.js";
import { bytes, count, duration, plural } from "../model/number.js";
import { store } from "../store.js";
import { cycleTheme, themeName } from "../theme.js";
import { save } from "../save.js";
import { conditionHeadline } from "./condition.js";
import { rulesPanel } from "./rules-panel.js";
import { View } from "./view.js";

export class Bar extends View {
  /** @type {import("../store.js").Kind[]} */
  static shows = ["run", "data", "layout", "marks", "allow"];

  #summary = h("p", { class: "summary" });
  #condition = h("div", {
    class: "conditions",
    role: "group",
    "aria-label": "Damaged, unread and silent files",
    hidden: true,
  });
  #conditionKey = "";
  #meter = h("progress", { max: 1, "aria-label": "Reading" });
  #rate = h("span", { class: "rate" });
  #cancel = h("button", { type: "button", onclick: () => engine.cancel() }, "Cancel");
  #progress = h("div", { class: "progress" }, this.#meter, this.#rate, this.#cancel);
  #theme = h("button", { type: "button", class: "text", onclick: () => cycleTheme() });
  #rules = h(
    "button",
    {
      type: "button",
      class: "text",
      "aria-keyshortcuts": "r",
      title: "key r",
      dataset: { tuning: "" },
      onclick: () => (rulesPanel().isOpen ? rulesPanel().close() : rulesPanel().open("rules")),
    },
    "Rules",
  );
  #status = h("p", { role: "status", class: "aloud" });
  #search = h("input", {
    type: "search",
    id: "search",
    placeholder: 'words, or a search: Computer=DC* "*http*" | stats count by Path',
    "aria-label": "Search all script blocks",
    "aria-describedby": "query-fault",
    "aria-keyshortcuts": "/",
    spellcheck: false,
    autocomplete: "off",
    oninput: () => query.type(this.#search.value),
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      query.run(this.#search.value, () => desk.show("query"));
    },
  });
  #count = h("button", { type: "button", class: "text", hidden: true, onclick: () => desk.show("query") });
  #fault = h("pre", { class: "query-fault", id: "query-fault", role: "alert" });
  #said = "";

  build() {
    const export_ = h(
      "div",
      { popover: "auto", id: "exports", class: "sheet menu" },
      h("p", null, "What was found, as other programs take it:"),
      Object.entries(EXPORTS).map(([format, words]) =>
        h("button", { type: "button", onclick: () => saveReport(format, export_) }, words),
      ),
    );
    this.append(
      document.createElement("case-name"),
      this.#summary,
      this.#progress,
      h("div", { class: "query", dataset: { work: "" } }, this.#search, this.#count, this.#fault),
      h(
        "div",
        { class: "tools wide", dataset: { work: "" } },
        h("button", { type: "button", class: "text", dataset: { open: "files" } }, "Add files"),
        h("button", { type: "button", class: "text", dataset: { open: "folder" } }, "Add folder"),
        document.createElement("case-actions"),
        h("button", { type: "button", class: "text", popovertarget: "exports" }, "Export"),
        h("button", { type: "button", class: "text", popovertarget: "proof" }, "Proof"),
      ),
      h(
        "div",
        { class: "tools" },
        this.#rules,
        this.#theme,
        h(
          "button",
          { type: "button", class: "text", popovertarget: "keys", "aria-label": "All keys", title: "All keys" },
          "?",
        ),
      ),
      export_,
      this.#status,
      this.#condition,
    );
    let text = "";
    store.on(["filter"], () => {
      // A chip that is removed empties the field.
      if (text !== "" && store.filter.text === "" && this.#search.value === text) {
        this.#search.value = "";
        query.close();
      }
      text = store.filter.text;
    });
    store.on(["query"], () => this.#showQuery());
  }

  update() {
    const { run } = store;
    this.#rules.setAttribute("aria-pressed", String(document.documentElement.classList.contains("tuning")));
    this.#theme.textContent = `Theme: ${themeName()}`;
    this.#summary.replaceChildren(...this.#sentence());
    this.#progress.hidden = run.phase !== "reading";
    this.#progress.title = visible(run.source);
    document.documentElement.classList.toggle("reading", run.phase === "reading");
    if (run.phase === "reading") {
      this.#meter.value = run.totalBytes > 0 ? Math.min(run.bytes / run.totalBytes, 1) : 0;
      const rate = run.bytes / Math.max(run.seconds, 0.05);
      const left = (run.totalBytes - run.bytes) / Math.max(rate, 1);
      const speed = run.bytes > 0 ? ` · ${bytes(rate)}/s · ${duration(left)} left` : "";
      this.#rate.textContent = `${bytes(run.bytes)} of ${bytes(run.totalBytes)}${speed}`;
    }
    this.#showCondition();
    this.#say();
  }

  /** Says beside the field what the query found, or below it why it cannot run. */
  #showQuery() {
    const { matched, rows, hasTable, isOpen, isRunning, fault } = query;
    const total = count(store.head?.totals.scriptBlocks ?? 0);
    this.#count.hidden = !isOpen;
    this.#count.textContent = `${hasTable ? plural(rows.length, "row") : `${count(matched)} of ${total}`}${isRunning ? " …" : ""}`;
    this.#fault.textContent = fault;
    this.#search.setAttribute("aria-invalid", String(fault !== ""));
  }

  /** Names the files that are damaged, unread or silent, and says what this browser does not keep. */
  #showCondition() {
    const headline = store.run.phase === "idle" ? [] : conditionHeadline();
    const refused = storageWords();
    if (refused !== "") headline.push(h("span", { class: "condition unkept" }, refused));
    // A button that is in use is not replaced by its equal.
    const key = headline.map(({ textContent }) => textContent).join("\n");
    if (key === this.#conditionKey) return;
    this.#conditionKey = key;
    this.#condition.hidden = headline.length === 0;
    this.#condition.replaceChildren(...headline);
  }

  /** Returns what was read and found, in one line. */
  #sentence() {
    const { run, head } = store;
    if (run.phase === "idle") return [];
    const totals = head?.totals;
    const reading = run.phase === "reading";
    const words = PHASES[run.phase];
    const parts = [
      store.sample ? "the built-in sample" : null,
      plural(reading ? run.files : (totals?.sources ?? run.files), "file"),
      // While reading, the rate shows the bytes.
      reading ? null : run.phase === "done" ? bytes(run.totalBytes) : `${bytes(run.bytes)} of ${bytes(run.totalBytes)}`,
      plural(reading ? run.scriptBlocks : (totals?.scriptBlocks ?? 0), "script block"),
      plural(totals?.results ?? 0, "result"),
      `risk on ${plural(totals?.riskObjects ?? 0, "object")}`,
    ];
    return [
      ...(words ? [h("strong", { class: `phase ${run.phase}` }, words)] : []),
      ...parts.filter((part) => part !== null).map((part) => h("span", null, part)),
    ];
  }

  /** For screen readers: announces each quarter, and the end. */
  #say() {
    const { run, head } = store;
    const quarter = run.totalBytes > 0 ? Math.floor((4 * run.bytes) / run.totalBytes) : 0;
    const found = plural(head?.totals.results ?? 0, "result");
    const said =
      run.phase === "reading"
        ? `Reading, ${quarter * 25} percent`
        : run.phase === "done"
          ? `Done. ${found}, risk on ${plural(head?.totals.riskObjects ?? 0, "object")}`
          : run.phase === "cancelled"
            ? `Cancelled. ${found} so far`
            : run.phase === "failed"
              ? `Stopped: ${run.message}`
              : "";
    if (said === this.#said) return;
    this.#said = said;
    this.#status.textContent = said;
    document.title = run.phase === "done" ? `${found} – scriptscope` : "scriptscope";
  }
}

/** Returns what of the analyst's own words this browser refuses to keep. */
function storageWords() {
  const words = [
    marks.isKept ? "" : "stars and notes",
    allowlist.isKept || allowlist.entries.length === 0 ? "" : "the allow-list",
  ]
    .filter(Boolean)
    .join(" and ");
  return words === "" ? "" : `This browser refuses to store ${words}: they last until the page is closed`;
}

/** @type {Record<import("../types.js").Phase, string | null>} */
const PHASES = { cancelled: "cancelled", failed: "stopped", reading: "reading", done: null, idle: null };

const EXPORTS = {
  json: "Report as JSON",
  ndjson: "Results as NDJSON, one a line",
  csv: "Results as CSV",
  "csv risk": "Computers and users by score, as CSV",
  "csv acts": "Acts as CSV",
  "csv blocks": "Script blocks as CSV",
  "csv scripts": "Same scripts as CSV",
  "csv indicators": "Indicators as CSV",
  stix: "Indicators and findings as STIX 2.1",
  misp: "A MISP event",
  navigator: "A layer for ATT&CK Navigator",
  timesketch: "Timesketch, JSON lines",
  hec: "Risk events for Splunk’s HTTP Event Collector",
  ocsf: "OCSF detection findings",
  "scripts-zip": "Scripts as .ps1.txt in a zip",
};

/** Endings of files whose format is no ending. @type {Record<string, string>} */
const ENDINGS = {
  stix: "stix.json",
  misp: "misp.json",
  navigator: "navigator.json",
  timesketch: "timesketch.jsonl",
  hec: "hec.ndjson",
  ocsf: "ocsf.ndjson",
  "scripts-zip": "scripts.zip",
};

/** @param {string} format @param {HTMLElement} menu */
async function saveReport(format, menu) {
  menu.hidePopover();
  const marked = [...caseMarks.all.keys()].flatMap((key) => /^(?:block|script):(.*)/s.exec(key)?.[1] ?? []);
  const blob = await engine.export(format, marked);
  const [kind = "", table = "report"] = format.split(" ");
  if (blob) save(blob, `scriptscope-${table}.${ENDINGS[kind] ?? kind}`);
}

customElements.define("scope-bar", Bar);
