// Both ends of the worker pool, the same in Node and browsers: distributing tasks, and doing them.

import { findIn, Reading, reportOf, sessionOptions } from "./analyze.js";
import { ScriptscopeError } from "./error.js";
import { resourcesOf } from "./inputs.js";
import { LIVE_PARTIAL_MS, PARTIAL_MS } from "./limits.js";
import { checked } from "./options.js";
import { Pool } from "./pool.js";
import { rangeBytesFor, rangesOf } from "./ranges.js";

/** @typedef {import("./index.js").Input} Input */

/** Upper bound on the sources of one task, so that each source of a run has a number of its own. */
const SOURCES_PER_TASK = 2 ** 32;

/**
 * Reads the inputs in workers and returns the report.
 *
 * @param {typeof import("./index.js").Session} Session
 * @param {Input | Iterable<Input>} inputs
 * @param {import("./index.js").PoolOptions | undefined} given
 * @param {import("./analyze.js").FilesAt} filesAt
 * @param {() => import("./pool.js").Port} spawn
 */
export async function analyzeInWorkers(Session, inputs, given, filesAt, spawn) {
  const { workers = cores(), ...options } = checked(given);
  const forEngine = sessionOptions(options);
  const session = new Session(forEngine);
  try {
    const found = await findIn(inputs, filesAt, options.followLinks);
    return reportOf(session, await readInWorkers(session, forEngine, found, { ...options, workers }, spawn));
  } finally {
    session.free();
  }
}

/**
 * Reads the resources of inputs into the session, in workers.
 *
 * @param {import("./index.js").Session} session
 * @param {import("./index.js").SessionOptions} forEngine the session's options
 * @param {import("./analyze.js").Found[]} found
 * @param {import("./pool.js").RunOptions & { workers: number, firstTask?: number }} options `firstTask`: number of resources
 *   that were read into the session before
 * @param {() => import("./pool.js").Port} spawn
 * @returns {Promise<import("./analyze.js").Read[]>}
 */
export async function readInWorkers(session, forEngine, found, { workers, firstTask = 0, ...options }, spawn) {
  /** @type {Map<import("./inputs.js").Resource, import("./pool.js").Task[]>} */
  const tasks = new Map();
  /** @type {Map<import("./inputs.js").Resource, import("./analyze.js").SourceRead[]>} */
  const sources = new Map();
  // A resource that cannot be sent to another thread is read in this one.
  const { onProgress, onMerged, onCancelled, alone, ...quiet } = options;
  const reading = new Reading(session, [], quiet);
  for (const resource of found.flatMap(({ resources }) => resources)) {
    const { name, prefix, size, origin } = resource;
    if (origin === undefined) {
      sources.set(resource, await reading.read(resource));
      continue;
    }
    const task = { name, prefix, size, input: origin, piece: (firstTask + tasks.size) * SOURCES_PER_TASK };
    // The hash of a file covers all its bytes in order, and its first bytes show whether it needs the named encoding, so
    // it is read as one range.
    const cut = workers > 1 && !forEngine.sha256 && !forEngine.encoding;
    const ranges = cut ? await rangesOf(resource, rangeBytesFor(size ?? 0, workers)) : null;
    const parts = ranges?.map((range) => ({ ...task, range, size: range.end - range.start }));
    tasks.set(resource, parts ?? [task]);
  }
  const read = await new Pool(spawn, session, options, forEngine).run([...tasks.values()].flat(), workers);
  for (const [resource, parts] of tasks) {
    const inParts = parts.map((task) => read.get(task) ?? []);
    sources.set(resource, parts.length > 1 ? asOne(resource.name, inParts.flat()) : inParts.flat());
  }
  return found.map(({ input, resources }) => ({
    input,
    sources: resources.flatMap((resource) => sources.get(resource) ?? []),
  }));
}

/**
 * Joins the outcomes of one source's ranges.
 *
 * @param {string} name
 * @param {import("./analyze.js").SourceRead[]} ranges
 */
