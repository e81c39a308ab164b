/** Events beside script blocks, as a list of their own: all that a log without script blocks says of PowerShell. */
import { foreign, h } from "../dom.js";
import { engine } from "../worker-client.js";
import { count, plural } from "../model/number.js";
import { store } from "../store.js";
import { contextItem } from "./neighbours.js";

/** @typedef {import("../../../npm/index.js").ContextList} ContextList */
/** @typedef {import("../../../npm/index.js").ContextQuery} ContextQuery */

/** Events listed; further ones are counted. */
const MOST = 300;

/** The events of the report that is shown. @type {{ of: unknown, list: ContextList | null }} */
let known = { of: null, list: null };

/** Returns the events that pass a filter. @param {ContextQuery} [query] @returns {Promise<ContextList | null>} */
export async function eventsBeside(query = {}) {
  return engine.call("contextEvents", { ...query, limit: MOST }).catch(() => null);
}

/** Returns the section of all events beside script blocks; null while they are asked for, and without any. */
export function otherEvents() {
  const { head } = store;
  if (known.of !== head) {
    known = { of: head, list: null };
    eventsBeside().then((list) => {
      if (known.of !== head) return;
      known.list = list;
      store.changed("run");
    });
  }
  return known.list && eventSection(known.list);
}

/** Returns the section of a list of events; null for an empty one. @param {ContextList} list */
export function eventSection({ total, notListed, rows }) {
  if (rows.length === 0) return null;
  const left = total - rows.length + notListed;
  // An engine starts half a dozen providers, which say no more than it.
  const engines = new Set(rows.filter(({ kind }) => kind === "engine-start").map(({ text }) => text));
  const shown = rows.filter(({ kind, text }) => kind !== "provider-start" || !engines.has(text));
  const providers = rows.length - shown.length;
  return h(
    "section",
    { class: "others" },
    h("p", null, `${plural(total, "event")} beside script blocks, which no rule searches:`),
    h(
      "ol",
      { class: "near" },
      shown.map((event) => contextItem(event, null, place(event))),
    ),
    providers > 0
      ? h("p", { class: "quiet" }, `${plural(providers, "provider start")} of these engines not listed`)
      : null,
    left > 0 ? h("p", { class: "quiet" }, `${count(left)} more: narrow by computer or time to see them`) : null,
  );
}

/** @param {import("../types.js").ContextEvent} event */
const place = ({ computer, user, userName, processId }) =>
  foreign(
    [computer ?? "computer unknown", userName ?? user, processId && `process ${processId}`].filter(Boolean).join(" · "),
  );
