/** The proof panel: the page's promises, measured in the browser while it runs. */
import { h } from "../dom.js";
import { count, plural } from "../model/number.js";
import { unpackedText, whole } from "../parts.js";
import { ownHash } from "../self.js";
import { watch } from "../watch.js";

/** @returns {HTMLElement} */
export function proof() {
  const policy = document.querySelector("meta[http-equiv=Content-Security-Policy]")?.getAttribute("content") ?? "none";
  const violations = h("output", null);
  const requests = h("output", null);
  const hash = h("output", { class: "mono" }, "…");
  const notices = h("pre", { class: "mono" });
  const panel = h(
    "div",
    { class: "proof" },
    h(
      "dl",
      { class: "facts" },
      fact("Requests made by this page", requests),
      fact("Refused by the policy so far", violations),
      fact("This file’s SHA-256", hash),
      fact(
        "The policy in force",
        h(
          "code",
          { class: "policy" },
          policy.split(";").map((one) => h("span", null, `${one.trim()};`)),
        ),
      ),
    ),
    h(
      "ul",
      { class: "plain" },
      h("li", null, "Pull the network plug, or turn on airplane mode: everything here works the same."),
      h("li", null, "Open the browser’s network panel (F12): it stays empty while logs are read."),
      h(
        "li",
        null,
        "Compare the SHA-256 with the published one: ",
        h("code", null, "certutil -hashfile index.html SHA256"),
        " or ",
        h("code", null, "sha256sum index.html"),
        ".",
      ),
      h(
        "li",
        null,
        "What such a policy does not govern: following a link, WebRTC, and looking up names or connecting ahead. So this page has no link and no frame, and takes WebRTC away from itself, and from any frame, before anything else runs. That is a second lock against faults of the page: its policy lets no other script run, and a script that did run could get around it.",
      ),
    ),
    h("details", null, h("summary", null, "Code of third parties and its licences"), notices),
  );
  const show = () => {
    violations.textContent =
      watch.violations.length === 0
        ? "0"
        : `${count(watch.violations.length)}: ${watch.violations.slice(-3).join(", ")}`;
    requests.textContent = plural(watch.requests(), "request");
  };
  watch.addEventListener("change", show);
  show();
  whole().then(() => {
    unpackedText("notices").then((text) => (notices.textContent = text));
  });
  ownHash().then((text) => {
    hash.textContent = text;
  });
  return panel;
}

/** @param {string} name @param {HTMLElement} value */
const fact = (name, value) => h("div", null, h("dt", null, name), h("dd", null, value));
