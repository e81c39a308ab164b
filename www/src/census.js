/** Every computer and user of the logs, with results or without: asked of the engine once all is read. */
import { store } from "./store.js";
import { engine } from "./worker-client.js";

/**
 * @typedef {object} Seen
 * @property {string} name of the computer; of a user the SID, or what the log has instead
 * @property {number | null} blocks script blocks, null where only the log is known to name it
 * @property {number} matched those that rules match
 */

class Census {
  /** @type {{ computers: Seen[], users: Seen[] }} */
  seen = { computers: [], users: [] };
  /** Script blocks that name no user. */
  withoutUser = 0;
  /** Grows with each change. */
  version = 0;
  /** @type {Map<string, string>} */
  #names = new Map();
  /** The state that it is of. @type {unknown} */
  #of = null;

  start() {
    store.on(["data", "run"], () => this.#ask());
  }

  /** Returns the name of an account, if the logs give it. @param {string | null} user */
  nameOf(user) {
    if (!user) return null;
    return this.#names.get(user.replace(/^.*\\(?=S-1-)/i, "").toLowerCase()) ?? null;
  }

  /** Returns the name of an account, or the part of its SID that tells it from others. @param {string | null} user */
  words(user) {
    return this.nameOf(user) ?? (user ?? "").replace(/^S-1-5-21-[\d-]+-(?=\d+$)/, "…-");
  }

  async #ask() {
    const { head, run } = store;
    if (head === this.#of) return;
    if (head === null || run.phase === "reading") {
      if (head === null && this.#of !== null) this.#set(null, [], []);
      return;
    }
    this.#of = head;
    const ask = (/** @type {"computer" | "user"} */ by) => engine.call("histogram", { bins: 1, by });
    const [computers, users] = await Promise.all([ask("computer"), ask("user")]).catch(() => [null, null]);
    if (this.#of === head) this.#set(head, computers?.lanes ?? [], users?.lanes ?? [], computers?.withoutTime ?? 0);
  }

  /**
   * @param {unknown} of
   * @param {import("../../npm/index.js").Lane[]} computers
   * @param {import("../../npm/index.js").Lane[]} users
   * @param {number} [withoutTime] script blocks without a time
   */
  #set(of, computers, users, withoutTime = 0) {
    this.#of = of;
    const seen = (/** @type {import("../../npm/index.js").Lane} */ { name, blocks, results }) => ({
      name: name ?? "",
      blocks: blocks[0] ?? 0,
      matched: Object.values(results ?? {}).reduce((sum, [n = 0]) => sum + n, 0),
    });
    this.seen = { computers: computers.map(seen), users: users.map(seen).filter(({ name }) => name !== "") };
    this.withoutUser = users.find(({ name }) => name === null)?.blocks[0] ?? 0;
    // A computer that logged other events only is in no histogram, nor is one all of whose blocks have no time.
    const known = new Set(this.seen.computers.map(({ name }) => name.toLowerCase()));
    for (const source of store.head?.sources ?? []) {
      for (const name of source.scriptBlocks > 0 ? source.computers : []) {
        if (known.has(name.toLowerCase())) continue;
        known.add(name.toLowerCase());
        this.seen.computers.push({ name, blocks: withoutTime > 0 ? null : 0, matched: 0 });
      }
    }
    const named = users.flatMap(({ name, userName }) => (name && userName ? [[name.toLowerCase(), userName]] : []));
    this.#names = new Map(/** @type {[string, string][]} */ (named));
    this.version += 1;
    store.changed("names");
  }
}

export const census = new Census();
