// Inflating by Node's inflaters and by the web's, which run in Node too.

import assert from "node:assert/strict";
import test from "node:test";
import { gzipSync } from "node:zlib";
import { continued, gunzip, inflated, inflatedMembers } from "../../npm/inflate.js";
import { INFLATE_BYTES, INFLATED_BYTES } from "../../npm/limits.js";

const long = Array.from({ length: 30_000 }, () => Math.random()).join("\n");

/** Yields pieces of a length, each valid only until the next one is requested. */
async function* cut(bytes, length) {
  const memory = new Uint8Array(length);
  for (let at = 0; at < bytes.length; at += length) {
    const piece = bytes.subarray(at, at + length);
    memory.set(piece);
    yield memory.subarray(0, piece.length);
    memory.fill(0xff);
  }
}

/** Returns all output, and the failure's code. */
async function all(pieces) {
  const given = [];
  try {
    for await (const piece of pieces) given.push(Buffer.from(piece));
  } catch (error) {
    return [Buffer.concat(given).toString("latin1"), error.code ?? error.name];
  }
  return [Buffer.concat(given).toString("latin1"), null];
}

/** Node's inflaters and the web's. */
const ways = { node: undefined, web: null };
const latin1 = (text) => Buffer.from(text, "latin1");

for (const [way, native] of Object.entries(ways)) {
  const opened = (bytes, length) => all(gunzip(cut(bytes, length), () => cut(bytes, length), native));

  test(`${way}: successive gzip members are read, cut anywhere`, async () => {
    const texts = ["one", "", long.slice(0, 5_000), "\x1f\x8b\x08", "end"];
    const packed = Buffer.concat(texts.map((text, at) => gzipSync(latin1(text), { level: [6, 9, 1, 0, 6][at] })));
    for (const length of [1, 2, 3, 7, 10, 11, 64, 1_000, packed.length]) {
      assert.deepEqual(await opened(packed, length), [texts.join(""), null], `${length}`);
    }
  });

  test(`${way}: an archive inside an archive is not taken for a member`, async () => {
    const inner = gzipSync(Buffer.from(long.slice(0, 9_000)));
    for (const level of [0, 6]) {
      const packed = gzipSync(Buffer.concat([inner, inner]), { level });
      assert.deepEqual(await opened(packed, 700), [Buffer.concat([inner, inner]).toString("latin1"), null]);
    }
  });

  test(`${way}: truncated data and trailing garbage fail after the readable part`, async () => {
    const packed = gzipSync(long);
    for (const again of [true, false]) {
      const open = (bytes) => (again ? opened(bytes, 4_096) : all(gunzip(cut(bytes, 4_096), undefined, native)));
      const [whole, failure] = await open(packed.subarray(0, -20));
      assert.equal(failure, "archive-damaged");
      assert.ok(long.startsWith(whole) && whole.length > long.length - 10 * INFLATE_BYTES, `${whole.length}`);
      const [before, junk] = await open(Buffer.concat([packed, latin1("junk after")]));
      assert.equal(junk, "archive-damaged");
      assert.ok(long.startsWith(before) && before.length > long.length - 10 * INFLATE_BYTES, `${before.length}`);
    }
  });
}

/** Text that shrinks 200 times: one step of an inflater holds much of it. */
const repeated = "Invoke-Mimikatz -DumpCreds\n".repeat(40_000);

for (const [way, native] of Object.entries(ways)) {
  test(`${way}: a wrong checksum and trailing bytes lose nothing`, async () => {
    for (const text of [long, repeated, "", "x"]) {
      const packed = gzipSync(text);
      const wrong = Buffer.from(packed);
      wrong[wrong.length - 8] ^= 1;
      const length = Buffer.from(packed);
      length[length.length - 1] ^= 1;
      const damages = {
        wrong,
        length,
        junk: Buffer.concat([packed, latin1("junk after")]),
        // Node's web streams, unlike browsers', take all that follows padding for padding, and are given 16 KiB ahead.
        ...(native === undefined && {
          padding: Buffer.concat([packed, Buffer.alloc(5_000), latin1("junk")]),
          "much junk": Buffer.concat([packed, latin1(long)]),
        }),
        "a member behind junk": Buffer.concat([packed, latin1("junk"), gzipSync("hidden")]),
      };
      for (const [damage, bytes] of Object.entries(damages)) {
        for (const step of [4_096, bytes.length]) {
          const [given, failure] = await all(gunzip(cut(bytes, step), () => cut(bytes, step), native));
          assert.equal(failure, "archive-damaged", damage);
          // Node's web streams drop output that was not yet taken.
          const least = native === null ? text.length - 256 : text.length;
          assert.ok(given.startsWith(text.slice(0, least)), `${damage}: ${given.length} of ${text.length}`);
        }
      }
    }
  });
}

test("node: zeros are padding, and a stream that is read once loses nothing", async () => {
  for (const text of [long, repeated]) {
    const wrong = gzipSync(text);
    wrong[wrong.length - 8] ^= 1;
    const sound = Buffer.concat([gzipSync(text), Buffer.alloc(700), gzipSync("next"), Buffer.alloc(9)]);
    assert.deepEqual(await all(gunzip(cut(sound, 512))), [`${text}next`, null]);
    assert.deepEqual(await all(gunzip(cut(Buffer.concat([wrong, sound]), 512))), [
      `${text}${text}next`,
      "archive-damaged",
    ]);
  }
});

test("an inflater that is stopped closes its input", async () => {
  for (const inflate of [
    inflatedMembers,
    ...Object.values(ways).map((native) => (pieces) => inflated(pieces, "gzip", Infinity, native)),
  ]) {
    let open = true;
    async function* endless() {
      try {
        for (const packed = gzipSync(long); ;) yield packed;
      } finally {
        open = false;
      }
    }
    for await (const piece of inflate(endless())) if (piece.length > 0) break;
    for (let turn = 0; open && turn < 100; turn += 1) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(open, false);
  }
});

test("damage loses no more in large pieces if they can be read again", async () => {
  const packed = gzipSync(long + long);
  assert.ok(long.length > INFLATED_BYTES);
  packed.fill(0, packed.length - 5_000);
  const [careful] = await all(gunzip(cut(packed, packed.length)));
  const [again, failure] = await all(gunzip(cut(packed, packed.length), () => cut(packed, packed.length)));
  assert.equal(again, careful);
  assert.ok(careful.length > long.length);
  assert.equal(failure, "archive-damaged");
});

test("continued output is yielded once", async () => {
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
