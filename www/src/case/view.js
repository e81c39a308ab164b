/** The view of the case: its name, notes, what is marked, and the report as text. */
import { desk } from "../desk.js";
import { foreign, h, heading } from "../dom.js";
import { keepFocus } from "../focus.js";
import { openCaseFile } from "./opening.js";
import { lineOf } from "../lines.js";
import { plural } from "../model/number.js";
import { store } from "../store.js";
import { selectTarget, targetOf } from "../targets.js";
import { indicatorText } from "../elements/indicators.js";
import { Panel } from "../elements/panel.js";
import { caseFile } from "./case-file.js";
import { caseMarks } from "./marks.js";
import { ReportView } from "./report-view.js";

/** @typedef {import("../types.js").Mark} Mark */
/** @typedef {import("../types.js").Target} Target */

/** Characters of the report that are shown. All of it is in the file. */
const SHOWN = 200_000;

/** Pause after a change before the report is made again. */
const PAUSE_MS = 400;

class CaseView extends Panel {
  /** @type {import("../store.js").Kind[]} */
  static shows = ["marks", "view", "data", "selection", "lines"];

  #name = h("input", { id: "case-name", autocomplete: "off", oninput: () => caseFile.setName(this.#name.value) });
  #author = h("input", {
    id: "case-author",
    autocomplete: "off",
    onchange: () => caseFile.setAuthor(this.#author.value),
  });
  #note = h("textarea", { id: "case-note", rows: 3, oninput: () => caseFile.setNote(this.#note.value) });
  #otherNotes = h("div", { class: "other-notes" });
  #said = h("div", { class: "said", role: "status" });
  #body = h("tbody", null);
  #table = h(
    "table",
    { "aria-label": "What is marked" },
    heading(["Verdict", "On", "Note", "Report"].map((name) => h("th", { scope: "col" }, name))),
    this.#body,
  );
  #none = h(
    "p",
    { class: "prose" },
    "Nothing is marked yet. On a result, script block, script or indicator: ",
    h("kbd", null, "1"),
    " hostile ",
    h("kbd", null, "2"),
    " unclear ",
    h("kbd", null, "3"),
    " benign ",
    h("kbd", null, "s"),
    " star ",
    h("kbd", null, "n"),
    " note ",
    h("kbd", null, "a"),
    " to the report ",
    h("kbd", null, "u"),
    " undo.",
  );
  #preview = new ReportView();
  /** How much of the report is not shown. */
  #left = h("p", { class: "quiet" });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;
  #asked = 0;
  /** What the marks are on, by their keys; null where the logs do not have it. @type {Map<string, Target | null>} */
  #targets = new Map();
  /** The state that they are of. @type {unknown} */
  #of = null;
  #isFinding = false;

  build() {
    const file = h("input", { type: "file", accept: ".json", hidden: true, "aria-label": "Case file" });
    file.addEventListener("change", async () => {
      const [chosen] = file.files ?? [];
      if (chosen) await openCaseFile(chosen);
      file.value = "";
    });
    const button = (/** @type {string} */ words, /** @type {() => void} */ act) =>
      h("button", { type: "button", onclick: act }, words);
    this.append(
      h(
        "div",
        { class: "scroller" },
        h(
          "div",
          { class: "fields" },
          h("label", null, h("span", null, "Case"), this.#name),
          h("label", null, h("span", null, "Your name"), this.#author),
          h("label", { class: "long" }, h("span", null, "Note on the case"), this.#note),
        ),
        this.#otherNotes,
        h(
          "p",
          { class: "buttons" },
          button("Save case", () => caseFile.save()),
          button("Open a case", () => file.click()),
          button("Report as HTML", () => caseFile.saveReport("html")),
          button("Report as Markdown", () => caseFile.saveReport("markdown")),
          file,
        ),
        this.#said,
        h("h3", null, "What is marked"),
        this.#none,
        this.#table,
        h("h3", null, "The report"),
        this.#left,
        this.#preview,
      ),
    );
    store.on(["data"], () => caseFile.check());
  }

  update() {
    desk.setCount("case", { shown: this.#listed().length, total: this.#listed().length, one: "mark" });
    super.update();
  }

  #listed() {
    return caseFile.listed();
  }

  show() {
    const fill = (/** @type {any} */ field, /** @type {string} */ value) => {
      if (document.activeElement !== field) field.value = value;
    };
    fill(this.#name, caseFile.name);
    fill(this.#author, caseMarks.author);
    fill(this.#note, caseFile.notes.get(caseMarks.author) ?? "");
    const others = [...caseFile.notes].filter(([by]) => by !== caseMarks.author);
    this.#otherNotes.replaceChildren(
      ...others.map(([by, note]) => h("blockquote", null, foreign(note), h("footer", null, foreign(by)))),
    );
    const said = [
      ...caseFile.problems.map(({ severity, source, message }) =>
        h("p", { class: severity }, severity, ": ", foreign(source), ": ", foreign(message)),
      ),
      ...caseFile.conflicts.map((conflict) =>
        h("p", { class: "warning" }, "the cases differ: ", this.#conflictWords(conflict)),
      ),
    ];
    this.#said.replaceChildren(...said);
    const listed = this.#listed();
    this.#find(listed.map(([key]) => key));
    this.#none.hidden = listed.length > 0;
    this.#table.hidden = listed.length === 0;
    keepFocus(this.#body, () => this.#body.replaceChildren(...listed.map(([key, mark]) => this.#row(key, mark))));
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => this.#showReport(), PAUSE_MS);
  }

  focusRow() {
    this.#name.focus();
  }

  /** Names what a conflict is about, if it is a mark. @param {string} conflict */
  #conflictWords(conflict) {
    const [, key = "", kind = "", id = "", words = ""] = /^((\w+):([\w.-]+)): (.*)$/s.exec(conflict) ?? [];
    const target = this.#targets.get(key);
    return target ? [subject({ kind, id }, target), ": ", foreign(words)] : [foreign(conflict)];
  }

  /** @param {string} key @param {Mark} mark */
  #row(key, mark) {
    const at = key.indexOf(":");
    const target = { kind: key.slice(0, at), id: key.slice(at + 1) };
    const words = mark.verdict ?? (mark.expected ? "expected" : "no verdict");
    const on = subject(target, this.#targets.get(key));
    const star = mark.star ? h("span", { role: "img", "aria-label": "starred" }, "★ ") : null;
    const others = (mark.others ?? []).filter(({ verdict }) => verdict && verdict !== mark.verdict);
    return h(
      "tr",
      null,
      h(
        "td",
        null,
        star,
        h("b", { class: mark.verdict ?? "none" }, words),
        ...others.map(({ by, verdict }) =>
          h("span", { class: "under" }, foreign(by || "somebody"), ": ", h("b", { class: verdict }, verdict ?? "")),
        ),
      ),
      h("td", null, on),
      h(
        "td",
        { class: "note" },
        foreign(mark.note),
        mark.by ? h("span", { class: "under quiet" }, foreign(mark.by)) : null,
      ),
      h(
        "td",
        null,
        h("input", {
          type: "checkbox",
          checked: Boolean(mark.toReport),
          "aria-label": `${on.textContent || key} in the report`,
          "data-key": key,
          onchange: () => caseMarks.change(target, { toReport: !mark.toReport }),
        }),
      ),
    );
  }

  /** Finds what the marks are on, for their words. @param {string[]} keys */
  async #find(keys) {
    if (this.#of !== store.head) this.#targets.clear();
    this.#of = store.head;
    const wanted = keys.filter((key) => !this.#targets.has(key));
    if (wanted.length === 0 || this.#isFinding || store.run.phase === "reading") return;
    this.#isFinding = true;
    for (const key of wanted) {
      const at = key.indexOf(":");
      this.#targets.set(key, await targetOf({ kind: key.slice(0, at), id: key.slice(at + 1) }));
    }
    this.#isFinding = false;
    store.changed("marks");
  }

  /** Shows the beginning of the report. */
  async #showReport() {
    if (!this.isShown || store.run.phase === "idle") return;
    this.#asked += 1;
    const mine = this.#asked;
    const html = (await caseFile.report("html")) ?? "";
    if (mine !== this.#asked) return;
    const cut = html.length > SHOWN ? html.lastIndexOf("<", SHOWN) : html.length;
    this.#left.textContent =
      cut < html.length ? `The first ${Math.round((100 * cut) / html.length)} % of it; all of it is in the file.` : "";
    this.#preview.show(html.slice(0, cut));
  }
}

/** Returns what is marked, as a button that opens it in its view. @param {{ kind: string, id: string }} named @param {Target | null | undefined} target once it is found */
function subject({ kind, id }, target) {
  if (!target) {
    const words = target === null ? ", not in the logs that are open" : "";
    return h("span", null, `${kind} `, h("code", null, foreign(id)), words);
  }
  return h(
    "button",
    {
      type: "button",
      class: "text",
      onclick: () => {
        selectTarget(target);
        desk.show(/** @type {import("../types.js").ViewName} */ (`${target.kind}s`), { focus: true });
      },
    },
    subjectWords(target),
  );
}

/** @param {Target} target */
function subjectWords(target) {
  const on = (/** @type {string | null} */ computer) => [" on ", foreign(computer || "an unknown computer")];
  switch (target.kind) {
    case "result": {
      const row = store.rows.get(target.id);
      return [foreign(row?.rule.title), ...on(row?.computer ?? null)];
    }
    case "block":
      return [h("code", null, foreign(lineOf(target.id) || "script block")), ...on(target.item.computer)];
    case "script": {
      const { firstLine, sampleBlockId, computers } = target.item;
      const line = firstLine ?? lineOf(sampleBlockId);
      return [h("code", null, foreign(line || "script")), ` on ${plural(computers, "computer")}`];
    }
    case "indicator":
      return [h("code", null, foreign(indicatorText(target.item))), ` ${target.item.kind.replaceAll("-", " ")}`];
  }
}

customElements.define("case-view", CaseView);
