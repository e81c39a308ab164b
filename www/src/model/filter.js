/** The filter of results, as a predicate and as chips. */
import { count } from "./number.js";
import { typed, zoneWords } from "./time.js";

/** @typedef {import("../types.js").Filter} Filter */
/** @typedef {import("../types.js").Row} Row */

/** @returns {Filter} */
export function everything() {
  return {
    text: "",
    rule: null,
    object: null,
    technique: null,
    process: null,
    path: null,
    textId: null,
    shapeId: null,
    source: null,
    levels: [],
    from: null,
    to: null,
    starred: false,
    hideSuppressed: true,
    suppressedBy: null,
  };
}

/**
 * @param {Filter} filter
 * @param {Lookups} lookups
 * @returns {(row: Row) => boolean}
 *
 * @typedef {{
 *   ofObject: (object: { type: string, object: string }) => Set<string>,
 *   hasBlock: (row: Row, filter: Filter) => boolean,
 *   hasText: (row: Row) => boolean,
 *   isIn: (row: Row, source: string) => boolean,
 *   textHits: Set<string>,
 *   mark: (id: string) => import("../types.js").Mark | undefined,
 * }} Lookups
 */
export function predicate(filter, lookups) {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const ofObject = filter.object && lookups.ofObject(filter.object);
  return (row) => {
    if (filter.rule !== null && row.rule.id !== filter.rule) return false;
    if (filter.levels.length > 0 && !filter.levels.includes(row.level)) return false;
    if (ofObject && !ofObject.has(row.id)) return false;
    if (filter.technique !== null && !row.rule.attack.some((one) => one.technique === filter.technique)) return false;
    if ((filter.process || filter.path !== null) && !lookups.hasBlock(row, filter)) return false;
    if ((filter.textId !== null || filter.shapeId !== null) && !lookups.hasText(row)) return false;
    if (filter.source !== null && !lookups.isIn(row, filter.source)) return false;
    // A row spans the time from its first to its last block. A range never hides a row without a time.
    if (filter.from !== null && row.last < filter.from) return false;
    if (filter.to !== null && row.first >= filter.to) return false;
    const mark = lookups.mark(row.id);
    if (filter.starred && !mark?.star) return false;
    if (filter.suppressedBy !== null && row.result.suppressedBy !== filter.suppressedBy) return false;
    if (filter.hideSuppressed && row.result.suppressedBy !== null) return false;
    return words.every((word) => row.haystack.includes(word)) || lookups.textHits.has(row.id);
  };
}

/** Parts of the filter that script blocks are tested by. @type {(keyof Filter)[]} */
const OF_BLOCKS = [
  "object",
  "process",
  "path",
  "textId",
  "shapeId",
  "from",
  "source",
  "rule",
  "technique",
  "levels",
  "starred",
  "suppressedBy",
];

/** Parts of the filter that narrow a view which lists no results. @type {Partial<Record<import("../types.js").ViewName, (keyof Filter)[]>>} */
const NARROWS = {
  blocks: OF_BLOCKS,
  scripts: OF_BLOCKS,
  indicators: OF_BLOCKS,
  query: ["text"],
  case: [],
};

/** Whether a part of the filter narrows a view. @param {import("../types.js").ViewName} view @param {keyof Filter} part */
export const narrows = (view, part) => NARROWS[view]?.includes(part) ?? true;

/**
 * Returns each part of the filter in words, with the filter that remains when it is removed.
 * @param {Filter} filter
 * @param {(id: string) => string} ruleTitle
 * @param {number} suppressed how many results the allow-list and filter macros hide
 * @param {(object: string) => string} [nameOf] returns the name of a computer or user
 * @returns {{ words: string, without: Filter, of: keyof Filter }[]} `of`: the part
 */
export function chips(filter, ruleTitle, suppressed, nameOf = (object) => object) {
  /** @type {ReturnType<typeof chips>} */
  const all = [];
  const add = (/** @type {string} */ words, /** @type {Partial<Filter>} */ change) =>
    all.push({
      words,
      without: { ...filter, ...change },
      of: /** @type {keyof Filter} */ (Object.keys(change)[0]),
    });
  if (filter.object) add(nameOf(filter.object.object), { object: null });
  if (filter.rule !== null) add(ruleTitle(filter.rule), { rule: null });
  if (filter.technique !== null) add(filter.technique, { technique: null });
  if (filter.process) add(`process ${filter.process.id} on ${filter.process.computer}`, { process: null });
  if (filter.path !== null) add(`path ${filter.path}`, { path: null });
  if (filter.textId !== null) add("this very text", { textId: null });
  if (filter.shapeId !== null) add("texts of this shape", { shapeId: null });
  if (filter.source !== null) add(`file ${filter.source}`, { source: null });
  if (filter.levels.length > 0) add(filter.levels.join(", "), { levels: [] });
  if (filter.from !== null || filter.to !== null) {
    const words =
      filter.to === null
        ? `from ${typed(filter.from)}`
        : filter.from === null
          ? `before ${typed(filter.to)}`
          : `${typed(filter.from)} – ${typed(filter.to)}`;
    add(`${words} ${zoneWords(filter.from ?? filter.to ?? 0)}`, { from: null, to: null });
  }
  if (filter.text) add(`“${filter.text}”`, { text: "" });
  if (filter.starred) add("starred", { starred: false });
  if (filter.suppressedBy !== null)
    add(`hidden by ${filter.suppressedBy}`, { suppressedBy: null, hideSuppressed: true });
  if (filter.hideSuppressed && suppressed > 0) add(`without ${count(suppressed)} hidden`, { hideSuppressed: false });
  return all;
}
