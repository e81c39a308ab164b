/** Popovers and dialogs: the list of keys, the proof, and the question for a password. */
import { foreign, h } from "../dom.js";
import { engine } from "../worker-client.js";
import { KEYS } from "../keys.js";
import { proof } from "./proof.js";

export function addSheets() {
  document.body.append(keysSheet(), proofSheet(), passwordDialog());
}

function keysSheet() {
  return sheet(
    "keys",
    "Keys",
    h(
      "dl",
      { class: "keys" },
      KEYS.map(({ keys, words }) =>
        h(
          "div",
          null,
          h(
            "dt",
            null,
            keys.map((key) => h("kbd", null, key)),
          ),
          h("dd", null, words),
        ),
      ),
    ),
  );
}

function proofSheet() {
  const element = sheet("proof", "Nothing leaves this page");
  // Made when first opened: it reads the file's own bytes.
  element.addEventListener("beforetoggle", () => {
    if (!element.querySelector(".proof")) element.append(proof());
  });
  return element;
}

/** @param {string} id @param {string} title @param {...import("../dom.js").Child} children */
function sheet(id, title, ...children) {
  const close = h(
    "button",
    { type: "button", class: "text close", popovertarget: id, popovertargetaction: "hide" },
    "close",
  );
  return h(
    "div",
    { popover: "auto", id, tabIndex: -1, class: "sheet", role: "dialog", "aria-labelledby": `${id}-title` },
    h("div", { class: "title" }, h("h2", { id: `${id}-title` }, title), close),
    children,
  );
}

/** The dialog that asks for the password of a locked archive, one archive at a time. */
function passwordDialog() {
  const title = h("h2", { id: "password-title" });
  const hint = h("p");
  const field = h("input", { type: "text", id: "password", autocomplete: "off", spellcheck: false });
  const form = h(
    "form",
    { method: "dialog" },
    title,
    hint,
    h("label", { htmlFor: "password" }, "Password"),
    field,
    h(
      "p",
      { class: "buttons" },
      h("button", { type: "submit", class: "first", value: "open" }, "Open"),
      h("button", { type: "submit", value: "skip" }, "Leave it unread"),
    ),
  );
  const dialog = h("dialog", { class: "sheet", "aria-labelledby": "password-title" }, form);
  let name = "";
  engine.addEventListener("password", (event) => {
    const { detail } = /** @type {CustomEvent<{ name: string, wrong: boolean }>} */ (event);
    name = detail.name;
    title.replaceChildren(foreign(name), " is locked");
    hint.textContent = detail.wrong
      ? "That password opens nothing in it."
      : "“infected” was tried and is not the password.";
    field.value = "";
    dialog.showModal();
    field.focus();
  });
  dialog.addEventListener("close", () => engine.password(name, dialog.returnValue === "open" ? field.value : null));
  dialog.addEventListener("cancel", () => (dialog.returnValue = "skip"));
  return dialog;
}
