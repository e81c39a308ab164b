/** The files that are damaged, unread or silent, by name: in the headline, and where no result is shown. */
import { foreign, h } from "../dom.js";
import { CONDITIONS, conditions, conditionWords, listed } from "../model/condition.js";
import { ruleset } from "../ruleset.js";
import { store } from "../store.js";

/** @typedef {import("../model/condition.js").Condition} Condition */

/** Names in the headline, and in the empty state. */
const FEW = 2;
const MANY = 12;

/** What the conditions were computed from, and the outcome. @type {{ key: unknown[], found: Map<Condition, string[]> }} */
let known = { key: [], found: new Map() };

/** Returns the names of the files in each condition but the good one. */
export function fileConditions() {
  const { head, problems } = store;
  const key = [head, problems, problems.length];
  if (key.some((part, at) => part !== known.key[at])) {
    // Problems of rule files are shown in the rules panel.
    const ofLogs = (head?.problems ?? []).filter((problem) => !ruleset.isOfRules(problem));
    known = { key, found: conditions(head?.sources ?? [], [...ofLogs, ...problems]) };
  }
  return known.found;
}

/** Returns the headline: each condition with its first files, a click on which opens them in the list of files. */
export function conditionHeadline() {
  const isDone = store.run.phase !== "reading";
  return CONDITIONS.flatMap(([condition]) => {
    const names = fileConditions().get(condition);
    // While a log is being read, its first script block may still come.
    if (!names || (!isDone && ["silent", "empty", "encrypted"].includes(condition))) return [];
    return [
      h(
        "button",
        {
          type: "button",
          class: `text condition ${condition}`,
          title: "Show in the list of files",
          onclick: () => show(names),
        },
        `${conditionWords(condition, names.length)}: `,
        foreign(listed(names, FEW)),
      ),
    ];
  });
}

/** Returns the conditions as a list, with more files. */
export function conditionList() {
  const items = CONDITIONS.flatMap(([condition]) => {
    const names = fileConditions().get(condition);
    if (!names) return [];
    return [
      h(
        "li",
        null,
        h(
          "button",
          { type: "button", class: "text", onclick: () => show(names) },
          conditionWords(condition, names.length),
        ),
        ": ",
        foreign(listed(names, MANY)),
      ),
    ];
  });
  return items.length > 0 ? h("ul", { class: "conditions" }, items) : null;
}

/** @param {string[]} names */
function show(names) {
  const files = /** @type {import("./files.js").Files | null} */ (document.querySelector("scope-files"));
  files?.show(names);
}
