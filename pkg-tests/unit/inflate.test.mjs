// What is inflated, on both platforms' ways: the web's runs in Node too.

import assert from "node:assert/strict";
import test from "node:test";
import { gzipSync } from "node:zlib";
import { continued, gunzip, inflated, inflatedByWeb } from "../../npm/inflate.js";
import { INFLATE_BYTES, INFLATED_BYTES } from "../../npm/limits.js";

const long = Array.from({ length: 30_000 }, () => Math.random()).join("\n");

/** In pieces of a length, each valid only until the next is asked for. */
async function* cut(bytes, length) {
  const memory = new Uint8Array(length);
  for (let at = 0; at < bytes.length; at += length) {
    const piece = bytes.subarray(at, at + length);
    memory.set(piece);
    yield memory.subarray(0, piece.length);
    memory.fill(0xff);
  }
}

/** All that is given, and whether it failed. */
async function all(pieces) {
  const given = [];
  try {
    for await (const piece of pieces) given.push(Buffer.from(piece));
  } catch (error) {
    return [Buffer.concat(given).toString("latin1"), error.code ?? error.name];
  }
  return [Buffer.concat(given).toString("latin1"), null];
}

for (const [way, inflate] of Object.entries({ inflated, inflatedByWeb })) {
  test(`${way}: members of gzip follow each other, wherever the pieces are cut`, async () => {
    const texts = ["one", "", long.slice(0, 5_000), "\x1f\x8b\x08", "end"];
    const packed = Buffer.concat(
      texts.map((text, at) => gzipSync(Buffer.from(text, "latin1"), { level: [6, 9, 1, 0, 6][at] })),
    );
    for (const length of [1, 2, 3, 7, 10, 11, 64, 1_000, packed.length]) {
      assert.deepEqual(await all(inflate(cut(packed, length), "gzip", 500)), [texts.join(""), null], `${length}`);
    }
  });

  test(`${way}: what is cut off or followed by junk fails after what it gave`, async () => {
    const packed = gzipSync(long);
    const [whole, failure] = await all(inflate(cut(packed.subarray(0, -20), 4_096), "gzip", INFLATE_BYTES));
    assert.ok(failure && long.startsWith(whole) && whole.length > long.length - 4 * INFLATE_BYTES, `${whole.length}`);
    const junk = Buffer.concat([packed, Buffer.from("junk after")]);
    assert.ok((await all(inflate(cut(junk, 4_096), "gzip", INFLATE_BYTES)))[1]);
  });
}

test("an inflater that is left lets go of what it reads", async () => {
  for (const inflate of [inflated, inflatedByWeb]) {
    let open = true;
    async function* endless() {
      try {
        for (const packed = gzipSync(long); ;) yield packed;
      } finally {
        open = false;
      }
    }
    for await (const piece of inflate(endless(), "gzip", Infinity)) if (piece.length > 0) break;
    for (let turn = 0; open && turn < 100; turn += 1) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(open, false);
  }
});

test("damage costs no more where pieces are large, if they can be read again", async () => {
  const packed = gzipSync(long + long);
  assert.ok(long.length > INFLATED_BYTES);
  packed.fill(0, packed.length - 5_000);
  const [careful] = await all(gunzip(cut(packed, packed.length)));
  const [again, failure] = await all(gunzip(cut(packed, packed.length), () => cut(packed, packed.length)));
  assert.equal(again, careful);
  assert.ok(careful.length > long.length);
  assert.equal(failure, "archive-damaged");
});

test("what goes on elsewhere is given once", async () => {
  const text = "abcdefghij";
  async function* failing(given) {
    yield* cut(Buffer.from(text.slice(0, given)), 3);
    throw new Error("disk");
  }
  for (let given = 0; given <= text.length; given += 1) {
    const second = () => cut(Buffer.from(text), 4);
    assert.deepEqual(await all(continued(failing(given), second)), [text, null]);
  }
});
