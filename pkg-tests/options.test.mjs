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

/** A record of a script that a rule matches, run by a user of a name. @param {string} computer @param {string} user */
const remoting = (computer, user) =>
  `${JSON.stringify({
    EventID: 4104,
    ProviderName: "PowerShellCore",
    ScriptBlockText: "Enable-PSRemoting -Force",
    ScriptBlockId: computer,
    MessageNumber: 1,
    MessageTotal: 1,
    Computer: computer,
    UserID: user,
    TimeCreated: "2026-08-08T06:13:52Z",
  })}\n`;

/** @param {unknown} assets */
function withAssets(assets) {
  const session = made({ assets });
  session.begin("log.json");
  session.push(
    new TextEncoder().encode(remoting("DC01", "CORP\\adm-alice") + remoting("dc01.corp.example", "alice@corp.example")),
  );
  session.end();
  return session;
}

const ASSETS = { name: "assets.csv", text: "nt_host,dns,category\nDC01,dc01.corp.example,domain_controller\n" };
const IDENTITIES = {
  name: "identities.csv",
  text: "identity,first,last,email\nalice|adm-alice,Alice,Doe,alice@corp.example\n",
};

test("a list of assets doubles domain controllers and joins their names, and a list of identities joins users", () => {
  const plain = withAssets([]).report().riskObjects;
  assert.deepEqual(plain.map(({ object }) => object).sort(), [
    "CORP\\adm-alice",
    "DC01",
    "alice@corp.example",
    "dc01.corp.example",
  ]);
  const session = withAssets([ASSETS, IDENTITIES]);
  const check = () => {
    const objects = session.report().riskObjects;
    assert.deepEqual(
      objects.map(({ object, type, score, name }) => [object, type, score, name]),
      [
        ["DC01", "system", 2 * 2 * plain[0].score, null],
        ["alice", "user", 2 * plain[0].score, "Alice Doe"],
      ],
    );
    assert.deepEqual(
      objects[0].events.map(({ factor, factorReason }) => [factor, factorReason]),
      [
        [2, "category domain_controller"],
        [2, "category domain_controller"],
      ],
    );
  };
  check();
  session.setAssets([]);
  assert.equal(session.report().riskObjects.length, 4);
  session.setAssets([IDENTITIES, ASSETS]);
  check();
  assert.deepEqual(withAssets(ASSETS.text).report().riskObjects[0].score, 4 * plain[0].score, "a text without a name");
});

test("a list of assets that is none is a problem that names the file", () => {
  for (const [text, why] of [
    ["a,b\n1,2\n", /no column is named nt_host/],
    ['nt_host\n"x\n', /quotation mark/],
  ]) {
    const { problems, riskObjects } = withAssets([{ name: "bad.csv", text }, ASSETS]).report();
    const found = problems.filter(({ code }) => code === "assets-not-read");
    assert.equal(found.length, 1);
    assert.equal(found[0].source, "bad.csv");
    assert.match(found[0].message, /** @type {RegExp} */ (why));
    assert.equal(riskObjects[0].object, "DC01", "the other list counts");
  }
});
