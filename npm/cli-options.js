// The options of the package's command, and what it refers to the native binary for.

import { parseArgs } from "node:util";

export const HELP = `Usage: scriptscope [OPTIONS] FILE|FOLDER|- ...

  -f, --format FORMAT   table (default), json, ndjson, csv, navigator, timesketch, timesketch-csv, stix, misp, hec,
                        ocsf, scripts-zip, html or markdown (a report for readers)
      --min-score N, --since TIME, --until TIME
  -r, --rules PATH      Splunk or Sigma rules, macros and lookups; repeatable
      --macro NAME=DEF, --disable ID, --no-builtin, --allow FILE, --mode block|event, --views, --no-views
      --computer NAME, --utc-offset=OFFSET, --encoding NAME, --password WORD, --sha256, --strict,
      --follow-links
  -h, --help, -V, --version

Exit status: 0 nothing found; 1 something was found; 2 the options are wrong, no rule can match, an input could not
be read at all, standard input is empty, the output cannot be written, or with --strict any problem is an error;
130 interrupted.
This is the small command line of the npm package. Threads, progress, colours, --output, --config, --follow,
--case, the options of risk, and the commands rules, test, unwrap, partial, merge, blocks, search, scripts,
risk, iocs, case and report are those of the native binary: cargo install --path crates/cli.
`;

const COMMANDS = [
  ...["rules", "test", "unwrap", "partial", "merge", "blocks", "search", "hunt"],
  ...["scripts", "risk", "iocs", "case", "report"],
];
/** Those that are written in pieces, for reports of any size. */
export const PIECES = ["json", "ndjson", "csv"];
const EXPORTS = ["navigator", "timesketch", "timesketch-csv", "stix", "misp", "hec", "ocsf", "scripts-zip"];
/** Reports for readers. */
export const DOCUMENTS = ["html", "markdown"];
export const FORMATS = ["table", ...PIECES, ...EXPORTS, ...DOCUMENTS];

/** Those that may come several times. */
const LISTS = ["rules", "macro", "disable", "password"];
const TEXTS = ["format", "allow", "mode", "computer", "since", "until", "min-score", "utc-offset", "encoding"];
const FLAGS = ["no-builtin", "views", "no-views", "sha256", "strict", "follow-links", "help", "version"];
/** Options of the native binary only. */
const NATIVE = new Set([
  ...["case", "assets", "risk-window", "risk-threshold", "tactic-window", "tactic-threshold", "tactic-rules", "table"],
  ...["output", "o", "quiet", "q", "verbose", "v", "color", "jobs", "j", "config", "print-config", "follow", "live"],
  ...["completions", "man"],
]);
/** @type {Record<string, string>} */
const SHORT = { format: "f", rules: "r", help: "h", version: "V" };

export class UsageError extends Error {}

/** @returns {{ values: Record<string, any>, files: string[] }} */
export function parse() {
  const args = process.argv.slice(2);
  if (COMMANDS.includes(args[0] ?? "")) throw new UsageError(`${args[0]} is a command of the native binary`);
  const entries = [...LISTS, ...TEXTS, ...FLAGS].map((name) => {
    const type = FLAGS.includes(name) ? "boolean" : "string";
    return [name, { type, multiple: LISTS.includes(name), ...(SHORT[name] ? { short: SHORT[name] } : {}) }];
  });
  try {
    const { values, positionals } = parseArgs({ args, options: Object.fromEntries(entries), allowPositionals: true });
    return { values, files: positionals };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const [, option = "", name = ""] = /^Unknown option '(--?([\w-]+))/.exec(message) ?? [];
    if (NATIVE.has(name)) throw new UsageError(`${option} is an option of the native binary`);
    throw new UsageError(message);
  }
}
