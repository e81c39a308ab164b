/** Cuts a long text into pieces that are laid out one by one. */

/** Length of a piece: about a screen or two of script. */
const WANTED = 8_192;
/** Lines longer than this are cut, where a cut looks like a wrap. */
const LONGEST = 65_536;

/**
 * Returns ranges that cover the text, cut after line ends. A short text is one range.
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

/** Moves a cut out of a surrogate pair. @param {string} text @param {number} end */
function whole(text, end) {
  const code = text.charCodeAt(end);
  return code >= 0xdc00 && code < 0xe000 ? end - 1 : end;
}
