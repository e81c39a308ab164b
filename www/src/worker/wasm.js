/** The wasm inside this worker. */
import init, { Session } from "scriptscope-engine";

/**
 * Compiles the wasm.
 * @param {string} packed gzipped, in base64
 * @returns {Promise<number>} how many rules are built in
 */
export async function start(packed) {
  const bytes = Uint8Array.from(atob(packed), (one) => one.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const module = await WebAssembly.compile(await new Response(stream).arrayBuffer());
  await init({ module_or_path: module });
  const session = new Session({});
  const { rules } = session.outline().report;
  session.free();
  return rules.length;
}

export { Session };
