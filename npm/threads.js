// Both ends of the pool that are the same in Node and browsers: what hands tasks out, and what does them.

import { Reading, sessionOptions } from "./analyze.js";
import { listOf, resourcesOf } from "./inputs.js";
import { Pool } from "./pool.js";

/**
 * Reads the inputs in workers and resolves to the report.
 *
 * @param {typeof import("./index.js").Session} Session
 * @param {import("./index.js").Input | Iterable<import("./index.js").Input>} inputs
 * @param {import("./index.js").PoolOptions} options
 * @param {import("./analyze.js").FilesAt} filesAt
 * @param {() => import("./pool.js").Port} spawn
 */
export async function analyzeInWorkers(Session, inputs, { workers = cores(), ...options }, filesAt, spawn) {
  if (!Number.isInteger(workers) || workers < 1) throw new TypeError(`workers is a number from 1, not ${workers}`);
  const forEngine = sessionOptions(options);
  const session = new Session(forEngine);
  try {
    /** @type {import("./pool.js").Task[]} */
    const tasks = [];
    /** @type {import("./inputs.js").Resource[]} */
    const own = [];
    for (const resource of listOf(inputs).flatMap((input) => resourcesOf(input, filesAt))) {
      const { name, prefix, size, origin } = resource;
      if (origin === undefined) own.push(resource);
      else tasks.push({ name, prefix, size, input: origin });
    }
    // What cannot be sent to another thread is read in this one.
    const { onProgress, ...quiet } = options;
    const reading = new Reading(session, own, quiet);
    for (const resource of own) await reading.read(resource);
    await new Pool(spawn, session, options, forEngine).run(tasks, workers);
    return session.report();
  } finally {
    session.free();
  }
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
        for (const resource of resourcesOf(input, filesAt, name)) await reading?.read({ ...resource, prefix });
        reading?.tell(null);
        post({ kind: "done" });
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
