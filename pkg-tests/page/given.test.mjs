// What was given equals what was read plus what was said: in the list of files, the headline and the empty state.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { eventsXml } from "../../scripts/events.mjs";
import { zip } from "../support/archives.mjs";
import { oddFolder } from "../support/odd-folder.mjs";
import { choose, drop, ended, eventually, file, folder, open, published, standIn, texts, until } from "./support.mjs";

const REMOTING = "Enable-PSRemoting -Force";

/** @param {import("playwright-core").Page} page @returns {Promise<Map<string, string>>} the state of each listed file by name */
async function states(page) {
  const rows = await page.evaluate(() =>
    [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("scope-files .row"))].map((row) => [
      row.dataset["key"] ?? "",
      row.querySelector(".state")?.textContent ?? "",
    ]),
  );
  return new Map(/** @type {[string, string][]} */ (rows));
}

const headline = (/** @type {import("playwright-core").Page} */ page) => texts(page, "scope-bar .condition");
const empty = async (/** @type {import("playwright-core").Page} */ page) =>
  (await texts(page, "scope-results .empty"))[0] ?? "";

/** Of the odd folder the file whose records are those of another one, which counts them. */
const REPEATED = "sub/a.zip/in.zip/x.xml";

test("of an odd folder dropped on a page from disk every file is read or said", async () => {
  const dir = join(folder, "odd");
  mkdirSync(dir);
  // No page is given the links in a folder, and Chromium neither pipes nor names that are not UTF-8.
  const given = await oddFolder(dir, { pipes: false, bytes: false });
  const { page, errors } = await open(published);
  await drop(page, dir);
  await page.getByRole("button", { name: "Leave it unread" }).click();
  await ended(page);
  await eventually(async () => {
    const found = await states(page);
    for (const { name, events, said } of given) {
      if (said && /a link/.test(said.source)) continue;
      const state = found.get(name.replace("\\", "/"));
      assert.ok(state, `${name} is listed`);
      if (events === 1 && !said) assert.equal(state, name === REPEATED ? "given twice" : "ok", name);
      else assert.notEqual(state, "ok", name);
    }
  });
  await page.locator(`scope-files [data-key="${REPEATED}"]`).click();
  await eventually(async () =>
    assert.match(
      (await texts(page, "scope-files .problems")).join("\n"),
      /^info its 1 script block records have the ids and computers of those of a\.zip\/in\.zip\/x\.xml: what both have alike counts once$/m,
    ),
  );
  // A link to a folder makes Chromium leave that folder out of its listing.
  await eventually(async () => assert.match((await headline(page)).join("\n"), /1 folder may lack files: deep$/m));
  await eventually(async () =>
    assert.match((await texts(page, "scope-files .note"))[0] ?? "", /^\d+ of \d+ files read · \d+ problems$/),
  );
  assert.deepEqual(errors, []);
});

test("members of one name in two archives are told apart, and in folders as on the command line", async () => {
  const { page } = await open(published);
  const packed = async (/** @type {string} */ name) =>
    file(
      name,
      Buffer.from(await zip({ "x.xml": eventsXml([{ text: `${REMOTING} # ${name}`, scriptBlockId: name }]) })),
    );
  await choose(page, await packed("a.zip"), await packed("b.zip"));
  await ended(page);
  await eventually(async () => assert.deepEqual([...(await states(page)).keys()], ["a.zip/x.xml", "b.zip/x.xml"]));
});

test("the headline names the files that are damaged, unread, empty or silent, and opens them", async () => {
  const { page } = await open(published);
  const log = eventsXml([{ text: REMOTING }]);
  await choose(
    page,
    file("good.xml", log),
    file("cut.xml", log + log.slice(0, 300)),
    file("not.zip", "PK\x03\x04 and nothing of an archive"),
    file("empty.evtx", ""),
    file("photo.png", Buffer.from("89504e470d0a1a0a0000", "hex")),
    file("security.xml", log.replace("4104", "1102")),
  );
  await ended(page);
  await eventually(async () =>
    assert.deepEqual(await headline(page), [
      "1 file is damaged: cut.xml",
      "1 file was not read: not.zip",
      "1 file is no event log: photo.png",
      "1 file is empty: empty.evtx",
      "1 log has no script block: security.xml",
    ]),
  );
  await eventually(async () =>
    assert.equal((await texts(page, "scope-files .note"))[0], "4 of 6 files read · 4 problems"),
  );
  await page.getByRole("button", { name: "1 file was not read: not.zip" }).click();
  await eventually(async () =>
    assert.equal(
      await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).dataset["key"]),
      "not.zip",
    ),
  );
  await eventually(async () => assert.match((await texts(page, "scope-files .problems")).join(), /archive/));
});

test("of good logs alone there is no headline", async () => {
  const { page } = await open(standIn());
  await choose(page, file("good.xml", eventsXml([{ text: REMOTING }])));
  await ended(page);
  await eventually(async () => assert.equal(await page.locator("scope-bar .conditions").isVisible(), false));
});

