/** How a view of a script was made, step by step. */
import { foreign, h } from "../dom.js";
import { count, plural } from "../model/number.js";

/** @typedef {import("../../../npm/index.js").UnwrappedView["steps"][number]} Step */

/** Steps listed; further ones are counted. */
const STEPS = 20;
/** Characters of each text: an encoded layer is as long as its script. */
const LONGEST = 200;

/** Returns a closed list of the steps, or none. @param {Step[]} steps */
export function stepList(steps) {
  if (steps.length === 0) return null;
  const left = steps.length - STEPS;
  return h(
    "details",
    null,
    h("summary", null, `made in ${plural(steps.length, "step")}`),
    h(
      "ol",
      null,
      steps
        .slice(0, STEPS)
        .map(({ before, after }) =>
          h(
            "li",
            null,
            h("del", null, part(before)),
            h("span", { class: "quiet" }, " is "),
            h("ins", null, part(after)),
          ),
        ),
    ),
    left > 0 ? h("p", { class: "quiet" }, `and ${count(left)} more`) : null,
  );
}

/** @param {string} text */
const part = (text) => {
  const left = text.length - LONGEST;
  return [
    h("code", null, foreign(text.slice(0, LONGEST))),
    left > 0 ? h("span", { class: "quiet" }, ` … ${plural(left, "character")} more`) : null,
  ];
};
