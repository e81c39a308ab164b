// Runs a command line to its end.

import { spawnSync } from "node:child_process";

/**
 * @param {string} command
 * @returns {(words: string[], options?: { input?: string | Uint8Array, env?: Record<string, string>, cwd?: string }) =>
 *   { status: number | null, stdout: string, stderr: string }}
 */
export function runner(command) {
  return (words, { input = "", env = {}, cwd } = {}) => {
    const { status, stdout, stderr, error } = spawnSync(command, words, {
      encoding: "utf8",
      maxBuffer: 1 << 28,
      input,
      cwd,
      env: { ...process.env, ...env },
    });
    if (error) throw error;
    return { status, stdout, stderr };
  };
}
