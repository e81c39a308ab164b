// The native command line: tables, rules and their tests, settings, partial results, and what only it can do.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { appendFileSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { eventsXml } from "../scripts/events.mjs";
import { assertReport } from "./support/invariants.mjs";
import { folder, nativeCommand, sample } from "./support/logs.mjs";
import { runner } from "./support/run.mjs";

const run = runner(nativeCommand);
const FIRST = "40e3b299-19a5-4460-96e9-e1467f714f8e";
const REMOTING = "Enable-PSRemoting -Force";

const detection = (samples, search = "ScriptBlockText=*PSRemoting*") => `name: Mine
id: 11111111-2222-4333-8444-555555555555
type: TTP
search: '\`powershell\` EventCode=4104 ${search} | stats count by Computer ScriptBlockText'
scriptscope:
  samples:
${samples.map(([match, text]) => `  - {name: ${match ? "yes" : "no"}, match: ${match}, text: "${text}"}`).join("\n")}
`;

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

test("rules are listed, with those refused and why", (t) => {
  const dir = folder(t);
  const { rules } = JSON.parse(run(["rules", "--format", "json"]).stdout);
  assert.ok(rules.length >= 11);
  assert.ok(rules.every(({ kind, refused }) => kind === "builtin" && refused === null));
  writeFileSync(
    join(dir, "bad.yml"),
    "name: Bad\nid: bad-1\nsearch: '`powershell` EventCode=4104 | timechart count'\ntype: TTP\n",
  );
  const listed = run(["rules", "--no-builtin", "--rules", dir]);
  assert.equal(listed.status, 0);
  assert.match(listed.stdout, /x Bad/);
  assert.match(listed.stdout, /refused.*timechart/s);
  assert.match(listed.stdout, /1 rule, 1 refused/);
});

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

