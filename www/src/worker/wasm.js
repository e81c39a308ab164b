/** The wasm inside a worker. */
import * as engine from "scriptscope-engine";
import { Session } from "scriptscope-engine";
import { decode } from "../base85.js";

/**
 * @param {string} packed gzipped, in base 85
 * @returns {Promise<WebAssembly.Module>}
 */
export async function compile(packed) {
  const stream = new Blob([decode(packed)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return WebAssembly.compileStreaming(new Response(stream, { headers: { "content-type": "application/wasm" } }));
}

/** @param {WebAssembly.Module} module */
export async function instantiate(module) {
  await engine.default({ module_or_path: module });
}

/** Options of every session of the page: all script blocks are listed. @type {import("../types.js").SessionOptions} */
export const BASE_OPTIONS = { inventory: true };

export { Session };

/** The engine's functions. The page's tests have an engine without those of cases. */
export const { formatScript, mergeCases, openCase, saveCase, unwrap } =
  /** @type {typeof import("../../../npm/index.js")} */ (/** @type {any} */ (engine));
