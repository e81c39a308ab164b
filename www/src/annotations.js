/** Stars and notes on results, which the case holds. */
import { caseMarks } from "./case/marks.js";

/** @typedef {import("./types.js").Mark} Mark */

export const marks = {
  /** Whether the browser stored what was last set. */
  get isKept() {
    return caseMarks.isKept;
  },

  /** @param {string} id */
  get: (id) => caseMarks.get({ kind: "result", id }),

  /** @param {string} id @param {Mark} change */
  set(id, change) {
    caseMarks.change({ kind: "result", id }, change);
  },
};
