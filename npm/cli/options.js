// The command line's words, parsed: what is wrong with them is said here, before anything is read.

/** The command line cannot be understood, or asks for what cannot be. */
export class UsageError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = "UsageError";
  }
}

/** @typedef {"table" | "json" | "ndjson" | "csv" | "junit"} Format */
/** @typedef {"spl" | "sigma" | "yaml"} Form */

/**
 * @typedef {object} Options
 * @property {"analyze" | "rules" | "test" | "help" | "version"} command
 * @property {string[]} inputs logs; with `as`, ids of rules
 * @property {Format} format
 * @property {string[]} rules paths
 * @property {string | null} allow path of an allow-list
 * @property {string | null} expect path of what rules are expected to find
 * @property {Form | null} as the form to write rules in
 * @property {string[]} passwords
 * @property {number | null} jobs threads, or null for as many as pay
 * @property {import("../index.js").SessionOptions} session without the rules
 */

/** @typedef {(options: Options, value: string) => void} Take */

/** Options with a value. @type {Record<string, Take>} */
const VALUES = {
  "--format": (options, value) => {
    options.format = oneOf("--format", value, ["table", "json", "ndjson", "csv", "junit"]);
  },
  "--rules": (options, value) => {
    options.rules.push(value);
  },
  "--allow": (options, value) => {
    options.allow = value;
  },
  "--expect": (options, value) => {
    options.expect = value;
  },
  "--as": (options, value) => {
    options.as = oneOf("--as", value, /** @type {Form[]} */ (["spl", "sigma", "yaml"]));
  },
  "--macro": (options, value) => {
    const [name, definition] = halves("--macro", value);
    options.session.macros = { ...options.session.macros, [name]: definition };
  },
  "--mode": (options, value) => {
    options.session.mode = oneOf("--mode", value, /** @type {import("../index.js").Mode[]} */ (["block", "event"]));
  },
  "--min-score": (options, value) => {
    options.session.minScore = number("--min-score", value);
  },
  "--since": (options, value) => {
    options.session.since = value;
  },
  "--until": (options, value) => {
    options.session.until = value;
  },
  "--computer": (options, value) => {
    options.session.computer = value;
  },
  "--utc-offset": (options, value) => {
    options.session.utcOffset = offset("--utc-offset", value);
  },
  "--jobs": (options, value) => {
    options.jobs = number("--jobs", value);
    if (!Number.isInteger(options.jobs) || options.jobs < 1) throw new UsageError("--jobs is a whole number from 1");
  },
  "--password": (options, value) => {
    options.passwords.push(value);
  },
};

/** Options without a value. @type {Record<string, (options: Options) => void>} */
const FLAGS = {
  "--no-builtin": (options) => {
    options.session.builtin = false;
  },
  "--views": (options) => {
    options.session.views = true;
  },
  "--no-views": (options) => {
    options.session.views = false;
  },
  "--sha256": (options) => {
    options.session.sha256 = true;
  },
  "--help": (options) => {
    options.command = "help";
  },
  "--version": (options) => {
    options.command = "version";
  },
};

/** @type {Record<string, string>} */
const SHORT = { "-f": "--format", "-r": "--rules", "-j": "--jobs", "-h": "--help", "-V": "--version" };

/**
 * @param {string[]} words after the program's own name
 * @returns {Options}
 * @throws {UsageError}
 */
export function parseOptions(words) {
  /** @type {Options} */
  const options = {
    command: "analyze",
    inputs: [],
    format: "table",
    rules: [],
    allow: null,
    expect: null,
    as: null,
    passwords: [],
    jobs: null,
    session: {},
  };
  const rest = [...words];
  if (rest[0] === "rules" || rest[0] === "test") {
    options.command = rest[0];
    rest.shift();
  }
  while (rest.length > 0) {
    const word = /** @type {string} */ (rest.shift());
    if (word === "--") {
      options.inputs.push(...rest.splice(0));
    } else if (word === "-" || !word.startsWith("-")) {
      options.inputs.push(word);
    } else {
      takeOption(options, word, rest);
    }
  }
  check(options);
  return options;
}

