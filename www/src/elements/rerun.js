/** The form for facts that logs may lack: the computer of events that name none, the zone of their times, the encoding. */
import { h } from "../dom.js";
import { options, reopen } from "../open.js";
import { store } from "../store.js";

/** Encodings of Windows and of its console, the most frequent first. */
const ENCODINGS = [
  ["windows-1252", "Windows, Western Europe"],
  ["ibm850", "console, Western Europe"],
  ["ibm437", "console, United States"],
  ["windows-1250", "Windows, Central Europe"],
  ["ibm852", "console, Central Europe"],
  ["windows-1251", "Windows, Cyrillic"],
  ["ibm866", "console, Cyrillic"],
  ["windows-1253", "Windows, Greek"],
  ["windows-1254", "Windows, Turkish"],
  ["windows-1255", "Windows, Hebrew"],
  ["windows-1256", "Windows, Arabic"],
  ["windows-1257", "Windows, Baltic"],
  ["windows-1258", "Windows, Vietnamese"],
  ["iso-8859-1", "Latin 1"],
  ["iso-8859-15", "Latin 9"],
];

/** @returns {HTMLElement | null} a form to say it and read again, where something is missing */
export function again() {
  const sources = store.run.phase === "done" ? (store.head?.sources ?? []) : [];
  const given = options();
  const nameless = given.computer !== undefined || sources.some((source) => source.missingFields.includes("Computer"));
  const zoneless = sources.some((source) => source.zoneAssumed);
  const replaced = given.encoding !== undefined || sources.some((source) => source.replacedBytes > 0);
  if (sources.length === 0 || (!nameless && !zoneless && !replaced)) return null;
  const computer = h("input", { type: "text", value: given.computer ?? "", spellcheck: false, autocomplete: "off" });
  const offset = h("input", {
    type: "text",
    value: given.utcOffset ?? "+00:00",
    pattern: "[+\\-][0-9]{2}:[0-9]{2}",
    title: "Hours and minutes ahead of UTC, such as +02:00",
    autocomplete: "off",
  });
  const option = (/** @type {string} */ value, /** @type {string} */ words) =>
    h("option", { value, selected: value === (given.encoding ?? "") }, words);
  const encoding = h(
    "select",
    null,
    option("", "UTF-8"),
    ...ENCODINGS.map(([name = "", words = ""]) => option(name, `${name} (${words})`)),
  );
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const name = computer.value.trim();
    reopen({
      ...(name === "" ? {} : { computer: name }),
      ...(zoneless ? { utcOffset: offset.value } : {}),
      ...(replaced && encoding.value !== "" ? { encoding: encoding.value } : {}),
    });
  };
  return h(
    "form",
    { class: "again", onsubmit: submit },
    nameless ? h("label", null, h("span", null, "Computer of events that name none"), computer) : null,
    zoneless ? h("label", null, h("span", null, "Times without a zone are ahead of UTC by"), offset) : null,
    replaced ? h("label", null, h("span", null, "Bytes that are not UTF-8 are"), encoding) : null,
    h("button", { type: "submit" }, "Read again"),
  );
}
