/** Options of a session that an opened case has, and the page has no place for. */

/** @type {import("../../npm/index.js").SessionOptions} */
let own = {};

export const caseOptions = () => own;

/** @param {import("../../npm/index.js").SessionOptions} next */
export function setCaseOptions(next) {
  own = next;
}