function asOne(name, ranges) {
  const bytes = ranges.reduce((sum, range) => sum + range.bytes, 0);
  return [{ name, bytes, failed: ranges.some(({ failed }) => failed) }];
}

/**
 * Returns a worker's handler of messages from the pool.
 *
 * @param {typeof import("./index.js").Session} Session
 * @param {import("./analyze.js").FilesAt} filesAt
 * @param {(message: import("./pool.js").FromWorker, transfer?: ArrayBuffer[]) => void} post
 * @returns {(message: import("./pool.js").ToWorker) => Promise<void>}
 */
export function workerFor(Session, filesAt, post) {
  /** @type {Reading | undefined} */
  let reading;
  /** The options of its session, as JSON. */
  let sessionKey = "";
  /** @type {(password: string | null) => void} */
  let answer = () => {};
  /** Whether partials are sent in the middle of a task. */
  let live = false;
  /** @type {import("./pool.js").Task | null} */
  let task = null;
  let sentAt = 0;

  /** @param {string} member @returns {Promise<string | null>} */
  const ask = (member) => {
    post({ kind: "password", member });
    return new Promise((resolve) => {
      answer = resolve;
    });
  };

  /** @param {import("./index.js").Progress} progress */
  const onProgress = (progress) => {
    post({ kind: "progress", progress });
    if (live || task === null) send(false);
  };

  /** Sends a partial, unless one was sent a moment ago. @param {boolean} last */
  const send = (last) => {
    if (!reading || (!last && Date.now() - sentAt < (live ? LIVE_PARTIAL_MS : PARTIAL_MS))) return;
    sentAt = Date.now();
    const partial = reading.drain(task?.piece ?? 0);
    post({ kind: "partial", partial, within: task !== null, last }, [/** @type {ArrayBuffer} */ (partial.buffer)]);
  };

  /** @param {import("./pool.js").ToWorker} message */
  async function handle(message) {
    switch (message.kind) {
      case "start":
        live = message.live;
        // While results are shown, the first partial is sent at once.
        sentAt = live ? 0 : Date.now();
        reading = new Reading(sessionWith(message.options), [], {
          password: message.passwords === "ask" ? ask : message.passwords,
          onProgress,
        });
        break;
      case "read": {
        ({ task } = message);
        const sources = reading ? await read(reading, message.task) : [];
        task = null;
        post({ kind: "done", sources });
        reading?.reportProgressIfDue(null);
        break;
      }
      case "password":
        answer(message.password);
        break;
      case "finish":
        reading?.reportProgress(null);
        send(true);
        break;
    }
  }

  /** Returns a session with these options. A drained session is as good as a new one. @param {import("./index.js").SessionOptions} options */
  function sessionWith(options) {
    const wanted = JSON.stringify(options);
    if (reading && sessionKey === wanted) return reading.session;
    reading?.session.free();
    sessionKey = wanted;
    return new Session(options);
  }

  /** @param {Reading} reading @param {import("./pool.js").Task} task */
  async function read(reading, { input, name, prefix, range, piece }) {
    /** @type {import("./analyze.js").SourceRead[]} */
    const sources = [];
    for (const resource of resourcesOf(input, filesAt, name)) {
      if (range && resource.between) sources.push(...(await reading.readRange(resource, range, piece)));
      else sources.push(...(await reading.read({ ...resource, prefix })));
    }
    return sources;
  }

  return async (message) => {
    try {
      await handle(message);
    } catch (error) {
      // As text: not every error can be sent, and a browser does not report a rejected promise of a worker.
      const words = error instanceof Error ? error.message : String(error);
      if (error instanceof ScriptscopeError && error.code !== "engineStopped") {
        const { code, line, column } = /** @type {import("./index.js").ScriptscopeError} */ (error);
        post({ kind: "refused", message: words, code, place: line && column ? { line, column } : {} });
      } else {
        post({ kind: "died", message: words });
      }
    }
  };
}

function cores() {
  return globalThis.navigator?.hardwareConcurrency ?? 2;
}
