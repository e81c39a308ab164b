// The command line as installed: what it prints, how it ends, and that nothing in a log acts on the terminal.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { eventsXml } from "../scripts/events.mjs";
import { gzip, zip } from "./support/archives.mjs";
import { assertReport } from "./support/invariants.mjs";
import { command, folder, sample } from "./support/logs.mjs";

function run(words, { input, env = {} } = {}) {
  const { status, stdout, stderr } = spawnSync(command, words, {
    encoding: "utf8",
    maxBuffer: 1 << 28,
    input: input ?? "",
    env: { ...process.env, ...env },
  });
  return { status, stdout, stderr };
}

const REMOTING = "Enable-PSRemoting -Force";
const harmless = eventsXml([{ text: "Get-Date" }]);

test("the sample is summed up: who is at risk, what was found, on which machine", () => {
  const { status, stdout, stderr } = run([sample]);
  assert.equal(status, 1);
  assert.equal(stderr, "");
  assert.match(stdout, /^scriptscope \S+ · 1 file · .* script blocks · \d+ results · risk on \d+ objects$/m);
  assert.match(stdout, /^RISK/m);
  assert.match(stdout, /^DETECTIONS/m);
  assert.match(stdout, /FS03\.corp\.example\s+2×\s+2026-08-08 06:13:52\.083\d* UTC … 2026-08-08 06:15:10\.332\d* UTC/);
  assert.match(stdout, /^\s+Enable-PSRemoting -Force/m);
  assert.ok(!stdout.includes("\x1b"), "no colour into a pipe");
});

