// The options of a session; an error names the option.

import assert from "node:assert/strict";
import test from "node:test";
import { init, Session } from "scriptscope";

await init();

/** @param {unknown} options */
const made = (options) => new Session(/** @type {import("scriptscope").SessionOptions} */ (options));

test("every option is taken", () => {
  const report = made({
    rules: [
      { name: "a.yml", text: "name: A\nsearch: EventCode=4104\n" },
      { name: "b.yml", text: new TextEncoder().encode("name: B\nsearch: EventCode=4104\n") },
    ],
    macros: { "m(x)": "$x$" },
    builtin: false,
    disabled: ["none"],
    mode: "event",
    computer: "FS03",
    utcOffset: "+02:00",
    since: "2026-01-01",
    until: "2026-01-02T00:00:00Z",
    minScore: 1.5,
    sha256: true,
    views: true,
    allowList: { format: "scriptscope.allowList", version: 1, entries: [{ name: "n", search: "a=b" }] },
  }).report();
  assert.equal(report.mode, "event");
  assert.deepEqual(report.rules.map(({ title }) => title).sort(), ["A", "B"]);
});

test("what is absent, null or undefined is the default", () => {
  const options = { rules: null, macros: undefined, mode: null, minScore: undefined, allowList: null, builtin: null };
  assert.deepEqual(made(options).report(), made(undefined).report());
  assert.deepEqual(made(null).report(), made({}).report());
});

test("an error names the option", () => {
  /** @type {[unknown, RegExp][]} */
  const cases = [
    [{ mod: "event" }, /^option mod: unknown field `mod`, expected one of `rules`, /],
    [{ mode: "block", onProgress: 1 }, /^option onProgress: unknown field/],
    [{ mode: "blocks" }, /^option mode: unknown variant `blocks`, expected `block` or `event`$/],
    [{ rules: "a.yml" }, /^option rules: /],
    [{ rules: [{ name: "a.yml" }] }, /^option rules: missing field `text`$/],
    [{ rules: [{ name: "a.yml", text: 1 }] }, /^option rules: invalid type: integer `1`, expected a text or bytes$/],
    [{ macros: { a: 1 } }, /^option macros: invalid type: .*, expected a string$/],
    [{ builtin: "no" }, /^option builtin: invalid type: string "no", expected a boolean$/],
    [{ disabled: [1] }, /^option disabled: invalid type: .*, expected a string$/],
    [{ since: "yesterday" }, /^option since: "yesterday" is not a time/],
    [{ minScore: -1 }, /^option minScore: /],
    [{ minScore: "1" }, /^option minScore: /],
    [{ allowList: [{ name: "n" }] }, /^option allowList: missing field `search`$/],
    [{ allowList: 1 }, /^option allowList: /],
    [7, /^options: expected an object$/],
  ];
  for (const [options, message] of cases) {
    assert.throws(() => made(options), { name: "ScriptscopeError", message }, JSON.stringify(options));
  }
});
