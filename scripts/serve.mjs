// Serves a folder on localhost. Usage: node scripts/serve.mjs FOLDER [PORT]

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = new Map([
  [".html", "text/html; charset=utf-8"],
  [".js", "text/javascript; charset=utf-8"],
  [".mjs", "text/javascript; charset=utf-8"],
  [".json", "application/json"],
  [".wasm", "application/wasm"],
  [".svg", "image/svg+xml"],
]);

/**
 * A server of the folder's files, on this machine alone.
 *
 * @param {string} folder
 * @param {number} port 0 for any free one
 * @returns {Promise<import("node:http").Server>} once it listens
 */
export function serve(folder, port) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    // Normalised as an absolute path, so that ".." cannot lead out of the folder.
    const path = join(folder, normalize(decodeURIComponent(pathname)));
    const file = pathname.endsWith("/") ? join(path, "index.html") : path;
    const found = await stat(file).catch(() => null);
    if (!found?.isFile()) {
      response.writeHead(404, { "content-type": "text/plain" }).end("not found\n");
      return;
    }
    const type = TYPES.get(extname(file)) ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type, "content-length": found.size, "cache-control": "no-store" });
    createReadStream(file).pipe(response);
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

if (process.argv[1] === import.meta.filename) {
  const [folder = "dist", port = "8104"] = process.argv.slice(2);
  const server = await serve(folder, Number(port)).catch((error) => {
    if (error.code !== "EADDRINUSE") throw error;
    return serve(folder, 0);
  });
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  console.log(`The page is at http://localhost:${address.port}/ (Ctrl+C ends this).`);
}
