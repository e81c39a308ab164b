import assert from "node:assert/strict";
import test from "node:test";
import { blobResource, bytesResource, streamResource } from "../../npm/inputs.js";
import { ARCHIVE_NESTING, ARCHIVES_TOO_DEEP, INFLATE_BYTES } from "../../npm/limits.js";
import { passwordsFor, unpack } from "../../npm/unpack.js";
import { gzip, utf8, zip } from "../support/archives.mjs";

/** Unpacks a resource: returns name, text and failure code of each source. */
async function contents(resource, { password, packedBytes = () => 1e9, signal } = {}) {
  const found = [];
  let pieces = [];
  const sink = {
    begin: (name) => {
      found.push({ name });
      pieces = [];
    },
    push: (bytes) => pieces.push(bytes.slice()),
    end: (failure) =>
      Object.assign(found.at(-1), { text: Buffer.concat(pieces).toString(), failure: failure?.code ?? null }),
  };
  await unpack(resource, sink, { passwords: passwordsFor(password), packedBytes, signal });
  return found;
}

const source = (name, text, failure = null) => ({ name, text, failure });

async function* dripping(bytes, size) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test("plain bytes are one source, also when empty or shorter than a magic number", async () => {
  for (const text of ["", "P", "PK", "hello"]) {
    assert.deepEqual(await contents(bytesResource("a.xml", utf8(text))), [source("a.xml", text)]);
  }
});

test("gzip is unpacked under its own name, from any kind of input", async () => {
  const bytes = gzip("<Event/>");
  for (const resource of [
    bytesResource("a.gz", bytes),
    blobResource("a.gz", new Blob([bytes])),
    streamResource("a.gz", dripping(bytes, 1)),
    streamResource("a.gz", new Blob([bytes]).stream()),
  ]) {
    assert.deepEqual(await contents(resource), [source("a.gz", "<Event/>")]);
  }
});

test("zip members are named by their path inside, from any kind of input", async () => {
  const bytes = await zip({ "logs/a.xml": "one", "b.xml": "", "win\\c.xml": "three" });
  const expected = [source("logs/a.xml", "one"), source("b.xml", ""), source("win/c.xml", "three")];
  for (const resource of [
    bytesResource("x.zip", bytes),
    blobResource("x.zip", new Blob([bytes])),
    streamResource("x.zip", dripping(bytes, 7)),
  ]) {
    assert.deepEqual(await contents(resource), expected);
  }
});

test("nested archives, and the prefix of a folder", async () => {
  const inner = await zip({ "a.xml": "deep" });
  const bytes = await zip({ "in/inner.zip": inner, "b.xml.gz": gzip("gz") }, { zip64: true });
  assert.deepEqual(await contents(bytesResource("outer.zip", bytes)), [
    source("in/inner.zip/a.xml", "deep"),
    source("b.xml.gz", "gz"),
  ]);
  const inFolder = { ...bytesResource("sub/outer.zip", bytes), prefix: "sub/outer.zip" };
  assert.equal((await contents(inFolder))[0].name, "sub/outer.zip/in/inner.zip/a.xml");
});

test("encrypted members open with the customary, a given or a requested password", async () => {
  for (const options of [{ zipCrypto: true }, { encryptionStrength: 3 }]) {
    const infected = await zip({ "a.xml": "one" }, { password: "infected", ...options });
    assert.deepEqual(await contents(bytesResource("x.zip", infected)), [source("a.xml", "one")]);
    const secret = await zip({ "a.xml": "two" }, { password: "s3cret", ...options });
    assert.deepEqual(await contents(bytesResource("x.zip", secret)), [source("a.xml", "", "archive-password")]);
    assert.deepEqual(await contents(bytesResource("x.zip", secret), { password: ["wrong", "s3cret"] }), [
      source("a.xml", "two"),
    ]);
    const asked = [];
    const password = async (member) => {
      asked.push(member);
      return asked.length === 2 ? "s3cret" : "wrong";
    };
    assert.deepEqual(await contents(bytesResource("x.zip", secret), { password }), [source("a.xml", "two")]);
    assert.deepEqual(asked, ["a.xml", "a.xml"], "asked again after a wrong one");
    const [unread] = await contents(bytesResource("x.zip", secret), { password });
    assert.deepEqual(unread, source("a.xml", "", "archive-password"));
    assert.equal(asked.length, 5, "and no more than three times");
  }
});

test("a wrong password never yields garbage", async () => {
  const secret = await zip({ "a.xml": "x".repeat(1000) }, { password: "s3cret", zipCrypto: true });
  const password = Array.from({ length: 600 }, (_, index) => `wrong${index}`);
  const found = await contents(bytesResource("x.zip", secret), { password });
  assert.deepEqual(found, [source("a.xml", "", "archive-password")]);
});

