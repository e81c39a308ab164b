/** Lists that are drawn anew while they are in use. */
import { fill, h } from "./dom.js";
import { keepFocus } from "./focus.js";

/**
 * An item, by its place in the list.
 * @typedef {object} Item
 * @property {string} [kind] its class
 * @property {unknown[]} [sign] what its parts are made of: while that is the same, they stay as they are
 * @property {() => import("./dom.js").Child[]} parts
 */

/** What is pressed at this moment. @type {Node | null} */
let pressed = null;

/** Items that wait until nothing in their list is pressed: a click on what is gone by then would be lost. @type {Map<HTMLElement, Item[]>} */
const waiting = new Map();

/** What was drawn of which parts. @type {WeakMap<Element, unknown[]>} */
const signs = new WeakMap();

addEventListener("pointerdown", ({ target }) => (pressed = target instanceof Node ? target : null), true);
// What the click itself changes is drawn at once.
addEventListener("click", () => (pressed = null), true);
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => setTimeout(release), true);

/**
 * Draws a list's items. What had the focus has it again: it is told by its `data-key`.
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
 * Elements stay and are filled anew: to take out what is laid out by itself has the browser go through the whole
 * document, for counters, which takes some 20 ms with many results in it.
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

/** After the click that a release may be. */
function release() {
  pressed = null;
  for (const [list, items] of waiting) renew(list, items);
}
