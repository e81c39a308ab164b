// Rule files from anything that can hold them.

import { listOf, resourcesOf } from "./inputs.js";
import { RULE_FILE_BYTES } from "./limits.js";
import { passwordsFor, unpack } from "./unpack.js";

/** What rules, macros, lookups and saved searches are written in. */
const RULE_FILE = /\.(ya?ml|csv|conf)$/i;

/**
 * The rule files in the inputs. What is not named like one is passed over, for a repository of rules holds
 * much else; a file given by itself is one whatever its name.
 *
 * @param {import("./index.js").Input | Iterable<import("./index.js").Input>} inputs
 * @param {(path: string | URL, name?: string) => import("./inputs.js").Resource[]} filesAt
 * @returns {Promise<import("./index.js").RuleFile[]>}
 * @throws where one cannot be read: rules that are missing would go unnoticed
 */
export async function readRulesWith(inputs, filesAt) {
  const files = new RuleFiles();
  for (const input of listOf(inputs)) {
    const resources = resourcesOf(input, filesAt);
    files.given = resources.length === 1 ? resources[0]?.name : undefined;
    for (const resource of resources) {
      await unpack(resource, files, { passwords: passwordsFor(undefined), packedBytes: () => resource.size ?? 0 });
    }
  }
  return files.found;
}

/** Takes what is unpacked, and keeps the rule files. */
class RuleFiles {
  /** @type {{ name: string, text: Uint8Array }[]} */
  found = [];
  /** The name of the one file that is a rule file because it was given as one. @type {string | undefined} */
  given;
  /** @type {Uint8Array[]} */
  #pieces = [];
  #name = "";
  #bytes = 0;

  /** @param {string} name */
  begin(name) {
    this.#name = name;
    this.#pieces = [];
    this.#bytes = 0;
  }

  /** @param {Uint8Array} bytes */
  push(bytes) {
    if (!this.#wanted()) return;
    this.#bytes += bytes.length;
    // One byte too many is enough for the engine to refuse the file with its own words.
    if (this.#bytes <= RULE_FILE_BYTES) this.#pieces.push(bytes.slice());
  }

  /** @param {import("./failure.js").Failure | null} failure */
  end(failure) {
    if (failure) throw Object.assign(new Error(`${this.#name}: ${failure.message}`), { name: "ScriptscopeError" });
    if (!this.#wanted()) return;
    const text = new Uint8Array(this.#pieces.reduce((sum, piece) => sum + piece.length, 0));
    let at = 0;
    for (const piece of this.#pieces) {
      text.set(piece, at);
      at += piece.length;
    }
    this.found.push({ name: this.#name, text });
  }

  #wanted() {
    return RULE_FILE.test(this.#name) || this.#name === this.given;
  }
}
