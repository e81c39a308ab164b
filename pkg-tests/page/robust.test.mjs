// Many, huge, damaged and hostile files: each is handled and reported.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { eventsXml } from "../../scripts/events.mjs";
import { zip } from "../support/archives.mjs";
import {
  cancelAtFirstResult,
  choose,
  drop,
  ended,
  eventually,
  file,
  folder,
  open,
  published,
  texts,
  until,
} from "./support.mjs";

const FILES = 10_000;

test("ten thousand files in a tree of folders are read", async () => {
  const tree = join(folder, "tree");
  const log = eventsXml([{ text: "Enable-PSRemoting -Force" }]);
  for (let index = 0; index < FILES; index += 1) {
    const inside = join(tree, `host${index % 100}`, `day${index % 7}`);
    if (index < 700) mkdirSync(inside, { recursive: true });
    writeFileSync(join(inside, `${index}.xml`), log.replace("FS03", `HOST${index % 100}`));
  }
  const { page, errors } = await open(published);
  await drop(page, tree);
  await ended(page);
  rmSync(tree, { recursive: true });
  await eventually(async () => assert.match((await texts(page, "scope-bar .summary"))[0] ?? "", /^10,000 files/));
  assert.deepEqual(errors, []);
});

test("a file of 8 GiB is read in constant memory and can be cancelled", async () => {
  const large = join(folder, "large.evtx");
  // Sparse: zeroes without a chunk, all of which must be read.
  writeFileSync(large, "ElfFile\0");
  truncateSync(large, 2 ** 33 + 4096);
  const { page, errors } = await open(published);
  await drop(page, large);
  await until(page, "a rate is shown", () =>
    /GB.*\/s/.test(document.querySelector("scope-bar .rate")?.textContent ?? ""),
  );
  await page.getByRole("button", { name: "Cancel" }).click();
  await ended(page);
  await eventually(async () => assert.deepEqual(await texts(page, "scope-files .state"), ["cancelled"]));
  await page.locator("scope-files button.row").click();
  await eventually(async () => {
    const problems = (await texts(page, "scope-files .problems")).join();
    assert.match(problems, /cancelled before its end/);
    assert.doesNotMatch(problems, /truncated|cut/);
  });
  rmSync(large);
  assert.deepEqual(errors, []);
});

test("an archive bomb is stopped and reported, and files beside it are read", async () => {
  const bomb = gzipSync(Buffer.alloc(1 << 30));
  const log = file("log.xml", eventsXml([{ text: "Enable-PSRemoting -Force" }]));
  const { page } = await open(published);
  await choose(
    page,
    log,
    file("bomb.gz", gzipSync(Buffer.concat([bomb, bomb]))),
    file("bomb.zip", Buffer.from(await zip({ "zeroes.gz": bomb, "more.gz": bomb }))),
  );
  await ended(page);
  await eventually(async () => assert.equal(await page.locator("scope-results tr.result").count(), 1));
  const states = await texts(page, "scope-files .state");
  assert.ok(states.includes("ok"), states.join());
});

test("all gzip members are read, and truncated gzip as far as it goes", async () => {
  const events = Array.from({ length: 2_000 }, (_, at) => ({
    text: `Enable-PSRemoting # ${at}`,
    scriptBlockId: `${at}`,
  }));
  const log = Buffer.from(eventsXml(events));
  const half = log.length >> 1;
  const members = Buffer.concat([gzipSync(log.subarray(0, half)), gzipSync(log.subarray(half), { level: 9 })]);
  const { page, errors } = await open(published);
  await choose(page, file("members.xml.gz", members));
  await ended(page);
  await eventually(async () => assert.deepEqual(await texts(page, "scope-files .state"), ["ok"]));
  await eventually(async () => assert.match((await texts(page, "scope-bar .summary"))[0] ?? "", /2,000 script blocks/));
  await choose(page, file("cut.xml.gz", members.subarray(0, -1_000)));
  await ended(page);
  await page.locator("scope-files button.row").click();
  await eventually(async () =>
    assert.match((await texts(page, "scope-files .problems")).join(), /the gzip data is damaged or cut off/),
  );
  await eventually(async () =>
    assert.match((await texts(page, "scope-bar .summary"))[0] ?? "", /1,\d\d\d script blocks/),
  );
  assert.deepEqual(errors, []);
});

test("after Cancel among many files the unread ones are counted and not listed", async () => {
  const { page } = await open(published);
  const text = `${"# padding of a line\r\n".repeat(5_000)}Enable-PSRemoting -Force`;
  const log = eventsXml(
    Array.from({ length: 40 }, (_, index) => ({ text: `${text} # ${index}`, scriptBlockId: `b${index}` })),
  );
  const tree = join(folder, "many");
  mkdirSync(tree);
  // Many names of one file: far more than can be read before Cancel.
  const first = join(tree, "first.xml");
  writeFileSync(first, log);
  for (let index = 1; index < 500; index += 1) linkSync(first, join(tree, `${index}.xml`));
  await cancelAtFirstResult(page, () => drop(page, tree));
  await ended(page);
  rmSync(tree, { recursive: true });
  await eventually(async () =>
    assert.match((await texts(page, "scope-files .problem"))[0] ?? "", /cancelled: \d+ further files were not read/),
  );
  await eventually(async () => assert.ok((await page.locator("scope-results tr.result").count()) > 0));
});
