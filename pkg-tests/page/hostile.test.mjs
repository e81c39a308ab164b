// Script text and names are written by attackers: they are shown, never obeyed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { eventsXml } from "../../scripts/events.mjs";
import { choose, ended, eventually, file, open, standIn, texts, until } from "./support.mjs";

/** @param {import("../../scripts/events.mjs").ScriptEvent} event */
async function shown(event, name = "log.xml") {
  const opened = await open(standIn());
  await choose(opened.page, file(name, eventsXml([event])));
  await ended(opened.page);
  await opened.page.keyboard.press("j");
  await opened.page.waitForSelector("scope-script .row");
  return opened;
}

const MARKUP = `</script><img src=x onerror="bad=1"><svg onload=bad=1><style>*{display:none}</style>`;

test("markup in scripts, names and files is text", async () => {
  const { page, errors } = await shown(
    { text: `Enable-PSRemoting ${MARKUP}`, computer: MARKUP, user: MARKUP },
    "<img src=x onerror=bad=1>.xml",
  );
  await eventually(async () => assert.equal(await page.evaluate(() => "bad" in globalThis), false));
  await eventually(async () => assert.equal(await page.locator("img, svg[onload], scope-script style").count(), 0));
  await eventually(async () =>
    assert.equal(
      await page.locator("scope-script .row").evaluateAll((all) => all.map((one) => one.textContent).join("")),
      `Enable-PSRemoting ${MARKUP}`,
    ),
  );
  await eventually(async () =>
    assert.deepEqual(await texts(page, "scope-files .name"), ["<img src=x onerror=bad=1>.xml"]),
  );
  assert.deepEqual(errors, []);
});

test("characters that hide or reorder text are shown as named glyphs", async () => {
  const { page } = await shown({
    text: "Enable-PSRemoting \u202egpj.exe\u202c\u200b \u0000\u001b[31m\u0007 x\ufeff\r\nnext\rline",
  });
  const text = await page.locator("scope-script > .text").evaluate((one) => one.textContent ?? "");
  assert.equal(
    /[\u0000-\u0008\u000b-\u001f\u200b-\u200f\u202a-\u202e\ufeff]/.test(text.replace(/\r\n/g, "")),
    false,
    JSON.stringify(text),
  );
  await eventually(async () => {
    const notes = (await texts(page, "scope-script .hidden-note")).join("; ");
    for (const name of ["right-to-left override", "zero width space", "control character", "zero width no-break space"])
      assert.match(notes, new RegExp(name));
  });
  await eventually(async () =>
    assert.equal(/[\u202a-\u202e]/.test(await page.evaluate(() => document.body.textContent ?? "")), false),
  );
});

test("copying gives the script, not its glyphs", async () => {
  const text = "Enable-PSRemoting \u202ex\u0007\r\n  'ü 😀'";
  const { page } = await shown({ text });
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.keyboard.press("c");
  await until(page, "the script is said to be copied", () =>
    /Copied/.test(document.querySelector("scope-script .said")?.textContent ?? ""),
  );
  await eventually(async () => assert.equal(await page.evaluate(() => navigator.clipboard.readText()), text));
});

test("a very long line and a very long script are shown", async () => {
  const long = `Enable-PSRemoting ${"A".repeat(400_000)}\r\n${"# a line of comment\r\n".repeat(60_000)}`;
  const { page } = await shown({ text: long });
  await eventually(async () =>
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true),
  );
  await eventually(async () =>
    assert.ok((await page.locator("scope-script .row").count()) < 200, "only rows in view are in the document"),
  );
  await page.locator("scope-script .find").fill("line of comment");
  await until(page, "all are counted", () =>
    /^1 of 10,000 or more/.test(document.querySelector("scope-script .found")?.textContent ?? ""),
  );
  await page.keyboard.press("Shift+Enter");
  await eventually(async () => assert.match((await texts(page, "scope-script .row")).join(), /# a line of comment/));
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.waitForSelector("scope-detail .hint:visible");
});
