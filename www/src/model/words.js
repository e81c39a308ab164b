/** Names of event ids, formats and states. */
import { count, plural } from "./number.js";

/** Other event ids of interest to a responder. An id can mean different things in different logs. */
const EVENTS = new Map([
  ["104", "a log was cleared (System)"],
  ["1102", "the security log was cleared"],
  ["400", "engine started (Windows PowerShell)"],
  ["403", "engine stopped (Windows PowerShell)"],
  ["500", "command started (Windows PowerShell)"],
  ["501", "command stopped (Windows PowerShell)"],
  ["600", "provider started (Windows PowerShell)"],
  ["800", "pipeline executed (Windows PowerShell)"],
  ["4103", "module logging: a command and its parameters"],
  ["4105", "script block started"],
  ["4106", "script block stopped"],
  ["4624", "logon"],
  ["4625", "logon failed"],
  ["4648", "logon with explicit credentials"],
  ["4672", "logon with special privileges"],
  ["4688", "process created"],
  ["4697", "service installed"],
  ["4698", "scheduled task created"],
  ["4702", "scheduled task updated"],
  ["4720", "user account created"],
  ["4732", "member added to a local group"],
  ["7045", "service installed (System)"],
  ["8193", "PowerShell remoting: session created"],
  ["8194", "PowerShell remoting: session created"],
  ["8197", "PowerShell remoting: runspace closed"],
  ["24577", "ISE opened or ran a script"],
  ["32784", "PowerShell remoting: runspace created"],
  ["40961", "PowerShell console starting"],
  ["40962", "PowerShell console ready"],
  ["53504", "PowerShell named pipe opened"],
]);

/** Ids that are notable by themselves. */
const NEWS = new Set(["104", "1102"]);

/** @param {string} id */
export const eventName = (id) => EVENTS.get(id) ?? null;

/**
 * Returns other events: notable ones first, then by count.
 * @param {Record<string, number>} events
 * @returns {{ id: string, count: number, name: string | null, news: boolean }[]}
 */
export function otherEvents(events) {
  return Object.entries(events)
    .map(([id, count]) => ({ id, count, name: eventName(id), news: NEWS.has(id) }))
    .sort((a, b) => Number(b.news) - Number(a.news) || b.count - a.count || Number(a.id) - Number(b.id));
}

/** @param {string | null} format */
export function formatName(format) {
  const names = /** @type {Record<string, string>} */ ({
    evtx: "EVTX",
    xml: "event XML",
    json: "JSON",
    classic: "Splunk classic text",
    csv: "CSV",
  });
  return format === null ? "not a log" : (names[format] ?? format);
}

/** @param {string | null} encoding */
export function encodingName(encoding) {
  const names = /** @type {Record<string, string>} */ ({
    "utf-8": "UTF-8",
    "utf-16le": "UTF-16 LE",
    "utf-16be": "UTF-16 BE",
  });
  return encoding === null ? null : (names[encoding] ?? encoding);
}

/**
 * Returns a file's state in a word or two.
 * @param {import("../types.js").Source} source
 * @param {import("../types.js").Problem[]} problems its own
 * @returns {{ words: string, tone: "ok" | "warn" | "bad" | "quiet" }}
 */
export function sourceState(source, problems) {
  const codes = new Set(problems.map((problem) => problem.code));
  const unread = [...codes].some((code) => code === "read-failed" || code.startsWith("archive-"));
  if (codes.has("cancelled")) return { words: "cancelled", tone: "warn" };
  if (source.bytes === 0) return unread ? { words: "not read", tone: "bad" } : { words: "empty", tone: "warn" };
  if (source.format === null) return { words: "not a log", tone: "bad" };
  if (codes.has("encrypted")) return { words: "encrypted", tone: "warn" };
  // Problems beyond the listed ones are counted; their severity is unknown.
  const remarks = problems.filter((problem) => problem.severity === "info").length;
  const serious = source.problems - remarks;
  if (serious > 0) return { words: plural(serious, "problem"), tone: "warn" };
  if (source.events === 0) return { words: "no 4104 events", tone: "quiet" };
  // Its script blocks are those of another file, where they are counted.
  if (codes.has("same-records")) return { words: "given twice", tone: "quiet" };
  if (codes.has("warnings-only")) return { words: "logging was off", tone: "warn" };
  return remarks > 0 ? { words: plural(remarks, "remark"), tone: "quiet" } : { words: "ok", tone: "ok" };
}

/**
 * Returns sentences about a file that are not in its numbers or problems.
 * @param {import("../types.js").Source} source
 * @returns {string[]}
 */
export function remarks({ incomplete, missingFields }) {
  const said = [];
  if (incomplete > 0) {
    said.push(`${plural(incomplete, "script block lacks", "script blocks lack")} parts; what is present was searched.`);
  }
  if (missingFields.length > 0) {
    said.push(`Its events have no ${missingFields.join(", no ")}: detections that group by such a field drop them.`);
  }
  return said;
}

/**
 * Returns the sentence of an empty results table.
 * @param {import("../types.js").Totals} totals
 * @param {import("../types.js").Rule[]} rules
 */
export function nothingFound(totals, rules) {
  const blocks = plural(totals.scriptBlocks, "script block");
  const number = (/** @type {string} */ wanted) => rules.filter(({ status }) => status === wanted).length;
  const [ran, unable, refused] = [number("ran"), number("cannotMatch"), number("refused")];
  const searched =
    ran > 0
      ? `No detection matched ${blocks}. ${plural(ran, "rule")} ran.`
      : `No rule could match: nothing was searched for in ${blocks}.`;
  return [
    searched,
    unable > 0 ? `${plural(unable, "rule")} cannot match and did not run.` : "",
    refused > 0 ? `${plural(refused, "rule")} could not be read and did not run.` : "",
  ]
    .filter(Boolean)
    .join(" ");
}

/**
 * Returns notable facts although nothing matched.
 * @param {import("../types.js").Source[]} sources
 * @returns {string[]}
 */
export function unusual(sources) {
  /** @type {Map<string, number>} */
  const news = new Map();
  let encrypted = 0;
  let incomplete = 0;
  for (const source of sources) {
    encrypted += source.encrypted;
    incomplete += source.incomplete;
    for (const event of otherEvents(source.otherEvents)) {
      if (event.news) news.set(event.id, (news.get(event.id) ?? 0) + event.count);
    }
  }
  const said = [...news].map(([id, n]) => `Event ${id}, ${count(n)} ×: ${eventName(id)}.`);
  if (encrypted > 0)
    said.push(
      `${plural(encrypted, "record")} encrypted by Protected Event Logging: nothing could be searched in them.`,
    );
  if (incomplete > 0) said.push(`${plural(incomplete, "script block")} with parts missing.`);
  return said;
}
