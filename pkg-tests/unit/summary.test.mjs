import assert from "node:assert/strict";
import test from "node:test";
import { rulesTable } from "../../npm/cli/rules.js";
import { problemText, summary } from "../../npm/cli/summary.js";

const plain = (_, text) => text;

const rule = (id, more = {}) => ({
  id,
  title: `Title ${id}`,
  kind: "builtin",
  type: "Anomaly",
  level: null,
  enabled: true,
  refused: null,
  attack: [{ technique: "T1059.001", tactics: [] }],
  suppressed: 0,
  dropped: 0,
  ...more,
});

const result = (id, ruleId, fields, more = {}) => ({
  id,
  ruleId,
  fields,
  count: 1,
  score: 25,
  suppressedBy: null,
  blocks: [{ id: "block", spans: [{ view: "original", ranges: [[0, 1]] }] }],
  firstTime: "2026-08-08T06:13:52.083Z",
  lastTime: "2026-08-08T06:13:52.083Z",
  ...more,
});

function report(more) {
  const totals = { sources: 3, bytes: 61_200_000, scriptBlocks: 26_627, results: 4, riskObjects: 1, events: 30_000 };
  return { tool: "scriptscope 0.1.0", totals, rules: [], results: [], riskObjects: [], problems: [], ...more };
}

test("the summary has risk, then results by rule, then problems", () => {
  const text = summary(
    {
      lines: { a: "Enable-PSRemoting -Force", b: `\x1b[2J${"x".repeat(200)}` },
      report: report({
        rules: [rule("r1"), rule("r2", { suppressed: 2, dropped: 3 })],
        riskObjects: [
          {
            object: "FS03",
            type: "system",
            score: 50,
            tactics: ["execution"],
            events: [{ ruleId: "r1" }, { ruleId: "r2" }],
          },
        ],
        results: [
          result("a", "r1", { Computer: "FS03" }, { count: 1234, lastTime: "2026-08-09T00:00:00Z" }),
          result("b", "r2", { dest: ["A", "B"] }),
          result("c", "r2", { dest: "hidden" }, { suppressedBy: "r2_filter" }),
        ],
        problems: [
          {
            severity: "error",
            source: "b.evtx",
            rule: null,
            record: null,
            offset: 69632,
            line: null,
            message: "damaged",
          },
        ],
      }),
    },
    { paint: plain, columns: 60 },
  );
  assert.equal(
    text,
    `scriptscope 0.1.0 · 3 files · 61.2 MB · 26,627 script blocks · 2 results · risk on 1 object

RISK  sums of the scores of what was found, highest first
     50  FS03  system  2 events of 2 rules · execution

DETECTIONS  2 of 2 results
     25  Title r1  Anomaly · T1059.001
         FS03  1,234×  2026-08-08 06:13:52.083 UTC … 2026-08-09 00:00:00 UTC
           Enable-PSRemoting -Force
     25  Title r2  Anomaly · T1059.001
         A, B     1×  2026-08-08 06:13:52.083 UTC
           ␛[2J${"x".repeat(44)}…

NOTES  1 problem
  2 results hidden by filter macros
  Title r2: 3 matches without a row, for lack of a field to group by (--computer NAME?)
  error    b.evtx, byte 69632: damaged
`,
  );
});

test("without results the summary names the rules that ran, or how to log", () => {
  const ran = summary(
    { lines: {}, report: report({ rules: [rule("a"), rule("b", { enabled: false })] }) },
    { paint: plain },
  );
  assert.match(ran, /No detection matched 26,627 script blocks\. 1 rule ran\./);
  const totals = { sources: 1, bytes: 0, scriptBlocks: 0, results: 0, riskObjects: 0, events: 0 };
  assert.match(
    summary({ lines: {}, report: report({ totals }) }, { paint: plain }),
    /Turn on PowerShell Script Block Logging/,
  );
});

test("a problem's position and message are inert text", () => {
  const problem = { severity: "warning", source: null, rule: "r\x1b", record: "7", offset: null, line: 2, column: 5 };
  assert.equal(
    problemText({ ...problem, message: "unknown command\n  | foo\n    ^" }, plain),
    "warning  rule r␛, record 7, line 2:5: unknown command\n             | foo\n               ^",
  );
});

test("refused rules are listed with the reason", () => {
  const rules = [rule("ok"), rule("bad", { refused: { reason: "no command foo\n| foo\n  ^", line: 3, column: 2 } })];
  assert.equal(
    rulesTable({ rules, problems: [] }, plain),
    `  Title ok  builtin · Anomaly · T1059.001
x Title bad  builtin · Anomaly · T1059.001
    refused (line 3:2): no command foo
           | foo
             ^
2 rules, 1 refused
`,
  );
});

test("a result found in a view names the view", () => {
  const blocks = [{ id: "block", spans: [{ view: "layer 1", ranges: [[0, 1]] }] }];
  const results = [result("a", "r1", { Computer: "FS03" }, { blocks })];
  const outline = { lines: { a: "iex $x" }, report: report({ rules: [rule("r1")], results }) };
  assert.match(summary(outline, { paint: plain, columns: 80 }), /hidden, layer 1: iex \$x/);
});
