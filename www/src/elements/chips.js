/** The parts of the filter, each removable, and the number of results that are left. */
import { census } from "../census.js";
import { foreign, h } from "../dom.js";
import { desk } from "../desk.js";
import { chips, narrows } from "../model/filter.js";
import { count, plural } from "../model/number.js";
import { store } from "../store.js";
import { View } from "./view.js";

export class Chips extends View {
  /** @type {import("../store.js").Kind[]} */
  static shows = ["filter", "visible", "marks", "view", "counts", "zone", "names"];

  update() {
    const totals = store.head?.totals;
    const lost = totals ? totals.results - totals.resultsKept : 0;
    const all = chips(
      store.filter,
      (id) => store.rules.get(id)?.title ?? id,
      store.tally.hidden(),
      (object) => census.words(object),
    );
    this.replaceChildren(
      h(
        "p",
        { class: "n-of-n", "aria-live": "polite" },
        counted(),
        lost > 0 ? h("span", { class: "lost" }, `, ${count(lost)} more counted, not kept`) : null,
      ),
      ...(all.length === 0
        ? []
        : [
            h(
              "ul",
              { "aria-label": "Filters" },
              all.map(({ words, without, of }) =>
                h(
                  "li",
                  null,
                  h(
                    "button",
                    {
                      type: "button",
                      class: `chip${narrows(desk.view, of) ? "" : " idle"}`,
                      title: narrows(desk.view, of) ? "Remove this filter" : "This filter does not narrow this view",
                      onclick: () => store.setFilter(without),
                    },
                    foreign(words),
                    h("span", { "aria-hidden": "true", class: "cross" }, "×"),
                    h(
                      "span",
                      { class: "aloud" },
                      `${narrows(desk.view, of) ? "" : ", does not narrow this view"}, remove this filter`,
                    ),
                  ),
                ),
              ),
            ),
          ]),
    );
  }
}

/** Returns the rows shown of all rows of the view. */
function counted() {
  const own = desk.counts.get(desk.view);
  if (desk.view === "results" || !own) return `${count(store.visible.length)} of ${plural(store.rows.size, "result")}`;
  return `${count(own.shown)} of ${plural(own.total, own.one)}`;
}

customElements.define("scope-chips", Chips);
