// For bundlers: the wasm is inside. Takes and gives what the page that loads it puts on `globalThis`.
import { analyze, init } from "scriptscope/inline";

globalThis.analyzeText = async (name, text) => {
  await init();
  return analyze(new File([text], name));
};
