// Reads inputs into a session. The same in Node, in browsers and on the command line.

import { listOf, resourcesOf } from "./inputs.js";
import { PROGRESS_MS, PUSH_BYTES, TURN_MS } from "./limits.js";
import { ScriptscopeError } from "./error.js";
import { Failure, isFatal } from "./failure.js";
import { checked } from "./options.js";
import { nameApart } from "./source-names.js";
import { yieldToEventLoop } from "./yield-to-event-loop.js";
import { passwordsFor, unpack } from "./unpack.js";
import { hasChecksums } from "./scriptscope.js";

/** Bytes of an EVTX file's header that say whether its chunks have checksums. */
const EVTX_HEADER_BYTES = 128;

const NO_BYTES = new Uint8Array();

/** @typedef {import("./inputs.js").Resource} Resource */
/** @typedef {import("./index.js").AnalyzeOptions} AnalyzeOptions */
/** @typedef {import("./index.js").Input} Input */
/** @typedef {import("./inputs.js").FilesAt} FilesAt */

/**
 * Reads logs, runs the rules over them and returns the report.
 *
 * @param {typeof import("./index.js").Session} Session
 * @param {Input | Iterable<Input>} inputs
 * @param {AnalyzeOptions} options
 * @param {FilesAt} filesAt
 */
export async function analyzeWith(Session, inputs, options, filesAt) {
  const given = checked(options);
  const session = new Session(sessionOptions(given));
  try {
    return reportOf(session, await readInto(session, inputs, given, filesAt));
  } finally {
    session.free();
  }
}

/**
 * Returns the session's report.
 *
 * @param {import("./index.js").Session} session
 * @param {Read[]} read
 * @throws {ScriptscopeError} if nothing could be read
 */
export function reportOf(session, read) {
  const report = session.report();
  const unread = unreadIn(read, report);
  const isRead = (/** @type {Read} */ one) => one.sources.length > 0 && !unread.includes(one);
  if (!areEmpty(read) && (unread.length === 0 || read.some(isRead))) return report;
  const [first] = report.problems.filter(({ source, severity }) => source !== null && severity === "error");
  const reason = first ? `: ${first.source}: ${first.message}` : "";
  throw new ScriptscopeError("nothingRead", `nothing could be read${reason}`, { report });
}

/**
 * Returns the inputs of which nothing could be read: each source failed at once, or is no log.
 *
 * @param {Read[]} read
 * @param {import("./index.js").Report} report
 */
export function unreadIn(read, report) {
  const isNoLog = (/** @type {import("./index.js").Source} */ { format, bytes }) => format === null && bytes > 0;
  const noLogs = new Set(report.sources.filter(isNoLog).map(({ name }) => name));
  /** @param {SourceRead} source */
  const isUnread = ({ name, failed, bytes }) => (failed && bytes === 0) || noLogs.has(name);
  return read.filter(({ sources }) => sources.length > 0 && sources.every(isUnread));
}

/**
 * Returns whether there are inputs, and no byte in them.
 *
 * @param {Read[]} read
 */
export function areEmpty(read) {
  return read.length > 0 && read.every(({ sources }) => sources.every(({ bytes }) => bytes === 0));
}

/** @typedef {{ name: string, bytes: number, failed: boolean }} SourceRead */

/**
 * The outcome of one input.
 *
 * @typedef {object} Read
 * @property {Input} input
 * @property {SourceRead[]} sources the sources in it
 */

/**
 * Reads every input into the session.
 *
 * @param {import("./index.js").Session} session
 * @param {Input | Iterable<Input>} inputs
 * @param {AnalyzeOptions} options
 * @param {FilesAt} filesAt
 * @returns {Promise<Read[]>}
 */
export async function readInto(session, inputs, options, filesAt) {
  return readFound(session, await findIn(inputs, filesAt, options.followLinks), options);
}

/** @typedef {{ input: Input, resources: Resource[] }} Found an input and the resources to read in it */

/**
 * Returns the resources of each input, each with a name of its own.
 *
 * @param {Input | Iterable<Input>} inputs
 * @param {FilesAt} filesAt
 * @param {boolean} [followLinks] whether links in folders are followed
 * @returns {Promise<Found[]>}
 */
export async function findIn(inputs, filesAt, followLinks = false) {
  const list = listOf(inputs);
  const links = followLinks ? { listed: new Set(), isLinked: false, before: 0 } : undefined;
  let found = list.map((input) => resourcesOf(input, filesAt, undefined, links));
  if (links) found = followed(found, filesAt, links);
  const givenNames = list.map((input) => (typeof input === "object" && "data" in input ? input.name : undefined));
  await nameApart(
    found,
    found.map(([first], index) => first?.components ?? [givenNames[index] ?? first?.name ?? ""]),
  );
  return list.map((input, index) => ({ input, resources: found[index] ?? [] }));
}

