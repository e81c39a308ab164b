/** The first lines of script blocks, for lists: texts stay in the worker, and most of them in their files. */
import { engine } from "./worker-client.js";
import { store } from "./store.js";

/** Lines held. */
const MOST = 5_000;
/** Blocks asked for at once: the rows of a screen. */
const BATCH = 60;

/** @type {Map<string, string>} "" while it is asked for, and for a text that cannot be read */
const known = new Map();
/** @type {Set<string>} */
const wanted = new Set();
let isAsking = false;
/** The report that the lines are of. @type {number} */
let of = 0;

/** Grows whenever lines become known. */
let version = 0;
export const linesDrawn = () => version;

/** Returns the first line of a block's text; "" until it is known, and then "lines" changes. @param {string} id */
export function lineOf(id) {
  if (of !== store.run.startedAt) {
    of = store.run.startedAt;
    known.clear();
    wanted.clear();
  }
  const line = known.get(id);
  if (line !== undefined) return line;
  known.set(id, "");
  wanted.add(id);
  ask();
  return "";
}

async function ask() {
  if (isAsking) return;
  isAsking = true;
  // All rows of a screen are asked for together.
  await new Promise((resolve) => setTimeout(resolve));
  while (wanted.size > 0) {
    // The rows drawn last are those in view.
    const ids = [...wanted].slice(-BATCH);
    for (const id of ids) wanted.delete(id);
    const run = of;
    const lines = await engine.lines(ids).catch(() => ({}));
    if (run !== of) continue;
    for (const [id, line] of Object.entries(lines)) known.set(id, line);
    for (const id of known.keys()) {
      if (known.size <= MOST) break;
      known.delete(id);
    }
    version += 1;
    store.changed("lines");
  }
  isAsking = false;
}
