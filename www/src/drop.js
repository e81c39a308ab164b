/** Files and folders dropped anywhere on the page. */
import { completed, droppedInputs, insideFolder } from "./folder-walk.js";
import { openInputs } from "./route.js";
import { engine } from "./worker-client.js";

/** @typedef {import("./types.js").Input} Input */

/** Time in which the browser begins to list a folder that the page cannot walk in full. An empty one is never listed. */
const LISTING_MS = 3_000;

export function listenToDrops() {
  const target = folderTarget();
  // Entering a child fires before leaving its parent, so the depth is counted.
  let depth = 0;
  const setDepth = (/** @type {number} */ value) => {
    depth = Math.max(0, value);
    document.documentElement.classList.toggle("dropping", depth > 0);
    target?.show(depth > 0);
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
    const data = event.dataTransfer;
    const listing = data && isFolder(data) && target?.isHit(event) ? target.listing() : null;
    // The browser itself lists a folder that is dropped on the target.
    if (!listing) event.preventDefault();
    setDepth(0);
    if (!data?.types.includes("Files")) return;
    const walked = droppedInputs(data);
    const listed = await Promise.race([listing, listing ? walked.then(patience) : null]);
    const { inputs, unread } = listed ? completed(listed, await walked) : await walked;
    openInputs(inputs, unread);
  });
}

/** @returns {Promise<null>} */
function patience() {
  return new Promise((resolve) => setTimeout(resolve, LISTING_MS, null));
}

/** Returns whether one folder was dropped. @param {DataTransfer} data */
function isFolder({ items }) {
  const [item] = items;
  return items.length === 1 && item?.kind === "file" && item.webkitGetAsEntry()?.isDirectory === true;
}

/**
 * Returns a file input that covers the page while something is dragged, or null where it is not needed. Chromium lets no
 * page opened from disk walk entries, and its handles omit files whose names it holds for dangerous. But it lists all
 * files of a folder that is dropped on such an input.
 */
function folderTarget() {
  if (location.protocol !== "file:" || !("getAsFileSystemHandle" in DataTransferItem.prototype)) return null;
  const input = document.createElement("input");
  Object.assign(input, { type: "file", webkitdirectory: true, multiple: true, hidden: true, tabIndex: -1 });
  input.setAttribute("aria-hidden", "true");
  const { style } = input;
  Object.assign(style, { position: "fixed", inset: "0", width: "100%", height: "100%", opacity: "0", zIndex: "9999" });
  document.body.append(input);
  return {
    /** @param {boolean} isShown */
    show(isShown) {
      // The browser needs it until the drop is handled.
      if (isShown) input.hidden = false;
      else setTimeout(() => (input.hidden = true));
    },
    /** @param {Event} event */
    isHit: (event) => event.target === input,
    /** @returns {Promise<Input[]>} */
    listing: () =>
      new Promise((resolve) => {
        // Replaces the listener of an earlier drop of an empty folder.
        input.onchange = () => {
          const files = [...(input.files ?? [])].map((file) => ({
            name: file.webkitRelativePath,
            file,
            inFolder: true,
          }));
          input.value = "";
          resolve(insideFolder(files));
        };
      }),
  };
}
