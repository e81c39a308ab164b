// The class of the package's errors.

/** Marks them, so that `instanceof` holds between two copies of the package, such as a bundled and an installed one. */
const BRAND = Symbol.for("scriptscope.error");

/** Thrown for errors that a caller can correct. `code` is the kind of error. */
export class ScriptscopeError extends Error {
  /**
   * @param {import("./index.js").ScriptscopeErrorCode} code
   * @param {string} message
   * @param {{ cause?: unknown, report?: import("./index.js").Report, line?: number, column?: number }} [details]
   */
  constructor(code, message, { cause, ...details } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    Object.assign(this, details);
  }

  /** @param {unknown} value */
  static [Symbol.hasInstance](value) {
    if (this !== ScriptscopeError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === "object" && value !== null && BRAND in value;
  }
}

Object.defineProperty(ScriptscopeError.prototype, BRAND, { value: true });
Object.defineProperty(ScriptscopeError.prototype, "name", {
  value: "ScriptscopeError",
  writable: true,
  configurable: true,
});
