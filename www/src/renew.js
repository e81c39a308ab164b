/** Lists that are drawn anew while they are in use. */

/** What is pressed at this moment. @type {Node | null} */
let pressed = null;

/** Items that wait until nothing in their list is pressed: a click on what is gone by then would be lost. @type {Map<HTMLElement, Node[]>} */
const waiting = new Map();

addEventListener("pointerdown", ({ target }) => (pressed = target instanceof Node ? target : null), true);
// What the click itself changes is drawn at once.
addEventListener("click", () => (pressed = null), true);
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => setTimeout(release), true);

/**
 * Puts items in the place of those that a list has. What had the focus has it again: it is told by its `data-key`.
 * @param {HTMLElement} list @param {Node[]} items
 */
export function renew(list, items) {
  if (list.contains(pressed)) {
    waiting.set(list, items);
    return;
  }
  waiting.delete(list);
  const { activeElement } = document;
  const key =
    activeElement instanceof HTMLElement && list.contains(activeElement) ? activeElement.dataset.key : undefined;
  list.replaceChildren(...items);
  if (key === undefined) return;
  const same = [...list.querySelectorAll("[data-key]")].find((one) => one.getAttribute("data-key") === key);
  if (same instanceof HTMLElement) same.focus({ preventScroll: true });
}

/** After the click that a release may be. */
function release() {
  pressed = null;
  for (const [list, items] of waiting) renew(list, items);
}
