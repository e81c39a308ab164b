/** Draws only the rows of a long list that are in view. */

/** Tallest element that browsers lay out exactly, with room to spare. */
const TALLEST = 15_000_000;
/** Rows drawn above and below those in view. */
const MARGIN = 12;

export class VirtualRows {
  #scroller;
  #body;
  #drawRows;
  #total = 0;
  #height = 20;
  /** The rows drawn: first, and the one after the last. */
  #drawn = { first: -1, end: -1 };

  /**
   * @param {HTMLElement} scroller
   * @param {HTMLElement} body in it: as tall as all rows
   * @param {(first: number, end: number) => void} drawRows puts rows into the body
   */
  constructor(scroller, body, drawRows) {
    this.#scroller = scroller;
    this.#body = body;
    this.#drawRows = drawRows;
    scroller.addEventListener("scroll", () => this.#draw(false), { passive: true });
    new ResizeObserver(() => this.#draw(false)).observe(scroller);
  }

  get total() {
    return this.#total;
  }

  /** The rows drawn. */
  get range() {
    return this.#drawn;
  }

  /** Sets how many rows there are, and draws them again. @param {number} total @param {number} height of a row, in pixels */
  set(total, height) {
    this.#total = total;
    this.#height = height;
    this.#body.style.height = `${this.#pixels()}px`;
    this.#draw(true);
  }

  /** Draws the rows again. */
  redraw() {
    this.#draw(true);
  }

  /** Scrolls a row into view. @param {number} row @param {"nearest" | "middle"} [where] */
  scrollTo(row, where = "nearest") {
    const view = this.#view();
    const top = this.#top();
    const at = row * this.#height;
    let wanted = top;
    if (at < top) wanted = at;
    else if (at + this.#height > top + view) wanted = at + this.#height - view;
    if (wanted !== top && where === "middle") wanted = at - view / 3;
    if (wanted !== top) this.#scroller.scrollTop = Math.max(wanted, 0) / this.#ratio();
    this.#draw(false);
  }

  #pixels() {
    return Math.min(this.#total * this.#height, TALLEST);
  }

  #view() {
    return Math.max(this.#scroller.clientHeight, this.#height);
  }

  /** By how many pixels of rows a pixel of the scroll bar moves. */
  #ratio() {
    const view = this.#view();
    const all = this.#total * this.#height;
    return all <= TALLEST ? 1 : (all - view) / (TALLEST - view);
  }

  /** How many pixels of rows are above the view. */
  #top() {
    return this.#scroller.scrollTop * this.#ratio();
  }

  /** @param {boolean} always */
  #draw(always) {
    const top = this.#top();
    const first = Math.max(Math.floor(top / this.#height) - MARGIN, 0);
    const end = Math.min(Math.ceil((top + this.#view()) / this.#height) + MARGIN, this.#total);
    if (!always && first === this.#drawn.first && end === this.#drawn.end) return;
    this.#drawn = { first, end };
    this.#drawRows(first, end);
    const shift = this.#scroller.scrollTop - (top - first * this.#height);
    this.#body.style.setProperty("--shift", `${Math.max(shift, 0)}px`);
  }
}
