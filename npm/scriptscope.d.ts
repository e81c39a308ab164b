// What wasm-pack makes, as far as it is used here.

export { Session } from "./index.js";

/** Finds where ranges of a source may begin. */
export class Cutter {
  private constructor();
  static from(head: Uint8Array): Cutter | undefined;
  window(wanted: number, attempt: number): Float64Array | undefined;
  find(offset: number, bytes: Uint8Array): number | undefined;
  free(): void;
}

/** The size of a source's ranges for so many workers. */
export function rangeBytes(size: number, workers: number): number;

export type Wasm = WebAssembly.Module | BufferSource | Response | URL | string;

export function initSync(wasm: { module: WebAssembly.Module | BufferSource }): void;

export default function init(wasm: { module_or_path: Wasm | Promise<Wasm> }): Promise<unknown>;
