// A product that has Isthmus: one page with the built package, and a server that signs tokens for its user. Both as the README
// says, the content security policy too. It is told its project when there is one.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";

import { userToken } from "../../www/demo/user-token.mjs";
import { freePort } from "./free-port.mjs";
import { product } from "./product.mjs";

const root = join(import.meta.dirname, "../..");

const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm" };

const PAGE = `<!doctype html>
<html lang="en">
<title>A product</title>
<link rel="icon" href="data:,">
<main>
<h1>A product</h1>
<button disabled>Connect Zoom</button>
<p role="status"></p>
</main>
<script type="module" src="/main.js"></script>`;

const SCRIPT = `
import { isthmus } from "/pkg/index.js";

const { host, project, token } = await (await fetch("/user")).json();
isthmus.configureGlobal({ host });
await isthmus.authenticate(project, token);
const say = (text) => (document.querySelector("p").textContent = text);
const button = document.querySelector("button");
button.onclick = () =>
  isthmus.connect("zoom", {
    onInstall: () => say("Zoom is connected."),
    onError: (error) => say(error.code),
  });
button.disabled = false;
window.isthmus = isthmus;
`;

/** What the README asks of a page's policy. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  `connect-src 'self' ${product.worker}`,
  `form-action ${product.worker}`,
  "img-src data:",
].join("; ");

/**
 * Starts it. `project` is to be set before its page is opened: `{ project_id, signing_key_id, signing_key, user }`.
 * `close()` ends it.
 */
export async function startSite() {
  const site = { project: undefined };
  const port = await freePort();
  const server = createServer(async ({ url }, response) => {
    const [type, body] = await found(url, site.project);
    const headers = { "content-type": type, "content-security-policy": POLICY };
    response.writeHead(body === undefined ? 404 : 200, headers).end(body);
  });
  await new Promise((ready) => server.listen(port, "localhost", ready));
  site.url = `http://localhost:${port}`;
  site.close = () =>
    new Promise((done) => (server.close(done), server.closeAllConnections()));
  return site;
}

/** What is at an address: its type, and the body if there is one. */
async function found(url, project) {
  const { pathname } = new URL(url, "http://site");
  if (pathname === "/") return ["text/html; charset=utf-8", PAGE];
  if (pathname === "/main.js") return [TYPES[".js"], SCRIPT];
  if (pathname === "/user") {
    const token = userToken(project, project.user);
    const user = { host: product.worker, project: project.project_id, token };
    return ["application/json", JSON.stringify(user)];
  }
  const type = pathname.startsWith("/pkg/") && TYPES[extname(pathname)];
  const file = type && readFile(join(root, pathname)).catch(() => undefined);
  return [type || "text/plain", await file];
}
