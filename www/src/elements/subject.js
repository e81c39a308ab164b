/** What the detail says of a script block, script or indicator that was selected outside of the results. */
import { desk } from "../desk.js";
import { foreign, h } from "../dom.js";
import { engine } from "../worker-client.js";
import { count, plural, score } from "../model/number.js";
import { store } from "../store.js";
import { indicatorText } from "./indicators.js";
import { facts, hostName, times, time } from "./parts.js";
import { seenWords } from "./scripts.js";

/** @typedef {Exclude<import("../types.js").Target, { kind: "result" }>} Other */

/** Blocks of an indicator that are offered. */
const BLOCKS = 20;

/** Returns the script block whose text is shown. @param {Other} target @returns {string | null} */
export function blockOf(target) {
  switch (target.kind) {
    case "block":
      return target.id;
    case "script":
      return target.item.sampleBlockId;
    case "indicator":
      return target.item.blockIds[0] ?? null;
  }
}

/** @param {Other} target @returns {HTMLElement[]} */
export function subjectHead(target) {
  switch (target.kind) {
    case "block":
      return blockHead(target.item);
    case "script":
      return scriptHead(target.item);
    case "indicator":
      return indicatorHead(target.item);
  }
}

/** Returns where and when a script block ran, and for whom. @param {import("../types.js").BlockRow} row */
export function placeLine(row) {
  return h(
    "p",
    { class: "line-of-facts" },
    row.computer === null ? "computer unknown" : hostName(row.computer),
    row.user === null ? h("span", null, "user not in this log") : foreign(row.userName ?? row.user),
    row.processId === null ? null : h("span", null, `process ${row.processId}`),
    time(row.time),
  );
}

/** @param {import("../types.js").BlockRow} row */
function blockHead(row) {
  const results = store.rowsOf(row.id);
  return [
    h(
      "h3",
      null,
      row.results > 0 ? `${plural(row.results, "rule")} matched, score ${score(row.score)}` : "No rule matched",
    ),
    placeLine(row),
    facts([
      ["Path", row.path === null ? null : foreign(row.path)],
      [
        "Seen",
        h(
          "span",
          null,
          `this very text on ${plural(row.seenOn, "computer")} `,
          show("its blocks", { textId: row.textId }),
          row.shapeId === null ? null : " · ",
          row.shapeId === null ? null : show("near-identical ones", { shapeId: row.shapeId }),
        ),
      ],
      ["Length", `${plural(row.length, "character")}, ${count(row.parts)} of ${plural(row.total, "part")}`],
      [
        "Found in",
        h(
          "span",
          null,
          foreign(row.source),
          `${row.record ? `, record ${row.record}` : ""}, byte ${count(row.offset)}`,
        ),
      ],
      [
        "Results",
        results.length === 0
          ? null
          : h(
              "span",
              null,
              results.flatMap((one, at) => [
                at > 0 ? " · " : "",
                h(
                  "button",
                  { type: "button", class: "text", onclick: () => store.select(one.id) },
                  foreign(one.rule.title),
                ),
              ]),
            ),
      ],
    ]),
  ];
}

/** @param {import("../types.js").ScriptRow} row */
function scriptHead(row) {
  const filter = row.texts > 1 ? { shapeId: row.shapeId } : { textId: row.textId };
  return [
    h("h3", null, row.blocks === 1 ? "Seen once" : `Seen ${seenWords(row)}`),
    h("p", { class: "line-of-facts" }, times(row.firstTime, row.lastTime)),
    h("p", null, show(`show ${plural(row.blocks, "script block")}`, filter)),
  ];
}

/** @param {import("../types.js").Indicator} row */
function indicatorHead(row) {
  return [
    h("h3", null, h("code", null, foreign(indicatorText(row)))),
    h(
      "p",
      { class: "line-of-facts" },
      h("span", null, row.kind.replaceAll("-", " ")),
      h("span", null, `${count(row.count)}× on ${plural(row.computers, "computer")}`),
      times(row.firstTime, row.lastTime),
    ),
    row.computerNames
      ? h("p", null, row.computerNames.map((name, at) => [at > 0 ? ", " : "", hostName(name)]).flat())
      : h("p"),
    h(
      "p",
      { class: "quiet" },
      row.blockIds.length > 1 ? `In ${count(row.blockIds.length)} script blocks, the first is shown:` : "",
      row.blockIds.slice(0, BLOCKS).map((id, at) => open(id, at)),
    ),
  ];
}

/** Names shown of each kind. */
const CALLED = 60;

/**
 * Returns the section of what a script calls, and of the indicators in it.
 * @param {string} id of the block
 * @param {string} text
 * @returns {Promise<HTMLElement[]>}
 */
export async function callsOf(id, text) {
  const [called, list] = await Promise.all([
    engine.call("calledNames", text),
    engine.call("listIndicators", { limit: CALLED, filter: { block: id } }),
  ]).catch(() => [null, null]);
  const names = (/** @type {string[]} */ all) =>
    all.length === 0
      ? null
      : foreign(
          all.slice(0, CALLED).join(", ") + (all.length > CALLED ? ` and ${count(all.length - CALLED)} more` : ""),
        );
  const indicators = (list?.rows ?? []).map((row) =>
    h(
      "li",
      null,
      h(
        "button",
        {
          type: "button",
          class: "text",
          onclick: () => store.choose({ kind: "indicator", id: row.id, item: row }),
        },
        foreign(indicatorText(row)),
      ),
      h(
        "span",
        { class: "quiet" },
        ` ${row.kind.replaceAll("-", " ")}${row.view === "original" ? "" : `, ${row.view}`}`,
      ),
    ),
  );
  const urls = indicators.length > 0 ? [] : (called?.urls ?? []);
  const pairs = /** @type {[string, HTMLElement | null][]} */ ([
    ["Indicators", indicators.length > 0 ? h("ul", { class: "values" }, indicators) : null],
    ["Commands", names(called?.cmdlets ?? [])],
    [".NET types", names(called?.types ?? [])],
    ["URLs", names(urls)],
  ]);
  if (pairs.every(([, value]) => value === null)) return [];
  return [h("section", null, h("h4", null, "Calls"), facts(pairs))];
}

/** @param {string} id @param {number} at */
function open(id, at) {
  const [row] = store.rowsOf(id);
  if (!row) return null;
  const index = row.result.blocks.findIndex((block) => block.id === id);
  return h(
    "button",
    { type: "button", class: "text", title: row.rule.title, onclick: () => store.select(row.id, index) },
    `block ${at + 1}`,
  );
}

/** @param {string} words @param {Partial<import("../types.js").Filter>} filter */
const show = (words, filter) =>
  h(
    "button",
    {
      type: "button",
      class: "text",
      onclick: () => {
        store.setFilter(filter);
        desk.show("blocks");
      },
    },
    words,
  );
