// A folder with files of every odd kind that disks hold, and what a report must say of each.

import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { eventsXml } from "../../scripts/events.mjs";
import { gzip, zip } from "./archives.mjs";

/**
 * One thing that was given: a file, a link, or a member of an archive.
 *
 * @typedef {object} Given
 * @property {string} name in the report
 * @property {number} events that are read of it; NaN for some
 * @property {RegExp} [said] a problem about it; of a file that is read in full there may be none
 */

const NAMES = [
  "plain.xml",
  "who?.xml",
  "a<b>.xml",
  "pipe|x.xml",
  "star*.xml",
  'quote".xml',
  "back\\slash.xml",
  " lead.xml",
  "dotend.xml.",
  "tilde~",
  "host.lnk",
  "x.url",
  "logs.local",
  "log-2026-08-08T06:13:52.xml",
  "rtl\u202egnp.xml",
  "deep/er/and/deeper/log.xml",
  "deep/log.xml",
];

/**
 * Makes the folder.
 *
 * @param {string} folder
 * @param {{ links?: boolean, pipes?: boolean, bytes?: boolean }} [kinds] which kinds of its files the shell can be given: links,
 *   named pipes, names that are not UTF-8
 * @returns {Promise<Given[]>}
 */
export async function oddFolder(folder, { links = true, pipes = true, bytes = true } = {}) {
  /** @type {Given[]} */
  const given = [];
  let number = 0;
  const log = () => {
    number += 1;
    return eventsXml([{ text: `Get-Date # ${number}`, scriptBlockId: `id-${number}`, record: number }]);
  };
  /** @param {string} name @param {string | Uint8Array} content @param {number} events @param {RegExp} [said] */
  const put = (name, content, events, said) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
    given.push({ name, events, ...(said ? { said } : {}) });
  };
  for (const name of NAMES) put(name, log(), 1);
  put("empty.evtx", "", 0, /empty/);
  put("picture.png", Buffer.from("89504e470d0a1a0a0000000d4948445200000001", "hex"), 0, /./);
  put("noise.bin", Buffer.from(Array.from({ length: 5_000 }, (_, at) => (at * 7919) % 251)), 0, /./);
  put("collector.yml", "output: {file: x}\n", 0, /./);
  put("cut.xml", log() + log().slice(0, 300), 1, /cut|end|incomplete/i);
  put("log.xml.gz", gzip(log()), 1);
  const half = gzip(log().repeat(40));
  put("half.xml.gz", half.subarray(0, half.length >> 1), NaN, /gzip data is damaged or cut off/);
  const inner = await zip({ "x.xml": log() });
  for (const name of ["a.zip", "sub/a.zip"]) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), await zip({ "x.xml": log(), "y/x.xml": log(), "in.zip": inner, "void.xml": "" }));
    given.push({ name: `${name}/x.xml`, events: 1 }, { name: `${name}/y/x.xml`, events: 1 });
    given.push({ name: `${name}/in.zip/x.xml`, events: 1 }, { name: `${name}/void.xml`, events: 0, said: /empty/ });
  }
  writeFileSync(join(folder, "locked.zip"), await zip({ "x.xml": log() }, { password: "unknown" }));
  given.push({ name: "locked.zip/x.xml", events: 0, said: /encrypted/ });
  put("hollow.zip", await zip({}), 0, /holds no files/);
  put("not.zip", Buffer.from("PK\x03\x04 and nothing of an archive"), 0, /damaged|holds no files/);
  mkdirSync(join(folder, "nothing/in/it"), { recursive: true });
  if (links) {
    symlinkSync("plain.xml", join(folder, "link.xml"));
    symlinkSync("nowhere", join(folder, "dangling.xml"));
    symlinkSync("..", join(folder, "deep/up"));
    symlinkSync("deep", join(folder, "shortcut"));
    for (const name of ["link.xml", "dangling.xml", "deep/up", "shortcut"]) {
      given.push({ name, events: 0, said: /a link, which is not followed/ });
    }
  }
  if (pipes) {
    execFileSync("mkfifo", [join(folder, "pipe")]);
    given.push({ name: "pipe", events: 0, said: /not a file/ });
  }
  if (bytes) {
    for (const byte of [0xfe, 0xff]) {
      const path = Buffer.concat([Buffer.from(`${folder}/odd`), Buffer.of(byte), Buffer.from(".xml")]);
      writeFileSync(path, log());
    }
    given.push({ name: "odd\ufffd.xml", events: 1 }, { name: "odd\ufffd.xml (2)", events: 1 });
  }
  return given;
}
