/** Elements that several panels share. */
import { census } from "../census.js";
import { foreign, h, s } from "../dom.js";
import { visible } from "../model/glyphs.js";
import { exact, shown, span } from "../model/time.js";

/** @typedef {import("../types.js").Level} Level */

/** One shape per level, so that severity never depends on colour alone. @type {Record<Level, string>} */
const SHAPES = {
  critical: "M5 0 10 5 5 10 0 5Z",
  high: "M5 .8 10 9.5H0Z",
  medium: "M.8.8H9.2V9.2H.8Z",
  low: "M5 1a4 4 0 1 0 0 8 4 4 0 0 0 0-8Z",
  informational: "M5 1a4 4 0 1 0 0 8 4 4 0 0 0 0-8Zm0 1.6a2.4 2.4 0 1 1 0 4.8 2.4 2.4 0 0 1 0-4.8Z",
};

/** @param {Level} level */
export const shape = (level) =>
  s("svg", { class: "shape", viewBox: "0 0 10 10", "aria-hidden": "true" }, s("path", { d: SHAPES[level] }));

/** Returns a severity as shape, word and colour. @param {Level} level @param {string} [title] */
export function severity(level, title) {
  return h(
    "span",
    { class: `severity ${level}`, title },
    shape(level),
    " ",
    level === "informational" ? "info" : level,
  );
}

/** @param {string | null} iso */
export function time(iso) {
  if (!iso) return h("span", { class: "quiet" }, "no time");
  return h("time", { dateTime: iso, title: exact(iso) }, shown(iso));
}

/** @param {string | null} first @param {string | null} last */
export function times(first, last) {
  if (!first && !last) return h("span", { class: "quiet" }, "no time");
  const title = first === last ? exact(first) : `first ${exact(first)}\nlast ${exact(last)}`;
  const parts = span(first, last).flatMap((part) => [" ", h("span", null, part)]);
  return h("span", { class: "times", title }, parts.slice(1));
}

/**
 * Returns a list of names and values. Null values are left out.
 * @param {[string, import("../dom.js").Child | import("../dom.js").Child[] | null][]} pairs
 */
export function facts(pairs) {
  return h(
    "dl",
    { class: "facts" },
    pairs
      .filter(([, value]) => value !== null && value !== undefined && value !== "")
      .map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value))),
  );
}

/** Returns the name of a computer or user, which breaks only after a dot or backslash. @param {string} name */
export function hostName(name) {
  const parts = visible(name).split(/(?<=[.\\])/);
  return h(
    "bdi",
    { class: "host" },
    parts.flatMap((part, at) => (at > 0 ? [h("wbr", null), part] : [part])),
  );
}

/**
 * Returns the name of an account, with its SID as tooltip; of several, those that a result joined by commas.
 * @param {string} user
 */
export function userName(user) {
  const names = user.split(", ").map((one) => census.words(one));
  const words = names.join(", ");
  return h("span", { title: words === user ? null : visible(user) }, hostName(words));
}

/** Returns a value from a log: a list becomes lines. @param {string | string[] | null} value */
export function cell(value) {
  if (value === null) return h("span", { class: "quiet" }, "null");
  if (!Array.isArray(value)) return value === "" ? h("span", { class: "quiet" }, "empty") : foreign(value);
  return h(
    "ul",
    { class: "values" },
    value.map((one) => h("li", null, foreign(one))),
  );
}

/** @param {string} tactic as rules write it: `defense-evasion`, `defense_evasion`, `Defense Evasion` */
export const tacticName = (tactic) => tactic.replace(/[-_]/g, " ").toLowerCase();

/**
 * Returns a button that shows more of many children, if there are more.
 * @param {number} total
 * @param {number} shownNow
 * @param {() => void} more
 */
export function moreButton(total, shownNow, more) {
  if (total <= shownNow) return null;
  return h(
    "button",
    { type: "button", class: "text more", onclick: more },
    `${(total - shownNow).toLocaleString("en-US")} more`,
  );
}

/** Closes the rules panel around an element, so that the results are seen. @param {EventTarget | null} inside */
export const leavePanel = (inside) => inside?.dispatchEvent(new Event("leavepanel", { bubbles: true }));
