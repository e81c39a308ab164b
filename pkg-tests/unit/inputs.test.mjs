import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { filesAt } from "../../npm/files.js";
import { listOf, resourcesOf } from "../../npm/inputs.js";
import { READ_BYTES } from "../../npm/limits.js";
import { readRulesWith } from "../../npm/rules.js";
import { utf8, zip } from "../support/archives.mjs";

const textOf = async (resource) => {
  const pieces = [];
  for await (const piece of resource.stream()) pieces.push(piece.slice());
  return Buffer.concat(pieces).toString();
};

test("one input or several", () => {
  const bytes = utf8("abc");
  const stream = new Blob(["x"]).stream();
  for (const single of [
    bytes,
    bytes.buffer,
    "path",
    new URL("file:///x"),
    new Blob(["x"]),
    stream,
    { name: "n", data: bytes },
  ]) {
    assert.deepEqual(listOf(single), [single]);
    assert.deepEqual(listOf([single, single]), [single, single]);
  }
  assert.deepEqual(listOf(new Set([bytes])), [bytes]);
  assert.deepEqual(listOf([]), []);
});

test("every kind of input yields its bytes and name", async () => {
  const kinds = [
    ["input", utf8("abc")],
    ["input", utf8("abc").buffer],
    ["input", new DataView(utf8("abc").buffer)],
    ["input", new Blob(["abc"])],
    ["a.xml", new File(["abc"], "a.xml")],
    ["sub/a.xml", Object.assign(new File(["abc"], "a.xml"), { webkitRelativePath: "logs/sub/a.xml" })],
    ["input", new Blob(["abc"]).stream()],
    ["n.xml", { name: "n.xml", data: new Blob(["abc"]).stream() }],
  ];
  for (const [name, input] of kinds) {
    const [resource] = resourcesOf(input, () => []);
    assert.equal(resource.name, name);
    assert.equal(await textOf(resource), "abc");
  }
});

test("a blob's bytes are complete even if its stream fails", async () => {
  const bytes = Uint8Array.from({ length: 2 * READ_BYTES + 30 }, (_, at) => at % 251);
  const [start, end] = [5, bytes.length - 5];
  const wanted = Buffer.from(bytes.subarray(start, end));
  /** What a browser may make of `Blob.stream`. @type {[string, (stream: ReadableStream) => ReadableStream][]} */
  const streams = [
    ["bytes", (stream) => stream],
    ["no stream of bytes", () => new ReadableStream()],
    ["an early end", (stream) => bytesOf(stream, (controller) => controller.close())],
    ["a failure", (stream) => bytesOf(stream, (controller) => controller.error(new Error("disk")))],
  ];
  for (const [name, made] of streams) {
    const blob = new Blob([bytes]);
    const slice = blob.slice.bind(blob);
    let sliced = 0;
    blob.slice = (...range) => {
      sliced += 1;
      const part = slice(...range);
      const stream = part.stream.bind(part);
      part.stream = () => made(stream());
      return part;
    };
    const [resource] = resourcesOf(blob, () => []);
    const pieces = [];
    // Copied, for the memory is reused.
    for await (const piece of resource.between(start, end)) pieces.push(Buffer.from(piece));
    assert.ok(wanted.equals(Buffer.concat(pieces)), name);
    assert.equal(sliced, name === "bytes" ? 1 : name === "no stream of bytes" ? 4 : 3, name);
  }
});

/** A stream of the first bytes of another one, which then ends in a given way. */
function bytesOf(stream, then) {
  const reader = stream.getReader();
  return new ReadableStream({
    type: "bytes",
    async pull(controller) {
      const { value } = await reader.read();
      controller.enqueue(value.slice(0, READ_BYTES / 2));
      then(controller);
    },
  });
}

test("a value that is no input is refused with a message", () => {
  for (const wrong of [null, undefined, 7, {}, [[1, 2]]]) {
    assert.throws(() => resourcesOf(wrong, () => []), /an input is a Blob, bytes, a stream, a path/);
  }
});

test("a folder yields its files by path, sorted, unreadable ones with their error", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "scriptscope-"));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "logs/sub"), { recursive: true });
  mkdirSync(join(folder, "logs/empty"));
  for (const name of ["b.xml", "a.xml", "sub/c.xml", "B.xml"]) writeFileSync(join(folder, "logs", name), name);
  symlinkSync("nowhere", join(folder, "logs/z.xml"));
  symlinkSync("..", join(folder, "logs/circle"));

  for (const path of [join(folder, "logs"), `${join(folder, "logs")}/`, pathToFileURL(join(folder, "logs"))]) {
    const found = filesAt(path);
    assert.deepEqual(
      found.map(({ name }) => name),
      ["B.xml", "a.xml", "b.xml", "circle", "sub/c.xml", "z.xml"],
    );
    assert.equal(await textOf(found[4]), "sub/c.xml");
    for (const link of [3, 5]) assert.match(found[link].error.message, /a link, which is not followed/);
  }
  const [file] = filesAt(join(folder, "logs/a.xml"));
  assert.deepEqual([file.name, file.size, file.prefix], ["a.xml", 5, ""]);
  assert.equal(Buffer.from(await file.readAt(2, 100)).toString(), "xml");
  const [missing] = filesAt(join(folder, "none.evtx"));
  assert.deepEqual([missing.name, missing.error.code], ["none.evtx", "ENOENT"]);
});

test("rules are read from files, folders and archives, by extension", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "scriptscope-"));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "detections"));
  writeFileSync(join(folder, "detections/a.yml"), "name: a");
  writeFileSync(join(folder, "detections/README.md"), "# no");
  writeFileSync(join(folder, "odd.txt"), "name: odd");
  const archive = await zip({ "macros/m.yaml": "m", "lookups/l.csv": "l", "bin/tool": "no" });
  writeFileSync(join(folder, "content.zip"), archive);

  const paths = ["detections", "odd.txt", "content.zip"].map((name) => join(folder, name));
  const rules = await readRulesWith(paths, filesAt);
  assert.deepEqual(
    rules.map(({ name, text }) => [name, Buffer.from(text).toString()]),
    [
      ["a.yml", "name: a"],
      ["odd.txt", "name: odd"],
      ["macros/m.yaml", "m"],
      ["lookups/l.csv", "l"],
    ],
  );
  await assert.rejects(readRulesWith(join(folder, "none.yml"), filesAt), /none\.yml: .*no such file/);
});
