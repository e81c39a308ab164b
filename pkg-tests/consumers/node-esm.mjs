// Node, ES modules: ready at import. Usage: node node-esm.mjs FILE ...; prints the report.
import { analyze } from "scriptscope";

console.log(JSON.stringify(await analyze(process.argv.slice(2))));
