/** The case file: what the analyst decided, with the logs, options, rules and the allow-list of this case. */
import { allowlist } from "../allowlist.js";
import { caseOptions, setCaseOptions } from "../case-options.js";
import { options } from "../open.js";
import { ruleset } from "../ruleset.js";
import { fileName, save } from "../save.js";
import { store } from "../store.js";
import { engine } from "../worker-client.js";
import { caseMarks } from "./marks.js";

/** @typedef {import("../types.js").Mark} Mark */
/** @typedef {import("../../../npm/index.js").Case} Case */

class CaseFile {
  name = "";
  /** Notes about the case as a whole, by author. @type {Map<string, string>} */
  notes = new Map();
  /** Where merged cases differ, in words. @type {string[]} */
  conflicts = [];
  /** What is wrong with the logs. @type {import("../types.js").Problem[]} */
  problems = [];
  /** Whether the file has all that was set. */
  isSaved = true;
  /** What the case is doing, in words; empty if nothing. */
  busy = "";
  /** Logs of the opened file. @type {NonNullable<Case["sources"]>} */
  #sources = [];
  /** SHA-256 of the logs by name, for the logs of this report. @type {{ of: string, hashes: Map<string, string> }} */
  #hashed = { of: "", hashes: new Map() };
  /** Their computation. @type {{ of: string, ended: Promise<void> } | null} */
  #hashing = null;

  constructor() {
    caseMarks.addEventListener("change", () => this.#changed());
  }

  /** @param {string} name */
  setName(name) {
    this.name = name;
    this.#changed();
  }

  /** @param {string} author */
  setAuthor(author) {
    const note = this.notes.get(caseMarks.author);
    this.notes.delete(caseMarks.author);
    caseMarks.setAuthor(author.trim());
    if (note) this.notes.set(caseMarks.author, note);
    store.changed("marks");
  }

  /** @param {string} note */
  setNote(note) {
    if (note.trim() === "") this.notes.delete(caseMarks.author);
    else this.notes.set(caseMarks.author, note);
    this.#changed();
  }

  #changed() {
    this.isSaved = false;
    store.changed("marks");
  }

  /** Returns the marks of this case in their order: not those of an earlier visit on other logs. */
  listed() {
    const isHere = (/** @type {string} */ key) =>
      caseMarks.own.has(key) || (key.startsWith("result:") && store.rows.has(key.slice("result:".length)));
    const own = [...caseMarks.all].filter(([key]) => isHere(key));
    return own.sort(([, a], [, b]) => (a.order || Infinity) - (b.order || Infinity));
  }

  /** Returns the case. @returns {Case} */
  toCase() {
    const { rules = [], ...ruleOptions } = ruleset.options();
    const sources = (store.head?.sources ?? []).map(({ name, bytes }) => {
      const known = this.#sources.find((one) => one.name === name && one.bytes === bytes);
      return { name, bytes, sha256: this.#hashes().get(name) ?? known?.sha256 ?? null };
    });
    return {
      format: "scriptscope.case",
      version: 1,
      name: this.name,
      notes: [...this.notes].map(([by, note]) => ({ by, note })),
      sources: sources.length > 0 ? sources : this.#sources,
      options: { ...caseOptions(), ...options(), ...ruleOptions },
      rules: /** @type {any} */ (rules),
      allow: allowlist.entries,
      marks: Object.fromEntries(this.listed()),
    };
  }

  #hashes() {
    return this.#hashed.of === this.#logs() ? this.#hashed.hashes : new Map();
  }

  /** Names and lengths of the logs, to see whether they are others. */
  #logs() {
    return (store.head?.sources ?? []).map(({ name, bytes }) => `${bytes} ${name}`).join("\n");
  }

  /** Computes the hashes of the logs, which reading in ranges does not. */
  async hash() {
    const of = this.#logs();
    if (this.#hashed.of === of) return;
    this.#tell("Hashing the logs");
    await this.hashAhead();
    this.#tell("");
  }

  /** Computes them without a word. */
  hashAhead() {
    const of = this.#logs();
    if (this.#hashing?.of !== of) this.#hashing = { of, ended: this.#computeHashes(of) };
    return this.#hashing.ended;
  }

  /** @param {string} of */
  async #computeHashes(of) {
    const hashes = (await engine.run("hashes")) ?? [];
    if (of === this.#logs()) this.#hashed = { of, hashes: new Map(hashes) };
  }

  /** Saves the case as a file. */
  async save() {
    try {
      await this.hash();
      const text = await engine.run("saveCase", JSON.stringify(this.toCase()));
      if (text === null) return;
      save(new Blob([text], { type: "application/json;charset=utf-8" }), `${this.#fileName()}.case.json`);
      this.isSaved = true;
      this.#tell("");
    } catch (error) {
      this.#tell(`Not saved: ${error instanceof Error ? error.message : error}`);
    }
  }

  /** Saves the report for readers. @param {"html" | "markdown"} format */
  async saveReport(format) {
    await this.hash();
    const text = await this.report(format);
    if (text === null) return;
    const [type, ending] = format === "html" ? ["text/html", "html"] : ["text/markdown", "md"];
    save(new Blob([text], { type: `${type};charset=utf-8` }), `${this.#fileName()}.${ending}`);
  }

  /** Returns the report for readers. @param {"html" | "markdown"} format */
  report(format) {
    return engine.call("reportText", JSON.stringify(this.toCase()), format);
  }

  #fileName() {
    return this.name === "" ? "scriptscope" : fileName(this.name);
  }

  /**
   * Opens a case file. Marks that are here already are joined with those of the file.
   * @param {string} text
   * @throws if it is no case
   */
  async open(text) {
    const opened = await engine.run("openCase", text);
    if (!opened) return;
    let { case: own } = opened;
    this.conflicts = [];
    const isEmpty = this.listed().length === 0 && this.notes.size === 0 && this.name === "";
    if (!isEmpty) {
      const joined = await engine.run("mergeCases", JSON.stringify(this.toCase()), text);
      if (joined) ({ case: own, conflicts: this.conflicts } = joined);
    }
    this.name = own.name;
    this.notes = new Map(own.notes.map(({ by, note }) => [by, note]));
    this.#sources = own.sources;
    caseMarks.open(own.marks);
    this.isSaved = isEmpty;
    const { rules = [], allowList = [], disabled = [], ...others } = opened.options;
    setCaseOptions(others);
    await allowlist.open(/** @type {any} */ (allowList));
    ruleset.open(/** @type {any} */ (rules), disabled);
    store.changed("marks");
  }

  /** Compares the logs that are open with those of the opened file. */
  async check() {
    if (this.#sources.length === 0 || store.run.phase === "idle" || !engine.has("sourceProblems")) return;
    const own = { ...this.toCase(), sources: this.#sources };
    this.problems = (await engine.call("sourceProblems", JSON.stringify(own))) ?? [];
    store.changed("marks");
  }

  /** @param {string} words */
  #tell(words) {
    this.busy = words;
    store.changed("marks");
  }
}

export const caseFile = new CaseFile();
