// Reads inputs in several workers and merges their partials into one session.

import { ScriptscopeError } from "./error.js";
import { Failure } from "./failure.js";

/** @typedef {import("./index.js").Input} Input */
/** @typedef {import("./index.js").Progress} Progress */
/** @typedef {import("./analyze.js").SourceRead} SourceRead */

/**
 * A resource that can be sent to a worker, or a range of one.
 *
 * @typedef {object} Task
 * @property {string} name
 * @property {string} prefix
 * @property {Input} input
 * @property {number | null} size in bytes; of the range, if it is one
 * @property {number} piece the number of its first source; the same for all ranges of a resource
 * @property {import("./ranges.js").Range} [range]
 */

/**
 * @typedef {object} Live
 * @property {() => void} [onMerged] called when a partial was merged into the session. If it is given, partials are merged
 *   in the middle of a source too, and a run whose worker dies there must start again
 * @property {(unbegun: number) => void} [onCancelled] called when the run is cancelled, with the number of inputs that no
 *   worker had been given
 * @property {ReadonlySet<Input>} [alone] inputs to be read last, each in a worker of its own
 *
 * @typedef {import("./index.js").AnalyzeOptions & Live} RunOptions
 */

/** A worker died in an input of which a part is merged already: the run must start again with an empty session. */
export class PartlyMergedError extends Error {
  /** @param {Input} input */
  constructor(input) {
    super("a worker died in the middle of an input");
    this.name = "PartlyMergedError";
    this.input = input;
  }
}

/**
 * A worker as the pool sees it, in a browser or in Node.
 *
 * @typedef {object} Port
 * @property {(message: ToWorker, transfer?: Transferable[]) => void} post
 * @property {(take: (message: FromWorker) => void, died: (error: unknown) => void) => void} listen
 * @property {() => void} terminate
 */

/** @typedef {{ kind: "start", options: import("./index.js").SessionOptions, passwords: string[] | "ask", live: boolean }
 *   | { kind: "read", task: Task }
 *   | { kind: "password", password: string | null }
 *   | { kind: "finish" }} ToWorker */

/**
 * @typedef {{ kind: "progress", progress: Progress }
 *   | { kind: "done", sources: SourceRead[] }
 *   | { kind: "password", member: string }
 *   | { kind: "refused", message: string, code: import("./index.js").ScriptscopeErrorCode,
 *       place: { line?: number, column?: number } }
 *   | { kind: "died", message: string }
 *   | { kind: "partial", partial: Uint8Array, within: boolean, last: boolean }} FromWorker
 *
 * A partial holds what was found since the one before. `within` says that the current task has not ended.
 */

/**
 * Reads every task into the session, in a given number of workers.
 *
 * A worker that dies, out of memory or by a fault of the engine, costs no input: what it had read is read again, and the
 * input in which it died is tried once more in a worker of its own before it is given up.
 */
export class Pool {
  /** Tasks that any worker may take. @type {Task[]} */
  #waiting = [];
  /** Tasks in which a worker died: each gets a worker of its own. @type {Task[]} */
  #suspects = [];
  /** @type {Set<Member>} */
  #members = new Set();
  /** Bytes read by workers that have left, and merged. */
  #mergedBytes = 0;
  /** @type {number | null} */
  #totalBytes = 0;
  /** Numbers of the tasks that workers were given. @type {Set<number>} */
  #handedOut = new Set();
  /** The sources in each task. @type {Map<Task, SourceRead[]>} */
  #sources = new Map();
  /** @type {PromiseWithResolvers<void>} */
  #end = withResolvers();

  /**
   * @param {() => Port} spawn
   * @param {import("./index.js").Session} session that partials are merged into
   * @param {RunOptions} options
   * @param {import("./index.js").SessionOptions} sessionOptions
   */
  constructor(spawn, session, options, sessionOptions) {
    this.spawn = spawn;
    this.session = session;
    this.options = options;
    this.sessionOptions = sessionOptions;
  }

