/** Opening: from inputs to the worker. */
import { sample } from "scriptscope-parts";
import { engine } from "./engine.js";
import { store } from "./store.js";

/** @typedef {import("./types.js").Input} Input */

/** @param {Input[]} inputs @param {import("./types.js").Problem[]} [unread] what could not even be opened */
export function openInputs(inputs, unread = []) {
  store.sample = false;
  engine.open(
    [...inputs].sort((a, b) => (a.name < b.name ? -1 : 1)),
    {},
  );
  store.problems.push(...unread);
}

/** Opens the built-in sample: invented logs of four machines that tell one story. */
export async function openSample() {
  const inputs = await Promise.all(sample.map(async ({ name, bytes }) => ({ name, file: await unpacked(bytes) })));
  engine.open(inputs, {});
  store.sample = true;
}

/** @param {string} packed gzipped, in base64 */
async function unpacked(packed) {
  const bytes = Uint8Array.from(atob(packed), (one) => one.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).blob();
}
