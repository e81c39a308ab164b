/** A divider between two panels, moved by dragging or with the arrow keys. */
import { storage } from "../storage.js";

const KEY = "scriptscope.layout";
const STEP = 24;

/** The custom property of the work screen that each divider sets, and its bounds in pixels. */
const DIVIDERS =
  /** @type {Record<string, { property: string, least: number, most: number, usual: number, axis: "x" | "y", sign: 1 | -1 }>} */ ({
    left: { property: "--left", least: 200, most: 640, usual: 288, axis: "x", sign: 1 },
    right: { property: "--right", least: 280, most: 1_400, usual: 520, axis: "x", sign: -1 },
    files: { property: "--files", least: 80, most: 900, usual: 260, axis: "y", sign: -1 },
  });

/** @type {Record<string, number>} */
const sizes = storage.read(KEY) ?? {};

export class Divider extends HTMLElement {
  connectedCallback() {
    const name = this.getAttribute("sets") ?? "left";
    const divider = DIVIDERS[name];
    if (!divider) return;
    const set = (/** @type {number} */ size) => {
      const bounded = Math.round(Math.min(Math.max(size, divider.least), divider.most));
      sizes[name] = bounded;
      document.documentElement.style.setProperty(divider.property, `${bounded}px`);
      this.ariaValueNow = String(bounded);
    };
    this.tabIndex = 0;
    this.role = "separator";
    this.ariaOrientation = divider.axis === "x" ? "vertical" : "horizontal";
    this.ariaValueMin = String(divider.least);
    this.ariaValueMax = String(divider.most);
    if (sizes[name]) set(sizes[name]);
    else this.ariaValueNow = String(divider.usual);
    const size = () => Number(this.ariaValueNow);
    this.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -STEP, ArrowUp: -STEP, ArrowRight: STEP, ArrowDown: STEP }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      set(size() + divider.sign * step);
      storage.write(KEY, sizes);
    });
    this.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      this.setPointerCapture(event.pointerId);
      const start = (divider.axis === "x" ? event.clientX : event.clientY) - divider.sign * size();
      const move = (/** @type {PointerEvent} */ moved) =>
        set(divider.sign * ((divider.axis === "x" ? moved.clientX : moved.clientY) - start));
      this.addEventListener("pointermove", move);
      this.addEventListener(
        "lostpointercapture",
        () => {
          this.removeEventListener("pointermove", move);
          storage.write(KEY, sizes);
        },
        { once: true },
      );
    });
    this.addEventListener("dblclick", () => {
      set(divider.usual);
      storage.write(KEY, sizes);
    });
  }
}

customElements.define("scope-divider", Divider);
