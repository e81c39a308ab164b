// The package with the wasm inside: for any bundler, and for pages whose policy allows no requests.

import { api, loader, noFiles } from "./api.js";
import { WASM_GZIP_BASE64 } from "./wasm-inline.js";

export { formatScript, mergeCases, openCase, saveCase, unwrap } from "./case.js";
export { ScriptscopeError } from "./error.js";
export { Session } from "./session.js";
export const { analyze, readRules } = api(noFiles);
export const init = loader(unpacked);

async function unpacked() {
  const bytes = Uint8Array.from(atob(WASM_GZIP_BASE64), (character) => character.charCodeAt(0));
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return WebAssembly.compile(await new Response(inflated).arrayBuffer());
}
