/** The base of the page's elements. */
import { store } from "../store.js";

/** An element that redraws itself when the data that it shows changed. */
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

  /** Makes the element's fixed content. */
  build() {}

  /** Redraws the content that can change. */
  update() {}
}
