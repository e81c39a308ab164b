// The options of a run. Those of a session are checked by the engine.

import { ScriptscopeError } from "./error.js";

/** @typedef {import("./index.js").PoolOptions} PoolOptions */

/** @type {Record<string, { expected: string, holds: (value: any) => boolean }>} */
const OPTIONS = {
  signal: {
    expected: "an AbortSignal",
    holds: (value) => typeof value === "object" && "aborted" in value && "addEventListener" in value,
  },
  onProgress: { expected: "a function", holds: (value) => typeof value === "function" },
  password: {
    expected: "a text, a list of texts or a function",
    holds: (value) =>
      typeof value === "function" || [value].flat().every((/** @type {unknown} */ word) => typeof word === "string"),
  },
  followLinks: { expected: "true or false", holds: (value) => typeof value === "boolean" },
  workers: { expected: "a whole number from 1", holds: (value) => Number.isInteger(value) && value >= 1 },
};

/**
 * Returns the options without those that are absent. An option of a wrong type is refused by its name.
 *
 * @template {PoolOptions} T
 * @param {T | null | undefined} options
 * @returns {T}
 */
export function checked(options) {
  if (options === null || options === undefined) return /** @type {T} */ ({});
  if (typeof options !== "object" || Array.isArray(options)) {
    throw new ScriptscopeError("option", "options: expected an object");
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined && value !== null);
  for (const [name, value] of given) {
    const known = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
    if (known && !known.holds(value)) {
      throw new ScriptscopeError("option", `option ${name}: expected ${known.expected}`);
    }
  }
  return /** @type {T} */ (Object.fromEntries(given));
}
