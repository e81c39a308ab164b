import assert from "node:assert/strict";
import test from "node:test";
import { crc32 } from "node:zlib";
import { SMALL_MEMBER_BYTES } from "../../npm/limits.js";
import { bytesResource } from "../../npm/inputs.js";
import { tableCrc32 } from "../../npm/crc32.js";
import { smallMember } from "../../npm/zip-fast-path.js";
import { membersOf } from "../../npm/zip.js";
import { utf8, zip } from "../support/archives.mjs";

/** Returns the members that are read in one piece. `change` damages the archive after its list of members is read. */
async function small(members, options, change = () => {}) {
  const bytes = await zip(members, options);
  const archive = bytesResource("x.zip", bytes);
  const found = [];
  for await (const member of membersOf(archive)) {
    change(bytes, member);
    const content = await smallMember(archive, member);
    found.push(content && Buffer.from(content).toString());
  }
  return found;
}

test("small members are read in one piece, packed or not", async () => {
  const texts = ["<Event/>".repeat(100), "", "x"];
  const members = Object.fromEntries(texts.map((text, index) => [`${index}.xml`, text]));
  assert.deepEqual(await small(members), texts);
  assert.deepEqual(await small(members, { level: 0 }), texts);
});

test("large, encrypted, damaged and inconsistent members are left to the library", async () => {
  assert.deepEqual(await small({ "a.xml": "x".repeat(SMALL_MEMBER_BYTES + 1) }), [null]);
  assert.deepEqual(await small({ "a.xml": "x" }, { password: "infected" }), [null]);
  const text = "<Event/>".repeat(100);
  const spoil = [
    (bytes, member) => (bytes[member.offset] ^= 1),
    (bytes, member) => (bytes[member.offset + 8] ^= 8),
    (bytes, member) => (bytes[member.offset + 26] ^= 255),
    (bytes, member) => (bytes[member.offset + 30 + member.rawFilename.length + 20] ^= 255),
    (bytes, member) => (member.uncompressedSize -= 1),
    (bytes, member) => (member.uncompressedSize += 1),
    (bytes, member) => (member.crc32 ^= 1),
    (bytes, member) => (member.offset = bytes.length),
  ];
  for (const change of spoil) assert.deepEqual(await small({ "a.xml": text }, {}, change), [null]);
});

test("the table CRC equals the platform's, continued anywhere", () => {
  const bytes = Uint8Array.from({ length: 100 }, (_, at) => at * 37 + (at >> 3));
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const sum = tableCrc32(bytes.subarray(cut), tableCrc32(bytes.subarray(0, cut)));
    assert.equal(sum, crc32(bytes), `${cut}`);
  }
});
