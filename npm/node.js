// The package in Node: ready at import, and without a promise, so that `require` works too.

import { readFileSync } from "node:fs";
import { api } from "./api.js";
import { filesAt } from "./files.js";
import { initSync } from "./scriptscope.js";

initSync({ module: readFileSync(new URL("./scriptscope_bg.wasm", import.meta.url)) });

export { formatScript, mergeCases, openCase, saveCase, unwrap } from "./case.js";
export { ScriptscopeError } from "./error.js";
export { Session } from "./session.js";
export const { analyze, readRules } = api(filesAt);

/** Does nothing. For programs that run in browsers too. */
export async function init() {}
