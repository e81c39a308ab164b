// The engine's session, which refuses to be used after its end.

import { ScriptscopeError } from "./error.js";
import { Session as Engine } from "./scriptscope.js";

/** Why sessions cannot be used any more. @type {WeakMap<object, "freed" | "engineStopped">} */
const ended = new WeakMap();

const REASONS = {
  freed: "the session was freed: make a new one",
  engineStopped: "the engine stopped in this session before: make a new one",
};

/** Returns whether the engine has thrown, out of memory, out of stack or by a fault of its own. @param {unknown} error */
function isStop(error) {
  return error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
}

/** @param {unknown} error */
function stopped(error) {
  const words = error instanceof Error ? error.message : String(error);
  return new ScriptscopeError("engineStopped", `the engine stopped: ${words}`, { cause: error });
}

/**
 * Returns what a call of the engine returns.
 *
 * @template T
 * @param {{ __destroy_into_raw(): unknown }} owner whose memory is lost if the engine stops
 * @param {() => T} call
 * @returns {T}
 */
function guarded(owner, call) {
  const reason = ended.get(owner);
  if (reason) throw new ScriptscopeError(reason, REASONS[reason]);
  try {
    return call();
  } catch (error) {
    if (!isStop(error)) throw error;
    // Freeing what the engine was using would throw, and hide the cause.
    ended.set(owner, "engineStopped");
    owner.__destroy_into_raw();
    throw stopped(error);
  }
}

export class Session extends Engine {
  /** @param {import("./index.js").SessionOptions} [options] */
  constructor(options) {
    try {
      super(options);
    } catch (error) {
      throw isStop(error) ? stopped(error) : error;
    }
  }

  /**
   * Returns the export in pieces, each made when it is asked for.
   *
   * @param {"json" | "ndjson" | "csv"} format
   */
  exportPieces(format) {
    return piecesOf(this.pieces(format));
  }

  /**
   * Returns the report for readers.
   *
   * @param {import("./index.js").Case | null} own
   * @param {"html" | "markdown"} format
   */
  caseReport(own, format) {
    return this.reportText(own === null ? undefined : JSON.stringify(own), format);
  }

  /**
   * Returns the ids of script blocks to read again before a report or an export.
   *
   * @param {import("./index.js").Case | null} own
   * @param {string[]} [ids]
   */
  textsToRead(own, ids) {
    return this.unreadTexts(own === null ? undefined : JSON.stringify(own), ids);
  }

  free() {
    if (ended.has(this)) return;
    ended.set(this, "freed");
    super.free();
  }
}

/** @param {import("./scriptscope.js").Pieces} pieces @returns {Generator<Uint8Array, void, undefined>} */
function* piecesOf(pieces) {
  try {
    for (;;) {
      const piece = guarded(pieces, () => pieces.next());
      if (!piece) return;
      yield piece;
    }
  } finally {
    if (!ended.has(pieces)) pieces.free();
  }
}

const own = /** @type {any} */ (Session.prototype);
for (const [name, { value: method }] of Object.entries(Object.getOwnPropertyDescriptors(Engine.prototype))) {
  if (typeof method !== "function" || name === "constructor" || name === "free" || name.startsWith("__")) continue;
  /** @type {PropertyDescriptor & ThisType<Session>} */
  const property = {
    /** @param {unknown[]} words */
    value(...words) {
      return guarded(/** @type {any} */ (this), () => method.apply(this, words));
    },
    writable: true,
    configurable: true,
  };
  Object.defineProperty(own, name, property);
}
// wasm-bindgen's own would free twice.
if (Symbol.dispose) own[Symbol.dispose] = own.free;