test("rules that cannot match and rules about other logs are listed, all of them", (t) => {
  const dir = folder(t);
  writeFileSync(join(dir, "typo.yml"), "name: Typo\nid: t\ntype: TTP\nsearch: EventCode=4104 ScriptBlocktext=*a*\n");
  for (let index = 0; index < 12; index += 1) {
    const source = index < 10 ? "product: windows, category: process_creation" : "product: linux, service: auditd";
    const text = `title: O${index}\nid: o${index}\nlogsource: {${source}}\ndetection: {s: {a: b}, condition: s}\n`;
    writeFileSync(join(dir, `o${index}.yml`), text);
  }
  writeFileSync(join(dir, "notes.yml"), "no: rule\n");
  const { status, stdout } = run(["rules", "--no-builtin", "--rules", dir, "--format", "json"]);
  assert.equal(status, 0);
  const list = JSON.parse(stdout);
  const leftOut = list.rules.filter((rule) => rule.status === "notApplicable");
  assert.equal(leftOut.length, 12);
  assert.ok(
    leftOut.every(({ statusReason, title }) => statusReason.includes(`${title.toLowerCase()}.yml:1 is about `)),
  );
  assert.deepEqual(list.rulesNotApplicable, { "linux/auditd": 2, "windows/process_creation": 10 });
  assert.ok(list.filesWithoutRules.some((name) => name.endsWith("notes.yml")));
  const table = run(["rules", "--no-builtin", "--rules", dir]).stdout;
  assert.match(table, /^! Typo .*\n {4}cannot match: .*did you mean ScriptBlockText\?$/m);
  assert.match(table, /^ {4,}10 {2}windows\/process_creation$/m);
  assert.match(table, /1 rule, 0 refused, 1 cannot match, 12 about other logs\n$/);
  const tested = run(["test", join(dir, "typo.yml")]);
  assert.equal(tested.status, 1);
  assert.match(tested.stdout, /\+ cannot match: .*ScriptBlocktext/);
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

test("a rule without samples is not tested, and counted apart", (t) => {
  const dir = folder(t);
  const file = join(dir, "mine.yml");
  writeFileSync(file, detection([]));
  const none = run(["test", file]);
  assert.equal(none.status, 2);
  assert.match(none.stdout, /^not tested: it has no samples: Mine$/m);
  assert.match(none.stdout, /^1 rule, 0 passed, 0 failed, 1 not tested$/m);
  assert.match(none.stderr, /^scriptscope: nothing was tested$/m);
  const junit = run(["test", file, "--format", "junit"]).stdout;
  assert.match(junit, /<testsuite name="mine.yml" tests="1" failures="0" errors="0" skipped="1">/);
  assert.match(junit, /<testcase[^>]*name="runs">\s*<skipped message="it has no samples"\/>/);
  const { passed, skipped, untested } = JSON.parse(run(["test", file, "--format", "json"]).stdout);
  assert.deepEqual([passed, skipped, untested], [0, 1, ["Mine"]]);

  const other = detection([[true, "Enable-PSRemoting"]])
    .replaceAll("1111", "2222")
    .replace("Mine", "Other");
  writeFileSync(join(dir, "other.yml"), other);
  const both = run(["test", dir]);
  assert.equal(both.status, 0);
  assert.match(both.stdout, /^2 rules, 2 passed, 0 failed, 1 not tested$/m);
  mkdirSync(join(dir, "void"));
  assert.equal(run(["test", join(dir, "void")]).status, 2);
});

const ATTACK_DATA = "https://media.githubusercontent.com/media/splunk/attack_data/master/datasets/x";
const POWERSHELL = "XmlWinEventLog:Microsoft-Windows-PowerShell/Operational";

/** A rule that names data sets, each with its source in Splunk. */
const onData = (sets, search) =>
  `${detection([], search).replace(/scriptscope:[^]*/, "")}tests:
- name: True Positive Test
  attack_data:
${sets.map(([data, source]) => `  - {data: "${data}", source: "${source}", sourcetype: XmlWinEventLog}`).join("\n")}
`;

test("rules are tested on the data sets they name, in a local checkout", (t) => {
  const dir = folder(t);
  const rule = join(dir, "mine.yml");
  const data = join(dir, "attack_data");
  mkdirSync(join(data, "datasets/x"), { recursive: true });
  writeFileSync(join(data, "datasets/x/a b.log"), eventsXml([{ text: REMOTING }]));
  writeFileSync(
    join(data, "datasets/x/lfs.log"),
    "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 7\n",
  );
  const tested = (sets, search) => {
    writeFileSync(rule, onData(sets, search));
    return run(["test", rule, "--data", data]);
  };
  for (const name of [`${ATTACK_DATA}/a%20b.log`, "datasets/x/a b.log", "x/a b.log"]) {
    const { status, stdout } = tested([[name, POWERSHELL]]);
    assert.equal(status, 0, stdout);
    assert.match(stdout, /^1 rule, 2 passed, 0 failed$/m);
  }
  const failed = tested([[`${ATTACK_DATA}/a b.log`, POWERSHELL]], "ScriptBlockText=*Mimikatz*");
  assert.equal(failed.status, 1);
  assert.match(failed.stdout, /- at least one result\n\s+\+ none, of 1 script block in 1 event/);

  const pointer = tested([[`${ATTACK_DATA}/lfs.log`, POWERSHELL]]);
  assert.equal(pointer.status, 2);
  assert.match(pointer.stdout, /datasets\/x\/lfs\.log: LFS pointer: run git lfs pull/);
  const gone = tested([[`${ATTACK_DATA}/gone.log`, POWERSHELL]]);
  assert.equal(gone.status, 2);
  assert.match(gone.stdout, /datasets\/x\/gone\.log: not in /);
  assert.match(tested([["../../etc/passwd", POWERSHELL]]).stdout, /leads out of the folder/);

  const partly = tested([
    [`${ATTACK_DATA}/a b.log`, POWERSHELL],
    [`${ATTACK_DATA}/sysmon.log`, "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational"],
  ]);
  assert.equal(partly.status, 0);
  assert.match(partly.stdout, /left out: source XmlWinEventLog:Microsoft-Windows-Sysmon\/Operational/);
  assert.match(run(["test", rule]).stdout, /its data sets need --data DIR: Mine/);
  assert.equal(run(["test", rule, "--data", join(dir, "none")]).status, 2);
});

test("failed tests and refused rules are SARIF and annotations, with their places", (t) => {
  const dir = folder(t);
  mkdirSync(join(dir, "rules"));
  writeFileSync(join(dir, "rules/a b.yml"), detection([[true, "Get-Date, 100 %: yes"]]));
  const cwd = { cwd: dir };
  const annotated = run(["test", "rules", "--format", "github"], cwd);
  assert.equal(annotated.status, 1);
  assert.equal(
    annotated.stdout,
    "::error file=rules/a b.yml,line=7,title=Mine::finds: yes%0A- found%0A+ not found%0A  | Get-Date, 100 %25: yes\n",
  );
  assert.match(annotated.stderr, /1 rule, 1 passed, 1 failed/);
  const { $schema, version, runs } = JSON.parse(run(["test", "rules", "--format", "sarif"], cwd).stdout);
  assert.deepEqual([version, runs.length, $schema.includes("2.1.0")], ["2.1.0", 1, true]);
  const [{ ruleId, ruleIndex, level, locations }] = runs[0].results;
  assert.deepEqual([ruleId, level, runs[0].tool.driver.rules[ruleIndex].id], ["sample-failed", "error", ruleId]);
  assert.deepEqual(locations, [
    { physicalLocation: { artifactLocation: { uri: "rules/a%20b.yml" }, region: { startLine: 7 } } },
  ]);

  writeFileSync(join(dir, "rules/a b.yml"), detection([], "| nonsense"));
  for (const words of [
    ["test", "rules"],
    ["rules", "--no-builtin", "--rules", "rules"],
  ]) {
    assert.match(
      run([...words, "-f", "github"], cwd).stdout,
      /^::(error|warning) file=rules\/a b\.yml,line=4,col=\d+,title=[^:]+::[^\n]*nonsense/m,
    );
    const [result] = JSON.parse(run([...words, "-f", "sarif"], cwd).stdout).runs[0].results;
    assert.equal(result.locations[0].physicalLocation.region.startLine, 4);
  }
});

test("an output that is an input is refused, and - is standard output", (t) => {
  const file = join(folder(t), "a.xml");
  copyFileSync(sample, file);
  const { status, stderr } = run(["-o", file, file]);
  assert.equal(status, 2);
  assert.match(stderr, /it is one of the inputs/);
  assert.deepEqual(readFileSync(file), readFileSync(sample));
  assert.match(run(["-o", "-", "-f", "csv", file]).stdout, /^firstTime,/);
  assert.equal(run(["-o", "/dev/full", file]).status, 2);
  assert.equal(run(["unwrap", "-"]).status, 2);
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

test("words that are wrong are named, with what is near them", (t) => {
  const wrong = [
    [[], /no input/],
    [["--formt", "json", "a"], /--formt[^]*'--format'/],
    [["-x", "a"], /-x/],
    [["--format", "xml", "a"], /xml[^]*table, json, ndjson, csv, junit/],
    [["--sha256=yes", "a"], /sha256/],
    [["--min-score", "high", "a"], /high/],
    [["--jobs", "0", "a"], /whole number/],
    [["--utc-offset", "CET", "a"], /\+02:00/],
    [["--macro", "=x", "a"], /NAME=DEFINITION/],
    [["-", "-"], /once only/],
    [["rules", "--format", "csv"], /table or json/],
    [["test", "r.yml", "--format", "csv"], /table or json or junit/],
    [["a.evtx", "--format", "junit"], /table or json or ndjson or csv/],
    [["test"], /no rules/],
    [["a.evtx", "--as", "spl"], /--as/],
    [["rules", "--as", "spl"], /name the ids/],
    [["rules", "--as", "kql", "x"], /spl, sigma, yaml/],
    [["test", "r.yml", "--expect", "e.json"], /name the logs/],
    [["--config", "none.toml", "a"], /none\.toml/],
  ];
  for (const [words, message] of wrong) {
    const { status, stdout, stderr } = run(words);
    assert.equal(status, 2, words.join(" "));
    assert.equal(stdout, "");
    assert.match(stderr, /^scriptscope: /);
    assert.match(stderr, message, words.join(" "));
  }
  const near = run(["rulse"]);
  assert.equal(near.status, 2);
  assert.match(near.stderr, /Did you mean the command rules\?/);
  // A command only in first place: elsewhere it is a file.
  const dir = folder(t);
  copyFileSync(sample, join(dir, "rules"));
  assert.equal(run(["./rules", "rules"], { cwd: dir }).status, 1);
});

test("settings come from a file where one is named, and the command line goes before", (t) => {
  const dir = folder(t);
  const file = join(dir, "settings.toml");
  const printed = run(["--print-config", "-f", "csv", "-j2", "--macro", "x=search NOT y=1", "--utc-offset", "-05:00"]);
  assert.equal(printed.status, 0);
  writeFileSync(file, printed.stdout);
  assert.equal(run(["--config", file, "--print-config"]).stdout, printed.stdout);
  assert.match(run(["--config", file, sample]).stdout, /^firstTime,/);
  assert.match(run(["--config", file, "--format", "ndjson", sample]).stdout, /^\{/);
  writeFileSync(file, "formt = 'csv'");
  assert.match(run(["--config", file, sample]).stderr, /settings\.toml[^]*formt/);
});

test("output goes to a file, and quiet is quiet", (t) => {
  const dir = folder(t);
  const file = join(dir, "out.json");
  const { status, stdout, stderr } = run(["-q", "-f", "json", "-o", file, sample]);
  assert.deepEqual({ status, stdout, stderr }, { status: 1, stdout: "", stderr: "" });
  assertReport(JSON.parse(readFileSync(file, "utf8")));
  assert.equal(run(["-o", join(dir, "none/out"), sample]).status, 2);
  assert.match(run(["-v", sample]).stderr, /read 1 file, .* in /);
});

test("colour follows what is asked for", () => {
  const coloured = (words, env) => run([...words, sample], { env }).stdout.includes("\x1b[");
  assert.ok(!coloured([], {}));
  assert.ok(coloured(["--color", "always"], { NO_COLOR: "1" }));
  assert.ok(coloured([], { CLICOLOR_FORCE: "1" }));
  assert.ok(!coloured([], { CLICOLOR_FORCE: "1", NO_COLOR: "1" }));
  assert.ok(!coloured(["--color", "never"], { CLICOLOR_FORCE: "1" }));
});

test("completions, the manual page and help of every command", () => {
  for (const shell of ["bash", "zsh", "fish", "powershell"]) {
    const { status, stdout } = run(["--completions", shell]);
    assert.equal(status, 0);
    assert.match(stdout, /scriptscope/);
  }
  assert.match(run(["--man"]).stdout, /^\.ie|^\.TH/m);
  for (const command of [[], ["rules"], ["test"], ["unwrap"], ["partial"], ["merge"]]) {
    const { status, stdout } = run([...command, "--help"]);
    assert.equal(status, 0);
    assert.match(stdout, /^Examples:\n {2}scriptscope/m);
    assert.ok(stdout.split("\n").every((line) => line.length <= 115));
  }
});

test("hidden texts of a script are printed", (t) => {
  const file = join(folder(t), "a.ps1");
  const encoded = Buffer.from(REMOTING, "utf16le").toString("base64");
  const script = `powershell.exe -enc ${encoded}`;
  writeFileSync(file, Buffer.from(`\ufeff${script}`, "utf16le"));
  for (const { status, stdout } of [run(["unwrap", file]), run(["unwrap", "-"], { input: script })]) {
    assert.equal(status, 1);
    assert.match(stdout, /^# layer 1\n# {3}\w+ => Enable-PSRemoting -Force\nEnable-PSRemoting -Force\n/m);
  }
  const views = JSON.parse(run(["unwrap", "-f", "json", file]).stdout);
  assert.ok(views.some(({ view, text }) => view === "layer 1" && text === REMOTING));
  assert.deepEqual(run(["unwrap", "-"], { input: "Get-Date" }).stdout, "");
  assert.equal(run(["unwrap", "-"], { input: "Get-Date" }).status, 0);
  assert.equal(run(["unwrap", join(file, "none")]).status, 2);
});

test("partial results of several machines are merged", (t) => {
  const dir = folder(t);
  const logs = ["a.xml", "b.xml", "c.xml"].map((name, index) => {
    const part = { text: `part ${index} Enable-PS`, scriptBlockId: "split", part: index + 1, total: 3, computer: "H9" };
    writeFileSync(join(dir, name), eventsXml([part, { text: REMOTING, computer: `H${index}`, scriptBlockId: name }]));
    return join(dir, name);
  });
  const partials = logs.map((log) => {
    const file = `${log}.partial`;
    assert.equal(run(["partial", "-o", file, log]).status, 0);
    return file;
  });
  const merged = run(["merge", "-f", "json", ...partials.toReversed()]);
  assert.equal(merged.status, 1);
  assert.equal(merged.stdout, run(["-f", "json", ...logs]).stdout);
  const other = run(["merge", "--mode", "event", ...partials]);
  assert.equal(other.status, 2);
  assert.match(other.stderr, /a\.xml\.partial|c\.xml\.partial|b\.xml\.partial/);
  assert.equal(run(["merge", sample]).status, 2);
});

test("a log that grows is followed: new results, and changed ones again under their ids", async (t) => {
  const dir = folder(t);
  const file = join(dir, "log.xml");
  const event = (index) => eventsXml([{ text: REMOTING, scriptBlockId: `id-${index}`, record: index }]);
  writeFileSync(file, event(1));
  const child = spawn(nativeCommand, ["--follow", "--format", "ndjson", dir]);
  t.after(() => child.kill("SIGKILL"));
  let stdout = "";
  child.stdout.on("data", (data) => {
    stdout += data;
  });
  const lines = () =>
    stdout
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  const until = async (holds) => {
    for (let wait = 0; wait < 300 && !holds(); wait += 1) await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(holds(), stdout);
  };
  const last = (count) => () => lines().some((line) => line.ruleId === FIRST && line.count === count);
  await until(last(1));
  appendFileSync(file, event(2).slice(0, 300));
  appendFileSync(file, event(2).slice(300));
  await until(last(2));
  writeFileSync(join(dir, "other.xml"), event(3));
  await until(last(3));
  const ids = new Set(
    lines()
      .filter(({ ruleId }) => ruleId === FIRST)
      .map(({ id }) => id),
  );
  assert.equal(ids.size, 1);
  child.kill("SIGINT");
  assert.equal(await new Promise((resolve) => child.on("close", resolve)), 130);
});
