/** The page's entry point: removes APIs that it does not need, starts the worker, shows the first screen. */
import "./watch.js";
import { engine } from "./worker-client.js";
import { sampleInputs } from "./open.js";
import { part, unpackedText, whole } from "./parts.js";
import { census } from "./census.js";
import { store } from "./store.js";
import { watchFocus } from "./focus.js";
import { view } from "./result-view.js";
import { desk } from "./desk.js";
import { applyTheme } from "./theme.js";
import { listenToDrops } from "./drop.js";
import { listenToInput } from "./file-input.js";
import { listenToKeys } from "./keys.js";
import { addSheets } from "./elements/popovers.js";
import "./elements/attack.js";
import "./elements/bar.js";
import "./elements/blocks.js";
import "./elements/detail.js";
import "./elements/divider.js";
import "./elements/files.js";
import "./elements/indicators.js";
import "./elements/lanes.js";
import "./elements/query-view.js";
import "./elements/results.js";
import "./elements/risk.js";
import "./elements/rules-panel.js";
import "./elements/scripts.js";
import "./elements/story.js";
import "./elements/to-block.js";
import "./elements/views.js";
import "./elements/welcome.js";
import "./case/index.js";

/** Reader workers that are started before anything is opened: enough for the first results of any log. */
const WARM = 2;

applyTheme();
view.start();
desk.start();
census.start();
addSheets();
listenToInput();
listenToDrops();
listenToKeys();
const selectedTab = () => /** @type {HTMLElement | null} */ (document.querySelector("[role=tab][aria-selected=true]"));
watchFocus(selectedTab);
whole().then(async () => engine.start({ script: await unpackedText("worker"), wasm: part("wasm") }));

// The work screen replaces the first one once a run has started. What had the focus there is gone: Tab goes on from the
// view that is shown.
store.on(["run"], () => {
  const { classList } = document.documentElement;
  const wasWorking = classList.contains("working");
  classList.toggle("working", store.run.startedAt > 0);
  if (!wasWorking && store.run.startedAt > 0) selectedTab()?.focus({ preventScroll: true });
});

// The first screen works before the wasm is compiled: files dropped by then wait for it.
performance.mark("ready");
engine.ready.then(() => {
  performance.mark("engine");
  document.documentElement.classList.add("ready");
  engine.warm(WARM);
  sampleInputs().then((inputs) => engine.rehearse(inputs));
});
