/**
 * Paper: the print of the page is the report for readers, the one that the button "Report" makes.
 *
 * A browser prints at once, so the report is made ahead: a moment after anything in it changed.
 */
import { store } from "../store.js";
import { caseFile } from "./case-file.js";
import { ReportView } from "./report-view.js";

/** Pause after a change before the report is made again. */
const PAUSE_MS = 1_500;
/** Most bytes of logs that are hashed ahead for the report: more are hashed when it is asked for. */
const HASHED_BYTES = 64e6;

class Print extends ReportView {
  /** The report that is ready. */
  #html = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;

  connectedCallback() {
    store.on(["data", "marks", "run"], () => {
      clearTimeout(this.#pause);
      if (isRead()) this.#pause = setTimeout(() => this.#prepare(store.run.totalBytes <= HASHED_BYTES), PAUSE_MS);
      else this.#html = "";
    });
    addEventListener("beforeprint", () => this.#draw());
    const printed = matchMedia("print");
    printed.addEventListener("change", async () => {
      if (!printed.matches) return;
      if (this.#html === "" && isRead()) await this.#prepare(true);
      this.#draw();
    });
    addEventListener("afterprint", () => this.show(""));
  }

  /** Prints the report as it is now, with the hashes of all logs. */
  async print() {
    if (isRead()) await this.#prepare(true);
    print();
  }

  /** @param {boolean} hashed */
  async #prepare(hashed) {
    clearTimeout(this.#pause);
    if (hashed) await caseFile.hashAhead();
    if (isRead()) this.#html = (await caseFile.report("html")) ?? "";
  }

  #draw() {
    // The first screen and a log that is being read print as they are.
    document.documentElement.classList.toggle("on-paper", this.#html !== "");
    this.show(this.#html);
  }
}

const isRead = () => store.run.phase === "done" || store.run.phase === "cancelled";

customElements.define("report-print", Print);

export const paper = /** @type {Print} */ (document.createElement("report-print"));
document.body.append(paper);
