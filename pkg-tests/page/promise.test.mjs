// The browser refuses every request of the page, even when the page tries.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { choose, ended, eventually, file, open, standIn, texts, until } from "./support.mjs";
import { eventsXml } from "../../scripts/events.mjs";

const POLICY =
  /^default-src 'none'; script-src 'sha256-[^' ]{44}' 'wasm-unsafe-eval'; worker-src blob:; style-src 'sha256-[^' ]{44}'; img-src data:; connect-src 'none'; form-action 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types scriptscope-worker$/;

/** Ways to make a request, each with the directive that refuses it. */
const WAYS = /** @type {[string, string, (address: string) => unknown][]} */ ([
  ["fetch", "connect-src", (address) => fetch(address).catch(() => {})],
  [
    "XMLHttpRequest",
    "connect-src",
    (address) => {
      const request = new XMLHttpRequest();
      request.open("GET", address);
      request.send();
    },
  ],
  ["WebSocket", "connect-src", (address) => new WebSocket(address.replace("http", "ws"))],
  ["EventSource", "connect-src", (address) => new EventSource(address)],
  ["sendBeacon", "connect-src", (address) => navigator.sendBeacon(address, "data")],
  ["an image", "img-src", (address) => (new Image().src = address)],
  [
    "a stylesheet",
    "style-src-elem",
    (address) =>
      document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: address })),
  ],
  [
    "a frame",
    "frame-src",
    (address) => document.body.append(Object.assign(document.createElement("iframe"), { src: address })),
  ],
  [
    "a form",
    "form-action",
    (address) => {
      const form = Object.assign(document.createElement("form"), { action: address, method: "post" });
      document.body.append(form);
      form.submit();
    },
  ],
]);

const NAVIGATIONS = new Set(["a frame", "a form"]);

for (const over of /** @type {const} */ (["file", "http"])) {
  test(`every way out raises a policy violation and makes no request, from ${over}`, async () => {
    const { page } = await open(standIn(), { over });
    const outside = await listening();
    await eventually(async () =>
      assert.match((await page.locator("meta[http-equiv]").getAttribute("content")) ?? "", POLICY),
    );
    for (const [name, directive, way] of WAYS) {
      const refused = await page.evaluate(
        ([source, address]) =>
          new Promise((resolve) => {
            document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective), {
              once: true,
            });
            setTimeout(() => resolve("nothing was refused"), 2000);
            // The test's function, defined again in the page without eval, which the policy refuses too.
            const run = /** @type {any} */ (globalThis)[source ?? ""];
            run(address);
          }),
        [await handed(page, way), outside.address],
      );
      assert.equal(refused, directive, name);
      // A browser may open a connection for a navigation that it then refuses; it sends nothing.
      if (!NAVIGATIONS.has(name)) assert.equal(outside.connections(), 0, name);
    }
    await page.waitForTimeout(200);
    assert.equal(outside.requests(), 0);
  });
}

/** A server that counts connections and requests. */
async function listening() {
  let connections = 0;
  let requests = 0;
  const server = createServer((_, response) => response.end("here"));
  server.on("connection", () => (connections += 1));
  server.on("request", () => (requests += 1));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(null)));
  after(() => server.close());
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { address: `http://127.0.0.1:${port}/out`, connections: () => connections, requests: () => requests };
}

/** Puts a function into the page past its policy, as a debugger can. @param {import("playwright-core").Page} page @param {Function} way */
async function handed(page, way) {
  const name = `way${(ways += 1)}`;
  await page.evaluate(`globalThis.${name} = ${way}`);
  return name;
}
let ways = 0;

test("injected scripts, eval and markup are refused", async () => {
  const { page } = await open(standIn());
  const tried = await page.evaluate(() => {
    /** @param {() => void} act */
    const refused = (act) => {
      try {
        act();
        return false;
      } catch {
        return true;
      }
    };
    const element = document.createElement("p");
    const script = document.createElement("script");
    return {
      innerHTML: refused(() => (element.innerHTML = "<b>x</b>")),
      insertAdjacentHTML: refused(() => element.insertAdjacentHTML("beforeend", "<b>x</b>")),
      scriptText: refused(() => (script.text = "globalThis.bad = 1")),
      worker: refused(() => new Worker("data:text/javascript,1")),
      secondPolicy: refused(() => /** @type {any} */ (globalThis).trustedTypes.createPolicy("other", {})),
    };
  });
  for (const [name, refused] of Object.entries(tried)) assert.equal(refused, true, name);
});

test("while logs are read the only requests are the document and its own workers", async () => {
  const { page, requests, address } = await open(standIn(), { over: "http" });
  await choose(page, file("log.xml", eventsXml([{ text: "Enable-PSRemoting" }])));
  await ended(page);
  await page.keyboard.press("j");
  assert.deepEqual(
    requests.filter((one) => !one.startsWith("blob:")),
    [address],
  );
});

test("WebRTC is removed and no link leads out", async () => {
  const { page } = await open(standIn());
  await eventually(async () => assert.equal(await page.evaluate(() => "RTCPeerConnection" in globalThis), false));
  await page.getByText("Try the sample").click();
  await ended(page);
  await page.keyboard.press("j");
  await eventually(async () => assert.equal(await page.locator("a").count(), 0));
});

test("the proof panel shows the policy, the file's SHA-256 and refused requests", async () => {
  const { page } = await open(standIn());
  await page.getByText("How to check it").click();
  const hash = createHash("sha256").update(readFileSync(standIn())).digest("hex");
  await until(page, "the hash is shown", (wanted) => document.body.innerText.includes(wanted), { argument: hash });
  await eventually(async () =>
    assert.match((await texts(page, "scope-welcome .proof"))[0] ?? "", /Refused by the policy so far 0/),
  );
  await page.evaluate(() => fetch("http://127.0.0.1:9/").catch(() => {}));
  await until(page, "the refused request is listed", () =>
    /1: connect-src/.test(document.querySelector("scope-welcome .proof")?.textContent ?? ""),
  );
});
