/** Keyboard shortcuts. */
import { isField } from "./dom.js";
import { store } from "./store.js";
import { chips } from "./model/filter.js";
import { desk } from "./desk.js";
import { panel } from "./elements/panel.js";
import { rulesPanel } from "./elements/rules-panel.js";

/** The list of all keys, as the help shows it. */
export const KEYS = [
  { keys: ["/"], words: "search" },
  { keys: ["j", "k"], words: "next, previous row of the view" },
  { keys: ["Enter"], words: "open the selected row at full width" },
  { keys: ["Esc"], words: "back: close, leave, then remove the last filter" },
  { keys: ["g", "s"], words: "go to the story" },
  { keys: ["g", "r"], words: "go to the results" },
  { keys: ["g", "b"], words: "go to all script blocks" },
  { keys: ["g", "e"], words: "go to the same scripts" },
  { keys: ["g", "i"], words: "go to the indicators" },
  { keys: ["g", "a"], words: "go to ATT&CK" },
  { keys: ["g", "c"], words: "go to the case" },
  { keys: ["g", "h"], words: "go to computers and users: look here first" },
  { keys: ["g", "f"], words: "go to the files" },
  { keys: ["g", "t"], words: "go to the lanes" },
  { keys: ["s"], words: "star" },
  { keys: ["n"], words: "note" },
  { keys: ["x"], words: "this is expected: add to the allow-list" },
  { keys: ["v"], words: "next view of the script: plain, decoded layers" },
  { keys: ["c"], words: "copy the script" },
  { keys: ["m"], words: "next match in the script" },
  { keys: ["f"], words: "find in the script" },
  { keys: ["[", "]"], words: "script block before, after in time" },
  { keys: [",", "."], words: "previous, next script block of the result" },
  { keys: ["e"], words: "every script block of this process, or of this minute" },
  { keys: ["b"], words: "in the story: hide or show what ran before and after" },
  { keys: ["r"], words: "rules and allow-list, and back" },
  { keys: ["o"], words: "open files" },
  { keys: ["?"], words: "all keys" },
];

/** @template {HTMLElement} T @param {string} selector @returns {T} */
const find = (selector) => /** @type {T} */ (document.querySelector(selector));
/** Found by position: it is after the results, and a selector would visit each of their rows first. */
const detail = () => /** @type {import("./elements/detail.js").Detail} */ (find("#work").lastElementChild);

/** Whether a matching element covers the page. Searches only where such elements are, for the same reason. @param {string} selector */
const isOver = (selector) =>
  [...document.body.children].some((one) => one.matches(selector)) ||
  find("scope-bar").querySelector(selector) !== null;

/** Whether `g` was pressed and waits for the second key. */
let going = false;

export function listenToKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape") {
      if (escape(event)) event.preventDefault();
      return;
    }
    if (isField(event.target) || isOver("dialog[open]")) return;
    const act = going ? GO[event.key] : ACTS[event.key];
    going = !going && event.key === "g";
    if (!act || !act(event)) return;
    event.preventDefault();
  });
}

/** Each function returns whether it used the key. @type {Record<string, (event: KeyboardEvent) => boolean>} */
const ACTS = {
  "/": () => {
    if (!rulesPanel().isOpen) return focus("#search");
    rulesPanel().focusFilter();
    return true;
  },
  "?": () => {
    const keys = find("#keys");
    keys.togglePopover();
    if (keys.matches(":popover-open")) keys.focus();
    return true;
  },
  o: () => {
    find("[data-open=files]").click();
    return true;
  },
  j: () => working(() => panel()?.move(1)),
  k: () => working(() => panel()?.move(-1)),
  ArrowDown: (event) => inTable(event) && working(() => panel()?.move(1)),
  ArrowUp: (event) => inTable(event) && working(() => panel()?.move(-1)),
  Enter: (event) => inTable(event) && selected(() => openWide()),
  s: () => selected(() => detail().star()),
  x: () => selected(() => detail().expect()),
  n: () => selected(() => detail().editNote()),
  c: () => selected(() => detail().copy()),
  m: () => selected(() => detail().nextMark()),
  f: () => selected(() => detail().find()),
  v: () => selected(() => detail().nextView()),
  r: () => {
    if (rulesPanel().isOpen) rulesPanel().close();
    else rulesPanel().open("rules");
    return true;
  },
  "]": () => selected(() => detail().walk(1)),
  "[": () => selected(() => detail().walk(-1)),
  e: () => selected(() => detail().everyBlock()),
  b: () => working(() => /** @type {import("./elements/story.js").Story} */ (find("scope-story")).toggleNear()),
  ".": () => selected(() => detail().step(1)),
  ",": () => selected(() => detail().step(-1)),
};

/** @type {Record<string, () => boolean>} */
const GO = {
  s: () => go("story"),
  r: () => go("results"),
  b: () => go("blocks"),
  e: () => go("scripts"),
  i: () => go("indicators"),
  a: () => go("attack"),
  c: () => go("case"),
  h: () => focus("scope-risk li button"),
  f: () => focus("scope-files li button"),
  t: () => focus("scope-lanes input"),
};

/** Shows a view, and moves the focus into it. @param {import("./types.js").ViewName} name */
function go(name) {
  if (store.run.phase === "idle" || !desk.views().some(([one]) => one === name)) return false;
  desk.show(name, { focus: true });
  return true;
}

/**
 * Adds keys of another part of the page, and names them in the help.
 * @param {{ keys: string[], words: string, act: (event: KeyboardEvent) => boolean }[]} added each of one key; `act` returns whether it used the key
 */
export function addKeys(added) {
  for (const { keys, words, act } of added) {
    KEYS.push({ keys, words });
    for (const key of keys) ACTS[key] = act;
  }
}

/** Goes one step back: closes, leaves, then removes the last filter. @param {KeyboardEvent} event */
function escape(event) {
  // The browser closes a dialog or a popover.
  if (isOver("dialog[open], :popover-open")) return false;
  if (isField(event.target)) {
    const field = /** @type {HTMLElement} */ (event.target);
    field.blur();
    if (store.target() !== null) panel()?.focusRow();
    return true;
  }
  if (rulesPanel().isOpen) {
    rulesPanel().close();
    return true;
  }
  if (document.documentElement.classList.contains("wide-detail")) {
    detail().toggleWide();
    panel()?.focusRow();
    return true;
  }
  if (detail().contains(document.activeElement)) {
    panel()?.focusRow();
    return true;
  }
  if (store.target() !== null) {
    store.select(null);
    return true;
  }
  const last = chips({ ...store.filter, hideSuppressed: false }, (id) => id, 0).at(-1);
  if (!last) return false;
  store.setFilter({ ...last.without, hideSuppressed: store.filter.hideSuppressed });
  return true;
}

function openWide() {
  if (!document.documentElement.classList.contains("wide-detail")) detail().toggleWide();
  focus("scope-script > .text");
}

/** @param {string} selector */
function focus(selector) {
  const element = find(selector);
  if (!element || element.offsetParent === null) return false;
  element.focus();
  if (element instanceof HTMLInputElement) element.select();
  return true;
}

/** @param {() => void} act */
function working(act) {
  if (store.run.phase === "idle") return false;
  act();
  return true;
}

/** @param {() => void} act */
function selected(act) {
  if (store.target() === null) return false;
  act();
  return true;
}

/** @param {KeyboardEvent} event */
const inTable = (event) => event.target instanceof Element && event.target.closest("[role=grid] [role=row]") !== null;
