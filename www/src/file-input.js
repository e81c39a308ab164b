/** Files chosen in a dialog or pasted. Drops are in `drop.js`. */
import { isField } from "./dom.js";
import { insideFolder } from "./folder-walk.js";
import { openSample } from "./open.js";
import { openInputs, openRules } from "./route.js";
import { engine } from "./worker-client.js";

/** @typedef {import("./types.js").Input} Input */

/** Makes the buttons with `data-open` open a dialog, and reads what is pasted outside of a field. */
export function listenToInput() {
  const files = picker({ multiple: true }, openInputs);
  const folder = picker({ webkitdirectory: true }, openInputs);
  const rules = picker({ multiple: true }, openRules);
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-open]") : null;
    switch (button?.getAttribute("data-open")) {
      case "sample":
        openSample();
        break;
      case "rules":
        rules.click();
        break;
      case "folder":
        engine.warm();
        folder.click();
        break;
      case "files":
        engine.warm();
        files.click();
        break;
    }
  });
  document.addEventListener("paste", (event) => {
    const inputs = isField(event.target) ? [] : pastedInputs(event.clipboardData);
    if (inputs.length === 0) return;
    event.preventDefault();
    openInputs(inputs);
  });
}

/**
 * Makes a file input outside of the document: only its dialog is ever seen.
 *
 * @param {Record<string, boolean>} attributes
 * @param {(inputs: Input[]) => void} open
 */
function picker(attributes, open) {
  const input = Object.assign(document.createElement("input"), { type: "file", ...attributes });
  input.addEventListener("change", () => {
    const files = [...(input.files ?? [])];
    if (files.length > 0)
      open(
        insideFolder(
          files.map((file) => ({
            name: file.webkitRelativePath || file.name,
            file,
            inFolder: file.webkitRelativePath !== "",
          })),
        ),
      );
    // The same file can be chosen again.
    input.value = "";
  });
  return input;
}

/** Returns pasted files, else pasted text as a file. @param {DataTransfer | null} data @returns {Input[]} */
function pastedInputs(data) {
  const files = [...(data?.files ?? [])].map((file) => ({ name: file.name, file }));
  const text = data?.getData("text/plain") ?? "";
  if (files.length > 0 || text.trim() === "") return files;
  return [{ name: "pasted text", file: new File([text], "pasted text") }];
}
