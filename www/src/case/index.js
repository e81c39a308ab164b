/** The case in the page: its elements, its keys, and the warning before unsaved work is lost. */
import { addKeys } from "../keys.js";
import { store } from "../store.js";
import { caseFile } from "./case-file.js";
import { decide, toReport, undo, VERDICTS } from "./verdict.js";
import { paper } from "./print.js";
import "./bar.js";
import "./view.js";

addKeys([
  ...VERDICTS.map(([verdict, key]) => ({ keys: [key], words: verdict, act: () => decide(verdict) })),
  { keys: ["a"], words: "to the report", act: () => toReport() },
  { keys: ["u"], words: "undo the last decision", act: () => undo() },
]);

// The print of the page is the report as it is now, which takes a moment to make.
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key !== "p") return;
  if (store.run.phase === "idle") return;
  event.preventDefault();
  paper.print();
});

addEventListener("beforeunload", (event) => {
  if (!caseFile.isSaved) event.preventDefault();
});
