// What wasm-pack makes, as far as it is used here.

export { Session } from "./index.js";

export type Wasm = WebAssembly.Module | BufferSource | Response | URL | string;

export function initSync(wasm: { module: WebAssembly.Module | BufferSource }): void;

export default function init(wasm: { module_or_path: Wasm | Promise<Wasm> }): Promise<unknown>;