  /**
   * @param {Task[]} tasks
   * @param {number} workers
   * @returns {Promise<Map<Task, SourceRead[]>>} the sources in each task, once all partials are merged
   */
  async run(tasks, workers) {
    const { signal } = this.options;
    signal?.throwIfAborted();
    const { alone } = this.options;
    this.#suspects = tasks.filter(({ input }) => alone?.has(input)).reverse();
    // The largest is last, and taken first: a large task begun last would be waited for alone.
    this.#waiting = tasks
      .filter(({ input }) => !alone?.has(input))
      .reverse()
      .sort((a, b) => (a.size ?? Infinity) - (b.size ?? Infinity));
    this.#totalBytes = tasks.reduce(
      (sum, { size }) => (sum === null || size === null ? null : sum + size),
      /** @type {number | null} */ (0),
    );
    const abort = () => this.#end.reject(signal?.reason);
    signal?.addEventListener("abort", abort);
    try {
      const count = Math.min(workers, this.#waiting.length);
      for (let index = 0; index < count; index += 1) this.#hire();
      if (count === 0) this.#continue();
      await this.#end.promise;
    } catch (error) {
      if (signal?.aborted) this.#cancel();
      throw error;
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#dismiss();
    }
    this.#reportProgress(null);
    return this.#sources;
  }

  /** Ends all workers. What they still send, and that they end, concerns nobody: it must hire no other. */
  #dismiss() {
    const members = [...this.#members];
    this.#members.clear();
    for (const member of members) member.port.terminate();
  }

