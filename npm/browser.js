// The package in a browser: ready once `init` resolves.

import { api, loader, noFiles } from "./api.js";

export { formatScript, mergeCases, openCase, saveCase, unwrap } from "./case.js";
export { ScriptscopeError } from "./error.js";
export { Session } from "./session.js";
export const { analyze, readRules } = api(noFiles);
export const init = loader(() => new URL("./scriptscope_bg.wasm", import.meta.url));
