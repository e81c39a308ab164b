// Reads rule files from inputs of any kind.

import { ScriptscopeError } from "./error.js";
import { listOf, resourcesOf } from "./inputs.js";
import { RULE_FILE_BYTES } from "./limits.js";
import { passwordsFor, unpack } from "./unpack.js";

/** Extensions of rules, macros, lookups and saved searches. */
const RULE_FILE = /\.(ya?ml|csv|conf)$/i;

/**
 * Returns the rule files in the inputs. Files with other extensions are skipped, for a repository of rules contains many;
 * a file given by itself is a rule file under any name.
 *
 * @param {import("./index.js").Input | Iterable<import("./index.js").Input>} inputs
 * @param {import("./inputs.js").FilesAt} filesAt
 * @returns {Promise<import("./index.js").RuleFile[]>}
 * @throws if one cannot be read: missing rules would go unnoticed
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

/** A sink that collects the rule files. */
class RuleFiles {
  /** @type {{ name: string, text: Uint8Array }[]} */
  found = [];
  /** The name of the one file that was given by itself. @type {string | undefined} */
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
    if (!this.#isWanted()) return;
    this.#bytes += bytes.length;
    // One byte too many makes the engine refuse the file with its own message.
    if (this.#bytes <= RULE_FILE_BYTES) this.#pieces.push(bytes.slice());
  }

  /** @param {import("./failure.js").Failure | null} failure */
  end(failure) {
    if (failure) throw new ScriptscopeError("rulesUnread", `${this.#name}: ${failure.message}`);
    if (!this.#isWanted()) return;
    const text = new Uint8Array(this.#pieces.reduce((sum, piece) => sum + piece.length, 0));
    let at = 0;
    for (const piece of this.#pieces) {
      text.set(piece, at);
      at += piece.length;
    }
    this.found.push({ name: this.#name, text });
  }

  #isWanted() {
    return RULE_FILE.test(this.#name) || this.#name === this.given;
  }
}
