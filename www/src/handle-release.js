/**
 * Lets file system handles be collected in slices.
 *
 * For each handle that is collected as garbage the browser closes a connection: ten thousand at once blocked the page
 * for 140 ms. A slice is released when the one before it was collected.
 */

/** Handles released together. Collecting as many takes some 7 ms. */
const SLICE = 500;

/** @type {object[]} */
const retired = [];
let isReleasing = false;
const collected = new FinalizationRegistry(() => {
  isReleasing = false;
  releaseHandles();
});

/** Holds a handle that is no longer used until its slice is released. @param {object} handle */
export function retire(handle) {
  retired.push(handle);
}

/** Releases the next slice, unless one is on its way. */
export function releaseHandles() {
  if (isReleasing) return;
  const [first] = retired.splice(-SLICE);
  isReleasing = first !== undefined;
  if (first) collected.register(first, null);
}
