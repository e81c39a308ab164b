#!/usr/bin/env node
// The command line. What it does stands in cli/main.js.

import { main } from "./cli/main.js";

// Not process.exit: what is still being written to a pipe would be cut off.
process.exitCode = await main(process);
