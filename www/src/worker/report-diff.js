/** Sends states of the report to the page: the changes since the last state, in pieces. */

/** @typedef {import("../types.js").FromWorker} FromWorker */
/** @typedef {import("../types.js").Pieces} Pieces */

/** Items per message: receiving one takes a few milliseconds of the page's thread. */
const PIECE = 200;
/** The first state is sent early, later ones so seldom that making them costs a small part of the time. */
const FIRST_MS = 60;
const APART_MS = 300;
const APART_COSTS = 8;
/** Upper bound on sources and problems in a state that is not the last. */
const INTERIM = 250;

export class Sender {
  #session;
  #post;
  /** The version of each result that the page has. @type {Map<string, string>} */
  #results = new Map();
  /** @type {Map<string, string>} */
  #blocks = new Map();
  /** Results by the blocks behind them. @type {Map<string, string[]>} */
  #byBlock = new Map();
  #due = performance.now() + FIRST_MS;
  /** What the last state cost in milliseconds for each event. */
  #costs = 0;
  #drawn = true;

  /** @param {import("../../../npm/index.js").Session} session @param {(message: FromWorker) => void} post */
  constructor(session, post) {
    this.#session = session;
    this.#post = post;
  }

  /** Continues with another session. @param {import("../../../npm/index.js").Session} session */
  restart(session) {
    this.#session = session;
  }

  /** Takes over what the sender before it sent, so that removed items are reported. @param {Sender} before */
  follow(before) {
    this.#results = new Map([...before.#results.keys()].map((id) => [id, ""]));
    this.#blocks = before.#blocks;
  }

  /** Called when the page has received the last state. */
  drawn() {
    this.#drawn = true;
  }

  /** Sends a state if one is due and takes less time than is left to the last one. @param {number} leftMs */
  sendIfDue(leftMs) {
    if (!this.#drawn || performance.now() < this.#due) return;
    if (this.#costs * this.#session.counts().events < leftMs) this.send(INTERIM);
  }

  /** @param {number} [most] sources and problems: while reading, as many as are drawn */
  send(most = Infinity) {
    const began = performance.now();
    const { report, lines } = this.#session.outline();
    const { sources, problems, rules, results, scriptBlocks, acts, ...head } = report;
    const risk = head.riskObjects.flatMap(({ events }, object) => events.map((event) => ({ object, event })));
    this.#post({
      type: "head",
      head: { ...head, riskObjects: head.riskObjects.map((one) => ({ ...one, events: [] })) },
    });
    this.#pieces("sources", sources.slice(0, most));
    this.#pieces("problems", problems.slice(0, most));
    this.#pieces("rules", rules);
    this.#pieces(
      "blocks",
      this.#news(this.#blocks, scriptBlocks, (one) => `${one.present.length} ${one.events.length}`),
    );
    const changed = this.#news(this.#results, results, signature);
    this.#pieces(
      "results",
      changed.map((result) => ({ result, line: lines[result.id] ?? "" })),
    );
    this.#pieces("acts", acts);
    this.#pieces("risk", risk);
    this.#byBlock = byBlock(results);
    // Of a query, the last state counts as drawn when it is sent.
    this.#drawn = false;
    this.#post({ type: "tail", gone: gone(this.#results, results) });
    const now = performance.now();
    this.#costs = (now - began) / Math.max(head.totals.events, 1);
    // The first results are shown as soon as they are found.
    this.#due = now + Math.max(results.length > 0 ? APART_MS : 0, (now - began) * APART_COSTS);
  }

  /** Maps blocks to their results. */
  blocks() {
    return this.#byBlock;
  }

  /**
   * Returns the items that the page does not have yet.
   * @template {{ id: string }} T
   * @param {Map<string, string>} known
   * @param {T[]} items
   * @param {(item: T) => string} sign
   */
  #news(known, items, sign) {
    return items.filter((item) => {
      const signed = sign(item);
      if (known.get(item.id) === signed) return false;
      known.set(item.id, signed);
      return true;
    });
  }

  /** @template {keyof Pieces} K @param {K} kind @param {Pieces[K]} items */
  #pieces(kind, items) {
    for (let at = 0; at < items.length; at += PIECE) {
      const message = /** @type {FromWorker} */ ({ type: "piece", kind, items: items.slice(at, at + PIECE) });
      this.#post(message);
    }
  }
}

/** @param {import("../types.js").Result} one */
function signature(one) {
  return `${one.count} ${one.score} ${one.firstTime} ${one.lastTime} ${one.blocksTotal} ${one.suppressedBy} ${one.blocks.at(-1)?.id}`;
}

/** Removes from `known` the items that no longer exist. @param {Map<string, string>} known @param {{ id: string }[]} items */
function gone(known, items) {
  if (known.size === items.length) return [];
  const ids = new Set(items.map((item) => item.id));
  const lost = [...known.keys()].filter((id) => !ids.has(id));
  for (const id of lost) known.delete(id);
  return lost;
}

/** @param {import("../types.js").Result[]} results */
function byBlock(results) {
  /** @type {Map<string, string[]>} */
  const map = new Map();
  for (const result of results) {
    for (const { id } of result.blocks) {
      const ids = map.get(id);
      if (ids) ids.push(result.id);
      else map.set(id, [result.id]);
    }
  }
  return map;
}
