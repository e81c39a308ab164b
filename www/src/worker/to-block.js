/** Ranks indicators by the scores of the scripts that have them. Here, so that the page gets the few that it shows. */

/** @typedef {import("../types.js").Indicator} Indicator */
/** @typedef {import("./wasm.js").Session} Session */

/** Kinds that a proxy, firewall or mail gateway can block. */
const KINDS = /** @type {const} */ (["url", "host", "ipv4", "ipv6", "email"]);
/** Indicators of each kind that are ranked, those of these that are looked for in the code, and those that are returned. */
const RANKED = 60;
const LOOKED_FOR = 24;
const ROWS = 6;
/** Script blocks of an indicator whose scores count. */
const BLOCKS = 3;
/** The kind of a token that is a comment. */
const COMMENT = 1;

/**
 * Returns the network indicators that are to be blocked, those in scripts of the highest scores first. One that a script has in
 * comments only, such as the address of its licence, is none.
 * @param {Session} session
 * @param {string | null} computer the one that they are of
 * @returns {Indicator[]}
 */
export function indicatorsToBlock(session, computer) {
  const filter = computer === null ? {} : { computer };
  const found = KINDS.map(
    (kind) => /** @type {Indicator[]} */ (session.listIndicators({ kind, limit: RANKED, filter }).rows),
  );
  const ids = [...new Set(found.flat().flatMap(({ blockIds }) => blockIds.slice(0, BLOCKS)))];
  /** @type {Map<string, number>} */
  const scores = new Map();
  for (const { id, score } of ids.length > 0 ? session.listBlocks({ filter: { ids } }).rows : []) scores.set(id, score);
  const scoreOf = (/** @type {Indicator} */ { blockIds }) =>
    Math.max(0, ...blockIds.slice(0, BLOCKS).map((id) => scores.get(id) ?? 0));
  return found.flatMap((rows) =>
    rows
      .map((row) => ({ row, score: scoreOf(row) }))
      .sort((a, b) => b.score - a.score)
      .slice(0, LOOKED_FOR)
      .filter(({ row }) => isInCode(session, row))
      .slice(0, ROWS)
      .map(({ row }) => row),
  );
}

/** Whether a script has a value outside of its comments. @param {Session} session @param {Indicator} row */
function isInCode(session, { blockIds: [id = ""], value }) {
  const text = session.block(id)?.text.toLowerCase() ?? "";
  const wanted = value.toLowerCase();
  let at = text.indexOf(wanted);
  // A value that was joined is code.
  if (at < 0) return true;
  const tokens = session.tokens(id);
  for (let token = 0; token < tokens.length && at >= 0; token += 3) {
    const end = tokens[token + 1] ?? 0;
    if (end <= at) continue;
    if (tokens[token + 2] !== COMMENT) return true;
    while (at >= 0 && at < end) at = text.indexOf(wanted, at + 1);
  }
  return false;
}
