// Ways to open logs: dropped, chosen, as a folder, pasted; over http and from a file.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { eventsXml } from "../../scripts/events.mjs";
import { gzip, zip } from "../support/archives.mjs";
import {
  cancelAtFirstResult,
  choose,
  drop,
  ended,
  eventually,
  file,
  folder,
  open,
  standIn,
  texts,
  until,
} from "./support.mjs";

const log = eventsXml([
  { text: "Enable-PSRemoting -Force", computer: "FS03" },
  { text: "Get-Date", computer: "FS03" },
]);
const logs = join(folder, "logs");
mkdirSync(join(logs, "deep/er"), { recursive: true });
writeFileSync(join(logs, "a.xml"), log);
writeFileSync(join(logs, "deep/er/b.xml"), log.replaceAll("FS03", "DC01"));

for (const over of /** @type {const} */ (["file", "http"])) {
  test(`dropped files are read without another click, from ${over}`, async () => {
    const { page, errors } = await open(standIn(), { over });
    await drop(page, join(logs, "a.xml"), join(logs, "deep/er/b.xml"));
    await ended(page);
    await eventually(async () =>
      assert.deepEqual((await texts(page, "scope-results td.computer")).sort(), ["DC01", "FS03"]),
    );
    assert.deepEqual(errors, []);
  });

  test(`every file in a dropped folder is read, from ${over}`, async () => {
    const { page } = await open(standIn(), { over });
    await drop(page, logs);
    await ended(page);
    await eventually(async () => assert.deepEqual(await texts(page, "scope-files .name"), ["a.xml", "deep/er/b.xml"]));
  });

  test(`files of any name in a dropped folder are read, from ${over}`, async () => {
    const names = ["a#b.xml", "dot.xml.", "host.lnk", "per%41.xml", "star*.xml", "who?.xml"];
    const odd = join(folder, `odd-${over}`);
    mkdirSync(odd);
    for (const name of names) writeFileSync(join(odd, name), log);
    const { page } = await open(standIn(), { over });
    await drop(page, odd);
    await ended(page);
    await eventually(async () => assert.deepEqual((await texts(page, "scope-files .name")).sort(), names));
  });
}

test("files of a chosen folder are named by their path inside it", async () => {
  const { page } = await open(standIn());
  const chooser = page.waitForEvent("filechooser");
  await page.locator("[data-open=folder]:visible").click();
  await (await chooser).setFiles(logs);
  await ended(page);
  await eventually(async () => assert.deepEqual(await texts(page, "scope-files .name"), ["a.xml", "deep/er/b.xml"]));
});

test("pasted text is read as a log", async () => {
  const { page } = await open(standIn());
  await page.evaluate((text) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
  }, log);
  await ended(page);
  await eventually(async () => assert.deepEqual(await texts(page, "scope-files .name"), ["pasted text"]));
  await eventually(async () => assert.deepEqual(await texts(page, "scope-results td.computer"), ["FS03"]));
});

test("a second drop is added, or replaces the first", async () => {
  const { page, errors } = await open(standIn());
  writeFileSync(join(folder, "two.xml"), log.replaceAll("FS03", "WS17"));
  await choose(page, file("one.xml", log));
  await ended(page);
  await drop(page, join(folder, "two.xml"));
  await page.keyboard.press("Enter");
  await until(
    page,
    "both results are shown",
    () => document.querySelectorAll("scope-results td.computer").length === 2,
  );
  await ended(page);
  await eventually(async () => assert.deepEqual(await texts(page, "scope-files .name"), ["one.xml", "two.xml"]));
  await eventually(async () => assert.match((await texts(page, "scope-bar .summary"))[0] ?? "", /^2 files/));
  await drop(page, join(folder, "two.xml"));
  await page.getByRole("button", { name: "Cancel" }).click();
  await eventually(async () => assert.equal(await page.locator("dialog[open]").count(), 0));
  await drop(page, join(folder, "two.xml"));
  await page.getByRole("button", { name: "Replace" }).click();
  await until(page, "one result is left", () => document.querySelectorAll("scope-results td.computer").length === 1);
  await eventually(async () => assert.deepEqual(await texts(page, "scope-files .name"), ["two.xml"]));
  assert.deepEqual(errors, []);
});

test("results appear while bytes are read, and remain after Cancel", async () => {
  const { page } = await open(standIn());
  const large = join(folder, "large.xml");
  writeFileSync(large, Buffer.alloc(192 << 20, `${log}\n`));
  writeFileSync(join(folder, "first.xml"), log);
  const rate = await cancelAtFirstResult(page, () => drop(page, join(folder, "first.xml"), large));
  assert.match(rate, /[KM]B of 201 MB/);
  await eventually(async () => assert.match((await texts(page, "scope-bar .summary"))[0] ?? "", /^cancelled/));
  await eventually(async () => assert.equal((await page.locator("scope-results td.computer").count()) > 0, true));
});

test("a password is requested until it opens the archive", async () => {
  const { page } = await open(standIn());
  const locked = Buffer.from(await zip({ "in/side.xml": log }, { password: "s3cret" }));
  const customary = Buffer.from(await zip({ "usual.xml": log }, { password: "infected", zipCrypto: true }));
  await choose(page, file("a.zip", locked), file("b.zip", customary), file("c.xml.gz", Buffer.from(gzip(log))));
  const field = page.getByLabel("Password");
  await field.fill("wrong");
  await page.keyboard.press("Enter");
  await page.getByText("That password opens nothing in it.").waitFor();
  await field.fill("s3cret");
  await page.keyboard.press("Enter");
  await ended(page);
  await eventually(async () =>
    assert.deepEqual(await texts(page, "scope-files .name"), ["c.xml.gz", "in/side.xml", "usual.xml"]),
  );
});

test("a locked archive without a password is reported as unread", async () => {
  const { page } = await open(standIn());
  const locked = Buffer.from(await zip({ "a.xml": log, "b.xml": log }, { password: "s3cret" }));
  await choose(page, file("a.zip", locked));
  await page.getByRole("button", { name: "Leave it unread" }).click();
  await ended(page);
  await eventually(async () => assert.deepEqual(await texts(page, "scope-files .state"), ["not read", "not read"]));
  await eventually(async () =>
    assert.match((await texts(page, "scope-files .problems"))[0] ?? "", /encrypted, and no password opened it/),
  );
});
