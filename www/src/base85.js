/**
 * Bytes as text that an HTML file may hold: five characters for four bytes, which is a sixteenth shorter than base64.
 *
 * The digits are printable ASCII from `#` on, without `<` and `\`. The first character says how many bytes at the end are
 * padding.
 */

const FIRST = 35;
const LESS_THAN = 60;
const BACKSLASH = 92;

/** @param {number} digit */
const character = (digit) => {
  const code = digit + FIRST;
  return code < LESS_THAN ? code : code + 1 < BACKSLASH ? code + 1 : code + 2;
};

/** @param {number} code */
const digit = (code) => (code < LESS_THAN ? code : code < BACKSLASH ? code - 1 : code - 2) - FIRST;

/** @param {Uint8Array} bytes */
export function encode(bytes) {
  const padding = (4 - (bytes.length % 4)) % 4;
  const codes = new Uint8Array(1 + ((bytes.length + padding) / 4) * 5);
  codes[0] = character(padding);
  for (let from = 0, to = 1; from < bytes.length; from += 4, to += 5) {
    let value = 0;
    for (let i = 0; i < 4; i += 1) value = value * 256 + (bytes[from + i] ?? 0);
    for (let i = 4; i >= 0; i -= 1) {
      codes[to + i] = character(value % 85);
      value = Math.floor(value / 85);
    }
  }
  return new TextDecoder().decode(codes);
}

/** @param {string} text */
export function decode(text) {
  const bytes = new Uint8Array(((text.length - 1) / 5) * 4);
  for (let from = 1, to = 0; from < text.length; from += 5, to += 4) {
    let value = 0;
    for (let i = 0; i < 5; i += 1) value = value * 85 + digit(text.charCodeAt(from + i));
    bytes[to] = value >>> 24;
    bytes[to + 1] = value >>> 16;
    bytes[to + 2] = value >>> 8;
    bytes[to + 3] = value;
  }
  return bytes.subarray(0, bytes.length - digit(text.charCodeAt(0)));
}
