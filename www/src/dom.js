/**
 * Makes elements from values. All text of a log reaches the document through this module, as text.
 */
import { visible } from "./model/glyphs.js";

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * Makes an element. Props are `class`, `on…` listeners, properties that the element has, and otherwise attributes.
 * @param {string} tag
 * @param {Record<string, any> | null} [props]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElement & Record<string, any>}
 */
export function h(tag, props, ...children) {
  const element = /** @type {HTMLElement & Record<string, any>} */ (document.createElement(tag));
  for (const [name, value] of Object.entries(props ?? {})) set(element, name, value);
  element.append(...nodes(children));
  return element;
}

/**
 * Replaces an element's children.
 * @param {Element} element
 * @param {...(Child | Child[])} children
 */
export function fill(element, ...children) {
  element.replaceChildren(...nodes(children));
}

/**
 * Makes the heading of a table: one row.
 * @param {...(Child | Child[])} cells
 */
export function heading(...cells) {
  return h("thead", null, h("tr", null, ...cells));
}

/**
 * Makes an SVG element.
 * @param {string} tag
 * @param {Record<string, any> | null} [props]
 * @param {...(Child | Child[])} children
 */
export function s(tag, props, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  element.append(...nodes(children));
  return element;
}

/**
 * Makes an element of text from a log: characters that are invisible or reorder text are shown as glyphs.
 * @param {string | null | undefined} text
 */
export function foreign(text) {
  return h("bdi", null, visible(text ?? ""));
}

/**
 * Texts stay strings: for each node that a script makes, the engine holds an object until it is collected as garbage.
 * @param {(Child | Child[])[]} children
 * @returns {(Node | string)[]}
 */
function nodes(children) {
  return children
    .flat()
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)));
}

/** @param {HTMLElement & Record<string, any>} element @param {string} name @param {any} value */
function set(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === "class") element.className = value;
  else if (name === "dataset") Object.assign(element.dataset, value);
  else if (name === "style")
    for (const [key, one] of Object.entries(value)) element.style.setProperty(key, String(one));
  else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name in element && !name.includes("-") && name !== "list" && name !== "form") element[name] = value;
  else element.setAttribute(name, value === true ? "" : String(value));
}

/** Whether typing goes into this element. @param {EventTarget | null} target */
export const isField = (target) =>
  target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
