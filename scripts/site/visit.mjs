/** The built site behind a web server of its own, and a browser without a window to look at it. */
import { readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { chromium, selectors } from "playwright-core";

const types = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};
const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The path of a Chromium: of CHROMIUM_BIN, or where Debian puts it; `undefined` where there is none. */
export async function findChromium() {
  for (const path of [process.env.CHROMIUM_BIN, ...places]) {
    if (path !== undefined && (await stat(path).catch(() => undefined))?.isFile() === true) return path;
  }
  return undefined;
}

export async function openBrowser(executablePath) {
  selectors.setTestIdAttribute("data-test");
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}

/** Resolves with where the folder is served, and how to end that. */
export async function serve(folder) {
  const server = createServer((request, response) => {
    const path = new URL(request.url, "http://site").pathname;
    readFile(join(folder, path === "/" ? "index.html" : path)).then(
      (body) => response.writeHead(200, { "content-type": types[extname(path)] ?? "text/html" }).end(body),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { origin: `http://127.0.0.1:${server.address().port}`, close };
}
