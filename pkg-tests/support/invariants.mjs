// The invariants of every report. Every test that makes a report asserts them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv/dist/2020.js";

const schema = JSON.parse(readFileSync(join(import.meta.dirname, "../../npm/report.schema.json"), "utf8"));
const validate = new Ajv({ allErrors: true, strict: true, strictTypes: false }).compile(schema);

/** @param {any} report */
export function assertReport(report) {
  assert.ok(validate(report), `schema: ${JSON.stringify(validate.errors?.slice(0, 5))}`);
  assertTotals(report);
  assertResults(report);
  assertRisk(report);
  assertBlocks(report);
  assertOrder(report);
}

function assertTotals({ sources, totals, results, riskObjects, problems }) {
  for (const name of ["bytes", "records", "events", "scriptBlocks", "incomplete"]) {
    assert.equal(
      totals[name],
      sum(sources, (source) => source[name]),
      `totals.${name} is the sum over the sources`,
    );
  }
  assert.equal(totals.sources, sources.length);
  assert.equal(totals.resultsKept, results.length);
  assert.ok(totals.results >= totals.resultsKept);
  assert.equal(totals.riskObjects, riskObjects.length);
  assert.ok(totals.problems >= problems.length);
  for (const source of sources) {
    const others = sum(Object.values(source.otherEvents), (count) => count);
    assert.ok(source.events + others <= source.records, `${source.name}: events are among its records`);
  }
}

function assertResults({ results, rules, scriptBlocks }) {
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  const blocks = new Map(scriptBlocks.map((block) => [block.id, block]));
  for (const result of results) {
    const rule = byId.get(result.ruleId);
    assert.ok(rule, `rule ${result.ruleId} of result ${result.id}`);
    assert.deepEqual(Object.keys(result.fields).sort(), [...rule.columns].sort(), "the columns are the keys of fields");
    assert.ok(result.blocks.length <= result.blocksTotal);
    for (const { id, spans } of result.blocks) {
      const block = blocks.get(id);
      assert.ok(block, `block ${id} of result ${result.id}`);
      const own = spans.filter(({ view }) => view === "original");
      for (const [start, end] of own.flatMap(({ ranges }) => ranges)) {
        assert.ok(start <= end && end <= block.text.length, `range ${start}..${end} lies in the text of ${id}`);
      }
    }
  }
}

function assertRisk({ riskObjects, results }) {
  const ids = new Set(results.map(({ id }) => id));
  for (const { object, score, events } of riskObjects) {
    const cents = sum(events, (event) => Math.round(event.score * 100));
    assert.equal(Math.round(score * 100), cents, `the score of ${object} is the sum of its events'`);
    for (const { resultId } of events) assert.ok(ids.has(resultId), `result ${resultId} behind the risk of ${object}`);
  }
}

function assertBlocks({ scriptBlocks, results, sources }) {
  const named = new Set(results.flatMap(({ blocks }) => blocks.map(({ id }) => id)));
  const names = new Set(sources.map(({ name }) => name));
  assert.equal(new Set(scriptBlocks.map(({ id }) => id)).size, scriptBlocks.length, "block ids are unique");
  for (const block of scriptBlocks) {
    assert.ok(named.has(block.id), `block ${block.id} is named by a result`);
    for (const { source } of block.events) assert.ok(names.has(source), `source ${source} of block ${block.id}`);
    for (const gap of block.gaps) assert.ok(gap <= block.text.length, `gap ${gap} lies in the text of ${block.id}`);
  }
}

function assertOrder({ sources, rules, results, riskObjects }) {
  assertSorted(sources, (a, b) => a.name <= b.name, "sources by name");
  assertSorted(rules, (a, b) => a.id <= b.id, "rules by id");
  assertSorted(results, (a, b) => a.score >= b.score, "results by score");
  const ranks = ({ distinctScore, score }) => [distinctScore, score];
  assertSorted(riskObjects, (a, b) => !isLess(ranks(a), ranks(b)), "risk objects by distinct score, then score");
}

function isLess([a, ...as], [b, ...bs]) {
  return a < b || (a === b && as.length > 0 && isLess(as, bs));
}

function assertSorted(list, inOrder, what) {
  list.slice(1).forEach((item, index) => assert.ok(inOrder(list[index], item), `${what}, at ${index + 1}`));
}

function sum(list, of) {
  return list.reduce((total, item) => total + of(item), 0);
}
