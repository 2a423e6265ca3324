// The demo product's own server: signs its two users in, serves its page and signs user tokens for it.
// What Zoom and the Worker do is none of its business: the page talks to the Worker itself.
import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { userToken } from "./user-token.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const isthmus = fileURLToPath(new URL("../../pkg/", import.meta.url));

const port = Number(process.env.PORT ?? 8788);
const worker = process.env.WORKER_URL ?? "http://127.0.0.1:8787";
const project = JSON.parse(
  readFileSync(process.env.PROJECT_FILE ?? ".isthmus/project.json", "utf8"),
);

const USERS = { ada: "Ada Okafor", ben: "Ben Lindqvist" };

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

const HEADERS = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${worker}`,
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; "),
  "cache-control": "no-cache",
  "x-content-type-options": "nosniff",
  // The Worker goes on to Zoom unasked only when it sees that the popup came from this page.
  "referrer-policy": "strict-origin-when-cross-origin",
};

// --- Sign-in: a cookie with the user and a proof that this server wrote it. -----------------------

const proof = (user) =>
  createHmac("sha256", project.signing_key)
    .update(`demo session of ${user}`)
    .digest("base64url");

function sessionCookie(user, seconds) {
  const value = user ? `${user}.${proof(user)}` : "";
  return `demo_session=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}`;
}

/** The user of a request's cookie, or null. */
function signedIn(request) {
  const cookies = request.headers.cookie ?? "";
  const [, user, given] =
    /(?:^|;\s*)demo_session=(\w+)\.([\w-]+)/.exec(cookies) ?? [];
  if (!user || !Object.hasOwn(USERS, user)) return null;
  const expected = Buffer.from(proof(user));
  const actual = Buffer.from(given);
  const same =
    actual.length === expected.length && timingSafeEqual(actual, expected);
  return same ? user : null;
}

// --- The routes ----------------------------------------------------------------------------------

const ROUTES = {
  "GET /config.json": (request, response) => {
    const user = signedIn(request);
    json(response, 200, {
      worker,
      projectId: project.project_id,
      user: user && { id: user, name: USERS[user] },
    });
  },
  "POST /sign-in": async (request, response) => {
    const { user } = await body(request);
    if (!Object.hasOwn(USERS, user)) {
      return json(response, 400, { message: "There is no such user." });
    }
    response.setHeader("set-cookie", sessionCookie(user, 7 * 24 * 3600));
    json(response, 200, { user: { id: user, name: USERS[user] } });
  },
  "POST /sign-out": (request, response) => {
    response.setHeader("set-cookie", sessionCookie("", 0));
    json(response, 200, {});
  },
  "GET /token": (request, response) => {
    const user = signedIn(request);
    if (!user) return json(response, 401, { message: "Nobody is signed in." });
    json(response, 200, { token: userToken(project, user) });
  },
};

async function answer(request, response) {
  for (const [name, value] of Object.entries(HEADERS)) {
    response.setHeader(name, value);
  }
  try {
    const path = request.url.split("?", 1)[0];
    const route = ROUTES[`${request.method} ${path}`];
    if (route) await route(request, response);
    else await file(request, response, path);
  } catch (problem) {
    if (!problem.status) console.error(problem);
    if (response.headersSent) response.destroy();
    else json(response, problem.status ?? 500, { message: problem.message });
  }
}

createServer(answer).listen(port, "127.0.0.1", () => {
  console.log(`demo app on http://localhost:${port}`);
});
// A browser may take "localhost" for either address; a machine without IPv6 is fine.
createServer(answer)
  .on("error", (problem) => {
    if (problem.code === "EADDRINUSE") throw problem;
  })
  .listen(port, "::1");

function json(response, status, value) {
  response.writeHead(status, {
    "content-type": "application/json",
    "cache-control": "no-store",
  });
  response.end(JSON.stringify(value));
}

/** The JSON body of a request that our own page sent: other sites cannot send this type unasked. */
async function body(request) {
  if (request.headers["content-type"] !== "application/json") {
    throw Object.assign(new Error("Send JSON."), { status: 415 });
  }
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += chunk;
    if (text.length > 1000) {
      throw Object.assign(new Error("Too much."), { status: 413 });
    }
  }
  try {
    return Object(JSON.parse(text));
  } catch {
    throw Object.assign(new Error("That is not JSON."), { status: 400 });
  }
}

/** A file of the page, or of the npm package below /isthmus/. */
async function file(request, response, path) {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return json(response, 405, { message: "This address is only read." });
  }
  const [folder, name] = path.startsWith("/isthmus/")
    ? [isthmus, path.slice("/isthmus/".length)]
    : [here, path === "/" ? "index.html" : path.slice(1)];
  const target = normalize(join(folder, name));
  const type = TYPES[extname(target)];
  const isServerCode = folder === here && extname(target) === ".mjs";
  if (!target.startsWith(folder.replace(/[\\/]*$/, sep))) {
    return json(response, 404, { message: "There is no such page." });
  }
  const content = type && !isServerCode && (await readable(target));
  if (!content) {
    return json(response, 404, { message: "There is no such page." });
  }
  response.writeHead(200, { "content-type": type });
  response.end(request.method === "HEAD" ? undefined : content);
}

async function readable(target) {
  return readFile(target).catch(() => null);
}
