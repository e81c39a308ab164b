// Packs pkg/ as for publishing and installs the tarball beside the tests.

import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const here = import.meta.dirname;
const work = join(here, ".work");
rmSync(work, { recursive: true, force: true });
rmSync(join(here, "node_modules"), { recursive: true, force: true });
mkdirSync(work);

/** @param {string[]} words */
const npm = (...words) => execFileSync("npm", ["--loglevel=error", ...words], { cwd: here, encoding: "utf8" });

const [packed] = JSON.parse(npm("pack", "../pkg", "--json", "--pack-destination", work));
npm("install", "--no-save", "--no-package-lock", "--prefer-offline", join(work, packed.filename));
