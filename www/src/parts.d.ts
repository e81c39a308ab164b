/** What the build fills in. */
declare module "scriptscope-parts" {
  /** The worker's source. */
  export const worker: string;
  /** The wasm, gzipped, in base64. */
  export const wasm: string;
  /** The sample's files, each gzipped, in base64. */
  export const sample: { name: string; bytes: string }[];
  /** The page's file in front of, between and behind the policy, the style and the script. */
  export const template: [string, string, string, string];
}

/** The engine: the package's reading of inputs, over wasm-bindgen's glue or, in tests of the page alone, a stand-in. */
declare module "scriptscope-engine" {
  export default function init(options: { module_or_path: WebAssembly.Module }): Promise<unknown>;
  export { Session } from "../../npm/index.js";
}
