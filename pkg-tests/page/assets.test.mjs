// Lists of assets and identities on the published page: what they change, and what is said of a list that cannot be used.

import assert from "node:assert/strict";
import { test } from "node:test";
import { eventsXml } from "../../scripts/events.mjs";
import { choose, ended, eventually, file, open, published, settled, texts, until } from "./support.mjs";

/** @typedef {import("playwright-core").Page} Page */

const log = file(
  "log.xml",
  eventsXml([
    { text: "Enable-PSRemoting -Force", computer: "DC01.corp.example", record: 1 },
    {
      text: "Enable-PSRemoting -Force",
      computer: "FS03.corp.example",
      record: 2,
      scriptBlockId: "6f1c2d3e-0000-4000-8000-000000000002",
      user: "S-1-5-21-1-2-3-1105",
    },
  ]),
);

/** Returns the names and scores at risk. @param {Page} page */
const scores = (page) =>
  page
    .locator("scope-risk .object > .row")
    .evaluateAll((rows) => rows.map((row) => row.textContent?.replace(/\s+/g, " ").trim() ?? ""));

/** Adds files to what is open. @param {Page} page @param {...any} files */
async function add(page, ...files) {
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Add files" }).click();
  await (await chooser).setFiles(files);
}

/** Returns the words of the problems that are listed. @param {Page} page */
const problems = (page) =>
  page.evaluate(() => [...document.querySelectorAll("scope-problems")].map((one) => one.textContent).join(" "));

test("a list of assets counts a domain controller double, and reads nothing again", async () => {
  const { page, errors } = await open(published);
  await choose(page, log);
  await ended(page);
  await eventually(async () =>
    assert.deepEqual(
      (await scores(page)).map((row) => row.slice(-2)),
      ["25", "25"],
    ),
  );
  await add(
    page,
    file(
      "assets.csv",
      "nt_host,dns,ip,priority,category\nDC01,DC01.corp.example,10.0.0.1,critical,domain_controller\n",
    ),
  );
  await until(page, "the domain controller counts double", () =>
    [...document.querySelectorAll("scope-risk .object > .row")].some((row) =>
      /50$/.test(row.textContent?.trim() ?? ""),
    ),
  );
  await eventually(async () => {
    const after = await scores(page);
    assert.match(after[0] ?? "", /^DC01.* ?50$/);
    assert.match(after[1] ?? "", /^FS03.* ?25$/);
  });
  assert.deepEqual(errors, []);
});

test("a list of identities gives SIDs their names", async () => {
  const { page, errors } = await open(published);
  await choose(
    page,
    log,
    file("people.csv", "identity,first,last,email\nS-1-5-21-1-2-3-1104|kim,Kim,Berg,kim@corp.example\n"),
  );
  await ended(page);
  await page.locator("scope-risk").getByRole("button", { name: /users/ }).click();
  await until(page, "the person is named", () =>
    [...document.querySelectorAll("scope-risk .object > .row")].some((row) =>
      /Kim Berg|kim/.test(row.textContent ?? ""),
    ),
  );
  assert.deepEqual(errors, []);
});

for (const [name, text, words] of [
  ["assets-broken.csv", 'nt_host,dns,priority\n"DC01,dc01.corp.example,critical\n', /assets-broken\.csv/],
  ["hosts.csv", "hostname,role\nDC01,domain controller\n", /hosts\.csv/],
]) {
  test(`what is wrong with ${name} is said, and what was found stays`, async () => {
    const { page, errors } = await open(published);
    await choose(page, log);
    await ended(page);
    const before = await scores(page);
    await add(page, file(String(name), String(text)));
    const asks = page.locator("dialog[open] button[value=add]");
    await settled(page);
    // Without a column of such a list it may be a log.
    if ((await asks.count()) > 0) await asks.click();
    await ended(page);
    await eventually(async () => {
      const places = await texts(page, "scope-rules-panel, dialog[open], scope-files");
      assert.match([await problems(page), ...places].join(" "), /** @type {RegExp} */ (words));
    });
    await eventually(async () => assert.deepEqual(await scores(page), before));
    assert.deepEqual(errors, []);
  });
}
