/** The case in the page: its elements, its keys, and the warning before unsaved work is lost. */
import { addKeys } from "../keys.js";
import { caseFile } from "./case-file.js";
import { decide, toReport, undo, VERDICTS } from "./verdict.js";
import "./bar.js";
import "./view.js";

addKeys([
  ...VERDICTS.map(([verdict, key]) => ({ keys: [key], words: verdict, act: () => decide(verdict) })),
  { keys: ["a"], words: "to the report", act: () => toReport() },
  { keys: ["u"], words: "undo the last decision", act: () => undo() },
]);

addEventListener("beforeunload", (event) => {
  if (!caseFile.isSaved) event.preventDefault();
});