test("without results it is told apart why", async () => {
  const other = eventsXml([{ text: "" }]).replace("4104", "1102");
  const quiet = eventsXml([{ text: "Get-Date" }]);
  const advice = /Turn on PowerShell Script Block Logging/;
  for (const [name, content, said, isAdvised] of /** @type {[string, string, RegExp, boolean][]} */ ([
    ["other.xml", other, /1 event of other logs or kinds, with the id 1102, and none that is a script block/, true],
    ["cut.xml", other + other.slice(0, 300), /was not searched: 1 file is damaged: cut\.xml/, false],
    ["quiet.xml", quiet, /No detection matched 1 script block\. \d+ rules ran\./, false],
    [
      "half.xml",
      quiet + quiet.slice(0, 300),
      /No detection matched 1 script block.*1 file is damaged: half\.xml/,
      false,
    ],
    ["empty.evtx", "", /^This file is empty\. 1 file is empty: empty\.evtx$/, false],
    ["not.zip", "PK\x03\x04 and no archive", /^This file could not be read\. 1 file was not read: not\.zip$/, false],
    ["note.txt", "notes", /^This is not an event log that scriptscope can read/, false],
  ])) {
    const { page } = await open(published);
    await choose(page, file(name, content));
    await ended(page);
    await eventually(async () => {
      const words = await empty(page);
      assert.match(words, said, name);
      assert.equal(advice.test(words), isAdvised, name);
    });
  }
});

test("every addend of a score opens its result, or says why not", async () => {
  const { page } = await open(published);
  const events = Array.from({ length: 20_060 }, (_, at) => ({
    text: `${REMOTING} # ${at}`,
    scriptBlockId: `${at}`,
    record: at,
  }));
  await choose(page, file("many.xml", eventsXml(events)));
  await ended(page);
  await page.locator("scope-risk .why").first().click();
  for (;;) {
    const more = page.locator("scope-risk .sum .more");
    if ((await more.count()) === 0) break;
    await more.click();
  }
  const addends = await page.evaluate(() => {
    const rows = [...document.querySelectorAll("scope-risk .sum ol .row")];
    const lost = rows.filter((row) => /its result is not kept/.test(row.textContent ?? ""));
    return { all: rows.length, open: rows.filter((row) => row.localName === "button").length, lost: lost.length };
  });
  assert.deepEqual([addends.all, addends.open + addends.lost], [20_060, 20_060]);
  assert.equal(addends.lost, 60);
  await eventually(async () =>
    assert.match(
      (await texts(page, "scope-risk .sum")).join(),
      /60 results of these cannot be opened: a report keeps the 20,000/,
    ),
  );
});

test("storage that is refused or full is said as soon as something is to be kept", async () => {
  for (const way of ["throws", "full"]) {
    const { page } = await open(standIn());
    await page.evaluate((how) => {
      const name = how === "full" ? "QuotaExceededError" : "SecurityError";
      Storage.prototype.setItem = () => {
        throw new DOMException("no", name);
      };
    }, way);
    await choose(page, file("log.xml", eventsXml([{ text: REMOTING }])));
    await ended(page);
    await eventually(async () => assert.deepEqual(await headline(page), []));
    await page.keyboard.press("j");
    await page.keyboard.press("s");
    await until(page, "it is said that stars are not kept", () =>
      /refuses to store stars and notes/.test(document.querySelector("scope-bar .unkept")?.textContent ?? ""),
    );
  }
});

test("frames have no WebRTC either", async () => {
  const { page } = await open(standIn());
  const found = await page.evaluate(async () => {
    const names = ["RTCPeerConnection", "webkitRTCPeerConnection", "RTCDataChannel"];
    const has = (/** @type {any} */ scope) => names.filter((name) => scope && name in scope);
    const frame = document.createElement("iframe");
    document.body.append(frame);
    const byWindow = has(frame.contentWindow);
    const other = document.createElement("iframe");
    document.body.append(other);
    const byDocument = has(other.contentDocument?.defaultView);
    const inner = /** @type {Document} */ (other.contentDocument).createElement("iframe");
    document.body.append(document.createElement("iframe"));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const byIndex = [...Array(window.length).keys()].flatMap((at) => has(window[at]));
    return { byWindow, byDocument, byIndex, inner: inner.localName, opened: window.open("about:blank") };
  });
  assert.deepEqual(found, { byWindow: [], byDocument: [], byIndex: [], inner: "iframe", opened: null });
});

test("a log that is given twice counts once, and its row says so", async () => {
  const { page, errors } = await open(published);
  const log = eventsXml([{ text: "Enable-PSRemoting -Force", record: 7 }]);
  await choose(page, file("a.xml", log), file("b.xml", log));
  await ended(page);
  await eventually(async () => assert.match((await texts(page, "scope-bar")).join(), /1 script block/));
  await eventually(async () => assert.ok((await texts(page, "scope-files .state")).includes("given twice")));
  assert.deepEqual(errors, []);
});
