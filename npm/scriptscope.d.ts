// What wasm-pack makes, as far as it is used here.

import { FormattedScript, MergedCase, OpenedCase, Session as PublicSession } from "./index.js";

/** The session before `session.js` adds to it. */
export class Session extends PublicSession {
  pieces(format: string): Pieces;
  reportText(caseText: string | undefined, format: string): string;
  unreadTexts(caseText?: string, ids?: string[]): string[];
  __destroy_into_raw(): unknown;
}

/** An export in pieces. */
export class Pieces {
  private constructor();
  next(): Uint8Array | undefined;
  free(): void;
  __destroy_into_raw(): unknown;
}

export function openCase(text: string): OpenedCase;
export function saveCase(caseText: string): string;
export function mergeCases(one: string, other: string): MergedCase;
export function formatScript(text: string): FormattedScript;
export function unwrap(text: string): UnwrappedView[];

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

/** Whether this is the beginning of an EVTX file whose chunks must have the checksums in their headers. */
export function hasChecksums(head: Uint8Array): boolean;

export type Wasm = WebAssembly.Module | BufferSource | Response | URL | string;

export function initSync(wasm: { module: WebAssembly.Module | BufferSource }): void;

export default function init(wasm: { module_or_path: Wasm | Promise<Wasm> }): Promise<unknown>;
