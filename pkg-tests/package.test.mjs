// The published package: its content, and its use by programs of every kind.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { assertReport } from "./support/invariants.mjs";
import { launch } from "./support/chromium.mjs";
import { installed, sample } from "./support/logs.mjs";
import { serve } from "../scripts/serve.mjs";

const here = import.meta.dirname;
const root = join(here, "..");
const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
const consumer = (name) => join(here, "consumers", name);
const node = (...words) => execFileSync(process.execPath, words, { encoding: "utf8", maxBuffer: 1 << 28 });
const expected = () => node(consumer("node-esm.mjs"), sample);

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

test("package.json has existing files, a licence, the crate's version and one dependency", () => {
  const paths = (value) => (typeof value === "string" ? [value] : Object.values(value).flatMap(paths));
  const { exports, bin, main, types, browser, sideEffects } = manifest;
  for (const path of [exports, bin, main, types, browser, sideEffects].flatMap(paths)) {
    assert.ok(statSync(join(installed, path)).isFile(), path);
  }
  assert.equal(manifest.license, "MIT OR Apache-2.0");
  for (const name of ["LICENSE-MIT", "LICENSE-APACHE", "README.md"])
    assert.ok(statSync(join(installed, name)).isFile());
  assert.deepEqual(Object.keys(manifest.dependencies), ["@zip.js/zip.js"]);
  assert.equal(manifest.scripts, undefined);
  const cargo = readFileSync(join(root, "Cargo.toml"), "utf8");
  assert.equal(manifest.version, /^version = "(.+)"$/m.exec(cargo)[1]);
});

test("the package contains no local path and no registry host", () => {
  const cargoHome = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
  const forbidden = [root, `${homedir()}/`, cargoHome, "/root/", "registry.npmjs", "crates.io"];
  for (const file of filesIn(installed)) {
    const text = readFileSync(file, "latin1");
    for (const word of forbidden) assert.ok(!text.includes(word), `${file} holds ${word}`);
  }
  const lock = readFileSync(join(root, "package-lock.json"), "utf8");
  assert.ok(!lock.includes('"resolved"'), "the lock file names where packages came from");
});

test("the wasm is within its budget of 1,300 kB compressed", (t) => {
  const wasm = readFileSync(join(installed, "scriptscope_bg.wasm"));
  const packed = gzipSync(wasm, { level: 9 }).length;
  t.diagnostic(`wasm ${wasm.length} bytes, ${packed} compressed`);
  assert.ok(packed <= 1_300_000, `${packed} bytes compressed`);
});

test("publint and arethetypeswrong find nothing", () => {
  const run = (command, ...words) =>
    execFileSync(join(root, "node_modules/.bin", command), words, { encoding: "utf8" });
  run("publint", "--strict", installed);
  const tarball = readdirSync(join(here, ".work")).find((name) => name.endsWith(".tgz"));
  // One format, ES modules: `require` of those works in every Node that the package supports.
  run(
    "attw",
    join(here, ".work", tarball),
    "--profile",
    "esm-only",
    "--exclude-entrypoints",
    "./wasm",
    "./report.schema.json",
  );
});

test("programs compile against the types", () => {
  execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", here], { encoding: "utf8" });
});

test("Node: import and require give the same report", () => {
  const report = JSON.parse(expected());
  assertReport(report);
  assert.ok(report.results.length > 0);
  assert.equal(node(consumer("node-cjs.cjs"), sample), expected());
});

test("the schema and the wasm are exported", async () => {
  const schema = import.meta.resolve("scriptscope/report.schema.json");
  assert.equal(JSON.parse(readFileSync(new URL(schema), "utf8")).title, "scriptscope report");
  assert.ok(WebAssembly.validate(readFileSync(new URL(import.meta.resolve("scriptscope/wasm")))));
});

test("a browser: plain modules, and one bundled file under a strict policy", async (t) => {
  const browser = await launch();
  t.after(() => browser.close());
  const server = await serve(here, 0);
  t.after(() => server.close());
  const origin = `http://localhost:${server.address().port}`;
  const text = readFileSync(sample, "utf8");
  const analyze = (page) => page.evaluate((text) => globalThis.analyzeText("intrusion.xml", text), text);

  await t.test("plain modules", async () => {
    const page = await browser.newPage();
    // An import map belongs to the page's own folder, which contains node_modules.
    const html = readFileSync(consumer("browser.html"), "utf8");
    await page.route(`${origin}/plain.html`, (route) => route.fulfill({ contentType: "text/html", body: html }));
    await page.goto(`${origin}/plain.html`);
    await page.waitForFunction(() => globalThis.analyzeText);
    assert.deepEqual(await analyze(page), JSON.parse(expected()));
  });

  await t.test("inline, bundled by esbuild", async () => {
    const { outputFiles } = await build({
      entryPoints: [consumer("bundled.mjs")],
      bundle: true,
      minify: true,
      format: "iife",
      write: false,
      logLevel: "error",
    });
    assert.equal(outputFiles.length, 1);
    const page = await browser.newPage();
    const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'";
    await page.route(`${origin}/bundled.*`, (route) =>
      route.request().url().endsWith(".js")
        ? route.fulfill({ contentType: "text/javascript", body: outputFiles[0].text })
        : route.fulfill({
            contentType: "text/html",
            headers: { "content-security-policy": policy },
            body: '<!doctype html><script src="bundled.js"></script>',
          }),
    );
    await page.goto(`${origin}/bundled.html`);
    await page.waitForFunction(() => globalThis.analyzeText);
    assert.deepEqual(await analyze(page), JSON.parse(expected()));
  });
});
