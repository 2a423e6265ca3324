// A headless Chromium and a file server for pages, both ended by the test that started them.

import { createServer } from "node:http";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";

import { chromium } from "playwright-core";

const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};

/** Starts Chromium: the one that CHROMIUM names, else the system's. */
export function startChromium({ blocksPopups = false } = {}) {
  const known = [
    process.env.CHROMIUM,
    "/usr/bin/chromium",
    "/usr/bin/google-chrome",
  ];
  return chromium.launch({
    executablePath: known.find((path) => path && existsSync(path)),
    // Playwright switches the popup blocker off; a blocked popup is one of the things to test.
    ignoreDefaultArgs: blocksPopups ? ["--disable-popup-blocking"] : [],
    args: [
      ...[
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-sync",
      ],
      ...["--disable-background-networking", "--disable-component-update"],
    ],
  });
}

/** Serves a folder on a free port. `fails` is a set of paths that are answered with 503. */
export async function serve(folder) {
  const fails = new Set();
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://page");
    const file = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
    if ([...fails].some((end) => file.endsWith(end)))
      return response.writeHead(503).end();
    try {
      const body = await readFile(join(folder, file));
      const headers = {
        "content-type": TYPES[extname(file)] ?? "text/plain",
        // The one source that the README names.
        "content-security-policy": "script-src 'self' 'wasm-unsafe-eval'",
      };
      response.writeHead(200, headers).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((ready) => server.listen(0, "localhost", ready));
  const url = `http://localhost:${server.address().port}`;
  return {
    url,
    fails,
    close: () =>
      new Promise((done) => (server.close(done), server.closeAllConnections())),
  };
}
