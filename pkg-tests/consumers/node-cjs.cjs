// Node, CommonJS: `require` works, and so does the synchronous session. Prints the report.
const { readFileSync } = require("node:fs");
const { basename } = require("node:path");
const { Session } = require("scriptscope");

const session = new Session();
for (const file of process.argv.slice(2)) {
  session.begin(basename(file));
  session.push(readFileSync(file));
  session.end();
}
console.log(JSON.stringify(session.report()));
session.free();
