// A log made of real chunks: the chunks of a corpus that hold script blocks, repeated. Each repetition has other script
// block ids, so every copy holds other script blocks.

import { closeSync, openSync, readdirSync, readFileSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";

const HEADER = 4096;
const CHUNK = 65_536;

/**
 * Writes such a log of at least `bytes` bytes, and returns how many different chunks are in it.
 *
 * @param {string} corpus a folder with EVTX files in it
 * @param {string} file
 * @param {number} size
 */
export function writeReal(corpus, file, size) {
  const chunks = logs(corpus).flatMap(chunksOf);
  const count = Math.ceil(size / CHUNK);
  const out = openSync(file, "w");
  writeSync(out, header(count));
  for (let at = 0; at < count; at += 1) {
    const { bytes, ids } = chunks[at % chunks.length];
    const copy = Buffer.from(bytes);
    const tag = Math.floor(at / chunks.length)
      .toString(16)
      .padStart(4, "0");
    for (const id of ids) copy.write(tag, id, "utf16le");
    writeSync(out, copy);
  }
  closeSync(out);
  return chunks.length;
}

/** @param {string} folder @returns {string[]} */
function logs(folder) {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) return logs(path);
      return name.endsWith(".evtx") ? [path] : [];
    });
}

/** The chunks of a log that log scripts, and where identifiers stand in each. @param {string} log */
function chunksOf(log) {
  const bytes = readFileSync(log);
  const chunks = [];
  for (let at = HEADER; at + CHUNK <= bytes.length; at += CHUNK) {
    const chunk = bytes.subarray(at, at + CHUNK);
    const logsScripts = chunk.includes(Buffer.from("ScriptBlockText", "utf16le"));
    if (chunk.toString("latin1", 0, 8) === "ElfChnk\0" && logsScripts) chunks.push({ bytes: chunk, ids: idsIn(chunk) });
  }
  return chunks;
}

/** @param {Buffer} chunk */
function idsIn(chunk) {
  const digits = (/** @type {number} */ count) => `(?:[0-9a-fA-F]\\0){${count}}`;
  const id = new RegExp([8, 4, 4, 4, 12].map(digits).join("-\\0"), "g");
  return [...chunk.toString("latin1").matchAll(id)].map(({ index }) => index);
}

/** A file's header. @param {number} chunks */
function header(chunks) {
  const bytes = Buffer.alloc(HEADER);
  bytes.write("ElfFile\0", "latin1");
  bytes.writeBigUInt64LE(BigInt(chunks - 1), 16);
  bytes.writeUInt32LE(128, 32);
  bytes.writeUInt16LE(1, 36);
  bytes.writeUInt16LE(3, 38);
  bytes.writeUInt16LE(HEADER, 40);
  bytes.writeUInt16LE(Math.min(chunks, 0xffff), 42);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 120)), 124);
  return bytes;
}
