// Text for terminals. What logs say is written by attackers: nothing in it may move the cursor, hide or reorder text.

/** C0 control characters have pictures; whatever else does not show itself is named. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/gu;

/**
 * The text with everything shown that a terminal would act on or hide: controls, escape sequences, bidirectional
 * and zero-width characters, lone surrogates.
 *
 * @param {string} text
 */
export function visible(text) {
  return text.replace(UNSEEN, (character) => {
    const code = /** @type {number} */ (character.codePointAt(0));
    if (code === 9) return " ";
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    if (code === 0x7f) return "\u2421";
    return `<U+${code.toString(16).toUpperCase().padStart(4, "0")}>`;
  });
}

/** Scripts whose characters take two columns each. */
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;

/** Columns that a visible text takes. @param {string} text */
export function widthOf(text) {
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? 2 : 1;
  return width;
}

/** @param {string} text @param {number} width */
export function padEnd(text, width) {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}

/**
 * The text, cut with an ellipsis where it takes more columns than there are.
 *
 * @param {string} text
 * @param {number} width
 */
export function fit(text, width) {
  if (widthOf(text) <= width) return text;
  let kept = "";
  let used = 1;
  for (const character of text) {
    used += widthOf(character);
    if (used > width) break;
    kept += character;
  }
  return `${kept}…`;
}

/** @typedef {"bold" | "dim" | "red" | "yellow" | "cyan"} Style */

const CODES = { bold: "1", dim: "2", red: "31", yellow: "33", cyan: "36" };

/**
 * A function that styles text, or leaves it where the stream is no terminal or the user wants no colour.
 *
 * @param {{ isTTY?: boolean }} stream
 * @param {Record<string, string | undefined>} env
 * @returns {(style: Style, text: string) => string}
 */
export function painter(stream, env) {
  if (!stream.isTTY || env.NO_COLOR || env.TERM === "dumb") return (_, text) => text;
  return (style, text) => `\x1b[${CODES[style]}m${text}\x1b[0m`;
}

/** 26,627 (`toLocaleString` would load its tables of languages, for 20 ms.) @param {number} value */
export function count(value) {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** "1 file", "3 files", "3 matches" @param {number} value @param {string} noun */
export function plural(value, noun) {
  const ending = value === 1 ? "" : noun.endsWith("ch") ? "es" : "s";
  return `${count(value)} ${noun}${ending}`;
}

/** 61.2 MB @param {number} value */
export function bytes(value) {
  if (value < 1000) return `${value} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let scaled = value / 1000;
  while (scaled >= 999.95 && units.length > 1) {
    scaled /= 1000;
    units.shift();
  }
  return `${scaled.toFixed(1)} ${units[0]}`;
}

/** 2026-08-08 06:13:52.083 UTC, with the log's own digits. @param {string | null} time */
export function moment(time) {
  return time === null ? "no time" : `${time.replace("T", " ").replace(/Z$/, "")} UTC`;
}
