/** The base of the views in the middle: each draws only while it is shown. */
import { desk } from "../desk.js";
import { View } from "./view.js";

/** On a narrow screen the script block is below the lists: see style/narrow.css. */
const stacked = matchMedia("(width < 900px)");

/** Goes to the script block of a row that was clicked, where it is out of sight. */
export function showDetail() {
  if (stacked.matches) document.querySelector("scope-detail")?.scrollIntoView();
}

export class Panel extends View {
  /** Whether what it shows changed while it was hidden. */
  #stale = true;

  get isShown() {
    return desk.view === this.id.replace("view-", "");
  }

  update() {
    this.hidden = !this.isShown;
    if (this.hidden) {
      if (!this.#stale) this.rest();
      this.#stale = true;
      return;
    }
    this.show(this.#stale);
    this.#stale = false;
    if (desk.takeFocus()) this.focusRow();
  }

  /** Redraws. @param {boolean} _fresh whether it was hidden before */
  show(_fresh) {}

  /** Called when it is hidden. */
  rest() {}

  /** Moves the selection by some rows. @param {number} _by */
  move(_by) {}

  /** Moves the focus to the selected row, or the first. */
  focusRow() {}
}

/** Returns the view that is shown. @returns {Panel | null} */
export const panel = () => /** @type {Panel | null} */ (document.getElementById(`view-${desk.view}`));
