/**
 * The only place where the page or a worker makes a trusted value: the address of a script that it made itself.
 * @param {string} url
 */
export function trusted(url) {
  const types = /** @type {any} */ (globalThis).trustedTypes;
  if (!types) return url;
  return types
    .createPolicy("scriptscope-worker", { createScriptURL: (/** @type {string} */ one) => one })
    .createScriptURL(url);
}
