// What can go wrong before the engine sees the bytes, in words that are the same on every platform.

/** @typedef {"read-failed" | "archive-damaged" | "archive-password" | "archive-limit"} FailureCode */

/** Why an input, or the rest of it, could not be read: it becomes one of the report's problems. */
export class Failure extends Error {
  /**
   * @param {FailureCode} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.name = "Failure";
    this.code = code;
  }

  /** @param {unknown} error */
  static of(error) {
    return error instanceof Failure
      ? error
      : new Failure("read-failed", `the input cannot be read: ${wordsFor(error)}`);
  }

  /**
   * An error of a decompressor, unless it was handed through from beneath.
   *
   * @param {unknown} error
   * @param {string} message
   */
  static damaged(error, message) {
    return error instanceof Failure || isFileError(error) ? error : new Failure("archive-damaged", message);
  }

  /** @param {string} message */
  static limit(message) {
    return new Failure("archive-limit", message);
  }
}

/**
 * Whether the error ends the whole run: the caller aborted, or the engine itself threw.
 *
 * @param {unknown} error
 * @param {AbortSignal} [signal]
 */
export function isFatal(error, signal) {
  if (signal?.aborted) return true;
  return error instanceof WebAssembly.RuntimeError || (error instanceof Error && error.name === "ScriptscopeError");
}

/** The system's codes that a user meets. Its own messages name absolute paths, which no report may hold. */
const WORDS = new Map([
  ["ENOENT", "there is no such file or folder"],
  ["EACCES", "permission denied"],
  ["EPERM", "permission denied"],
  ["EISDIR", "it is a folder"],
  ["ENOTDIR", "a part of its path is not a folder"],
  ["ELOOP", "its links lead in a circle"],
  ["EMFILE", "too many files are open"],
  ["EIO", "the device reports an error"],
  ["NotReadableError", "permission denied, or it changed while it was read"],
  ["NotFoundError", "there is no such file or folder"],
]);

/** @param {unknown} error */
function wordsFor(error) {
  if (isFileError(error)) return WORDS.get(error.code) ?? error.code;
  if (error instanceof Error) return WORDS.get(error.name) ?? error.message;
  return String(error);
}

/** @param {unknown} error @returns {error is Error & { code: string }} */
function isFileError(error) {
  return error instanceof Error && "syscall" in error && "code" in error && typeof error.code === "string";
}
