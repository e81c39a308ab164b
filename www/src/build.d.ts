/** What the build fills in. */
declare module "scriptscope-template" {
  /** The page's file in front of, between and behind what is filled in. */
  export const template: string[];
}

/** The engine: the package over wasm-bindgen's glue or, in tests of the page alone, over a fake session. */
declare module "scriptscope-engine" {
  export default function init(options: { module_or_path: WebAssembly.Module }): Promise<unknown>;
  export { Session } from "../../npm/index.js";
}
