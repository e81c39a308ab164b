/** The case in the bar on top: its name, and the buttons that save it and its report. */
import { foreign, h } from "../dom.js";
import { desk } from "../desk.js";
import { store } from "../store.js";
import { View } from "../elements/view.js";
import { caseFile } from "./case-file.js";
import { paper } from "./print.js";

class CaseName extends View {
  /** @type {import("../store.js").Kind[]} */
  static shows = ["marks", "run"];

  update() {
    this.hidden = caseFile.name === "" || store.run.phase === "idle";
    this.replaceChildren(...(this.hidden ? [] : ["case ", h("b", null, foreign(caseFile.name))]));
  }
}

class CaseActions extends View {
  /** @type {import("../store.js").Kind[]} */
  static shows = ["marks"];

  #dot = h("span", { class: "unsaved", role: "img", "aria-label": "not saved", title: "not saved" }, "•");
  #status = h("span", { "aria-live": "polite", class: "busy" });

  build() {
    const menu = h(
      "div",
      { popover: "auto", id: "reports", class: "sheet menu" },
      h("p", null, "A report for readers, with what is marked:"),
      [
        ["html", "HTML, one file"],
        ["markdown", "Markdown"],
      ].map(([format, words]) =>
        h(
          "button",
          {
            type: "button",
            onclick: () => {
              menu.hidePopover();
              caseFile.saveReport(/** @type {"html" | "markdown"} */ (format));
            },
          },
          words,
        ),
      ),
      h(
        "button",
        {
          type: "button",
          onclick: () => {
            menu.hidePopover();
            paper.print();
          },
        },
        "Print it, or save it as PDF",
      ),
      h(
        "button",
        {
          type: "button",
          onclick: () => {
            menu.hidePopover();
            desk.show("case", { focus: true });
          },
        },
        "Look at it first",
      ),
    );
    this.append(
      h("button", { type: "button", class: "text", popovertarget: "reports" }, "Report"),
      h("button", { type: "button", class: "text", onclick: () => caseFile.save() }, "Save case", this.#dot),
      this.#status,
      menu,
    );
  }

  update() {
    this.#dot.hidden = caseFile.isSaved;
    if (this.#status.textContent !== caseFile.busy) this.#status.textContent = caseFile.busy;
  }
}

customElements.define("case-name", CaseName);
customElements.define("case-actions", CaseActions);
