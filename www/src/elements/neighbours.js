/** What ran before and after a script block. */
import { desk } from "../desk.js";
import { foreign, h } from "../dom.js";
import { engine } from "../worker-client.js";
import { LEVELS } from "../model/level.js";
import { count, plural } from "../model/number.js";
import { millis, shown } from "../model/time.js";
import { lineOf } from "../lines.js";
import { store } from "../store.js";
import { severity } from "./parts.js";

/** @typedef {import("../types.js").BlockRow} BlockRow */
/** @typedef {import("../types.js").ContextEvent} ContextEvent */
/** @typedef {import("../types.js").Neighbours} Neighbours */

/** Blocks shown on each side. */
const SIDE = 5;

/** Returns the neighbours of a block. @param {string} id @param {number} [most] on each side @returns {Promise<Neighbours | null>} */
export async function neighboursOf(id, most = SIDE) {
  try {
    return await engine.call("blockNeighbours", id, most);
  } catch {
    return null;
  }
}

/** Selects the block before or after one. @param {string} id @param {1 | -1} by */
export async function walk(id, by) {
  const near = await neighboursOf(id, 1);
  const next = by > 0 ? near?.after[0] : near?.before.at(-1);
  if (next) store.choose({ kind: "block", id: next.id, item: next });
}

/** Lists every script block of a block's process, or of its minute. @param {Neighbours} near */
export function everyBlock({ sameProcess, block }) {
  store.setFilter(
    sameProcess && block.computer !== null && block.processId !== null
      ? { process: { computer: block.computer, id: block.processId } }
      : around(block),
  );
  desk.show("blocks");
}

/** Returns the section of a block's neighbours. @param {Neighbours} near */
export function neighbourSection(near) {
  const { sameProcess, block, before, after, context } = near;
  const host = hostOf(near);
  /** @type {{ at: number, element: HTMLElement, called?: string }[]} */
  const items = [
    ...[...before, block, ...after].map((row) => ({ at: millis(row.time), element: item(row, row === block) })),
    ...context.map((event) => ({
      at: millis(event.time),
      element: contextItem(event, host),
      ...(event.kind === "pipeline" ? { called: calledBy(event.text) } : {}),
    })),
  ];
  // Blocks are in order already: only events without a block are put between them.
  items.sort((a, b) => (a.at || 0) - (b.at || 0));
  const words = sameProcess
    ? `process ${block.processId ?? ""} of ${block.computer ?? "this computer"}`
    : "the same computer within a minute: the log names no process";
  return h(
    "section",
    null,
    h("h4", null, "Before and after"),
    h("p", { class: "quiet" }, words),
    host
      ? h(
          "div",
          { class: "quiet host-application", tabIndex: 0, role: "group", "aria-label": "Program that ran it" },
          "run by ",
          h("code", null, foreign(host.hostApplication)),
          host.decoded ? [" decoded: ", h("code", null, foreign(host.decoded))] : null,
        )
      : null,
    h("ol", { class: "near" }, folded(items)),
    h(
      "button",
      {
        type: "button",
        class: "text",
        "aria-keyshortcuts": "e",
        title: "key e",
        onclick: () => everyBlock(near),
      },
      sameProcess ? "every block of this process" : "every block of this minute",
    ),
  );
}

/** Events of pipelines in a row that are listed one by one. A loop logs hundreds. */
const PIPELINES = 4;

/** Returns the command that a pipeline's event names. @param {string} text */
const calledBy = (text) => /^\w+\(([^)]*)\)/.exec(text)?.[1] ?? text;

/**
 * Returns the items with long runs of pipelines folded, each into an item that opens.
 * @param {{ element: HTMLElement, called?: string }[]} items
 */
function folded(items) {
  const all = [];
  for (let at = 0; at < items.length;) {
    let end = at + 1;
    if (items[at]?.called !== undefined) while (items[end]?.called !== undefined) end += 1;
    const run = items.slice(at, end);
    all.push(...(run.length > PIPELINES ? [pipelines(run)] : run.map(({ element }) => element)));
    at = end;
  }
  return all;
}

