// No modules of the library or of the page import each other in a circle.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "../..");

/** Circles that another arrangement would not remove: the modules, sorted, and the reason. @type {[string[], string][]} */
const INHERENT_CYCLES = [];

/** @param {string} folder @returns {string[]} */
function modulesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.m?js$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/**
 * The modules that a module imports, types aside: JSDoc's `import()` is no import.
 *
 * @param {string} code
 */
function importsOf(code) {
  const uncommented = code.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  return [...uncommented.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"(\.[^"]+)"/g)].map((match) => String(match[1]));
}

/**
 * Strongly connected components of two or more nodes, by Tarjan's algorithm.
 *
 * @param {Map<string, string[]>} graph
 */
function cyclesOf(graph) {
  /** @type {string[][]} */
  const found = [];
  /** @type {Map<string, { index: number, low: number, onStack: boolean }>} */
  const visits = new Map();
  /** @type {string[]} */
  const stack = [];
  /** @param {string} node */
  function visit(node) {
    const own = { index: visits.size, low: visits.size, onStack: true };
    visits.set(node, own);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      const seen = visits.get(next);
      if (!seen) own.low = Math.min(own.low, visit(next).low);
      else if (seen.onStack) own.low = Math.min(own.low, seen.index);
    }
    if (own.low === own.index) {
      const component = stack.splice(stack.lastIndexOf(node));
      for (const member of component) /** @type {any} */ (visits.get(member)).onStack = false;
      if (component.length > 1) found.push(component.sort());
    }
    return own;
  }
  for (const node of graph.keys()) if (!visits.has(node)) visit(node);
  return found;
}

test("the search for cycles finds one and no chain", () => {
  const graph = new Map([
    ["a", ["b"]],
    ["b", ["c"]],
    ["c", ["b", "d"]],
    ["d", []],
  ]);
  assert.deepEqual(cyclesOf(graph), [["b", "c"]]);
  assert.deepEqual(
    importsOf('import { a } from "./a.js";\n/** @type {import("./b.js").B} */\nawait import("./c.js");'),
    ["./a.js", "./c.js"],
  );
});

for (const folder of ["npm", "www"]) {
  test(`no modules in ${folder}/ import each other in a circle`, () => {
    const graph = new Map();
    for (const file of modulesBelow(join(root, folder))) {
      const targets = importsOf(readFileSync(file, "utf8")).map((path) => relative(root, join(dirname(file), path)));
      graph.set(relative(root, file), targets);
    }
    assert.ok(graph.size > 10, "the modules are found");
    const listed = INHERENT_CYCLES.map(([modules]) => modules);
    assert.deepEqual(
      cyclesOf(graph),
      listed.filter((modules) => modules[0]?.startsWith(folder)),
    );
  });
}
