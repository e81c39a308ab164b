/** Cutting a long text into pieces that can be laid out one by one. */

/** About a screen or two of script. */
const WANTED = 8_192;
/** A line is cut only when it is longer than this, where the cut cannot be told from a wrap. */
const LONGEST = 65_536;

/**
 * Ranges that cover the text, cut behind line ends; one piece if the text is short.
 * @param {string} text
 * @returns {[number, number][]}
 */
export function pieces(text) {
  if (text.length <= 2 * WANTED) return [[0, text.length]];
  /** @type {[number, number][]} */
  const all = [];
  for (let start = 0; start < text.length;) {
    let end = text.indexOf("\n", Math.min(start + WANTED, text.length)) + 1;
    if (end === 0) end = text.length;
    if (end - start > LONGEST) end = whole(text, start + LONGEST);
    all.push([start, end]);
    start = end;
  }
  return all;
}

/** Not inside a surrogate pair. @param {string} text @param {number} end */
function whole(text, end) {
  const code = text.charCodeAt(end);
  return code >= 0xdc00 && code < 0xe000 ? end - 1 : end;
}
