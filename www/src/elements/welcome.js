/** The first screen: one sentence, the whole window to drop on, three buttons, the promise. */
import { h } from "../dom.js";
import { openSample } from "../open.js";
import { store } from "../store.js";
import { proof } from "./proof.js";
import { View } from "./view.js";

export class Welcome extends View {
  /** @type {import("../store.js").Kind[]} */
  static shows = ["run"];

  #fault = h("p", { role: "alert", class: "fault" });

  build() {
    this.append(
      h(
        "p",
        { class: "lead" },
        "Reads PowerShell script block logs, finds what attackers do in them, and ranks which machine to look at first.",
      ),
      this.#fault,
      h("p", { class: "drop-words" }, "Drop logs or folders anywhere in this window."),
      h(
        "p",
        { class: "buttons" },
        h("button", { type: "button", class: "first", dataset: { open: "files" } }, "Open files"),
        h("button", { type: "button", dataset: { open: "folder" } }, "Open folder"),
        h("button", { type: "button", onclick: () => openSample() }, "Try the sample"),
      ),
      h(
        "dl",
        { class: "small" },
        h("dt", null, "Reads"),
        h(
          "dd",
          null,
          "EVTX, Windows event XML, JSON and NDJSON (winlogbeat, NXLog, Splunk, Sentinel, Wazuh, evtx_dump), CSV, Splunk’s text, also in gzip and zip",
        ),
        h("dt", null, "Keys"),
        h(
          "dd",
          null,
          key("/"),
          " search ",
          key("j"),
          key("k"),
          " rows ",
          key("Enter"),
          " open ",
          key("Esc"),
          " back ",
          key("?"),
          " all keys",
        ),
        h("dt", null, "Promise"),
        h("dd", null, "Nothing you open leaves this machine. The browser itself refuses this page every connection."),
      ),
      h("details", { class: "check" }, h("summary", null, "How to check it"), proof()),
    );
  }

  update() {
    const { phase, message } = store.run;
    this.#fault.textContent =
      phase === "failed"
        ? `The engine could not start: ${message}. This browser may forbid WebAssembly or workers.`
        : "";
  }
}

/** @param {string} name */
const key = (name) => h("kbd", null, name);

customElements.define("scope-welcome", Welcome);
