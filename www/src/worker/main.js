/**
 * The script of all workers of the page. The first one holds the report and answers requests for script texts; the workers
 * that it starts read.
 */
import { hold } from "./report-worker.js";
import { read } from "./reader.js";

if (self.name === "reader") read();
else hold();