/**
 * @param {Options} options
 * @param {string} word
 * @param {string[]} rest
 */
function takeOption(options, word, rest) {
  const equals = word.startsWith("--") ? word.indexOf("=") : -1;
  const written = equals < 0 ? word : word.slice(0, equals);
  const name = SHORT[written] ?? written;
  const flag = Object.hasOwn(FLAGS, name) ? FLAGS[name] : undefined;
  const take = Object.hasOwn(VALUES, name) ? VALUES[name] : undefined;
  if (flag) {
    if (equals >= 0) throw new UsageError(`${name} takes no value`);
    flag(options);
  } else if (take) {
    const value = equals < 0 ? rest.shift() : word.slice(equals + 1);
    if (value === undefined) throw new UsageError(`${name} needs a value`);
    take(options, value);
  } else {
    throw new UsageError(`unknown option ${written}`);
  }
}

/** What each command prints. @type {Record<string, Format[]>} */
const FORMATS = {
  analyze: ["table", "json", "ndjson", "csv"],
  rules: ["table", "json"],
  test: ["table", "json", "junit"],
};

/** @param {Options} options */
function check(options) {
  const { command, format, inputs, as } = options;
  const formats = FORMATS[command];
  if (formats && !formats.includes(format)) {
    const name = command === "analyze" ? "scriptscope" : `\`scriptscope ${command}\``;
    throw new UsageError(`${name} prints --format ${formats.join(" or ")}`);
  }
  if (command === "analyze" && inputs.length === 0) {
    throw new UsageError("no input: name files or folders, or - for standard input");
  }
  if (command === "test") {
    const first = inputs.shift();
    if (first !== undefined) options.rules.unshift(first);
    else if (options.rules.length === 0) throw new UsageError("no rules: `scriptscope test RULES [LOGS]`");
    options.session.builtin ??= false;
  }
  if (as !== null && command !== "rules") throw new UsageError("--as belongs to `scriptscope rules`");
  if (as !== null && inputs.length === 0) throw new UsageError("--as: name the ids of the rules");
  if (options.expect !== null && command !== "test") throw new UsageError("--expect belongs to `scriptscope test`");
  if (options.expect !== null && inputs.length === 0) throw new UsageError("--expect: name the logs to find it in");
  if (inputs.filter((input) => input === "-").length > 1) {
    throw new UsageError("standard input (-) can be read once only");
  }
}

/**
 * @template {string} Choice
 * @param {string} name
 * @param {string} value
 * @param {Choice[]} choices
 * @returns {Choice}
 */
function oneOf(name, value, choices) {
  const choice = choices.find((known) => known === value);
  if (choice === undefined)
    throw new UsageError(`${name} is one of ${choices.join(", ")}, not ${JSON.stringify(value)}`);
  return choice;
}

/**
 * @param {string} name
 * @param {string} value
 */
function number(name, value) {
  const found = Number(value);
  if (value.trim() === "" || !Number.isFinite(found)) {
    throw new UsageError(`${name} is a number, not ${JSON.stringify(value)}`);
  }
  return found;
}

/**
 * @param {string} name
 * @param {string} value
 */
function offset(name, value) {
  if (!/^[+-]\d\d:\d\d$/.test(value)) throw new UsageError(`${name} is like +02:00, not ${JSON.stringify(value)}`);
  return value;
}

/**
 * @param {string} name
 * @param {string} value
 * @returns {[string, string]}
 */
function halves(name, value) {
  const equals = value.indexOf("=");
  if (equals <= 0) throw new UsageError(`${name} is NAME=DEFINITION, not ${JSON.stringify(value)}`);
  return [value.slice(0, equals).trim(), value.slice(equals + 1)];
}
