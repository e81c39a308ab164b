/** Groups results into acts until the engine's report has them. */

/** @typedef {import("../types.js").Act} Act */
/** @typedef {import("../types.js").Row} Row */

/** Results of one computer within this time of each other are one act. */
const NEAR_MS = 5_000;

/** @param {Row[]} rows in any order @returns {Act[]} in the order of time */
export function acts(rows) {
  /** @type {Map<string, { act: Act, last: number }>} */
  const open = new Map();
  /** @type {Act[]} */
  const all = [];
  const sorted = [...rows].sort((a, b) => (a.first || 0) - (b.first || 0));
  for (const row of sorted) {
    const key = row.computer.toLowerCase();
    const { firstTime, lastTime } = row.result;
    const before = open.get(key);
    if (before && row.first - before.last <= NEAR_MS) {
      before.act.resultIds.push(row.id);
      if (!before.act.rules.includes(row.rule.id)) before.act.rules.push(row.rule.id);
      if ((lastTime ?? "") > (before.act.lastTime ?? "")) before.act.lastTime = lastTime;
      before.last = Math.max(before.last, row.last);
      continue;
    }
    const act = { id: row.id, object: row.computer, firstTime, lastTime, resultIds: [row.id], rules: [row.rule.id] };
    all.push(act);
    open.set(key, { act, last: row.last });
  }
  return all;
}