/** @param {{ element: HTMLElement, called?: string }[]} run */
function pipelines(run) {
  /** @type {Map<string, number>} */
  const times = new Map();
  for (const { called = "" } of run) times.set(called, (times.get(called) ?? 0) + 1);
  const words = [...times].sort(([, a], [, b]) => b - a).map(([called, n]) => (n > 1 ? `${called} ${n}×` : called));
  const elements = run.map(({ element }) => element);
  return h(
    "li",
    { class: "pipelines" },
    h(
      "details",
      null,
      h("summary", null, `${count(run.length)} pipeline events: `, h("code", null, foreign(words.join(", ")))),
      h("ol", { class: "near" }, elements),
    ),
  );
}

/** Returns an event that names the program which ran the block, if all around it name the same. @param {Neighbours} near */
function hostOf({ block, sameProcess, context }) {
  if (!sameProcess) return null;
  const all = context.filter(
    ({ hostApplication, processId }) => hostApplication && (processId === null || processId === block.processId),
  );
  const [first] = all;
  return all.every(({ hostApplication }) => hostApplication === first?.hostApplication) ? (first ?? null) : null;
}

/** @param {BlockRow} block */
function around({ time, computer }) {
  const at = millis(time);
  if (at !== at) return {};
  return {
    from: at - 60_000,
    to: at + 60_000,
    ...(computer === null ? {} : { object: { type: "system", object: computer } }),
  };
}

/** @param {BlockRow} row @param {boolean} isThis */
function item(row, isThis) {
  const level = LEVELS.find((one) => one === row.level);
  const words = [
    level ? severity(level) : null,
    " ",
    h("code", null, foreign(lineOf(row.id) || plural(row.length, "character"))),
    h("span", { class: "quiet" }, foreign(row.path ? ` ${row.path}` : row.results > 0 ? ` ${titles(row)}` : "")),
    row.seenOn > 1 ? h("span", { class: "quiet" }, ` on ${plural(row.seenOn, "computer")}`) : null,
  ];
  return h(
    "li",
    { class: isThis ? "this" : "", "aria-current": isThis ? "true" : null },
    h("time", { dateTime: row.time ?? "" }, shown(row.time)),
    isThis
      ? h("span", null, words)
      : h(
          "button",
          {
            type: "button",
            class: "row",
            onclick: () => store.choose({ kind: "block", id: row.id, item: row }),
          },
          words,
        ),
  );
}

/** @param {BlockRow} row */
const titles = (row) => row.rules.map((id) => store.rules.get(id)?.title ?? id).join(", ");

/**
 * @param {ContextEvent} event
 * @param {ContextEvent | null} known names the host application that is shown above
 * @param {HTMLElement | null} [place] who logged it, where that is not said above
 */
export function contextItem(
  { time, kind, text, decoded, hostApplication, engineVersion, isDowngrade, eventId },
  known,
  place = null,
) {
  const host = hostApplication === known?.hostApplication || hostApplication === text ? null : hostApplication;
  const isSaid = known?.decoded === decoded && kind !== "process-creation" && kind !== "engine-start";
  return h(
    "li",
    { class: `context ${kind}` },
    h("time", { dateTime: time ?? "" }, shown(time)),
    h(
      "span",
      null,
      h("b", { class: kind === "log-cleared" ? "missing-words" : "" }, kind.replaceAll("-", " ")),
      ` (${eventId}) `,
      h("code", null, foreign(text)),
      host ? [" by ", h("code", null, foreign(host))] : null,
      decoded && !isSaid ? [" decoded: ", h("code", null, foreign(decoded))] : null,
      isDowngrade
        ? h(
            "span",
            { class: "missing-words" },
            ` PowerShell ${engineVersion ?? "2.0"}: a downgrade, which logs no script blocks`,
          )
        : null,
      place && [" ", h("span", { class: "under" }, place)],
    ),
  );
}
