/** Finds what an id names: for the address, and for marks of an opened case. */
import { store } from "./store.js";
import { engine } from "./worker-client.js";

/** @typedef {import("./types.js").Target} Target */

/** Indicators among which one is looked for: they have no index by id. */
const INDICATORS = 100_000;

/**
 * Returns what an id names in the logs that are open; null if they do not have it.
 * @param {{ kind: string, id: string }} named
 * @returns {Promise<Target | null>}
 */
export async function targetOf({ kind, id }) {
  try {
    switch (kind) {
      case "result":
        return store.rows.has(id) ? { kind, id } : null;
      case "block": {
        const item = (await engine.call("blockNeighbours", id, 0))?.block;
        return item ? { kind, id, item } : null;
      }
      case "script": {
        const list =
          (await scripts({ by: "text", filter: { textId: id } })) ??
          (await scripts({ by: "shape", filter: { shapeId: id } }));
        return list ? { kind, id, item: list } : null;
      }
      case "indicator": {
        const item = (await engine.call("listIndicators", { limit: INDICATORS }))?.rows.find((row) => row.id === id);
        return item ? { kind, id, item } : null;
      }
    }
  } catch {
    // The session has no such list, or the id is none.
  }
  return null;
}

/** @param {import("../../npm/index.js").ScriptQuery} query */
async function scripts(query) {
  return (await engine.call("listScripts", { ...query, limit: 1 }))?.rows[0];
}

/** Selects it. @param {Target} target @param {number} [block] of a result */
export function selectTarget(target, block = 0) {
  if (target.kind === "result") store.select(target.id, block);
  else store.choose(target);
}
