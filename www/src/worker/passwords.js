/** The user's password: tried for every locked member, and requested again if it opens nothing. */

/** @typedef {import("../types.js").FromWorker} FromWorker */

export class Passwords {
  /** Empty once the user chose to leave this member, and all other locked ones, unread. @type {string | undefined} */
  #given;
  /** The password tried last on each member. @type {Map<string, string>} */
  #tried = new Map();
  /** Several workers may meet locked members: the user answers one question after the other. @type {Promise<unknown>} */
  #asking = Promise.resolve();
  #signal;
  #post;
  /** Resolves with the user's answer. @type {(password: string) => void} */
  answer = () => {};

  /** @param {AbortSignal} signal @param {(message: FromWorker) => void} post */
  constructor(signal, post) {
    this.#signal = signal;
    this.#post = post;
  }

  /** @param {string} member @returns {Promise<string | null>} */
  ask(member) {
    const answer = this.#asking.then(() => this.#next(member));
    this.#asking = answer;
    return answer;
  }

  /** @param {string} member */
  async #next(member) {
    const wrong = this.#given !== undefined && this.#tried.get(member) === this.#given;
    if (this.#given === undefined || (wrong && this.#given !== "")) {
      this.#given = await new Promise((/** @type {(password: string) => void} */ resolve) => {
        this.answer = resolve;
        this.#signal.addEventListener("abort", () => resolve(""), { once: true });
        if (this.#signal.aborted) resolve("");
        else this.#post({ type: "password", name: member, wrong });
      });
    }
    this.#tried.set(member, this.#given ?? "");
    return this.#given || null;
  }
}