/**
 * Follows the links in folders, and those found behind them. Each file and folder is listed once, so links in a circle
 * end. What is behind a link is named by the path of the link.
 *
 * @param {Resource[][]} found the resources of each input
 * @param {FilesAt} filesAt
 * @param {import("./inputs.js").Links} links
 * @returns {Resource[][]}
 */
function followed(found, filesAt, links) {
  let all = found;
  for (;;) {
    const waiting = all.flat().filter(({ link }) => link !== undefined);
    if (waiting.length === 0) return all;
    // The order of the inputs does not decide which of two links is followed.
    waiting.sort((a, b) => (String(a.link) < String(b.link) ? -1 : 1));
    const counts = new Map(all.flatMap((resources) => resources.map((resource) => [resource, resources.length])));
    /** @type {Map<Resource, Resource[]>} */
    const targets = new Map();
    for (const resource of waiting) {
      const { name, link = "" } = resource;
      const own = { ...links, isLinked: true, before: counts.get(resource) ?? 0 };
      const resources = filesAt(link, name, own);
      for (const one of resources) if (one.inFolder) prefixWith(one, name);
      targets.set(
        resource,
        resources.map((one) => ({ ...one, inFolder: true })),
      );
    }
    all = all.map((resources) => resources.flatMap((resource) => targets.get(resource) ?? [resource]));
  }
}

/** @param {Resource} resource @param {string} folder */
function prefixWith(resource, folder) {
  resource.name = resource.name === "" ? folder : `${folder}/${resource.name}`;
  if (resource.prefix !== "") resource.prefix = resource.name;
}

/**
 * Reads the resources of inputs into the session.
 *
 * @param {import("./index.js").Session} session
 * @param {Found[]} found
 * @param {AnalyzeOptions} options
 * @returns {Promise<Read[]>}
 */
export async function readFound(session, found, options) {
  options.signal?.throwIfAborted();
  const all = found.flatMap(({ resources }) => resources);
  const reading = new Reading(session, all, options);
  /** @type {Read[]} */
  const read = [];
  for (const { input, resources } of found) {
    /** @type {SourceRead[]} */
    const sources = [];
    for (const resource of resources) sources.push(...(await reading.read(resource)));
    read.push({ input, sources });
  }
  reading.reportProgress(null);
  return read;
}

/**
 * Returns the options that the engine knows.
 *
 * @param {AnalyzeOptions} options
 * @returns {import("./index.js").SessionOptions}
 */
export function sessionOptions({ signal, onProgress, password, followLinks, ...rest }) {
  return rest;
}

/** One run over some inputs: the sink of their unpacked bytes. */
export class Reading {
  /** The sources in the current resource; the last one is being read. @type {SourceRead[]} */
  #sources = [];
  #bytes = 0;
  /** @type {number | null} */
  #totalBytes = 0;
  #turn = Date.now();
  #reportedAt = 0;
  /** The engine's memory that is being filled. @type {Uint8Array | null} */
  #lent = null;

  /**
   * @param {import("./index.js").Session} session
   * @param {Resource[]} resources
   * @param {AnalyzeOptions} options
   */
  constructor(session, resources, options) {
    this.session = session;
    this.options = options;
    for (const { size } of resources) {
      this.#totalBytes = size === null || this.#totalBytes === null ? null : this.#totalBytes + size;
    }
  }

  /**
   * @param {Resource} resource
   * @returns {Promise<SourceRead[]>} the sources in it
   */
  async read(resource) {
    this.#sources = [];
    const before = this.#bytes;
    const counted = this.#counted(resource);
    const { signal, password } = this.options;
    const packedBytes = () => this.#bytes - before;
    await unpack(counted, this, {
      passwords: passwordsFor(password, signal),
      packedBytes,
      ...(signal ? { signal } : {}),
    });
    // Bytes that were not read, such as an archive's padding, count as read.
    if (resource.size !== null) this.#bytes = before + resource.size;
    return this.#sources;
  }

