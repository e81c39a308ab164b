/** Redraws lists while they are in use. */
import { fill, h } from "./dom.js";
import { keepFocus } from "./focus.js";

/**
 * An item of a list.
 * @typedef {object} Item
 * @property {string} [kind] its CSS class
 * @property {unknown[]} [sign] the values that its parts are made of: while they are equal, the parts are not redrawn
 * @property {() => import("./dom.js").Child[]} parts
 */

/** The element that the pointer presses. @type {Node | null} */
let pressed = null;

/** Items that wait until nothing in their list is pressed: a click on a removed element would be lost. @type {Map<HTMLElement, Item[]>} */
const waiting = new Map();

/** The key that each element was drawn with. @type {WeakMap<Element, unknown[]>} */
const signs = new WeakMap();

addEventListener("pointerdown", ({ target }) => (pressed = target instanceof Node ? target : null), true);
// A click's own changes are drawn at once.
addEventListener("click", () => (pressed = null), true);
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => setTimeout(release), true);

/**
 * Draws a list's items. The focused element, recognised by its `data-key`, keeps the focus.
 * @param {HTMLElement} list @param {Item[]} items
 */
export function renew(list, items) {
  if (list.contains(pressed)) {
    waiting.set(list, items);
    return;
  }
  waiting.delete(list);
  keepFocus(list, () => draw(list, items));
}

/**
 * Reuses elements: removing an element with its own layout makes the browser visit the whole document, for counters, which
 * takes some 20 ms with many results.
 * @param {HTMLElement} list @param {Item[]} items
 */
function draw(list, items) {
  for (const [at, { kind = "", sign, parts }] of items.entries()) {
    const element = list.children[at] ?? list.appendChild(h("li", null));
    const drawn = signs.get(element);
    if (sign && drawn?.length === sign.length && sign.every((part, i) => part === drawn[i])) continue;
    element.className = kind;
    fill(element, ...parts());
    if (sign) signs.set(element, sign);
    else signs.delete(element);
  }
  while (list.children.length > items.length) list.lastElementChild?.remove();
}

/** Runs after the click that a release may cause. */
function release() {
  pressed = null;
  for (const [list, items] of waiting) renew(list, items);
}
