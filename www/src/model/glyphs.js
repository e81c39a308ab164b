/**
 * Shows characters that hide or reorder text. Each is replaced by one visible unit, so offsets stay valid.
 *
 * Script text is written by attackers: a right-to-left override or a zero-width space in it is a finding,
 * not a layout instruction.
 */

/** The glyph and the name of each such character. @type {Map<number, [string, string]>} */
const NAMES = new Map([
  [0x00ad, ["‧", "soft hyphen"]],
  [0x061c, ["⇠", "Arabic letter mark"]],
  [0x180e, ["⎵", "Mongolian vowel separator"]],
  [0x200b, ["⎵", "zero width space"]],
  [0x200c, ["⎵", "zero width non-joiner"]],
  [0x200d, ["⎵", "zero width joiner"]],
  [0x200e, ["⇢", "left-to-right mark"]],
  [0x200f, ["⇠", "right-to-left mark"]],
  [0x202a, ["⇢", "left-to-right embedding"]],
  [0x202b, ["⇠", "right-to-left embedding"]],
  [0x202c, ["⇥", "pop directional formatting"]],
  [0x202d, ["⇢", "left-to-right override"]],
  [0x202e, ["⇠", "right-to-left override"]],
  [0x2028, ["↵", "line separator"]],
  [0x2029, ["¶", "paragraph separator"]],
  [0x2060, ["⎵", "word joiner"]],
  [0x2066, ["⇢", "left-to-right isolate"]],
  [0x2067, ["⇠", "right-to-left isolate"]],
  [0x2068, ["⇢", "first strong isolate"]],
  [0x2069, ["⇥", "pop directional isolate"]],
  [0xfeff, ["⎵", "zero width no-break space"]],
]);

// Line feed and tab are layout, and so is a carriage return before a line feed.
const HIDDEN =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\r(?!\n)/g;

/**
 * Returns the text with every hidden character replaced by a glyph of the same length.
 * @param {string} text
 */
export function visible(text) {
  return text.replace(HIDDEN, (one) => glyph(one.charCodeAt(0)));
}

/**
 * Returns the positions of hidden characters, and their count by kind.
 * @param {string} text
 * @returns {{ offsets: number[], kinds: { code: string, name: string, glyph: string, count: number }[] }}
 */
export function hidden(text) {
  /** @type {number[]} */
  const offsets = [];
  /** @type {Map<number, number>} */
  const counts = new Map();
  for (const match of text.matchAll(HIDDEN)) {
    const code = match[0].charCodeAt(0);
    counts.set(code, (counts.get(code) ?? 0) + 1);
    if (offsets.length < 10_000) offsets.push(match.index);
  }
  const kinds = [...counts].map(([code, count]) => ({
    code: `U+${code.toString(16).toUpperCase().padStart(4, "0")}`,
    name: NAMES.get(code)?.[1] ?? "control character",
    glyph: glyph(code),
    count,
  }));
  return { offsets, kinds };
}

/** @param {number} code */
function glyph(code) {
  const named = NAMES.get(code);
  if (named) return named[0];
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return "␡";
  return "⍰";
}
