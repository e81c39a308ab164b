// Inputs as resources: named bytes that can be streamed and, where possible, read at any offset.

import { unlessAborted } from "./abort.js";
import { ScriptscopeError } from "./error.js";
import { PIPE_BYTES, READ_BYTES } from "./limits.js";

/**
 * Returns memory of the reader's own for a piece of at most this length, or undefined while pieces go elsewhere first.
 *
 * @typedef {(length: number) => Uint8Array | undefined} Lend
 */

/**
 * @typedef {object} Resource
 * @property {string} name its name in the report
 * @property {string} prefix the beginning of the names of an archive's members
 * @property {number | null} size in bytes, or null if it is unknown before the end
 * @property {(lend?: Lend, signal?: AbortSignal) => AsyncIterable<Uint8Array>} stream yields all bytes; a piece is valid until the next one is requested
 * @property {(start: number, end: number, lend?: Lend) => AsyncIterable<Uint8Array>} [between] yields the bytes between two offsets, if any offset can be read
 * @property {(offset: number, length: number) => Promise<Uint8Array>} [readAt] reads bytes at an offset, if any offset can be read
 * @property {unknown} [error] why it cannot be read
 * @property {boolean} [inFolder] whether it is in a folder, and named by its path inside; the folder itself has an empty name
 * @property {string[]} [components] the components of the absolute path of the input that it is in, if that is named by its path
 * @property {string | Buffer} [link] the path of a link in a folder, while it is not followed
 * @property {import("./index.js").Input} [origin] the input, if it can be sent to another thread
 */

/**
 * The state of following links.
 *
 * @typedef {object} Links
 * @property {Set<string>} listed identities of the files and folders that were listed
 * @property {boolean} isLinked whether the path is a link that is followed
 * @property {number} before the number of resources in the folder that the link is in
 */

/**
 * Returns the resources at a path. With `links`, they are noted as listed.
 *
 * @typedef {(path: string | URL | Buffer, name?: string, links?: Links) => Resource[]} FilesAt
 */

/** The name of an input that has none. */
const DEFAULT_NAME = "input";

/**
 * Returns the inputs as a list, whether one or several were given.
 *
 * @param {import("./index.js").Input | Iterable<import("./index.js").Input>} inputs
 * @returns {import("./index.js").Input[]}
 */
export function listOf(inputs) {
  const single =
    typeof inputs === "string" ||
    isBytes(inputs) ||
    isBlob(inputs) ||
    isStream(inputs) ||
    !(typeof inputs === "object" && inputs !== null && Symbol.iterator in inputs);
  return single
    ? [/** @type {import("./index.js").Input} */ (inputs)]
    : [.../** @type {Iterable<import("./index.js").Input>} */ (inputs)];
}

/**
 * Returns the resources to read in one input.
 *
 * @param {import("./index.js").Input} input
 * @param {FilesAt} filesAt reads the file system, where there is one
 * @param {string} [name] replaces the input's own name
 * @param {Links} [links]
 * @returns {Resource[]}
 */
export function resourcesOf(input, filesAt, name, links) {
  if (typeof input === "string" || input instanceof URL) return filesAt(input, name, links);
  if (isBlob(input)) return [blobResource(name ?? nameOfFile(input), input)];
  if (isBytes(input)) return [bytesResource(name ?? DEFAULT_NAME, bytesOf(input))];
  if (isStream(input)) return [streamResource(name ?? DEFAULT_NAME, input)];
  if (typeof input === "object" && input !== null && "name" in input && "data" in input) {
    if (typeof input.name !== "string") {
      throw new ScriptscopeError("input", `an input's name is a text, not ${describe(input.name)}`);
    }
    return resourcesOf(input.data, filesAt, input.name, links);
  }
  const message = `an input is a Blob, bytes, a stream, a path or { name, data }, not ${describe(input)}`;
  throw new ScriptscopeError("input", message);
}

/**
 * @param {string} name
 * @param {Blob} blob
 * @returns {Resource}
 */
export function blobResource(name, blob) {
  const { size } = blob;
  /** @type {NonNullable<Resource["readAt"]>} */
  const readAt = async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
  /** @type {NonNullable<Resource["between"]>} */
  const between = (start, end) => piecesOfBlob(blob, start, end);
  return { name, prefix: "", size, stream: () => between(0, size), between, readAt, origin: blob };
}

/**
 * Readers that wait for their next piece. Nothing else refers to them, and Chromium collects a blob's stream as garbage
 * while it waits for the disk: the read would never end.
 *
 * @type {Set<unknown>}
 */
const pendingReaders = new Set();

/**
 * Yields the bytes between two offsets, all read into the same memory: new memory for each piece takes Chromium as long as
 * reading does.
 *
 * @param {Blob} blob
 * @param {number} start
 * @param {number} end
 */
