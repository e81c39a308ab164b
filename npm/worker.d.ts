// Types of `scriptscope/worker`: the same `analyze`, in several threads at once.

import type { Input, PoolOptions, Report } from "./index.js";

export type * from "./index.js";
export { ScriptscopeError } from "./index.js";

/**
 * As `analyze` of the package itself, with the same report, but the inputs are read by several workers. In a
 * browser each worker loads the wasm by itself; there is no `init` to await.
 */
export function analyze(inputs: Input | Iterable<Input>, options?: PoolOptions): Promise<Report>;
