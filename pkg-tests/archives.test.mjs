// The table of cases that the native reader is held to as well (`crates/scan/tests/archives.rs`). Written by
// `tests/fixtures/archives.mjs`.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { analyze } from "scriptscope";
import { reportedOf } from "./support/archive-cases.mjs";
import { folder } from "./support/logs.mjs";

const cases = JSON.parse(readFileSync(join(import.meta.dirname, "../tests/fixtures/archives/cases.json"), "utf8"));

for (const { case: title, name, bytes, files, passwords, slack, ...expected } of cases) {
  test(title, async (t) => {
    let input = { name, data: new Uint8Array(Buffer.from(bytes ?? "", "base64")) };
    if (files) {
      input = folder(t);
      for (const [path, content] of Object.entries(files)) {
        mkdirSync(dirname(join(input, path)), { recursive: true });
        writeFileSync(join(input, path), Buffer.from(content, "base64"));
      }
    }
    // An archive of which nothing could be read is refused, with its report.
    const reading = analyze(input, { password: passwords, builtin: false });
    const found = reportedOf(await reading.catch(({ report }) => report));
    assert.deepEqual(found.problems, expected.problems);
    const names = ({ sources }) => sources.map(([name]) => name);
    assert.deepEqual(names(found), names(expected));
    for (const [index, [, bytes]] of found.sources.entries()) {
      assert.ok(Math.abs(bytes - expected.sources[index][1]) <= slack, `${bytes} of ${expected.sources[index][1]}`);
    }
  });
}
