/** Formats and parses times: UTC, with the digits of the log. */

/**
 * Returns the milliseconds since 1970 of a time of the report. Digits below the millisecond are not needed to position and
 * sort; the text is always shown with all of them.
 * @param {string | null} iso
 * @returns {number} NaN where there is none
 */
export function millis(iso) {
  if (!iso) return NaN;
  const dot = iso.indexOf(".");
  return Date.parse(dot < 0 ? iso : `${iso.slice(0, Math.min(dot + 4, iso.length - 1))}Z`);
}

/**
 * `2026-08-08 06:13:52.083 UTC`: to the millisecond, the log's own digits are in `exact`.
 * @param {string | null} iso
 */
export function shown(iso) {
  if (!iso) return "no time";
  const [date, rest = ""] = iso.replace("Z", "").split("T");
  return `${date} ${rest.slice(0, 12)} UTC`;
}

/**
 * Returns first and last time as one or two texts of one line each. A last time on the same day has no date.
 * @param {string | null} first
 * @param {string | null} last
 * @returns {string[]}
 */
export function span(first, last) {
  if (!first || !last || first === last) return [shown(first ?? last)];
  const sameDay = first.slice(0, 10) === last.slice(0, 10);
  return [`${shown(first).replace(" UTC", "")} –`, sameDay ? shown(last).slice(11) : shown(last)];
}

/**
 * Returns the text of a tooltip: all digits of the log, and the distance from now.
 * @param {string | null} iso
 * @param {number} [now]
 */
export function exact(iso, now = Date.now()) {
  if (!iso) return "";
  return `${iso} · ${relative(millis(iso), now)}`;
}

/** @param {number} time @param {number} now */
function relative(time, now) {
  const seconds = Math.round((now - time) / 1000);
  const size = Math.abs(seconds);
  const units = /** @type {[number, string][]} */ ([
    [31_557_600, "year"],
    [2_629_800, "month"],
    [86_400, "day"],
    [3_600, "hour"],
    [60, "minute"],
    [1, "second"],
  ]);
  for (const [length, name] of units) {
    if (size >= length) {
      const count = Math.floor(size / length);
      const words = `${count} ${name}${count === 1 ? "" : "s"}`;
      return seconds < 0 ? `in ${words}` : `${words} ago`;
    }
  }
  return "now";
}

/**
 * Parses a typed time in UTC: `2026-08-08`, `2026-08-08 06:13`, `…:52`, `…52.083`, with T or Z too.
 * @param {string} text
 * @returns {number | null} null where it is not a time
 */
export function parse(text) {
  const match = /^\s*(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(\.\d{1,9})?)?)?\s*(?:Z|UTC)?\s*$/i.exec(text);
  if (!match) return null;
  const [, date, minutes = "00:00", seconds = "00", fraction = ""] = match;
  const time = Date.parse(`${date}T${minutes}:${seconds}${fraction.slice(0, 4)}Z`);
  return Number.isNaN(time) ? null : time;
}

/**
 * Returns the text of a time chosen on the axis or typed.
 * @param {number | null} time
 */
export function typed(time) {
  if (time === null) return "";
  return new Date(time).toISOString().slice(0, 19).replace("T", " ");
}
