// `scriptscope/worker` in Node.

import { availableParallelism } from "node:os";
import { filesAt } from "./files.js";
import { Session } from "./node.js";
import { checked } from "./options.js";
import { spawn } from "./spawn.js";
import { analyzeInWorkers } from "./worker-protocol.js";

export { ScriptscopeError } from "./error.js";

/** @type {typeof import("./worker.d.ts").analyze} */
export async function analyze(inputs, options) {
  const given = checked(options);
  return analyzeInWorkers(Session, inputs, { workers: availableParallelism(), ...given }, filesAt, spawn);
}
