// Makes log files from a list of scripts.

/**
 * One script block.
 *
 * @typedef {object} LoggedScript
 * @property {string} clock time of day
 * @property {string} user
 * @property {string} text
 * @property {number} level
 * @property {string} [path]
 * @property {number} [parts] in how many events it was logged
 * @property {number[]} [present] those that the log still has
 */

/**
 * Returns the events of one machine, in the order in which they were logged.
 *
 * @param {string} computer
 * @param {number} record the first record's id
 * @param {LoggedScript[]} scripts
 * @returns {import("../../scripts/events.mjs").ScriptEvent[]}
 */
export function events(computer, record, scripts) {
  return [...scripts]
    .sort((a, b) => (a.clock < b.clock ? -1 : 1))
    .flatMap((one, at) => partsOf(one).map((part) => ({ ...part, computer, scriptBlockId: scriptBlockId(record, at) })))
    .map((event, at) => ({ ...event, record: record + at }));
}

/** @param {LoggedScript} scripts @returns {import("../../scripts/events.mjs").ScriptEvent[]} */
function partsOf({ clock, user, text, level, path = "", parts = 1, present }) {
  const length = Math.ceil(text.length / parts);
  return Array.from({ length: parts }, (_, i) => i + 1)
    .filter((part) => present?.includes(part) ?? true)
    .map((part) => ({
      time: `2026-08-08T${clock}Z`,
      user,
      level,
      path,
      text: text.slice((part - 1) * length, part * length),
      part,
      total: parts,
    }));
}

/** @param {number} record @param {number} at */
function scriptBlockId(record, at) {
  const hex = (/** @type {number} */ n, /** @type {number} */ digits) =>
    (Math.imul(n + 1, 2_654_435_761) >>> 0).toString(16).padStart(8, "0").slice(0, digits);
  return `${hex(record + at, 8)}-${hex(at, 4)}-4${hex(record, 3)}-a${hex(at * 7, 3)}-${hex(at * 31, 8)}${hex(record * 3, 4)}`;
}

/** Returns an event that is no script block. @param {{ id: number, computer: string, record: number, time: string, channel: string, provider: string }} event */
export function other({ id, computer, record, time, channel, provider }) {
  return (
    `<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="${provider}"/>` +
    `<EventID>${id}</EventID><Level>4</Level><TimeCreated SystemTime="${time}"/><EventRecordID>${record}</EventRecordID>` +
    `<Channel>${channel}</Channel><Computer>${computer}</Computer><Security/></System></Event>\r\n`
  );
}

/** @param {string} events */
export const root = (events) => `<?xml version="1.0" encoding="utf-8"?>\r\n<Events>\r\n${events}</Events>\r\n`;

/** Returns a copy that was cut in the middle of the last event. @param {string} events */
export function cutOff(events) {
  const last = events.lastIndexOf("<Event ");
  return `<?xml version="1.0" encoding="utf-8"?>\r\n<Events>\r\n${events.slice(0, last + Math.floor((events.length - last) / 2))}`;
}
