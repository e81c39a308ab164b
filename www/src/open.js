/** Opening: from inputs to the worker. */
import { engine } from "./engine.js";
import { part, whole } from "./parts.js";
import { store } from "./store.js";

/** @typedef {import("./types.js").Input} Input */
/** @typedef {{ computer?: string, utcOffset?: string }} Options */

/** What was opened last, and how. @type {{ inputs: Input[], options: Options, sample: boolean }} */
let last = { inputs: [], options: {}, sample: false };

/** @param {Input[]} inputs @param {import("./types.js").Problem[]} [unread] what could not even be opened */
export function openInputs(inputs, unread = []) {
  const sorted = [...inputs].sort((a, b) => (a.name < b.name ? -1 : 1));
  start({ inputs: sorted, options: {}, sample: false });
  store.problems.push(...unread);
}

/** Opens the built-in sample: invented logs of four machines that tell one story. */
export async function openSample() {
  await whole();
  /** @type {{ name: string, bytes: string }[]} each gzipped, in base64 */
  const sample = JSON.parse(part("sample"));
  const inputs = await Promise.all(sample.map(async ({ name, bytes }) => ({ name, file: await unpacked(bytes) })));
  start({ inputs, options: {}, sample: true });
}

/** Reads the same again under other options. @param {Options} options */
export function reopen(options) {
  start({ ...last, options });
}

/** The options in force. */
export const options = () => last.options;

/** @param {typeof last} what */
function start(what) {
  last = what;
  store.sample = what.sample;
  engine.open(what.inputs, what.options);
}

/** @param {string} packed gzipped, in base64 */
async function unpacked(packed) {
  const bytes = Uint8Array.from(atob(packed), (one) => one.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).blob();
}
