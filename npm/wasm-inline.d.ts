export const WASM_GZIP_BASE64: string;
