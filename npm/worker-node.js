// `scriptscope/worker` in Node.

import { availableParallelism } from "node:os";
import { filesAt } from "./files.js";
import { Session } from "./node.js";
import { spawn } from "./spawn.js";
import { analyzeInWorkers } from "./worker-protocol.js";

/** @type {typeof import("./worker.d.ts").analyze} */
export function analyze(inputs, { workers = availableParallelism(), ...options } = {}) {
  return analyzeInWorkers(Session, inputs, { workers, ...options }, filesAt, spawn);
}