  /** @param {Task} [only] */
  #hire(only) {
    /** @type {Member} */
    const member = {
      port: this.spawn(),
      read: [],
      safe: 0,
      now: null,
      begun: null,
      only: only ?? null,
      alone: only !== undefined,
      progress: null,
    };
    this.#members.add(member);
    member.port.listen(
      (message) => this.#guard(() => this.#take(member, message)),
      (error) => this.#guard(() => this.#died(member, error)),
    );
    const { password = [], onMerged } = this.options;
    const passwords = typeof password === "function" ? "ask" : [password].flat();
    member.port.post({ kind: "start", options: this.sessionOptions, passwords, live: onMerged !== undefined });
    this.#next(member);
  }

  /** Ends the run if a message's handler throws. @param {() => void} handle */
  #guard(handle) {
    try {
      handle();
    } catch (error) {
      this.#end.reject(error);
    }
  }

  /** Sends the worker its next task, or asks for its last partial. @param {Member} member */
  #next(member) {
    const task = member.only ?? this.#waiting.pop();
    member.only = null;
    member.now = task ?? null;
    if (task) this.#handedOut.add(task.piece);
    if (task) member.port.post({ kind: "read", task }, isStream(task.input) ? [task.input] : []);
    else member.port.post({ kind: "finish" });
  }

  /** @param {Member} member @param {FromWorker} message */
  #take(member, message) {
    if (!this.#members.has(member)) return;
    switch (message.kind) {
      case "progress":
        member.progress = message.progress;
        this.#reportProgress(message.progress.source);
        break;
      case "done":
        if (member.now) {
          member.read.push(member.now);
          this.#sources.set(member.now, message.sources);
        }
        this.#next(member);
        break;
      case "password":
        this.#ask(member, message.member);
        break;
      case "refused":
        throw new ScriptscopeError(message.code, message.message, message.place);
      case "died":
        this.#died(member, message.message);
        break;
      case "partial":
        this.#merge(member, message);
        break;
    }
  }

  /** @param {Member} member @param {Extract<FromWorker, { kind: "partial" }>} message */
  #merge(member, { partial, within, last }) {
    this.session.merge(partial);
    member.begun = within ? member.now : null;
    member.safe += member.read.reduce((sum, { size }) => sum + (size ?? 0), 0);
    member.read = [];
    if (member.progress) member.progress.counts = NOTHING;
    if (last) this.#leave(member);
    this.options.onMerged?.();
  }

  /** @param {Member} member @param {string} name */
  async #ask(member, name) {
    const { password } = this.options;
    try {
      const answer = typeof password === "function" ? await password(name) : null;
      member.port.post({ kind: "password", password: answer });
    } catch (error) {
      this.#end.reject(error);
    }
  }

  /** @param {Member} member @param {unknown} error */
  #died(member, error) {
    if (!this.#members.has(member)) return;
    member.port.terminate();
    this.#mergedBytes += member.safe;
    if (member.begun && !member.alone) throw new PartlyMergedError((member.now ?? member.begun).input);
    // What it had read since its last partial is read again. Streams can be read only once: they are given up.
    this.#waiting.push(...member.read.filter(({ input }) => !isStream(input)));
    for (const task of member.read) if (isStream(task.input)) this.#giveUp(task, error);
    if (member.now) {
      if (member.alone || isStream(member.now.input)) this.#giveUp(member.now, error);
      else this.#suspects.push(member.now);
    }
    this.#members.delete(member);
    this.#continue();
  }

  /** Ends a worker whose last partial is merged. @param {Member} member */
  #leave(member) {
    member.port.terminate();
    this.#members.delete(member);
    this.#mergedBytes += member.progress?.bytes ?? 0;
    this.#continue();
  }

  /** After a worker has left: hires another for the tasks that wait, or ends the run. */
  #continue() {
    if (this.#waiting.length > 0) return this.#hire();
    if (this.#members.size > 0) return;
    const suspect = this.#suspects.pop();
    if (suspect) this.#hire(suspect);
    else this.#end.resolve();
  }

  /** @param {Task} task @param {unknown} error */
  #giveUp(task, error) {
    const { code, message } = Failure.from(error);
    this.#sources.set(task, [{ name: task.name, bytes: 0, failed: true }]);
    this.#breakOff(task, code, `the worker that read it died; ${message}`);
    this.options.onMerged?.();
  }

  /** Ends each source that was begun and not read to its end with a problem. */
  #cancel() {
    const members = [...this.#members];
    const unread = [...members.flatMap(({ now, read }) => (now ? [now, ...read] : read)), ...this.#waiting];
    /** @type {Map<number, Task>} */
    const begun = new Map();
    for (const task of unread) if (this.#handedOut.has(task.piece)) begun.set(task.piece, task);
    for (const task of begun.values()) this.#breakOff(task, "cancelled", "reading was cancelled before its end");
    const unbegun = new Set([...unread, ...this.#suspects].map(({ piece }) => piece)).size - begun.size;
    this.options.onCancelled?.(unbegun);
  }

  /** @param {Task} task @param {import("./failure.js").FailureCode | "cancelled"} code @param {string} message */
  #breakOff(task, code, message) {
    // What was merged before belongs to the same source, unless the task is an archive, which is no source itself.
    const inside = [...this.#members].find(({ now }) => now === task)?.progress?.source;
    const isPart = task.range !== undefined || inside === task.name;
    if (isPart) this.session.begin(task.name, task.piece, task.range?.start ?? 0);
    else this.session.begin(task.name);
    this.session.fail(code, message);
    // Merging joins it with what was merged of the source before.
    if (isPart) this.session.merge(this.session.drain());
  }

  /** @param {string | null} source */
  #reportProgress(source) {
    const counts = { ...this.session.counts() };
    let bytes = this.#mergedBytes;
    for (const { progress } of this.#members) {
      bytes += progress?.bytes ?? 0;
      for (const key of /** @type {(keyof typeof counts)[]} */ (Object.keys(counts))) {
        counts[key] += progress?.counts[key] ?? 0;
      }
    }
    this.options.onProgress?.({ bytes, totalBytes: this.#totalBytes, source, counts });
  }
}

const NOTHING = { bytes: 0, records: 0, events: 0, scriptBlocks: 0 };

/**
 * @typedef {object} Member
 * @property {Port} port
 * @property {Task[]} read tasks read since its last partial: lost if it dies
 * @property {number} safe bytes of the tasks before those
 * @property {Task | null} now
 * @property {Task | null} begun a task that is merged in part
 * @property {Task | null} only the suspect that it was hired for, until it begins
 * @property {boolean} alone whether it was hired for a suspect
 * @property {Progress | null} progress
 */

/** @param {Input} input @returns {input is ReadableStream<Uint8Array>} */
function isStream(input) {
  return typeof input === "object" && "getReader" in input;
}

/** Replaces Promise.withResolvers, which Node 20 lacks. @returns {PromiseWithResolvers<void>} */
function withResolvers() {
  /** @type {(value: void | PromiseLike<void>) => void} */
  let resolve = () => {};
  /** @type {(reason?: unknown) => void} */
  let reject = () => {};
  const promise = /** @type {Promise<void>} */ (
    new Promise((yes, no) => {
      resolve = yes;
      reject = no;
    })
  );
  return { promise, resolve, reject };
}