test("a damaged archive fails after its readable part, and others are read", async () => {
  const packed = gzip("x".repeat(100_000) + Math.random());
  const [cut] = await contents(bytesResource("cut.gz", packed.subarray(0, packed.length - 20)));
  assert.equal(cut.failure, "archive-damaged");
  const bytes = await zip({ "a.xml": "one".repeat(500), "b.xml": "two" });
  assert.deepEqual(await contents(bytesResource("cut.zip", bytes.subarray(0, bytes.length - 30))), [
    source("a.xml", "one".repeat(500)),
    source("b.xml", "two"),
    source("cut.zip", "", "archive-damaged"),
  ]);
  // The data of one member is broken; the next member is intact.
  bytes.fill(0xff, 45, 60);
  const found = await contents(bytesResource("x.zip", bytes));
  assert.deepEqual(
    found.map(({ name, failure }) => [name, failure]),
    [
      ["a.xml", "archive-damaged"],
      ["b.xml", null],
    ],
  );
});

test("output before the damage is yielded", async () => {
  const text = Array.from({ length: 9_000 }, () => Math.random()).join("\n");
  const packed = gzip(text);
  const junk = new Uint8Array([...packed, ...utf8("junk after")]);
  const [followed] = await contents(bytesResource("a.gz", junk));
  assert.equal(followed.failure, "archive-damaged");
  assert.ok(followed.text.length > text.length - 3 * INFLATE_BYTES, `${followed.text.length} of ${text.length}`);
});

test("stored members do not open with a wrong password that passes the check by chance", async () => {
  const options = { password: "s3cret", zipCrypto: true, level: 0 };
  const bytes = await zip({ "a.xml": "x".repeat(1000) }, options);
  const password = Array.from({ length: 700 }, (_, index) => `wrong${index}`);
  const found = await contents(bytesResource("x.zip", bytes), { password: [...password, "s3cret"] });
  assert.deepEqual(found, [source("a.xml", "x".repeat(1000))]);
});

test("an archive without files, and one whose members overlap, are reported", async () => {
  const empty = await zip({});
  assert.deepEqual(await contents(bytesResource("x.zip", empty)), [source("x.zip", "", "read-failed")]);
  // Both entries of the list lead to the first member.
  const bytes = await zip({ "a.xml": String(Math.random()).repeat(9), "b.xml": "two" }, { level: 0 });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - 22;
  const first = view.getUint32(end + 16, true);
  const length = 46 + [28, 30, 32].reduce((sum, at) => sum + view.getUint16(first + at, true), 0);
  const entry = bytes.slice(first, first + length);
  const entries = 9;
  const over = Buffer.concat([bytes.subarray(0, first), ...Array(entries).fill(entry), bytes.subarray(end)]);
  over.writeUInt16LE(entries, over.length - 14);
  over.writeUInt16LE(entries, over.length - 12);
  over.writeUInt32LE(entries * length, over.length - 10);
  const found = await contents(bytesResource("x.zip", new Uint8Array(over)));
  assert.deepEqual(
    { given: found.length < entries, last: found.at(-1) },
    { given: true, last: source("x.zip", "", "archive-damaged") },
  );
});

test("archives nested too deeply too often are left", async () => {
  let nested = await zip({ "core.xml": "core" });
  for (let depth = 0; depth < ARCHIVE_NESTING; depth += 1) {
    nested = await zip(Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`${index}.zip`, nested])));
  }
  const found = await contents(bytesResource("x.zip", nested));
  assert.equal(found.length, ARCHIVES_TOO_DEEP);
  assert.ok(found.every(({ failure }) => failure === "archive-limit"));
});

test("nesting, bombs and broken streams are bounded and reported", async () => {
  let nested = utf8("core");
  for (let depth = 0; depth <= ARCHIVE_NESTING; depth += 1) nested = gzip(nested);
  assert.equal((await contents(bytesResource("n.gz", nested)))[0].failure, "archive-limit");

  const bomb = gzip(new Uint8Array(64 << 20));
  const [stopped] = await contents(bytesResource("bomb.gz", bomb), { packedBytes: () => -4.2e6 });
  assert.equal(stopped.failure, "archive-limit");
  assert.ok(stopped.text.length < 64 << 20);

  async function* broken() {
    yield utf8("<Event");
    throw new Error("the line is dead");
  }
  assert.deepEqual(await contents(streamResource("s.xml", broken())), [source("s.xml", "<Event", "read-failed")]);
});

test("an abort ends everything, and closes the input", async () => {
  const controller = new AbortController();
  let closed = false;
  async function* endless() {
    try {
      for (;;) {
        yield utf8("x".repeat(1000));
        controller.abort(new Error("enough"));
        controller.signal.throwIfAborted();
      }
    } finally {
      closed = true;
    }
  }
  await assert.rejects(contents(streamResource("s", endless()), { signal: controller.signal }), /enough/);
  assert.ok(closed);
});
