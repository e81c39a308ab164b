// Waiting that an AbortSignal ends.

/**
 * Returns the promise's outcome, or rejects with the signal's reason as soon as it aborts.
 *
 * @template T
 * @param {PromiseLike<T>} promise
 * @param {AbortSignal} [signal]
 * @returns {PromiseLike<T>}
 */
export function unlessAborted(promise, signal) {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    const settled = () => signal.removeEventListener("abort", abort);
    signal.addEventListener("abort", abort);
    if (signal.aborted) abort();
    promise.then(resolve, reject).then(settled, settled);
  });
}
