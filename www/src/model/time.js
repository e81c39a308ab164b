/** Formats and parses times, in UTC or a zone of choice, with the digits of the log. */

/** The zone in which times are shown and typed: an IANA name. */
let zone = "UTC";
/** @type {Intl.DateTimeFormat | null} */
let format = null;

export const zoneName = () => zone;

/** Sets the zone. @param {string} name @returns {boolean} false for an unknown zone, which changes nothing */
export function setZone(name) {
  try {
    format = name === "UTC" ? null : formatOf(name);
    zone = name;
    return true;
  } catch {
    return false;
  }
}

/** @param {string} timeZone */
const formatOf = (timeZone) =>
  new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });

/**
 * Returns the zone's offset from UTC at a time, in milliseconds.
 * @param {number} time
 */
function offsetAt(time) {
  if (!format) return 0;
  const second = Math.floor(time / 1000) * 1000;
  const parts = Object.fromEntries(format.formatToParts(second).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second: s = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, s) - second;
}

/** `UTC`, or the offset at a time: `+02:00`. @param {number} time */
export function zoneWords(time) {
  if (!format) return "UTC";
  const minutes = Math.round(offsetAt(time) / 60_000);
  const size = Math.abs(minutes);
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

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

/** Returns a text by which times sort with all their digits, those that are missing last. @param {string | null} iso */
export const timeKey = (iso) => (iso ? iso.slice(0, 19) + iso.slice(20, -1).padEnd(9, "0") : "~");

/**
 * `2026-08-08 06:13:52.083 UTC`: to the millisecond, the log's own digits are in `exact`.
 * @param {string | null} iso
 */
export function shown(iso) {
  if (!iso) return "no time";
  return `${unzoned(iso)} ${zoneWords(millis(iso))}`;
}

/** @param {string} iso */
function unzoned(iso) {
  const time = millis(iso);
  const local = format && time === time ? new Date(time + offsetAt(time)).toISOString().slice(0, 19) : null;
  const [date, rest = ""] = (local ? `${local}${iso.slice(19)}` : iso).replace("Z", "").split("T");
  return `${date} ${rest.slice(0, 12)}`;
}

/**
 * Returns first and last time as one or two texts of one line each. A last time on the same day has no date.
 * @param {string | null} first
 * @param {string | null} last
 * @returns {string[]}
 */
export function span(first, last) {
  if (!first || !last || first === last) return [shown(first ?? last)];
  const [from, to] = [unzoned(first), shown(last)];
  return [`${from} –`, from.slice(0, 10) === to.slice(0, 10) ? to.slice(11) : to];
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
 * Returns a length of time in one unit: `66 ms`, `3 min`.
 * @param {number} ms
 */
export function length(ms) {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 90_000) return `${Number((ms / 1_000).toPrecision(2))} s`;
  if (ms < 5_400_000) return `${Math.round(ms / 60_000)} min`;
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} days`;
}

/**
 * Parses a typed time in the chosen zone: `2026-08-08`, `2026-08-08 06:13`, `…:52`, `…52.083`; with Z or UTC, in UTC.
 * @param {string} text
 * @returns {number | null} null where it is not a time
 */
export function parse(text) {
  const match = /^\s*(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(\.\d{1,9})?)?)?\s*(Z|UTC)?\s*$/i.exec(text);
  if (!match) return null;
  const [, date, minutes = "00:00", seconds = "00", fraction = "", utc] = match;
  const time = Date.parse(`${date}T${minutes}:${seconds}${fraction.slice(0, 4)}Z`);
  if (Number.isNaN(time)) return null;
  // The offset before a change of the clocks differs from the one after: the second step settles it.
  const first = utc ? time : time - offsetAt(time);
  return utc ? time : time - offsetAt(first);
}

/**
 * Returns the text of a time chosen on the axis or typed, in the chosen zone.
 * @param {number | null} time
 * @param {0 | 3} [digits] of the second's fraction; by default those that the time has
 */
export function typed(time, digits = time !== null && time % 1000 !== 0 ? 3 : 0) {
  if (time === null) return "";
  return new Date(time + offsetAt(time))
    .toISOString()
    .slice(0, digits === 3 ? 23 : 19)
    .replace("T", " ");
}
