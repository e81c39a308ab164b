// Both ends of the pool that are the same in Node and browsers: what hands tasks out, and what does them.

import { findIn, Reading, sessionOptions } from "./analyze.js";
import { resourcesOf } from "./inputs.js";
import { Pool } from "./pool.js";

/** @typedef {import("./index.js").Input} Input */

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
 * @param {import("./index.js").AnalyzeOptions & { workers: number }} options
 * @param {() => import("./pool.js").Port} spawn
 * @returns {Promise<import("./analyze.js").Read[]>}
 */
export async function readInWorkers(session, forEngine, found, { workers, ...options }, spawn) {
  /** @type {Map<import("./inputs.js").Resource, import("./pool.js").Task>} */
  const tasks = new Map();
  /** @type {Map<import("./inputs.js").Resource, import("./analyze.js").SourceRead[]>} */
  const sources = new Map();
  // What cannot be sent to another thread is read in this one.
  const { onProgress, ...quiet } = options;
  const reading = new Reading(session, [], quiet);
  for (const resource of found.flatMap(({ resources }) => resources)) {
    const { name, prefix, size, origin } = resource;
    if (origin !== undefined) tasks.set(resource, { name, prefix, size, input: origin });
    else sources.set(resource, await reading.read(resource));
  }
  const read = await new Pool(spawn, session, options, forEngine).run([...tasks.values()], workers);
  for (const [resource, task] of tasks) sources.set(resource, read.get(task) ?? []);
  return found.map(({ input, resources }) => ({
    input,
    sources: resources.flatMap((resource) => sources.get(resource) ?? []),
  }));
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
  /** @type {(password: string | null) => void} */
  let answer = () => {};

  /** @param {string} member @returns {Promise<string | null>} */
  const ask = (member) => {
    post({ kind: "password", member });
    return new Promise((resolve) => {
      answer = resolve;
    });
  };
  /** @param {import("./index.js").Progress} progress */
  const onProgress = (progress) => post({ kind: "progress", progress });

  /** @param {import("./pool.js").ToWorker} message */
  async function handle(message) {
    switch (message.kind) {
      case "start":
        reading = new Reading(new Session(message.options), [], {
          password: message.passwords === "ask" ? ask : message.passwords,
          onProgress,
        });
        break;
      case "read": {
        const { input, name, prefix } = message.task;
        /** @type {import("./analyze.js").SourceRead[]} */
        const sources = [];
        for (const resource of resourcesOf(input, filesAt, name)) {
          sources.push(...((await reading?.read({ ...resource, prefix })) ?? []));
        }
        reading?.tell(null);
        post({ kind: "done", sources });
        break;
      }
      case "password":
        answer(message.password);
        break;
      case "finish":
        if (reading) post({ kind: "partial", partial: reading.session.partial() });
        break;
    }
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