async function* piecesOfBlob(blob, start, end) {
  let place = start;
  const reader = byteReaderOf(blob.slice(start, end));
  if (reader) {
    pendingReaders.add(reader);
    try {
      for (let memory = new ArrayBuffer(PIPE_BYTES); ;) {
        const { value } = await reader.read(new Uint8Array(memory)).catch(() => ({ value: undefined }));
        if (!value?.length) break;
        place += value.length;
        yield value;
        memory = value.buffer;
      }
    } finally {
      pendingReaders.delete(reader);
      reader.cancel().catch(() => {});
    }
  }
  // If the blob could not be streamed like this, or not to its end: fails with the reason, unless it was the browser's fault.
  for (; place < end; place += READ_BYTES) {
    yield new Uint8Array(await blob.slice(place, Math.min(place + READ_BYTES, end)).arrayBuffer());
  }
}

/**
 * Returns a reader that fills given memory, or null if the browser's blobs have none.
 *
 * @param {Blob} blob
 */
function byteReaderOf(blob) {
  try {
    return blob.stream().getReader({ mode: "byob" });
  } catch {
    return null;
  }
}

/**
 * @param {string} name
 * @param {Uint8Array} bytes
 * @returns {Resource}
 */
export function bytesResource(name, bytes) {
  /** @type {NonNullable<Resource["readAt"]>} */
  const readAt = async (offset, length) => bytes.subarray(offset, offset + length);
  /** @type {NonNullable<Resource["between"]>} */
  const between = async function* (start, end) {
    if (start < end) yield bytes.subarray(start, end);
  };
  return {
    name,
    prefix: "",
    size: bytes.length,
    stream: () => between(0, bytes.length),
    between,
    readAt,
    origin: bytes,
  };
}

/**
 * @param {string} name
 * @param {ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>} source
 * @returns {Resource}
 */
export function streamResource(name, source) {
  const origin = "getReader" in source ? { origin: source } : {};
  return { name, prefix: "", size: null, stream: (_, signal) => piecesOf(source, signal), ...origin };
}

/**
 * Yields a stream's pieces. Not every browser can iterate a ReadableStream. A stream can wait for its next piece for ever,
 * as standard input does, so the signal ends the waiting.
 *
 * @param {ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>} source
 * @param {AbortSignal} [signal]
 * @returns {AsyncIterable<Uint8Array>}
 */
export async function* piecesOf(source, signal) {
  const { next, stop } = "getReader" in source ? ofReader(source.getReader()) : ofIterable(source);
  let isOpen = true;
  const take = () => {
    isOpen = false;
    return next();
  };
  try {
    for (;;) {
      const { done, value } = await unlessAborted(take(), signal);
      if (done) return;
      isOpen = true;
      yield bytesOf(value);
    }
  } finally {
    // Stopped before the end: the writer may stop too. One that does not answer is not waited for.
    if (signal?.aborted) Promise.resolve(stop()).catch(() => {});
    else if (isOpen) await stop();
  }
}

/** @param {ReadableStreamDefaultReader<Uint8Array>} reader */
function ofReader(reader) {
  return { next: () => reader.read(), stop: () => reader.cancel() };
}

/** @param {AsyncIterable<Uint8Array>} source */
function ofIterable(source) {
  const iterator = source[Symbol.asyncIterator]();
  const stop = () => {
    // A stream of Node that waits for data ends its iteration only when it is destroyed.
    if ("destroy" in source && typeof source.destroy === "function") source.destroy();
    return iterator.return?.();
  };
  return { next: () => iterator.next(), stop };
}

/**
 * Returns a file's name. The path of a file chosen with its folder begins with the folder's own name, which is left out.
 *
 * @param {Blob} blob
 * @returns {string}
 */
function nameOfFile(blob) {
  const path = "webkitRelativePath" in blob ? String(blob.webkitRelativePath) : "";
  const inside = path.slice(path.indexOf("/") + 1);
  return inside || ("name" in blob ? String(blob.name) : DEFAULT_NAME);
}

/** @param {unknown} value @returns {value is Blob} */
function isBlob(value) {
  return typeof Blob !== "undefined" && value instanceof Blob;
}

/** @param {unknown} value @returns {value is ArrayBuffer | ArrayBufferView} */
function isBytes(value) {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
}

/** @param {unknown} value @returns {value is ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>} */
function isStream(value) {
  return typeof value === "object" && value !== null && ("getReader" in value || Symbol.asyncIterator in value);
}

/** @param {unknown} value @returns {Uint8Array} */
function bytesOf(value) {
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  throw new TypeError(`a stream of bytes gives Uint8Arrays, not ${describe(value)}`);
}

/** @param {unknown} value */
function describe(value) {
  return value === null ? "null" : Array.isArray(value) ? "an array" : typeof value;
}
