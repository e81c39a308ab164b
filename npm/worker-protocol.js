// Both ends of the pool that are the same in Node and browsers: what hands tasks out, and what does them.

import { findIn, Reading, sessionOptions } from "./analyze.js";
import { resourcesOf } from "./inputs.js";
import { LIVE_PARTIAL_MS, PARTIAL_MS } from "./limits.js";
import { Pool } from "./pool.js";
import { rangeBytesFor, rangesOf } from "./ranges.js";

/** @typedef {import("./index.js").Input} Input */

/** Sources of one task at most, so that each source of a run has a number of its own. */
const SOURCES_PER_TASK = 2 ** 32;

/**
 * Reads the inputs in workers and resolves to the report.
 *
 * @param {typeof import("./index.js").Session} Session
 * @param {Input | Iterable<Input>} inputs
 * @param {import("./index.js").PoolOptions} options
 * @param {import("./analyze.js").FilesAt} filesAt
 * @param {() => import("./pool.js").Port} spawn
 */
export async function analyzeInWorkers(Session, inputs, { workers = cores(), ...options }, filesAt, spawn) {
  if (!Number.isInteger(workers) || workers < 1) throw new TypeError(`workers is a number from 1, not ${workers}`);
  const forEngine = sessionOptions(options);
  const session = new Session(forEngine);
  try {
    await readInWorkers(session, forEngine, findIn(inputs, filesAt), { ...options, workers }, spawn);
    return session.report();
  } finally {
    session.free();
  }
}

/**
 * Reads what was found in inputs into the session, in workers.
 *
 * @param {import("./index.js").Session} session
 * @param {import("./index.js").SessionOptions} forEngine what the session was made with
 * @param {import("./analyze.js").Found[]} found
 * @param {import("./pool.js").RunOptions & { workers: number }} options
 * @param {() => import("./pool.js").Port} spawn
 * @returns {Promise<import("./analyze.js").Read[]>}
 */
export async function readInWorkers(session, forEngine, found, { workers, ...options }, spawn) {
  /** @type {Map<import("./inputs.js").Resource, import("./pool.js").Task[]>} */
  const tasks = new Map();
  /** @type {Map<import("./inputs.js").Resource, import("./analyze.js").SourceRead[]>} */
  const sources = new Map();
  // What cannot be sent to another thread is read in this one.
  const { onProgress, onMerged, onCancelled, alone, ...quiet } = options;
  const reading = new Reading(session, [], quiet);
  for (const resource of found.flatMap(({ resources }) => resources)) {
    const { name, prefix, size, origin } = resource;
    if (origin === undefined) {
      sources.set(resource, await reading.read(resource));
      continue;
    }
    const whole = { name, prefix, size, input: origin, piece: tasks.size * SOURCES_PER_TASK };
    // The hash of a file is that of all its bytes in their order.
    const cut = workers > 1 && !forEngine.sha256;
    const ranges = cut ? await rangesOf(resource, rangeBytesFor(size ?? 0, workers)) : null;
    const parts = ranges?.map((range) => ({ ...whole, range, size: range.end - range.start }));
    tasks.set(resource, parts ?? [whole]);
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
 * The ranges of one source.
 *
 * @param {string} name
 * @param {import("./analyze.js").SourceRead[]} ranges
 */
function asOne(name, ranges) {
  const bytes = ranges.reduce((sum, range) => sum + range.bytes, 0);
  return [{ name, bytes, failed: ranges.some(({ failed }) => failed) }];
}

/**
 * What a worker does with a message from the pool.
 *
 * @param {typeof import("./index.js").Session} Session
 * @param {import("./analyze.js").FilesAt} filesAt
 * @param {(message: import("./pool.js").FromWorker, transfer?: ArrayBuffer[]) => void} post
 * @returns {(message: import("./pool.js").ToWorker) => Promise<void>}
 */
export function workerFor(Session, filesAt, post) {
  /** @type {Reading | undefined} */
  let reading;
  /** What its session was made with. */
  let made = "";
  /** @type {(password: string | null) => void} */
  let answer = () => {};
  /** Whether what is found is given away in the middle of a task. */
  let live = false;
  /** @type {import("./pool.js").Task | null} */
  let task = null;
  let given = 0;

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
    if (live || task === null) give(false);
  };

  /** Gives away what was found, unless that was done a moment ago. @param {boolean} last */
  const give = (last) => {
    if (!reading || (!last && Date.now() - given < (live ? LIVE_PARTIAL_MS : PARTIAL_MS))) return;
    given = Date.now();
    const partial = reading.drain(task?.piece ?? 0);
    post({ kind: "partial", partial, within: task !== null, last }, [/** @type {ArrayBuffer} */ (partial.buffer)]);
  };

  /** @param {import("./pool.js").ToWorker} message */
  async function handle(message) {
    switch (message.kind) {
      case "start":
        live = message.live;
        // The first of what is found is given away at once, where that is looked at.
        given = live ? 0 : Date.now();
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
        reading?.tellIfDue(null);
        break;
      }
      case "password":
        answer(message.password);
        break;
      case "finish":
        reading?.tell(null);
        give(true);
        break;
    }
  }

  /** A session that has given away all it held is as good as a new one. @param {import("./index.js").SessionOptions} options */
  function sessionWith(options) {
    const wanted = JSON.stringify(options);
    if (reading && made === wanted) return reading.session;
    reading?.session.free();
    made = wanted;
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
      // In words, for not every error can be sent, and a browser would not tell of a rejected promise.
      const words = error instanceof Error ? error.message : String(error);
      const refused = error instanceof Error && error.name === "ScriptscopeError";
      post({ kind: refused ? "refused" : "died", message: words });
    }
  };
}

function cores() {
  return globalThis.navigator?.hardwareConcurrency ?? 2;
}
