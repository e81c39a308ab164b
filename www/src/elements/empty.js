/** The empty state of the results: what to conclude, and what to do next. */
import { desk } from "../desk.js";
import { foreign, h } from "../dom.js";
import { engine } from "../worker-client.js";
import { everything } from "../model/filter.js";
import { bytes, plural } from "../model/number.js";
import { noBlocks } from "../model/condition.js";
import { nothingFound, unusual } from "../model/words.js";
import { lineOf } from "../lines.js";
import { store } from "../store.js";
import { conditionList, fileConditions } from "./condition.js";
import { otherEvents } from "./other-events.js";

/**
 * @param {boolean} [withRarest] whether the rarest scripts are named: not where they are listed below
 * @returns {HTMLElement[]}
 */
export function empty(withRarest = true) {
  const { run, head, rows } = store;
  if (rows.size > 0) {
    return [
      h("p", null, `None of ${plural(rows.size, "result")} fits the filters above.`),
      h(
        "p",
        null,
        h(
          "button",
          { type: "button", onclick: () => store.setFilter({ ...everything(), hideSuppressed: false }) },
          "Show all results",
        ),
      ),
    ];
  }
  if (run.phase === "reading") return [h("p", { class: "quiet" }, "Reading. Results appear here as they are found.")];
  if (run.phase === "failed") {
    return [
      h("p", null, h("strong", null, "Reading stopped. "), foreign(run.message)),
      h(
        "p",
        null,
        "What was found before is kept. Try fewer files at once, or the command line, which has more memory to itself.",
      ),
    ];
  }
  if (run.phase === "cancelled") {
    return [h("p", null, `Cancelled after ${bytes(run.bytes)} of ${bytes(run.totalBytes)}: nothing was found so far.`)];
  }
  const totals = head?.totals;
  if (!totals) return [];
  const { sources } = head;
  const list = conditionList();
  if (sources.length === 0 && store.problems.length === 0) return [h("p", null, "There was no file to read in it.")];
  const found = fileConditions();
  if (sources.every(({ format }) => format === null)) {
    const isFormat = found.has("noLog");
    return [h("p", null, unreadWords(sources.length, found)), list, isFormat ? h("p", null, FORMATS) : null].filter(
      (one) => one !== null,
    );
  }
  const odd = unusual(sources);
  const isWhole = !found.has("damaged") && !found.has("unread");
  const none = totals.scriptBlocks === 0;
  return [
    h("p", null, h("strong", null, none ? noBlocks(totals, sources, found) : nothingFound(totals, head.rules))),
    isWhole ? null : h("p", null, "What was lost or not read was not searched:"),
    list,
    odd.length > 0 ? h("p", null, "What is unusual anyway:") : null,
    odd.length > 0
      ? h(
          "ul",
          null,
          odd.map((text) => h("li", null, text)),
        )
      : null,
    none || !withRarest ? null : rarest(),
    none ? otherEvents() : null,
    // A log that is damaged may have held script blocks: how to have them logged is no answer to that.
    none && isWhole ? logging() : null,
  ].filter((one) => one !== null);
}

/** Scripts named where nothing matched. */
const RAREST = 7;
/** @type {{ of: unknown, total: number, once: number, rows: import("../types.js").ScriptRow[] } | null} */
let known = null;

/** Returns the rarest scripts: where no rule matched, these are read first. */
function rarest() {
  if (store.run.phase === "reading") return null;
  const { head } = store;
  if (known?.of !== head) {
    known = { of: head, total: 0, once: 0, rows: [] };
    askRarest(head);
    return null;
  }
  const { total, once, rows } = known;
  if (rows.length === 0) return null;
  const words =
    once > 0
      ? `Nothing matched. ${plural(once, "script was", "scripts were")} seen once; of ${plural(total, "different script")} these are the rarest:`
      : `Nothing matched. Of ${plural(total, "different script")} these are the rarest:`;
  return h(
    "div",
    { class: "rarest" },
    h("p", null, words),
    h(
      "ul",
      null,
      rows.map((row) =>
        h(
          "li",
          null,
          h(
            "button",
            {
              type: "button",
              class: "text",
              onclick: () => {
                desk.show("scripts");
                store.choose({ kind: "script", id: row.id, item: row });
              },
            },
            h("code", null, foreign(row.firstLine ?? (lineOf(row.sampleBlockId) || plural(row.length, "character")))),
          ),
          h("span", { class: "quiet" }, ` ${plural(row.blocks, "time")} on ${plural(row.computers, "computer")}`),
        ),
      ),
    ),
  );
}

/** @param {unknown} of */
async function askRarest(of) {
  const list = await engine.call("listScripts", { limit: RAREST });
  if (!list || known?.of !== of) return;
  known = { of, total: list.total, once: list.seenOnce, rows: list.rows };
  store.changed("run");
}

/** @param {number} files @param {Map<import("../model/condition.js").Condition, string[]>} found */
function unreadWords(files, found) {
  const all = (/** @type {import("../model/condition.js").Condition} */ one) =>
    found.get(one)?.length === files && found.size === 1;
  if (all("empty")) return files === 1 ? "This file is empty." : "All of these files are empty.";
  if (all("unread")) return files === 1 ? "This file could not be read." : "None of these files could be read.";
  return files === 1
    ? "This is not an event log that scriptscope can read."
    : "None of these files is an event log that scriptscope can read.";
}

const FORMATS =
  "It reads EVTX, Windows event XML, JSON and NDJSON, CSV and Splunk’s text exports, also inside gzip and zip.";

/** Returns how to switch Script Block Logging on. */
function logging() {
  return h(
    "div",
    { class: "how" },
    h("p", null, "Event 4104 is only written while Script Block Logging is on. To turn it on:"),
    h(
      "ul",
      null,
      h(
        "li",
        null,
        "Group policy: Computer Configuration, Administrative Templates, Windows Components, Windows PowerShell, ",
        h("strong", null, "Turn on PowerShell Script Block Logging"),
        ".",
      ),
      h(
        "li",
        null,
        "Registry: ",
        h("code", null, "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\PowerShell\\ScriptBlockLogging"),
        ", ",
        h("code", null, "EnableScriptBlockLogging"),
        " (DWORD) ",
        h("code", null, "1"),
        ".",
      ),
    ),
    h(
      "p",
      null,
      "The log is ",
      h("code", null, "Microsoft-Windows-PowerShell/Operational"),
      "; on disk ",
      h("code", null, "%SystemRoot%\\System32\\winevt\\Logs\\Microsoft-Windows-PowerShell%4Operational.evtx"),
      ". Without the policy, Windows logs only scripts that it finds suspicious itself (level 3, warning).",
    ),
  );
}