test("json is the whole report, the same from a file, standard input, gzip and zip but for the names", async (t) => {
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

test("the order of the inputs changes nothing", (t) => {
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

test("ndjson has an object a line, csv a row a line", () => {
  const lines = run(["--format", "ndjson", sample]).stdout.trimEnd().split("\n");
  for (const line of lines) assert.equal(typeof JSON.parse(line), "object");
  const csv = run(["--format", "csv", sample]);
  assert.equal(csv.status, 1);
  assert.ok(csv.stdout.split("\r\n").length > 2 || csv.stdout.split("\n").length > 2);
});

test("exit status: 0 nothing, 1 found, and damage alone never changes it", (t) => {
  const dir = folder(t);
  const write = (name, content) => {
    writeFileSync(join(dir, name), content);
    return join(dir, name);
  };
  const nothing = run([write("a.xml", harmless)]);
  assert.equal(nothing.status, 0);
  assert.match(nothing.stdout, /No detection matched 1 script block\. \d+ rules ran\./);

  assert.equal(run([write("cut.xml", harmless + harmless.slice(0, 300))]).status, 0);
  const cut = run([write("cut1.xml", eventsXml([{ text: REMOTING }]) + harmless.slice(0, 300))]);
  assert.equal(cut.status, 1);
  assert.match(cut.stdout, /cut1\.xml, byte \d+/);

  const empty = run([write("empty.evtx", "")]);
  assert.equal(empty.status, 0);
  assert.match(empty.stdout, /No PowerShell script block events/);
  assert.equal(run([write("b.xml", harmless), "--min-score", "1000", sample]).status, 0);
});

test("exit status 2: wrong options, and inputs that could not be read at all", (t) => {
  const dir = folder(t);
  for (const words of [[], ["--formt"], ["--since", "yesterday", sample], ["--rules", join(dir, "none.yml"), sample]]) {
    const { status, stdout, stderr } = run(words);
    assert.equal(status, 2, words.join(" "));
    assert.equal(stdout, "");
    assert.match(stderr, /^scriptscope: /);
  }
  const missing = run([join(dir, "none.evtx"), sample]);
  assert.equal(missing.status, 2);
  assert.match(missing.stderr, /none\.evtx: could not be read at all/);
  assert.match(missing.stdout, /^DETECTIONS/m);

  const png = join(dir, "picture.png");
  writeFileSync(png, Buffer.from("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489", "hex"));
  const picture = run([png]);
  assert.equal(picture.status, 2);
  assert.match(picture.stdout, /picture\.png/);

  mkdirSync(join(dir, "void"));
  const hollow = run([join(dir, "void")]);
  assert.equal(hollow.status, 0);
  assert.match(hollow.stderr, /void: nothing is in it/);
  // A log beside it was read: the folder as an input could be.
  copyFileSync(sample, join(dir, "void/a.xml"));
  copyFileSync(png, join(dir, "void/b.png"));
  assert.equal(run([join(dir, "void")]).status, 1);
});

test("help and version", () => {
  const help = run(["--help"]);
  assert.equal(help.status, 0);
  for (const word of ["--rules", "--macro", "--utc-offset", "Exit status", "Examples"])
    assert.ok(help.stdout.includes(word));
  assert.ok(help.stdout.split("\n").every((line) => line.length <= 115));
  assert.match(run(["--version"]).stdout, /^\d+\.\d+\.\d+\n$/);
});

test("a closed pipe is no error", async () => {
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

test("an interrupt stops it", async () => {
  const child = spawn(command, ["-"], { stdio: ["pipe", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  child.stdin.on("error", () => {});
  const feeding = setInterval(() => child.stdin.write(harmless.repeat(200)), 5);
  setTimeout(() => child.kill("SIGINT"), 1500);
  const status = await new Promise((resolve) => child.on("close", resolve));
  clearInterval(feeding);
  assert.equal(status, 130);
  assert.match(stderr, /interrupted/);
});

test("hostile text is shown, not obeyed", () => {
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
  assert.match(stdout, /Enable-PSRemoting -Force ␛\[2J␛\]0;owned␇ <U\+202E><U\+009B>1m/);
  assert.ok(!/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/.test(stdout));
});

test("rules are listed, with those refused and why", (t) => {
  const dir = folder(t);
  const { rules } = JSON.parse(run(["rules", "--format", "json"]).stdout);
  assert.ok(rules.length >= 11);
  assert.ok(rules.every(({ kind, refused }) => kind === "builtin" && refused === null));
  writeFileSync(
    join(dir, "bad.yml"),
    "name: Bad\nid: bad-1\nsearch: '`powershell` EventCode=4104 | transaction Computer'\ntype: TTP\n",
  );
  const listed = run(["rules", "--no-builtin", "--rules", dir]);
  assert.equal(listed.status, 0);
  assert.match(listed.stdout, /x Bad/);
  assert.match(listed.stdout, /refused.*transaction/s);
  assert.match(listed.stdout, /1 rule, 1 refused/);
});

const FIRST = "40e3b299-19a5-4460-96e9-e1467f714f8e";

test("on logs the list says what became of each rule", () => {
  const { status, stdout } = run(["rules", "--format", "json", sample]);
  assert.equal(status, 0);
  const report = JSON.parse(run(["--format", "json", sample]).stdout);
  assert.deepEqual(JSON.parse(stdout).rules, report.rules);
  const table = run(["rules", sample]).stdout;
  assert.match(table, /matched [1-9]\d* script blocks? · \d+ rows? · \d+ literals?/);
  const matched = [...table.matchAll(/matched (\d+) script/g)].map(([, count]) => Number(count));
  assert.ok(matched[0] > 0 && matched.at(-1) === 0, "those that matched come first");
  assert.match(table, new RegExp(`${matched.length} rules, \\d+ matched, 0 refused\n$`));
});

test("a rule is written in other forms, which load again", (t) => {
  const dir = folder(t);
  const form = (name) => run(["rules", "--as", name, FIRST]);
  assert.match(form("spl").stdout, /Enable-PSRemoting/);
  assert.match(form("sigma").stdout, /ScriptBlockText\|contains: /);
  const file = join(dir, "again.yml");
  writeFileSync(file, form("yaml").stdout);
  const { rules } = JSON.parse(run(["rules", "--no-builtin", "--rules", file, "-f", "json"]).stdout);
  assert.deepEqual(
    rules.map(({ id, refused }) => [id, refused]),
    [[FIRST, null]],
  );
  const unknown = run(["rules", "--as", "spl", "none", FIRST]);
  assert.equal(unknown.status, 2);
  assert.match(unknown.stderr, /none: no rule has this id/);
  assert.match(unknown.stdout, /Enable-PSRemoting/);
});

test("what an allow-list hides is counted and makes no risk", (t) => {
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

const detection = (samples, search = "ScriptBlockText=*PSRemoting*") => `name: Mine
id: 11111111-2222-4333-8444-555555555555
type: TTP
search: '\`powershell\` EventCode=4104 ${search} | stats count by Computer ScriptBlockText'
scriptscope:
  samples:
${samples.map(([match, text]) => `  - {name: ${match ? "yes" : "no"}, match: ${match}, text: "${text}"}`).join("\n")}
`;

test("rules are tested on their own samples, with a diff and an exit status", (t) => {
  const dir = folder(t);
  const file = join(dir, "mine.yml");
  writeFileSync(
    file,
    detection([
      [true, "Enable-PSRemoting"],
      [false, "Get-Date"],
    ]),
  );
  const good = run(["test", file]);
  assert.equal(good.status, 0, good.stdout + good.stderr);
  assert.match(good.stdout, /^1 rule, 3 passed, 0 failed$/m);

  writeFileSync(
    file,
    detection([
      [true, "Get-Date"],
      [false, "Enable-PSRemoting\\n<x>"],
    ]),
  );
  const bad = run(["test", file]);
  assert.equal(bad.status, 1);
  assert.match(bad.stdout, /FAIL {2}Mine {2}finds: yes\n.*mine\.yml.*\n\s+- found\n\s+\+ not found\n\s+\| Get-Date/);
  assert.match(bad.stdout, /FAIL {2}Mine {2}passes over: no\n.*\n\s+- not found\n\s+\+ found\n\s+\| Enable-PSRemoting/);
  assert.match(bad.stdout, /^1 rule, 1 passed, 2 failed$/m);

  const junit = run(["test", file, "--format", "junit"]);
  assert.equal(junit.status, 1);
  assert.match(junit.stdout, /^<\?xml[^]*<testsuites name="scriptscope" tests="3" failures="2" errors="0">/);
  assert.match(junit.stdout, /<testcase classname="Mine" name="runs"\/>/);
  assert.match(junit.stdout, /<failure message="- not found \+ found">[^]*&#60;x&#62;[^]*<\/failure>/);

  writeFileSync(file, `${detection([], "| nonsense")}---\nname: [\n`);
  const broken = run(["test", file]);
  assert.equal(broken.status, 1);
  assert.match(broken.stdout, /FAIL {2}Mine {2}runs\n[^]*\+ refused[^]*nonsense/);
  assert.match(broken.stdout, /FAIL {2}.*mine\.yml {2}is read/);
  assert.equal(run(["test", join(dir, "none.yml")]).status, 2);
});

test("rules are tested on logs against what they are expected to match", (t) => {
  const dir = folder(t);
  const rules = join(dir, "mine.yml");
  const log = join(dir, "log.xml");
  const expect = join(dir, "expect.json");
  writeFileSync(rules, detection([[true, "Enable-PSRemoting"]]));
  writeFileSync(
    log,
    eventsXml(
      [REMOTING, `${REMOTING} # again`, "Get-Date"].map((text, index) => ({ text, scriptBlockId: `id-${index}` })),
    ),
  );
  const first = run(["test", rules, log, "--format", "json"]);
  assert.equal(first.status, 0);
  assert.deepEqual(JSON.parse(first.stdout).matched, { "11111111-2222-4333-8444-555555555555": 2 });
  writeFileSync(expect, first.stdout);
  assert.equal(run(["test", rules, log, "--expect", expect]).status, 0);
  writeFileSync(expect, JSON.stringify({ "11111111-2222-4333-8444-555555555555": 3, gone: 1 }));
  const bad = run(["test", rules, log, "--expect", expect]);
  assert.equal(bad.status, 1);
  assert.match(bad.stdout, /- 3 script blocks matched\n\s+\+ 2 script blocks matched/);
  assert.match(bad.stdout, /\+ no rule has this id/);
  writeFileSync(expect, "[7]x");
  assert.equal(run(["test", rules, log, "--expect", expect]).status, 2);
});

test("what is hidden in a script is found, shown as such, and left out on demand", (t) => {
  const file = join(folder(t), "log.xml");
  const encoded = Buffer.from(REMOTING, "utf16le").toString("base64");
  writeFileSync(file, eventsXml([{ text: `powershell.exe -nop -w hidden -enc ${encoded}` }]));
  const found = run([file]);
  assert.equal(found.status, 1);
  assert.match(found.stdout, /hidden, layer 1: Enable-PSRemoting -Force/);
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

test("a disguise is seen wherever in a text it stands, however the text is written", (t) => {
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
