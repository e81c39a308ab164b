/** Files and folders dropped anywhere on the page. */
import { droppedInputs } from "./folder-walk.js";
import { openInputs } from "./route.js";
import { engine } from "./worker-client.js";

export function listenToDrops() {
  // Entering a child fires before leaving its parent, so the depth is counted.
  let depth = 0;
  const setDepth = (/** @type {number} */ value) => {
    depth = Math.max(0, value);
    document.documentElement.classList.toggle("dropping", depth > 0);
  };
  document.addEventListener("dragenter", () => {
    if (depth === 0) engine.warm();
    setDepth(depth + 1);
  });
  document.addEventListener("dragleave", () => setDepth(depth - 1));
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
  });
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    setDepth(0);
    if (!event.dataTransfer?.types.includes("Files")) return;
    const { inputs, unread } = await droppedInputs(event.dataTransfer);
    openInputs(inputs, unread);
  });
}
