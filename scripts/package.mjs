// Makes the published package in pkg/: the files of npm/, the wasm and its glue, and the documents.

import { gzipAsync } from "@gfx/zopfli";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crateNotices, noticesText } from "./notices.mjs";

const root = join(import.meta.dirname, "..");
const pkg = join(root, "pkg");
const wasm = readFileSync(join(root, ".cache/wasm/scriptscope_bg.wasm"));

/** Type declarations of generated files. The package's own types are in index.d.ts. */
const UNPUBLISHED = ["scriptscope.d.ts", "wasm-inline.d.ts", "package.json"];

rmSync(pkg, { recursive: true, force: true });
mkdirSync(pkg);
cpSync(join(root, "npm"), pkg, {
  recursive: true,
  filter: (path) => !UNPUBLISHED.some((name) => path === join(root, "npm", name)),
});
for (const name of ["scriptscope.js", "scriptscope_bg.wasm"]) {
  cpSync(join(root, ".cache/wasm", name), join(pkg, name));
}
for (const name of ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"]) {
  if (existsSync(join(root, name))) cpSync(join(root, name), join(pkg, name));
}
const notices = noticesText(crateNotices("scriptscope", "wasm32-unknown-unknown"));
writeFileSync(join(pkg, "THIRD-PARTY-NOTICES.txt"), notices);
// Zopfli's gzip is a twenty-fifth smaller than zlib's, and inflates as any other.
const packed = Buffer.from(await gzipAsync(wasm, { numiterations: 5 })).toString("base64");
writeFileSync(join(pkg, "wasm-inline.js"), `export const WASM_GZIP_BASE64 =\n  "${packed}";\n`);

// Written last: make takes it as the sign that the package is complete.
const manifest = JSON.parse(readFileSync(join(root, "npm/package.json"), "utf8"));
const cargo = readFileSync(join(root, "Cargo.toml"), "utf8");
const version = /^version = "(.+)"$/m.exec(cargo)?.[1];
const { name, ...rest } = manifest;
writeFileSync(join(pkg, "package.json"), `${JSON.stringify({ name, version, ...rest }, null, 2)}\n`);
console.log(`package: pkg/ holds ${name} ${version}; wasm ${wasm.length} bytes, ${packed.length} in base64 of gzip`);
