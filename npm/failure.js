// Failures before the engine sees the bytes, worded the same on every platform.

import { ScriptscopeError } from "./error.js";

/** @typedef {"read-failed" | "archive-damaged" | "archive-password" | "archive-limit" | "already-read"} FailureCode */

/** Why an input, or what follows in it, could not be read. Becomes a problem of the report. */
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

  /** Returns the error itself if it is a failure, else a `read-failed` failure. @param {unknown} error */
  static from(error) {
    return error instanceof Failure
      ? error
      : new Failure("read-failed", `the input cannot be read: ${messageFor(error)}`);
  }

  /**
   * Returns an `archive-damaged` failure, unless the error came from reading the archive's bytes.
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
 * Returns whether the error ends the run: the caller aborted, or the engine itself threw.
 *
 * @param {unknown} error
 * @param {AbortSignal} [signal]
 */
export function isFatal(error, signal) {
  if (signal?.aborted) return true;
  return error instanceof WebAssembly.RuntimeError || error instanceof ScriptscopeError;
}

/** Messages for the system's codes. The system's own messages name absolute paths, which no report may contain. */
const MESSAGES = new Map([
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
export function messageFor(error) {
  if (isFileError(error)) return MESSAGES.get(error.code) ?? error.code;
  if (error instanceof Error) return MESSAGES.get(error.name) ?? error.message;
  return String(error);
}

/** @param {unknown} error @returns {error is Error & { code: string }} */
function isFileError(error) {
  return error instanceof Error && "syscall" in error && "code" in error && typeof error.code === "string";
}
