/** Keeps the keyboard's focus while what is drawn around it changes. */

/**
 * Draws again inside a container. If the focused element is replaced, its successor with the same `data-key` gets the
 * focus.
 *
 * @param {HTMLElement} container
 * @param {() => void} draw
 */
export function keepFocus(container, draw) {
  const { activeElement } = document;
  const focused = activeElement instanceof HTMLElement && container.contains(activeElement) ? activeElement : null;
  draw();
  if (focused === null || container.contains(focused)) return;
  const { key } = focused.dataset;
  if (key === undefined) return;
  const successor = [...container.querySelectorAll("[data-key]")].find((one) => one.getAttribute("data-key") === key);
  if (successor instanceof HTMLElement) successor.focus({ preventScroll: true });
}

const FOCUSABLE = "a[href], button:not(:disabled), input:not(:disabled), select, textarea, summary, [tabindex='0']";

/** When the focus is looked for after a click, a key or a drop, in milliseconds: what it changes is drawn by then. */
const DRAWN_MS = [0, 100, 500];

/**
 * Gives the focus to what is nearest, where the element that had it is gone or hidden: Tab would begin at the page's top.
 *
 * @param {() => HTMLElement | null} usual returns what gets it where nothing is near
 */
export function watchFocus(usual) {
  /** The element that had the focus last, and those around it. @type {Element[]} */
  let path = [];
  document.addEventListener("focusin", ({ target }) => {
    path = [];
    for (let one = target instanceof Element ? target : null; one; one = one.parentElement) path.push(one);
  });
  const look = () => {
    const [last] = path;
    if (document.activeElement !== document.body || !last || last.checkVisibility()) return;
    const near = path.find((one) => one.checkVisibility());
    const isSmall = near && !near.closest("[role=tabpanel]") && !near.contains(usual());
    const next = isSmall ? [...near.querySelectorAll(FOCUSABLE)].find((one) => one.checkVisibility()) : null;
    (next instanceof HTMLElement ? next : usual())?.focus({ preventScroll: true });
  };
  for (const type of ["click", "keyup", "drop"]) {
    addEventListener(type, () => DRAWN_MS.forEach((wait) => setTimeout(look, wait)), true);
  }
}
