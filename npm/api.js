// The functions that all entry points export, made from how each entry point reads files and loads its wasm.

import { analyzeWith } from "./analyze.js";
import { readRulesWith } from "./rules.js";
import { ScriptscopeError } from "./error.js";
import load from "./scriptscope.js";
import { Session } from "./session.js";

/**
 * @param {import("./analyze.js").FilesAt} filesAt
 * @returns {Pick<typeof import("./index.js"), "analyze" | "readRules">}
 */
export function api(filesAt) {
  return {
    analyze: async (inputs, options) => analyzeWith(Session, inputs, options ?? {}, filesAt),
    readRules: async (inputs) => readRulesWith(inputs, filesAt),
  };
}

/**
 * Returns an `init` that loads the wasm once. A failed load can be tried again.
 *
 * @param {() => import("./index.js").WasmSource | Promise<import("./index.js").WasmSource>} ownWasm
 * @returns {typeof import("./index.js").init}
 */
export function loader(ownWasm) {
  /** @type {Promise<unknown> | undefined} */
  let loading;
  return async (wasm) => {
    loading ??= load({ module_or_path: wasm ?? ownWasm() });
    await loading.catch((error) => {
      loading = undefined;
      throw error;
    });
  };
}

/** @param {string | URL | Buffer} path @returns {never} */
export function noFiles(path) {
  throw new ScriptscopeError("input", `a path can be read in Node only, not here: ${path}`);
}
