/** The wasm inside a worker. */
import init, { Session } from "scriptscope-engine";

/**
 * @param {string} packed gzipped, in base64
 * @returns {Promise<WebAssembly.Module>}
 */
export async function compile(packed) {
  const bytes = Uint8Array.from(atob(packed), (one) => one.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return WebAssembly.compileStreaming(new Response(stream, { headers: { "content-type": "application/wasm" } }));
}

/** @param {WebAssembly.Module} module */
export async function instantiate(module) {
  await init({ module_or_path: module });
}

/** Options of every session of the page: all script blocks are listed. @returns {import("../types.js").SessionOptions} */
export const baseOptions = () => /** @type {any} */ ("listBlocks" in Session.prototype ? { inventory: true } : {});

export { Session };
