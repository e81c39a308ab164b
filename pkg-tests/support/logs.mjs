// Logs for tests, written to a folder of their own, and the path of the installed package.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const here = join(import.meta.dirname, "..");

export const sample = join(here, "../samples/intrusion.xml");
export const installed = join(here, "node_modules/scriptscope");

/** The package's small command line, and the native one, which SCRIPTSCOPE_COMMAND replaces. */
export const npmCommand = join(here, "node_modules/.bin/scriptscope");
export const nativeCommand =
  process.env.SCRIPTSCOPE_COMMAND ??
  join(process.env.CARGO_TARGET_DIR ?? join(here, "../target"), "release/scriptscope");

/** A folder that is gone after the test. @param {import("node:test").TestContext} t */
export function folder(t) {
  const path = mkdtempSync(join(tmpdir(), "scriptscope-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
