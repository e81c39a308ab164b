/** A report for readers, drawn from the engine's HTML in a tree of its own: with its own style, and without its links. */
import { h } from "../dom.js";

/** Elements of a report. Any other becomes a `span`. */
const TAGS = new Set(
  "a b bdi blockquote br dd div dl dt figcaption figure footer h1 h2 h3 header li main mark nav p pre section small span table tbody td th thead tr ul wbr".split(
    " ",
  ),
);
const VOID = new Set(["br", "wbr"]);
const TOKEN = /<(\/?)([a-z][a-z0-9]*)((?: [a-z-]+="[^"<>]*")*)>|([^<]+)/g;
/** @type {Record<string, string>} */
const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"' };

export class ReportView extends HTMLElement {
  #root = this.attachShadow({ mode: "open" });
  #shown = "";

  /** @param {string} html the engine's: every value of a log in it is escaped. It may be cut off. "" for none */
  show(html) {
    if (html === this.#shown) return;
    this.#shown = html;
    const [, style = ""] = /<style>([^<]*)<\/style>/.exec(html) ?? [];
    const sheet = new CSSStyleSheet();
    // Links to its sections would change the address, which has the state of the page.
    sheet.replaceSync(`${inShadow(style)}nav{display:none}`);
    this.#root.adoptedStyleSheets = [sheet];
    this.#root.replaceChildren(html === "" ? "" : tree(html.slice(html.indexOf("<body>") + 6)));
  }
}

/** Returns the style of a document for its body in a shadow root. @param {string} style */
const inShadow = (style) =>
  style
    .replaceAll(":root", ":host")
    .replace(/(^|[{}])\s*html\{/g, "$1:host{")
    .replace(/(^|[{}])\s*body\{/g, "$1.body{");

/**
 * Makes the elements of a report, of which only the classes are taken: no markup of a log can become an element.
 * @param {string} html the engine's: every value in it is escaped
 */
function tree(html) {
  const root = h("div", { class: "body" });
  /** @type {HTMLElement[]} */
  const open = [root];
  for (const [, closes, tag = "", attributes = "", text] of html.matchAll(TOKEN)) {
    const parent = open.at(-1) ?? root;
    if (text !== undefined) parent.append(text.replace(/&(\w+|#\d+);/g, character));
    else if (closes) {
      if (open.length > 1) open.pop();
    } else {
      const name = /(?: )class="([\w -]*)"/.exec(attributes)?.[1] ?? null;
      const element = h(TAGS.has(tag) ? tag : "span", { class: name });
      parent.append(element);
      if (!VOID.has(tag)) open.push(element);
    }
  }
  return root;
}

/** @param {string} all @param {string} name */
const character = (all, name) =>
  name.startsWith("#") ? String.fromCodePoint(Number(name.slice(1))) : (ENTITIES[name] ?? all);

customElements.define("report-view", ReportView);
