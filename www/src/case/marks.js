/**
 * Marks: what the analyst decided about results, script blocks, scripts and indicators, with undo.
 *
 * They are in this browser's storage if the page may use it (a browser may refuse that to a file), else in memory.
 */
import { storage } from "../storage.js";

/** @typedef {import("../types.js").Mark} Mark */

const DRAFT = "scriptscope.case";
const AUTHOR = "scriptscope.author";

/** Steps that can be undone. */
const STEPS = 500;

/** Fires `change`. */
class Marks extends EventTarget {
  /** By kind, colon and id. @type {Map<string, Mark>} */
  all = new Map(Object.entries(storage.read(DRAFT)?.marks ?? {}));
  /** Keys of marks set or opened here, not in an earlier visit. @type {Set<string>} */
  own = new Set();
  /** Who sits here. */
  author = String(storage.read(AUTHOR) ?? "");
  /** Whether the browser stored what was last set. */
  isKept = true;
  /** @type {{ key: string, before: Mark | undefined }[]} */
  #steps = [];

  /** @param {{ kind: string, id: string }} target */
  get({ kind, id }) {
    return this.all.get(`${kind}:${id}`);
  }

  /** Returns the ids of the starred script blocks and scripts. */
  starredTexts() {
    const starred = [...this.all].filter(([key, { star }]) => star && /^(block|script):/.test(key));
    return starred.map(([key]) => key.slice(key.indexOf(":") + 1));
  }

  /** @param {{ kind: string, id: string }} target @param {Partial<Mark>} change */
  change({ kind, id }, change) {
    const key = `${kind}:${id}`;
    const before = this.all.get(key);
    const mark = { ...before, ...change };
    if (change.verdict !== undefined || change.note !== undefined) mark.by = this.author;
    mark.order ||= 1 + Math.max(0, ...[...this.all.values()].map(({ order }) => order ?? 0));
    // Typing a note is one step.
    const last = this.#steps.at(-1);
    const isTyping =
      change.note !== undefined && last?.key === key && (last.before?.note ?? "") !== (before?.note ?? "");
    if (!isTyping) this.#steps = [...this.#steps.slice(1 - STEPS), { key, before }];
    this.#put(key, mark);
  }

  /** Whether something can be undone. */
  get canUndo() {
    return this.#steps.length > 0;
  }

  /** Undoes the last change. Returns whether there was one. */
  undo() {
    const step = this.#steps.pop();
    if (step) this.#put(step.key, step.before ?? {});
    return step !== undefined;
  }

  /** Adds the marks of a file. @param {Record<string, Mark>} opened */
  open(opened) {
    for (const [key, mark] of Object.entries(opened)) {
      this.all.set(key, mark);
      this.own.add(key);
    }
    this.#steps = [];
    this.#changed();
  }

  /** @param {string} author */
  setAuthor(author) {
    // What was decided here before the name was given is of the same author.
    for (const key of this.own) {
      const mark = this.all.get(key);
      if (mark && this.author === "" && mark.by === "") mark.by = author;
    }
    this.author = author;
    storage.write(AUTHOR, author);
  }

  /** @param {string} key @param {Mark} mark */
  #put(key, mark) {
    const { verdict, star, note, expected, toReport, others } = mark;
    const says = verdict || star || note || expected || toReport || (others?.length ?? 0) > 0;
    if (says) this.all.set(key, mark);
    else this.all.delete(key);
    this.own.add(key);
    this.#changed();
  }

  #changed() {
    this.isKept = storage.write(DRAFT, { marks: Object.fromEntries(this.all) }) || this.all.size === 0;
    this.dispatchEvent(new Event("change"));
  }
}

export const caseMarks = new Marks();
