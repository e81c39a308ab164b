/**
 * The page's workers, in one script: the first holds the report and answers questions about script texts; those
 * that it makes itself read.
 */
import { hold } from "./report-worker.js";
import { read } from "./reader.js";

if (self.name === "reader") read();
else hold();
