// What the native command line and that of the package have in common: what they print, how they end, and that nothing in a
// log acts on the terminal. One set of cases runs on both.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { closeSync, copyFileSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { eventsXml } from "../scripts/events.mjs";
import { gzip, zip } from "./support/archives.mjs";
import { assertReport } from "./support/invariants.mjs";
import { folder, nativeCommand, npmCommand, sample } from "./support/logs.mjs";
import { runner } from "./support/run.mjs";

const FIRST = "40e3b299-19a5-4460-96e9-e1467f714f8e";
const REMOTING = "Enable-PSRemoting -Force";
const harmless = eventsXml([{ text: "Get-Date" }]);
const shells = { native: nativeCommand, npm: npmCommand };

for (const [shell, command] of Object.entries(shells)) {
  const run = runner(command);
  const isNative = shell === "native";

  test(`${shell}: json is the whole report, the same from a file, standard input, gzip and zip but for the names`, async (t) => {
    const dir = folder(t);
    const { status, stdout } = run(["--format", "json", sample]);
    assert.equal(status, 1);
    const report = JSON.parse(stdout);
    assertReport(report);
    const bytes = readFileSync(sample);
    writeFileSync(join(dir, "intrusion.xml"), gzip(bytes));
    writeFileSync(join(dir, "x.zip"), await zip({ "intrusion.xml": bytes }, { password: "infected" }));
    for (const name of ["intrusion.xml", "x.zip"]) {
      assert.equal(run(["--format", "json", join(dir, name)]).stdout, stdout, name);
    }
    const piped = run(["-f", "json", "-"], { input: bytes }).stdout;
    assert.equal(piped.replaceAll('"stdin"', '"intrusion.xml"'), stdout);
  });

  test(`${shell}: the order of the inputs changes nothing`, (t) => {
    const dir = folder(t);
    const texts = [REMOTING, "Get-Date", `${REMOTING} -SkipNetworkProfileCheck`];
    const files = texts.map((text, index) => {
      const file = join(dir, `${index}.xml`);
      writeFileSync(file, eventsXml([{ text, computer: `H${index}`, scriptBlockId: `id-${index}` }]));
      return file;
    });
    const { stdout } = run(["--format", "json", ...files]);
    assertReport(JSON.parse(stdout));
    assert.equal(run(["--format", "json", ...files.toReversed()]).stdout, stdout);
    assert.equal(run(["--format", "json", dir]).stdout, stdout);
  });

  test(`${shell}: ndjson has an object a line, csv a row a line`, () => {
    const lines = run(["--format", "ndjson", sample]).stdout.trimEnd().split("\n");
    for (const line of lines) assert.equal(typeof JSON.parse(line), "object");
    const csv = run(["--format", "csv", sample]);
    assert.equal(csv.status, 1);
    assert.ok(csv.stdout.split("\r\n").length > 2 || csv.stdout.split("\n").length > 2);
  });

  test(`${shell}: exit status: 0 nothing, 1 found, and damage alone never changes it`, (t) => {
    const dir = folder(t);
    const write = (name, content) => {
      writeFileSync(join(dir, name), content);
      return join(dir, name);
    };
    const nothing = run([write("a.xml", harmless)]);
    assert.equal(nothing.status, 0);
    if (isNative) assert.match(nothing.stdout, /No detection matched 1 script block\. \d+ rules ran\./);

    assert.equal(run([write("cut.xml", harmless + harmless.slice(0, 300))]).status, 0);
    const cut = run([write("cut1.xml", eventsXml([{ text: REMOTING }]) + harmless.slice(0, 300))]);
    assert.equal(cut.status, 1);
    assert.match(isNative ? cut.stdout : cut.stderr, isNative ? /cut1\.xml, byte \d+/ : /cut1\.xml: /);

    const empty = run([write("empty.evtx", "")]);
    assert.equal(empty.status, 2);
    assert.match(empty.stderr, /^scriptscope: nothing was read: all inputs are empty$/m);
    if (isNative) assert.match(empty.stdout, /No PowerShell script block events/);
    assert.equal(run([write("b.xml", harmless), "--min-score", "1000", sample]).status, 0);
  });

  test(`${shell}: exit status 2 if no rule can match`, (t) => {
    const dir = folder(t);
    const log = join(dir, "log.xml");
    writeFileSync(log, harmless);
    const rule = (name, search) => {
      const file = join(dir, `${name}.yml`);
      writeFileSync(file, `name: ${name}\nid: ${name}\ntype: TTP\nsearch: '${search}'\n`);
      return file;
    };
    const typo = rule("typo", "EventCode=4104 ScriptBlocktext=*a*");
    const event = rule("event", "`powershell` EventCode=4103");
    const refused = rule("refused", "EventCode=4104 | nonsense");
    const good = rule("good", "EventCode=4104 ScriptBlockText=*nothing*");
    const other = join(dir, "other.yml");
    writeFileSync(
      other,
      "title: O\nlogsource: {product: linux, service: auditd}\ndetection: {s: {a: b}, condition: s}\n",
    );
    for (const [rules, words] of [
      [[typo], /1.*cannot match/],
      [[typo, event, refused, other], /2.*cannot match, 1.*refused, 1.*about other logs/],
      [[other], /1.*about other logs/],
      [[], /none is loaded/],
    ]) {
      const { status, stderr } = run(["--no-builtin", ...rules.flatMap((file) => ["--rules", file]), log]);
      assert.equal(status, 2, rules.join(" "));
      assert.match(stderr, /no rule can match, so nothing was searched for: /);
      assert.match(stderr, words);
    }
    const off = run(["--no-builtin", "--rules", good, "--disable", "good", log]);
    assert.equal(off.status, 2);
    assert.match(off.stderr, /1.*switched off/);
    const said = run(["--no-builtin", "--rules", typo, "--rules", good, "--format", "json", log]);
    assert.equal(said.status, 0);
    const { rules, totals } = JSON.parse(said.stdout);
    assert.deepEqual(
      rules.map(({ id, status }) => [id, status]),
      [
        ["good", "ran"],
        ["typo", "cannotMatch"],
      ],
    );
    assert.deepEqual(totals.rulesNotApplicable, {});
    assert.match(said.stderr, /typo\.yml.*did you mean ScriptBlockText\?/);
    // What was found says that a rule can match.
    assert.equal(run(["--rules", typo, sample]).status, 1);
  });

  test(`${shell}: exit status 2: wrong options, and inputs that could not be read at all`, (t) => {
    const dir = folder(t);
    for (const words of [
      [],
      ["--formt"],
      ["--since", "yesterday", sample],
      ["--rules", join(dir, "none.yml"), sample],
    ]) {
      const { status, stdout, stderr } = run(words);
      assert.equal(status, 2, words.join(" "));
      assert.equal(stdout, "");
      assert.match(stderr, /^scriptscope: /);
    }
    const missing = run([join(dir, "none.evtx"), sample]);
    assert.equal(missing.status, 2);
    assert.match(missing.stderr, /none\.evtx: could not be read at all: there is no such file or folder/);
    assert.match(missing.stdout, /Enable-PSRemoting -Force/);
    const alone = run([join(dir, "none.evtx")]);
    assert.equal(alone.status, 2);
    assert.doesNotMatch(alone.stdout + alone.stderr, /Group Policy/);
    const empty = run(["-"]);
    assert.equal(empty.status, 2);
    assert.match(empty.stderr, /^scriptscope: standard input is empty: nothing was read$/m);
    assert.equal(run(["-f", "json", "-", sample]).status, 2);

    const png = join(dir, "picture.png");
    writeFileSync(png, Buffer.from("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489", "hex"));
    const picture = run([png]);
    assert.equal(picture.status, 2);
    assert.match(picture.stderr, /picture\.png: could not be read at all/);

    mkdirSync(join(dir, "void"));
    const hollow = run([join(dir, "void")]);
    assert.equal(hollow.status, 2);
    if (isNative) assert.match(hollow.stderr, /void: nothing is in it/);
    // A log beside it was read: the folder as an input could be.
    copyFileSync(sample, join(dir, "void/a.xml"));
    copyFileSync(png, join(dir, "void/b.png"));
    assert.equal(run([join(dir, "void")]).status, 1);
  });

  test(`${shell}: exit status 2: output that cannot be written`, { skip: !existsSync("/dev/full") }, () => {
    const full = openSync("/dev/full", "w");
    for (const words of [[sample], ["-f", "json", sample], ["-f", "csv", sample], ["--help"]]) {
      const stdio = /** @type {const} */ (["ignore", full, "pipe"]);
      const { status, stderr } = spawnSync(command, words, { stdio, encoding: "utf8" });
      assert.equal(status, 2, words.join(" "));
      assert.match(stderr, /^scriptscope: standard output: .*(the disk is full|ENOSPC).*\n/);
      assert.equal(stderr.trimEnd().split("\n").length, 1);
    }
    closeSync(full);
  });

  test(`${shell}: --strict: a problem that is an error is exit status 2, and said`, (t) => {
    const file = join(folder(t), "cut.xml");
    writeFileSync(file, eventsXml([{ text: REMOTING }]) + harmless.slice(0, 300));
    assert.equal(run([file]).status, 1);
    const strict = run(["--strict", "-f", "json", file]);
    assert.equal(strict.status, 2);
    assert.match(strict.stderr, /^scriptscope: --strict: 1 problems? of severity error$/m);
    assertReport(JSON.parse(strict.stdout));
    assert.equal(run(["--strict", sample]).status, 1);
  });

  test(`${shell}: invisible characters are escaped in JSON and guarded in CSV, also in a pipe`, () => {
    const text = `\ufeff=1+1 ${REMOTING} \u007f\u009b2J\u202e\u2028\u2029é`;
    const event = {
      EventID: 4104,
      Channel: "Microsoft-Windows-PowerShell/Operational",
      Computer: "H1",
      EventData: { MessageNumber: 1, MessageTotal: 1, ScriptBlockText: text, ScriptBlockId: "x", Path: "" },
    };
    const options = { input: `${JSON.stringify(event)}\n` };
    for (const format of ["json", "ndjson"]) {
      const { stdout } = run(["-f", format, "-"], options);
      assert.doesNotMatch(stdout, /[\u007f-\u009f\u202e\u2028\u2029\ufeff]/);
      const parsed = JSON.parse(stdout);
      assert.equal(format === "json" ? parsed.scriptBlocks[0].text : parsed.scriptBlock.text, text);
    }
    assert.ok(run(["-f", "csv", "-"], options).stdout.includes(`"'\ufeff=1+1 `));
  });

  test(`${shell}: help and version`, () => {
    const help = run(["--help"]);
    assert.equal(help.status, 0);
    for (const word of ["--rules", "--macro", "--utc-offset", "Exit status"]) assert.ok(help.stdout.includes(word));
    assert.ok(help.stdout.split("\n").every((line) => line.length <= 115));
    assert.match(run(["--version"]).stdout, /^scriptscope \d+\.\d+\.\d+\n$/);
  });

  test(`${shell}: a closed pipe is no error`, async () => {
    for (const format of ["table", "json"]) {
      const child = spawn(command, ["--format", format, sample], { stdio: ["ignore", "pipe", "pipe"] });
      child.stdout.destroy();
      let stderr = "";
      child.stderr.on("data", (data) => {
        stderr += data;
      });
      const status = await new Promise((resolve) => child.on("close", resolve));
      assert.equal(status, 1);
      assert.equal(stderr, "");
    }
  });

  test(`${shell}: an interrupt stops it`, async () => {
    const child = spawn(command, ["-"], { stdio: ["pipe", "pipe", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (data) => {
      stderr += data;
    });
    child.stdin.on("error", () => {});
    const ended = new Promise((resolve) => child.on("close", resolve));
    // More than a pipe holds: it is written when the command has begun to read.
    await new Promise((resolve) => child.stdin.write(harmless.repeat(2_000), resolve));
    const feeding = setInterval(() => child.stdin.write(harmless), 5);
    child.kill("SIGINT");
    const status = await ended;
    clearInterval(feeding);
    assert.equal(status, 130);
    assert.match(stderr, /interrupted/);
  });

  test(`${shell}: hostile text is shown, not obeyed`, () => {
    const text = `${REMOTING} \x1b[2J\x1b]0;owned\x07 \u202e\u009b1m`;
    // XML cannot hold these controls; JSON can.
    const event = {
      Event: {
        System: {
          Provider: { "#attributes": { Name: "Microsoft-Windows-PowerShell" } },
          EventID: 4104,
          Computer: "FS\u001b[31m03",
          TimeCreated: { "#attributes": { SystemTime: "2026-08-08T06:13:52.083Z" } },
        },
        EventData: { MessageNumber: 1, MessageTotal: 1, ScriptBlockText: text, ScriptBlockId: "x", Path: "" },
      },
    };
    const { status, stdout } = run(["-"], { input: `${JSON.stringify(event)}\n` });
    assert.equal(status, 1);
    if (isNative) assert.match(stdout, /Enable-PSRemoting -Force ␛\[2J␛\]0;owned␇ <U\+202E><U\+009B>1m/);
    assert.ok(!/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/.test(stdout));
  });

  test(`${shell}: what an allow-list hides is counted and makes no risk`, (t) => {
    const file = join(folder(t), "allow.json");
    const entries = [{ name: "all of it", search: "Computer=*" }];
    writeFileSync(file, JSON.stringify({ format: "scriptscope.allowList", version: 1, entries }));
    const { status, stdout } = run(["--allow", file, "--format", "json", sample]);
    assert.equal(status, 0);
    const report = JSON.parse(stdout);
    assertReport(report);
    assert.ok(report.results.length > 0 && report.results.every(({ suppressedBy }) => suppressedBy === "all of it"));
    assert.deepEqual(report.riskObjects, []);
    writeFileSync(file, JSON.stringify([{ name: "bad", search: "Computer=DC01\n OR (" }]));
    const bad = run(["--allow", file, sample]);
    assert.equal(bad.status, 2);
    assert.match(bad.stderr, /"bad"[^]*line 2[^]*\^/);
    writeFileSync(file, "{");
    assert.match(run(["--allow", file, sample]).stderr, /--allow .*allow\.json/);
  });

  test(`${shell}: what is hidden in a script is found, shown as such, and left out on demand`, (t) => {
    const file = join(folder(t), "log.xml");
    const encoded = Buffer.from(REMOTING, "utf16le").toString("base64");
    writeFileSync(file, eventsXml([{ text: `powershell.exe -nop -w hidden -enc ${encoded}` }]));
    const found = run([file]);
    assert.equal(found.status, 1);
    assert.match(found.stdout, isNative ? /hidden, layer 1: Enable-PSRemoting -Force/ : /Enable-PSRemoting -Force/);
    const report = JSON.parse(run(["-f", "json", file]).stdout);
    assertReport(report);
    const first = report.rules.find(({ id }) => id === FIRST);
    assert.deepEqual([first.matched, first.matchedInViews, first.rows], [0, 1, 1]);
    const without = JSON.parse(run(["-f", "json", "--no-views", file]).stdout);
    const plain = report.results.filter(({ blocks }) => blocks.every(({ spans }) => spans[0]?.view === "original"));
    assert.deepEqual(without.results, plain);
    assert.ok(report.results.length > plain.length);
    assert.ok(!run(["--mode", "event", file]).stdout.includes("hidden, "));
  });

  test(`${shell}: a disguise is seen wherever in a text it stands, however the text is written`, (t) => {
    const dir = folder(t);
    const disguises = ["iex ('Enable-PSR'+'emoting')", "& ('{1}{0}' -f 'Remoting','Enable-PS')", "Enable`-PSRem`oting"];
    const texts = disguises.flatMap((text) =>
      Array.from({ length: 40 }, (_, length) => `${"x".repeat(length)};${text}${"y ".repeat(length % 7)}`),
    );
    const events = texts.map((text, index) => ({ text, scriptBlockId: `id-${index}` }));
    const xml = eventsXml(events);
    const forms = {
      "a.xml": xml,
      "b.xml": xml.replace(
        /(<Data Name=.ScriptBlockText.>)([^<]*)/g,
        (_, tag, text) => tag + text.replaceAll("'", "&apos;"),
      ),
      "c.xml": Buffer.from(`\ufeff${xml}`, "utf16le"),
    };
    for (const [name, bytes] of Object.entries(forms)) {
      writeFileSync(join(dir, name), bytes);
      const { rules } = JSON.parse(run(["-f", "json", join(dir, name)]).stdout);
      const first = rules.find(({ id }) => id === FIRST);
      assert.deepEqual([first.matched, first.matchedInViews], [0, texts.length], name);
    }
  });
}

test("both print the same bytes", (t) => {
  const dir = folder(t);
  copyFileSync(sample, join(dir, "a.xml"));
  writeFileSync(join(dir, "b.gz"), gzip(eventsXml([{ text: REMOTING }]) + harmless.slice(0, 300)));
  const [native, npm] = Object.values(shells).map(runner);
  for (const format of ["json", "ndjson", "csv"]) {
    for (const mode of ["block", "event"]) {
      const words = ["--format", format, "--mode", mode, dir, join(dir, "none.xml")];
      assert.equal(native(words).stdout, npm(words).stdout, `${format} ${mode}`);
    }
  }
});

test("the package's command names the native one for what it has not", () => {
  for (const [words, said] of [
    [["rules"], /^scriptscope: rules is a command of the native binary/],
    [["--case", "x.json", sample], /^scriptscope: --case is an option of the native binary/],
    [["--risk-window", "1", sample], /^scriptscope: --risk-window is an option of the native binary/],
    [["-o", "out", sample], /^scriptscope: -o is an option of the native binary/],
  ]) {
    const { status, stderr } = runner(npmCommand)(words);
    assert.equal(status, 2);
    assert.match(stderr, said);
  }
});
