/** The form for facts that logs may lack: the computer of events that name none, the zone of their times. */
import { h } from "../dom.js";
import { options, reopen } from "../open.js";
import { store } from "../store.js";

/** @returns {HTMLElement | null} a form to say it and read again, where something is missing */
export function again() {
  const sources = store.run.phase === "done" ? (store.head?.sources ?? []) : [];
  const given = options();
  const nameless = given.computer !== undefined || sources.some((source) => source.missingFields.includes("Computer"));
  const zoneless = sources.some((source) => source.zoneAssumed);
  if (sources.length === 0 || (!nameless && !zoneless)) return null;
  const computer = h("input", { type: "text", value: given.computer ?? "", spellcheck: false, autocomplete: "off" });
  const offset = h("input", {
    type: "text",
    value: given.utcOffset ?? "+00:00",
    pattern: "[+\\-][0-9]{2}:[0-9]{2}",
    title: "Hours and minutes ahead of UTC, such as +02:00",
    autocomplete: "off",
  });
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const name = computer.value.trim();
    reopen({ ...(name === "" ? {} : { computer: name }), ...(zoneless ? { utcOffset: offset.value } : {}) });
  };
  return h(
    "form",
    { class: "again", onsubmit: submit },
    nameless ? h("label", null, h("span", null, "Computer of events that name none"), computer) : null,
    zoneless ? h("label", null, h("span", null, "Times without a zone are ahead of UTC by"), offset) : null,
    h("button", { type: "submit" }, "Read again"),
  );
}
