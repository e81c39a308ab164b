// Case files, and scripts formatted and unwrapped for reading.

import * as engine from "./scriptscope.js";

/** @param {string} text */
export const openCase = (text) => engine.openCase(text);

/** @param {import("./index.js").Case} own */
export const saveCase = (own) => engine.saveCase(JSON.stringify(own));

/** @param {import("./index.js").Case} one @param {import("./index.js").Case} other */
export const mergeCases = (one, other) => engine.mergeCases(JSON.stringify(one), JSON.stringify(other));

/** @param {string} text */
export const formatScript = (text) => engine.formatScript(text);

/** @param {string} text */
export const unwrap = (text) => engine.unwrap(text);
