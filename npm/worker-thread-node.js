// The script of the pool's threads in Node.

import { parentPort } from "node:worker_threads";
import { filesAt } from "./files.js";
import { Session } from "./node.js";
import { workerFor } from "./worker-protocol.js";

const handle = workerFor(Session, filesAt, (message, transfer) => parentPort?.postMessage(message, transfer));
parentPort?.on("message", handle);
