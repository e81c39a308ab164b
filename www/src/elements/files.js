/** The files: what is in each, and its problems. */
import { foreign, h } from "../dom.js";
import { bytes, count, plural } from "../model/number.js";
import { bySource, PARTLY_LISTED } from "../model/condition.js";
import { encodingName, formatName, otherEvents, remarks, sourceState } from "../model/words.js";
import { renew } from "../reconcile.js";
import { ruleset } from "../ruleset.js";
import { store } from "../store.js";
import { fileConditions } from "./condition.js";
import { again } from "./rerun.js";
import { facts, moreButton, time } from "./parts.js";
import { problemList, problemWords } from "./problems.js";
import { View } from "./view.js";

/** @typedef {import("../types.js").Problem} Problem */
/** @typedef {import("../types.js").Source} Source */

const FILES = 200;
/** Files that one click opens. */
const OPENED = 50;
const PROBLEMS = 20;

export class Files extends View {
  /** @type {import("../store.js").Kind[]} */
  static shows = ["data"];

  #list = h("ul", null);
  #note = h("p", { class: "note" });
  #limit = FILES;
  /** Number of problems drawn for each file that the user opened; 0 for a closed one. @type {Map<string, number>} */
  #open = new Map();

  build() {
    this.append(h("header", null, h("h2", { id: "files-title" }, "Files"), this.#note), this.#list);
  }

  update() {
    const sources = store.head?.sources ?? [];
    // Problems of rule files are shown in the rules panel.
    const ofLogs = (store.head?.problems ?? []).filter((problem) => !ruleset.isOfRules(problem));
    const problems = bySource([...ofLogs, ...store.problems]);
    const names = new Set(sources.map((source) => source.name));
    const unread = [...problems.keys()].filter((name) => name !== "" && !names.has(name));
    const unopened = unread.filter((name) => !isPartial(problems.get(name) ?? [])).length;
    const total = [...problems.values()].flat().filter((problem) => problem.severity !== "info").length;
    this.#note.textContent = [givenWords(unopened), total > 0 ? plural(total, "problem") : ""]
      .filter(Boolean)
      .join(" · ");
    const form = again();
    const more = moreButton(Math.max(sources.length, store.head?.totals.sources ?? 0), this.#limit, () => {
      this.#limit *= 10;
      this.update();
    });
    renew(this.#list, [
      ...(form ? [{ parts: () => [form] }] : []),
      ...(problems.get("") ?? []).map((problem) => ({ kind: "problem", parts: () => problemWords(problem) })),
      ...unread.map((name) => ({ kind: "file", parts: () => unreadParts(name, problems.get(name) ?? []) })),
      ...sources
        .slice(0, this.#limit)
        .map((source) => ({ kind: "file", parts: () => this.#parts(source, problems.get(source.name) ?? []) })),
      ...(more ? [{ parts: () => [more] }] : []),
    ]);
  }

  /** Opens the files of these names, and scrolls to the first. @param {string[]} names */
  show(names) {
    const sources = store.head?.sources ?? [];
    const wanted = new Set(names.slice(0, OPENED));
    for (const name of wanted) this.#open.set(name, PROBLEMS);
    const last = sources.findLastIndex(({ name }) => wanted.has(name));
    while (this.#limit <= last) this.#limit *= 10;
    this.update();
    const isWanted = (/** @type {HTMLElement} */ row) => wanted.has(row.dataset["key"] ?? "");
    const rows = /** @type {HTMLElement[]} */ ([...this.querySelectorAll("[data-key]")]);
    const row = rows.find(isWanted);
    row?.scrollIntoView({ block: "start" });
    row?.focus({ preventScroll: true });
  }

  /** Opens the problems if nothing was found in a few files. @param {Problem[]} problems */
  #tellsAll(problems) {
    const { phase } = store.run;
    return problems.length > 0 && phase === "done" && store.rows.size === 0 && (store.head?.sources.length ?? 0) <= 3;
  }

  /** @param {Source} source @param {Problem[]} problems */
  #parts(source, problems) {
    const state = sourceState(source, problems);
    const opened = this.#open.get(source.name) ?? (this.#tellsAll(problems) ? PROBLEMS : 0);
    const news = otherEvents(source.otherEvents).filter((event) => event.news);
    return [
      h(
        "button",
        {
          type: "button",
          class: "row",
          dataset: { key: source.name },
          "aria-expanded": String(opened > 0),
          onclick: () => {
            this.#open.set(source.name, opened > 0 ? 0 : PROBLEMS);
            this.update();
          },
        },
        h("span", { class: "name" }, foreign(source.name)),
        h("span", { class: "under" }, contents(source)),
        h("span", { class: `state ${state.tone}` }, state.words),
      ),
      ...news.map((event) =>
        h(
          "p",
          { class: "under news" },
          `${event.id} ${event.name}${event.count > 1 ? `, ${count(event.count)} ×` : ""}`,
        ),
      ),
      opened === 0 ? null : this.#details(source, problems, opened),
    ];
  }

  /** @param {Source} source @param {Problem[]} problems @param {number} limit */
  #details(source, problems, limit) {
    const others = otherEvents(source.otherEvents);
    return h(
      "div",
      { class: "details" },
      remarks(source).map((text) => h("p", { class: "remark" }, text)),
      problemList(problems, limit, () => {
        this.#open.set(source.name, limit * 10);
        this.update();
      }),
      facts([
        ["Size", `${bytes(source.bytes)} (${count(source.bytes)})`],
        ["Encoding", encodingName(source.encoding)],
        ["Records", count(source.records)],
        ["4104 events", count(source.events)],
        ["First", source.firstTime ? time(source.firstTime) : null],
        ["Last", source.lastTime ? time(source.lastTime) : null],
        [
          "Computers",
          source.computers.length > 0 ? source.computers.map((name) => h("div", null, foreign(name))) : null,
        ],
        ["SHA-256", source.sha256 ? h("code", { class: "hash" }, source.sha256) : null],
        [
          "Other events",
          others.length === 0
            ? null
            : h(
                "ul",
                { class: "values" },
                others.map((event) =>
                  h("li", null, h("span", { class: "id" }, event.id), ` ${count(event.count)} × ${event.name ?? ""}`),
                ),
              ),
        ],
      ]),
      source.scriptBlocks > 0
        ? h(
            "button",
            { type: "button", class: "text", onclick: () => store.setFilter({ source: source.name }) },
            "Only results from this file",
          )
        : null,
    );
  }
}

/** Returns how many of the files that were given were read. @param {number} unopened files that the page could not open */
function givenWords(unopened) {
  const { head, run } = store;
  const found = fileConditions();
  const unread = (found.get("unread")?.length ?? 0) + (found.get("noLog")?.length ?? 0);
  if (run.phase === "reading" || unread === 0) return "";
  const given = (head?.totals.sources ?? 0) + unopened;
  return `${count(given - unread)} of ${plural(given, "file")} read`;
}

/** @param {Problem[]} problems of a file or folder that is no source */
const isPartial = (problems) => problems.every(({ code }) => code === PARTLY_LISTED);

/** @param {Problem[]} problems of a file or folder that is no source */
function unreadState(problems) {
  if (problems.every(({ severity }) => severity === "info")) return h("span", { class: "state quiet" }, "left out");
  return isPartial(problems)
    ? h("span", { class: "state warn" }, "listed in part")
    : h("span", { class: "state bad" }, "not read");
}

/** @param {string} name @param {Problem[]} problems */
const unreadParts = (name, problems) => [
  h(
    "p",
    { class: "row", tabIndex: -1, dataset: { key: name } },
    h("span", { class: "name" }, foreign(name)),
    unreadState(problems),
  ),
  problemList(problems, PROBLEMS, null),
];

/** Returns a file's format and content in a few words. @param {Source} source */
function contents(source) {
  if (source.format === null) return bytes(source.bytes);
  return `${formatName(source.format)} · ${plural(source.scriptBlocks, "script block")}`;
}

customElements.define("scope-files", Files);
