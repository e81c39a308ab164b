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
