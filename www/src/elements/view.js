/** What the page's elements have in common. */
import { store } from "../store.js";

/** An element that draws itself again when something that it shows has changed. */
export class View extends HTMLElement {
  /** @type {import("../store.js").Kind[]} */
  static shows = [];

  #built = false;

  connectedCallback() {
    if (this.#built) return;
    this.#built = true;
    this.build();
    const { shows } = /** @type {typeof View} */ (this.constructor);
    store.on(shows, () => this.update());
    this.update();
  }

  /** Makes what stays. */
  build() {}

  /** Shows what changed. */
  update() {}
}
