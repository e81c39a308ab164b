// Many workers, one report: inputs are handed out one by one, and what each worker holds is merged in the end.

import { Failure } from "./failure.js";

/** @typedef {import("./index.js").Input} Input */
/** @typedef {import("./index.js").Progress} Progress */
/** @typedef {import("./analyze.js").SourceRead} SourceRead */

/**
 * A resource that can cross to a worker.
 *
 * @typedef {object} Task
 * @property {string} name
 * @property {string} prefix
 * @property {Input} input
 * @property {number | null} size
 */

/**
 * A worker as the pool sees it, in a browser or in Node.
 *
 * @typedef {object} Port
 * @property {(message: ToWorker, transfer?: Transferable[]) => void} post
 * @property {(take: (message: FromWorker) => void, died: (error: unknown) => void) => void} listen
 * @property {() => void} terminate
 */

/** @typedef {{ kind: "start", options: import("./index.js").SessionOptions, passwords: string[] | "ask" }
 *   | { kind: "read", task: Task }
 *   | { kind: "password", password: string | null }
 *   | { kind: "finish" }} ToWorker */

/** @typedef {{ kind: "progress", progress: Progress }
 *   | { kind: "done", sources: SourceRead[] }
 *   | { kind: "password", member: string }
 *   | { kind: "refused", message: string }
 *   | { kind: "died", message: string }
 *   | { kind: "partial", partial: Uint8Array }} FromWorker */

/**
 * Reads every task into the session, in as many workers as are given.
 *
 * A worker that dies, of too little memory or an engine's fault, costs no input: what it had read is read
 * again, and the input it died of is tried once more in a worker of its own before it is given up.
 */
export class Pool {
  /** Tasks that any worker may take. @type {Task[]} */
  #waiting = [];
  /** Tasks that a worker died of: each gets a worker of its own. @type {Task[]} */
  #suspects = [];
  /** @type {Set<Member>} */
  #members = new Set();
  /** Bytes of tasks whose workers are finished, and what these counted. */
  #behind = { bytes: 0, counts: { bytes: 0, records: 0, events: 0, scriptBlocks: 0 } };
  /** @type {number | null} */
  #totalBytes = 0;
  /** What was in each task. @type {Map<Task, SourceRead[]>} */
  #sources = new Map();
  /** @type {PromiseWithResolvers<void>} */
  #end = withResolvers();

  /**
   * @param {() => Port} spawn
   * @param {import("./index.js").Session} session that the partial results are merged into
   * @param {import("./index.js").AnalyzeOptions} options
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
   * @returns {Promise<Map<Task, SourceRead[]>>} what was in each, once all is merged
   */
  async run(tasks, workers) {
    const { signal } = this.options;
    signal?.throwIfAborted();
    // The largest first: a large one begun last would be waited for alone.
    this.#waiting = [...tasks].sort((a, b) => (a.size ?? Infinity) - (b.size ?? Infinity));
    this.#totalBytes = tasks.reduce(
      (sum, { size }) => (sum === null || size === null ? null : sum + size),
      /** @type {number | null} */ (0),
    );
    const abort = () => this.#end.reject(signal?.reason);
    signal?.addEventListener("abort", abort);
    try {
      const count = Math.min(workers, tasks.length);
      for (let index = 0; index < count; index += 1) this.#hire();
      if (count === 0) this.#end.resolve();
      await this.#end.promise;
    } finally {
      signal?.removeEventListener("abort", abort);
      for (const member of this.#members) member.port.terminate();
    }
    this.#tell(null);
    return this.#sources;
  }

  /** @param {Task} [only] */
  #hire(only) {
    /** @type {Member} */
    const member = { port: this.spawn(), read: [], now: null, only: only ?? null, progress: null };
    this.#members.add(member);
    member.port.listen(
      (message) => this.#guard(() => this.#take(member, message)),
      (error) => this.#guard(() => this.#died(member, error)),
    );
    const { password = [] } = this.options;
    const passwords = typeof password === "function" ? "ask" : [password].flat();
    member.port.post({ kind: "start", options: this.sessionOptions, passwords });
    this.#next(member);
  }

  /** What goes wrong while a message is handled ends the run. @param {() => void} handle */
  #guard(handle) {
    try {
      handle();
    } catch (error) {
      this.#end.reject(error);
    }
  }

  /** Gives the worker its next task, or asks for what it holds. @param {Member} member */
  #next(member) {
    const task = member.only ? (member.read.length === 0 ? member.only : undefined) : this.#waiting.pop();
    member.now = task ?? null;
    if (task) member.port.post({ kind: "read", task }, isStream(task.input) ? [task.input] : []);
    else member.port.post({ kind: "finish" });
  }

  /** @param {Member} member @param {FromWorker} message */
  #take(member, message) {
    switch (message.kind) {
      case "progress":
        member.progress = message.progress;
        this.#tell(message.progress.source);
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
        throw Object.assign(new Error(message.message), { name: "ScriptscopeError" });
      case "died":
        this.#died(member, message.message);
        break;
      case "partial":
        this.session.merge(message.partial);
        this.#leave(member);
        break;
    }
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
    this.#members.delete(member);
    // What it had read is lost with it. Streams can be read once only: they are given up.
    this.#waiting.push(...member.read.filter(({ input }) => !isStream(input)));
    for (const task of member.read) if (isStream(task.input)) this.#giveUp(task, error);
    if (member.now) {
      if (member.only || isStream(member.now.input)) this.#giveUp(member.now, error);
      else this.#suspects.push(member.now);
    }
    this.#goOn();
  }

  /** The worker's partial result is merged. @param {Member} member */
  #leave(member) {
    member.port.terminate();
    this.#members.delete(member);
    if (member.progress) add(this.#behind, member.progress);
    this.#goOn();
  }

  /** After a worker has left: is there more to do? */
  #goOn() {
    if (this.#waiting.length > 0) return this.#hire();
    if (this.#members.size > 0) return;
    const suspect = this.#suspects.pop();
    if (suspect) this.#hire(suspect);
    else this.#end.resolve();
  }

  /** @param {Task} task @param {unknown} error */
  #giveUp(task, error) {
    const { code, message } = Failure.of(error);
    this.#sources.set(task, [{ name: task.name, bytes: 0, failed: true }]);
    this.session.begin(task.name);
    this.session.fail(code, `the worker that read it died; ${message}`);
  }

  /** @param {string | null} source */
  #tell(source) {
    const sum = structuredClone(this.#behind);
    for (const { progress } of this.#members) if (progress) add(sum, progress);
    this.options.onProgress?.({ ...sum, totalBytes: this.#totalBytes, source });
  }
}

/**
 * @typedef {object} Member
 * @property {Port} port
 * @property {Task[]} read what it holds and would take with it
 * @property {Task | null} now
 * @property {Task | null} only the suspect that it was hired for
 * @property {Progress | null} progress
 */

/** @param {{ bytes: number, counts: import("./index.js").Counts }} sum @param {Progress} progress */
function add(sum, { bytes, counts }) {
  sum.bytes += bytes;
  for (const key of /** @type {(keyof import("./index.js").Counts)[]} */ (Object.keys(sum.counts))) {
    sum.counts[key] += counts[key];
  }
}

/** @param {Input} input @returns {input is ReadableStream<Uint8Array>} */
function isStream(input) {
  return typeof input === "object" && "getReader" in input;
}

/** Promise.withResolvers, which Node 20 lacks. @returns {PromiseWithResolvers<void>} */
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
