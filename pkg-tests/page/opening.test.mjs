// How logs come in: dropped, chosen, as a folder, pasted; from http and from a file.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { eventsXml } from "../../scripts/events.mjs";
import { gzip, zip } from "../support/archives.mjs";
import { cancelAtFirstResult, choose, drop, ended, file, folder, open, standIn, texts, until } from "./support.mjs";

const log = eventsXml([
  { text: "Enable-PSRemoting -Force", computer: "FS03" },
  { text: "Get-Date", computer: "FS03" },
]);
const logs = join(folder, "logs");
mkdirSync(join(logs, "deep/er"), { recursive: true });
writeFileSync(join(logs, "a.xml"), log);
writeFileSync(join(logs, "deep/er/b.xml"), log.replaceAll("FS03", "DC01"));

for (const over of /** @type {const} */ (["file", "http"])) {
  test(`dropped files are read with no further click, from ${over}`, async () => {
    const { page, errors } = await open(standIn(), { over });
    await drop(page, join(logs, "a.xml"), join(logs, "deep/er/b.xml"));
    await ended(page);
    assert.deepEqual((await texts(page, "scope-results td.computer")).sort(), ["DC01", "FS03"]);
    assert.deepEqual(errors, []);
  });

  test(`a dropped folder is read to its last file, from ${over}`, async () => {
    const { page } = await open(standIn(), { over });
    await drop(page, logs);
    await ended(page);
    assert.deepEqual(await texts(page, "scope-files .name"), ["a.xml", "deep/er/b.xml"]);
  });
}

test("a chosen folder is read under the names inside it", async () => {
  const { page } = await open(standIn());
  const chooser = page.waitForEvent("filechooser");
  await page.locator("[data-open=folder]:visible").click();
  await (await chooser).setFiles(logs);
  await ended(page);
  assert.deepEqual(await texts(page, "scope-files .name"), ["a.xml", "deep/er/b.xml"]);
});

test("pasted text is a log too", async () => {
  const { page } = await open(standIn());
  await page.evaluate((text) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
  }, log);
  await ended(page);
  assert.deepEqual(await texts(page, "scope-files .name"), ["pasted text"]);
  assert.deepEqual(await texts(page, "scope-results td.computer"), ["FS03"]);
});

test("other files replace those before", async () => {
  const { page } = await open(standIn());
  await choose(page, file("one.xml", log));
  await ended(page);
  await choose(page, file("two.xml", log.replaceAll("FS03", "WS17")));
  await until(
    page,
    "the second log's result is shown",
    () => document.querySelector("scope-results td.computer")?.textContent === "WS17",
  );
  assert.deepEqual(await texts(page, "scope-files .name"), ["two.xml"]);
});

test("results appear while bytes are still read, and Cancel keeps them", async () => {
  const { page } = await open(standIn());
  const large = join(folder, "large.xml");
  writeFileSync(large, Buffer.alloc(192 << 20, `${log}\n`));
  writeFileSync(join(folder, "first.xml"), log);
  const rate = await cancelAtFirstResult(page, () => drop(page, join(folder, "first.xml"), large));
  assert.match(rate, /[KM]B of 201 MB/);
  assert.match((await texts(page, "scope-bar .summary"))[0] ?? "", /^cancelled/);
  assert.equal((await page.locator("scope-results td.computer").count()) > 0, true);
});

test("archives are opened, and a password is asked for until it fits", async () => {
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
  assert.deepEqual(await texts(page, "scope-files .name"), ["c.xml.gz", "in/side.xml", "usual.xml"]);
});

test("what stays locked is left unread, and said", async () => {
  const { page } = await open(standIn());
  const locked = Buffer.from(await zip({ "a.xml": log, "b.xml": log }, { password: "s3cret" }));
  await choose(page, file("a.zip", locked));
  await page.getByRole("button", { name: "Leave it unread" }).click();
  await ended(page);
  assert.deepEqual(await texts(page, "scope-files .state"), ["not read", "not read"]);
  assert.match((await texts(page, "scope-files .problems"))[0] ?? "", /encrypted, and no password opened it/);
});
