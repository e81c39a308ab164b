/**
 * Paper: the print of the page is the report for readers, the one that the button "Report" makes.
 *
 * A browser prints at once, so the report of a small log is made ahead: a moment after anything in it changed. That of a large
 * one takes a second or more, in which the engine answers nothing else: it is made when it is asked for.
 */
import { store } from "../store.js";
import { caseFile } from "./case-file.js";
import { ReportView } from "./report-view.js";

/** Pause after a change before the report is made again. */
const PAUSE_MS = 1_500;
/** Most bytes of logs, and results, of which the report is made ahead. */
const SMALL_BYTES = 32e6;
const SMALL_RESULTS = 2_000;

const LATER =
  "<body><p>The report of these logs is large, so it is not made ahead. Choose “Report”, “Print it”, or press Ctrl or ⌘ and P in the page.</p>";

class Print extends ReportView {
  /** The report that is ready. */
  #html = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;

  connectedCallback() {
    store.on(["data", "marks", "run"], () => {
      clearTimeout(this.#pause);
      this.#html = "";
      if (isRead() && isSmall()) this.#pause = setTimeout(() => this.#prepare(), PAUSE_MS);
    });
    addEventListener("beforeprint", () => this.#draw());
    const printed = matchMedia("print");
    printed.addEventListener("change", async () => {
      if (!printed.matches) return;
      if (this.#html === "" && isRead()) await this.#prepare();
      this.#draw();
    });
    addEventListener("afterprint", () => printed.matches || this.show(""));
  }

  /** Prints the report as it is now, with the hashes of all logs. */
  async print() {
    if (isRead()) await this.#prepare();
    print();
  }

  async #prepare() {
    clearTimeout(this.#pause);
    // The report says which logs have no hash.
    await caseFile.hashAhead().catch(() => {});
    if (isRead()) this.#html = (await caseFile.report("html")) ?? "";
  }

  #draw() {
    // The first screen and a log that is being read print as they are.
    document.documentElement.classList.toggle("on-paper", isRead());
    this.show(isRead() ? this.#html || LATER : "");
  }
}

const isSmall = () => store.run.totalBytes <= SMALL_BYTES && store.rows.size <= SMALL_RESULTS;
const isRead = () => store.run.phase === "done" || store.run.phase === "cancelled";

customElements.define("report-print", Print);

export const paper = /** @type {Print} */ (document.createElement("report-print"));
document.body.append(paper);
