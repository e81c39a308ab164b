/** The question whether files that are opened beside others are added to them. */
import { h } from "../dom.js";
import { plural } from "../model/number.js";
import { store } from "../store.js";

/**
 * Asks what becomes of the files that are open.
 * @param {number} files number of the new ones
 * @returns {Promise<"add" | "replace" | "cancel">}
 */
export function askToAdd(files) {
  const button = (/** @type {string} */ value, /** @type {string} */ words, /** @type {string} */ kind) =>
    h("button", { type: "submit", value, class: kind }, words);
  const open = plural(store.head?.totals.sources ?? store.run.files, "file is open", "files are open");
  const dialog = /** @type {HTMLDialogElement} */ (
    /** @type {unknown} */ (
      h(
        "dialog",
        { class: "sheet", "aria-labelledby": "add-title" },
        h(
          "form",
          { method: "dialog" },
          h("h2", { id: "add-title" }, `Add ${plural(files, "file")}?`),
          h("p", null, `${open}. Added files join the same case; replacing closes what is open. Marks and notes stay.`),
          h(
            "p",
            { class: "buttons" },
            button("add", "Add", "first"),
            button("replace", "Replace", ""),
            button("cancel", "Cancel", ""),
          ),
        ),
      )
    )
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const { returnValue } = dialog;
      dialog.remove();
      resolve(returnValue === "add" || returnValue === "replace" ? returnValue : "cancel");
    });
  });
}
