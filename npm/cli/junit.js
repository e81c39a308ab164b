// Test results as JUnit's XML, which continuous integration reads.

import { visible } from "./terminal.js";

/**
 * A suite for each file of rules.
 *
 * @param {import("./test.js").Results} results
 */
export function junit({ cases }) {
  /** @type {Map<string, import("./test.js").Case[]>} */
  const suites = new Map();
  for (const one of cases) {
    const name = one.file ?? "built-in rules";
    const suite = suites.get(name);
    if (suite) suite.push(one);
    else suites.set(name, [one]);
  }
  const parts = [...suites].map(
    ([name, own]) =>
      `  <testsuite ${attributes({ name, ...counts(own) })}>\n${own.map(testCase).join("")}  </testsuite>\n`,
  );
  const head = `<testsuites ${attributes({ name: "scriptscope", ...counts(cases) })}>`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${head}\n${parts.join("")}</testsuites>\n`;
}

/** @param {import("./test.js").Case[]} cases */
function counts(cases) {
  return { tests: cases.length, failures: cases.filter(({ failure }) => failure !== null).length, errors: 0 };
}

/** @param {import("./test.js").Case} one */
function testCase({ rule, name, failure }) {
  const head = `    <testcase ${attributes({ classname: rule, name })}`;
  if (failure === null) return `${head}/>\n`;
  const message = failure.slice(0, 2).join(" ");
  return `${head}>\n      <failure ${attributes({ message })}>${failure.map(escaped).join("\n")}</failure>\n    </testcase>\n`;
}

/** @param {Record<string, string | number>} values */
function attributes(values) {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escaped(String(value))}"`)
    .join(" ");
}

/** Controls and lone surrogates have no place in XML: they are shown. @param {string} text */
function escaped(text) {
  return visible(text).replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