  /**
   * Reads a range of a resource. It is not unpacked: no archive is read in ranges.
   *
   * @param {Resource} resource
   * @param {import("./ranges.js").Range} range
   * @param {number} piece the number of the source that the range belongs to
   * @returns {Promise<SourceRead[]>}
   */
  async readRange({ name, size, readAt, between }, { start, end }, piece) {
    this.#sources = [{ name, bytes: 0, failed: false }];
    const before = this.#bytes;
    // The first range of an EVTX file sees for itself whether its chunks must have checksums.
    const checksums =
      start > 0 && readAt ? hasChecksums(await readAt(0, EVTX_HEADER_BYTES).catch(() => NO_BYTES)) : false;
    this.session.begin(name, piece, start, size ?? undefined, checksums);
    /** @type {Failure | null} */
    let failure = null;
    try {
      const lend = (/** @type {number} */ length) => this.lend(length);
      for await (const bytes of /** @type {NonNullable<typeof between>} */ (between)(start, end, lend)) {
        this.#bytes += bytes.length;
        await this.push(bytes);
      }
    } catch (error) {
      if (isFatal(error, this.options.signal)) throw error;
      failure = Failure.from(error);
    }
    this.end(failure);
    this.#bytes = before + end - start;
    return this.#sources;
  }

  /**
   * Takes what was found since the last call out of the session, as a partial.
   *
   * @param {number} piece the number of the resource's first source; its other sources have the numbers after it
   */
  drain(piece) {
    return this.session.drain(piece + Math.max(this.#sources.length - 1, 0));
  }

  /** @param {string} name */
  begin(name) {
    this.#sources.push({ name, bytes: 0, failed: false });
    this.session.begin(name);
  }

  /** @param {number} length */
  lend(length) {
    this.#lent = this.session.lend(length);
    return this.#lent;
  }

  /** @param {Uint8Array} bytes */
  async push(bytes) {
    const source = this.#sources.at(-1);
    if (source) source.bytes += bytes.length;
    const lent = this.#lent;
    this.#lent = null;
    if (bytes.buffer === lent?.buffer && bytes.byteOffset === lent.byteOffset) {
      if (lent.length === 0) throw new Error("the session was used while its memory was being filled");
      this.session.pushLent(bytes.length);
      if (Date.now() - this.#turn >= TURN_MS) await this.#yield();
      return;
    }
    for (let at = 0; at < bytes.length; at += PUSH_BYTES) {
      this.session.push(bytes.subarray(at, at + PUSH_BYTES));
      if (Date.now() - this.#turn >= TURN_MS) await this.#yield();
    }
  }

  /** @param {import("./failure.js").Failure | null} failure */
  end(failure) {
    const source = this.#sources.at(-1);
    if (source) source.failed = failure !== null && failure.code !== "already-read";
    if (failure) this.session.fail(failure.code, failure.message);
    else this.session.end();
  }

  /** @param {string | null} source */
  reportProgress(source) {
    this.#reportedAt = Date.now();
    const { session } = this;
    this.options.onProgress?.({ bytes: this.#bytes, totalBytes: this.#totalBytes, source, counts: session.counts() });
  }

  /** Calls {@link reportProgress} unless it was called less than {@link PROGRESS_MS} ago. @param {string | null} source */
  reportProgressIfDue(source) {
    if (Date.now() - this.#reportedAt >= PROGRESS_MS) this.reportProgress(source);
  }

  /** Reports progress and lets the event loop run, so that an abort takes effect. */
  async #yield() {
    this.reportProgressIfDue(this.#sources.at(-1)?.name ?? null);
    await yieldToEventLoop();
    this.options.signal?.throwIfAborted();
    this.#turn = Date.now();
  }

  /**
   * Returns the resource with its bytes counted as they are read.
   *
   * @param {Resource} resource
   * @returns {Resource}
   */
  #counted(resource) {
    const { readAt, between } = resource;
    const start = this.#bytes;
    const count = (/** @type {number} */ length) => {
      this.#bytes += length;
      if (resource.size !== null) this.#bytes = Math.min(this.#bytes, start + resource.size);
    };
    /** @param {AsyncIterable<Uint8Array>} pieces */
    async function* each(pieces) {
      for await (const piece of pieces) {
        count(piece.length);
        yield piece;
      }
    }
    /** @type {Resource["stream"]} */
    const stream = (lend) => each(resource.stream(lend, this.options.signal));
    if (!readAt || !between) return { ...resource, stream };
    /** @type {NonNullable<Resource["readAt"]>} */
    const countedReadAt = async (offset, length) => {
      const bytes = await readAt(offset, length);
      count(bytes.length);
      return bytes;
    };
    /** @type {NonNullable<Resource["between"]>} */
    const countedBetween = (start, end, lend) => each(between(start, end, lend));
    return { ...resource, stream, readAt: countedReadAt, between: countedBetween };
  }
}
