/** Maps ranges of a script to its formatted text. */

/**
 * @param {Uint32Array} map triples: offset in the formatted text, offset in the script, and length
 * @param {[number, number][]} ranges of the script
 * @returns {[number, number][]} of the formatted text; a range that is divided stays one
 */
export function mapped(map, ranges) {
  return ranges.flatMap(([start, end]) => {
    let from = -1;
    let to = -1;
    for (let i = firstRun(map, start); i < map.length; i += 3) {
      const formatted = map[i] ?? 0;
      const original = map[i + 1] ?? 0;
      const length = map[i + 2] ?? 0;
      if (original >= end) break;
      if (original + length <= start) continue;
      if (from < 0) from = formatted + Math.max(start - original, 0);
      to = formatted + Math.min(end - original, length);
    }
    return from < 0 ? [] : [/** @type {[number, number]} */ ([from, to])];
  });
}

/**
 * Returns the tokens of the formatted text: one token for each run that a token has.
 * @param {Uint32Array} map
 * @param {Uint32Array} tokens triples of start, end and kind, in order
 */
export function mappedTokens(map, tokens) {
  /** @type {number[]} */
  const found = [];
  let run = 0;
  for (let i = 0; i < tokens.length; i += 3) {
    const start = tokens[i] ?? 0;
    const end = tokens[i + 1] ?? 0;
    while (run < map.length && (map[run + 1] ?? 0) + (map[run + 2] ?? 0) <= start) run += 3;
    for (let k = run; k < map.length && (map[k + 1] ?? 0) < end; k += 3) {
      const [formatted = 0, original = 0, length = 0] = [map[k], map[k + 1], map[k + 2]];
      const from = formatted + Math.max(start - original, 0);
      found.push(from, formatted + Math.min(end - original, length), tokens[i + 2] ?? 0);
    }
  }
  return Uint32Array.from(found);
}

/** Returns the first run that ends after a place of the script. @param {Uint32Array} map @param {number} place */
function firstRun(map, place) {
  let low = 0;
  let high = map.length / 3;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((map[3 * middle + 1] ?? 0) + (map[3 * middle + 2] ?? 0) <= place) low = middle + 1;
    else high = middle;
  }
  return 3 * low;
}
