/** Problems in words. */
import { foreign, h } from "../dom.js";
import { count } from "../model/number.js";
import { store } from "../store.js";
import { moreButton } from "./parts.js";

/** @typedef {import("../types.js").Problem} Problem */

/** @param {Problem[]} problems @param {number} limit @param {(() => void) | null} more */
export function problemList(problems, limit, more) {
  if (problems.length === 0) return null;
  return h(
    "ul",
    { class: "problems" },
    problems.slice(0, limit).map((problem) => h("li", null, problemWords(problem))),
    more ? moreButton(problems.length, limit, more) : null,
  );
}

/** @param {Problem} problem */
export function problemWords(problem) {
  const place = [
    problem.offset === null ? null : `byte ${count(problem.offset)}`,
    problem.record === null ? null : `record ${problem.record}`,
    problem.line === null ? null : `line ${problem.line}${problem.column === null ? "" : `, column ${problem.column}`}`,
    problem.rule === null ? null : `rule ${store.rules.get(problem.rule)?.title ?? problem.rule}`,
  ].filter((one) => one !== null);
  return [
    h("span", { class: `severity-word ${problem.severity}` }, problem.severity),
    " ",
    foreign(problem.message),
    place.length > 0 ? h("span", { class: "place" }, ` ${place.join(", ")}`) : null,
  ];
}
