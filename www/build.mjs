// Makes the page: ONE html file with style, script, worker and wasm inside, and a policy that names their hashes.
//
// Usage: node www/build.mjs [--engine FOLDER] [--out FILE]
// The engine is a folder with wasm-bindgen's glue and wasm; in tests, a folder with a session.js.

import { build } from "esbuild";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { noticesText, npmNotices } from "../scripts/notices.mjs";
import { story } from "./sample/story.mjs";
import { encode } from "./src/base85.js";

const www = import.meta.dirname;
const root = dirname(www);

/** Largest size of the page: it is opened from mail attachments, memory sticks and over slow lines. */
const LARGEST = 2_000_000;

const { values: options } = parseArgs({
  options: {
    engine: { type: "string", default: join(root, "pkg") },
    out: { type: "string", default: join(root, "dist/index.html") },
  },
});

/**
 * Returns one script made of a module and all its imports.
 *
 * @param {string} entry
 * @param {"esm" | "iife"} format
 * @param {import("esbuild").Plugin[]} plugins
 */
async function bundle(entry, format, plugins) {
  const { outputFiles } = await build({
    entryPoints: [join(www, entry)],
    bundle: true,
    format,
    minify: true,
    write: false,
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
    plugins,
  });
  return outputFiles[0]?.text ?? "";
}

/**
 * Returns a plugin for a generated module.
 *
 * @param {string} name
 * @param {() => string} contents
 * @returns {import("esbuild").Plugin}
 */
function virtual(name, contents) {
  return {
    name,
    setup(made) {
      made.onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path: name, namespace: name }));
      made.onLoad({ filter: /.*/, namespace: name }, () => ({ contents: contents() }));
    },
  };
}

/**
 * Returns a plugin that resolves a module name to a file.
 *
 * @param {string} name as a regular expression
 * @param {string} file
 * @returns {import("esbuild").Plugin}
 */
function alias(name, file) {
  return {
    name,
    setup(made) {
      made.onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path: file }));
    },
  };
}

/** @param {string | Uint8Array} bytes */
const packed = (bytes) => encode(gzipSync(bytes, { level: 9 }));

/** @param {string} text */
const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** The files of the engine: the glue, and the gzipped wasm, which the tests' engine does not have. */
async function engineFiles() {
  const folder = resolve(options.engine);
  const inline = join(folder, "wasm-inline.js");
  if (!existsSync(inline)) return { glue: join(folder, "session.js"), wasm: gzipSync(emptyModule) };
  const { WASM_GZIP_BASE64 } = await import(pathToFileURL(inline).href);
  return { glue: join(folder, "scriptscope.js"), wasm: Buffer.from(WASM_GZIP_BASE64, "base64") };
}

/** An empty WebAssembly module. */
const emptyModule = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

const engine = await engineFiles();
const worker = await bundle("src/worker/main.js", "iife", [
  alias("scriptscope-engine", engine.glue),
  // The library's own import of the glue, which in the package is beside it.
  alias("\\./scriptscope\\.js", engine.glue),
]);

/** The parts filled in, in order. The script is before the large parts, so that it runs before they have loaded. Those are gzipped, in base 85. */
const PLACES = ["policy", "style", "script", "worker", "wasm", "sample", "notices"];
const template = (await readFile(join(www, "index.html"), "utf8")).split(/\{\{\w+\}\}/);
if (template.length !== PLACES.length + 1) throw new Error(`the template has not the places ${PLACES.join(", ")}`);

const wasm = encode(engine.wasm);
const sample = JSON.stringify(story().map(({ name, text }) => ({ name, bytes: packed(text) })));
const script = await bundle("src/main.js", "esm", [
  virtual("scriptscope-template", () => `export const template = ${JSON.stringify(template)};`),
]);
const style = await bundle("style/index.css", "esm", []);

// The package has the notices of what is in the wasm.
const engineNotices = join(resolve(options.engine), "THIRD-PARTY-NOTICES.txt");
const notices = [
  noticesText(npmNotices("@zip.js/zip.js")),
  existsSync(engineNotices) ? await readFile(engineNotices, "utf8") : "",
].join("\n");

// Text that the HTML parser takes for the end of the element, or changes, would break the hash and so the page.
if (/<\/script|<!--/i.test(script + worker + sample + notices) || /<\//.test(style))
  throw new Error("the script or style would end its element");
if (/[\r\0]/.test([script, worker, sample, notices, style, ...template].join("")))
  throw new Error("a carriage return or NUL would be changed by the parser");

const policy = [
  "default-src 'none'",
  `script-src ${hash(script)} 'wasm-unsafe-eval'`,
  "worker-src blob:",
  `style-src ${hash(style)}`,
  "img-src data:",
  "connect-src 'none'",
  "form-action 'none'",
  "base-uri 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types scriptscope-worker",
].join("; ");

const filled = [policy, style, script, packed(worker), wasm, sample, packed(notices)];
const page = template.map((text, at) => text + (filled[at] ?? "")).join("");
const size = Buffer.byteLength(page);
if (size > LARGEST) throw new Error(`the page has ${size} bytes, more than ${LARGEST}`);

await mkdir(dirname(resolve(options.out)), { recursive: true });
await writeFile(options.out, page);
await writeFile(
  `${options.out}.sha256`,
  `${createHash("sha256").update(page).digest("hex")}  ${options.out.split("/").at(-1)}\n`,
);
console.log(
  `${options.out}: ${size} bytes (style ${style.length}, script ${script.length}, worker ${worker.length}, wasm ${wasm.length})`,
);
