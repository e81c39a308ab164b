/**
 * The first screen. Its text is in the page's file, so that it is seen before any script has run. This adds the proof, and an
 * error of starting.
 */
import { h } from "../dom.js";
import { store } from "../store.js";
import { proof } from "./proof.js";
import { View } from "./view.js";

export class Welcome extends View {
  /** @type {import("../store.js").Kind[]} */
  static shows = ["run"];

  build() {
    const check = h("details", { class: "check" }, h("summary", null, "How to check it"));
    // Made when first opened: it reads the file's own bytes.
    check.addEventListener("toggle", () => check.childElementCount > 1 || check.append(proof()));
    this.append(check);
  }

  update() {
    const { phase, message } = store.run;
    const fault = this.querySelector(".fault");
    if (!fault) return;
    fault.textContent =
      phase === "failed"
        ? `The engine could not start: ${message}. This browser may forbid WebAssembly or workers.`
        : "";
  }
}

customElements.define("scope-welcome", Welcome);
