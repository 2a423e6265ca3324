// The demo product's own server: signs its two users in, serves its page and signs user tokens for it; with one
// of these the page talks to the Worker itself. What this server asks of the Worker is in connect.mjs, subscriptions.mjs,
// workflows.mjs and runs.mjs, what it is told in events.mjs and backend.mjs.
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { asker } from "./ask.mjs";
import { Backend } from "./backend.mjs";
import { LINK_SECONDS, ServerConnect } from "./connect.mjs";
import { Events } from "./events.mjs";
import { begin } from "./feed.mjs";
import { refuse } from "./refuse.mjs";
import { Runs } from "./runs.mjs";
import { Cookie } from "./session.mjs";
import { subscribe } from "./subscriptions.mjs";
import { userToken } from "./user-token.mjs";
import { deploy } from "./workflows.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const isthmus = fileURLToPath(new URL("../../pkg/", import.meta.url));

const port = Number(process.env.PORT ?? 8788);
const worker = process.env.WORKER_URL ?? "http://127.0.0.1:8787";
// Where people act as Zoom's users, when Zoom is the sandbox.
const zoom = process.env.ZOOM_URL;
const project = JSON.parse(
  readFileSync(process.env.PROJECT_FILE ?? ".isthmus/project.json", "utf8"),
);

const USERS = { ada: "Ada Okafor", ben: "Ben Lindqvist" };

/** In bytes. What Zoom says, up to 1 MiB, is in a message twice: as it came, and as the trigger gives it out. */
const LARGEST_EVENT = 2_500_000;

/** In bytes: of what a workflow tells, a topic may be long, and is written with escapes. */
const LARGEST_NOTICE = 10_000;

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
    // The portal's ticket goes into its window in a form.
    `form-action 'self' ${worker}`,
    "frame-ancestors 'none'",
  ].join("; "),
  "cache-control": "no-cache",
  "x-content-type-options": "nosniff",
  // The Worker goes on to Zoom unasked only when it sees that the popup came from this page.
  "referrer-policy": "strict-origin-when-cross-origin",
};

const key = project.signing_key;
const session = new Cookie("demo_session", key, "Path=/; SameSite=Strict");
// Who began to connect, and with which state. Lax, for it is wanted when another site sends the user back.
const PLACE = "Path=/connected; SameSite=Lax";
const begun = new Cookie("demo_connect", key, PLACE);
const page = `http://localhost:${port}`;
const connect = new ServerConnect({
  worker,
  project,
  redirectUri: `${page}/connected`,
});
const ask = asker({ worker, project });
const users = Object.keys(USERS);
const events = new Events({
  secret: project.event_secret,
  labels: await subscribe(ask),
  users,
});
const backend = new Backend(users);
const runs = new Runs(ask, users);
const workflows = await deploy(ask, {
  here: page,
  secrets: { demo_backend: backend.secret },
});

/** The user who is signed in, or null. */
function signedIn(request) {
  const user = session.read(request);
  return user && Object.hasOwn(USERS, user) ? user : null;
}

/** The user who is signed in; without one there is no answer. */
function required(request) {
  return signedIn(request) ?? refuse(401, "Nobody is signed in.");
}

// --- The routes ----------------------------------------------------------------------------------

const ROUTES = {
  "GET /config.json": (request, response) => {
    const user = signedIn(request);
    json(response, 200, {
      worker,
      projectId: project.project_id,
      workflows,
      sandbox: zoom && `${zoom}/_sandbox/meetings`,
      user: user && { id: user, name: USERS[user] },
    });
  },
  "POST /sign-in": async (request, response) => {
    const { user } = await body(request);
    if (!Object.hasOwn(USERS, user)) refuse(400, "There is no such user.");
    const signIn = session.set(user, 7 * 24 * 3600);
    response.setHeader("set-cookie", [signIn, begun.clear()]);
    json(response, 200, { user: { id: user, name: USERS[user] } });
  },
  "POST /sign-out": (request, response) => {
    response.setHeader("set-cookie", [session.clear(), begun.clear()]);
    json(response, 200, {});
  },
  "GET /token": (request, response) => {
    const user = required(request);
    json(response, 200, { token: userToken(project, user) });
  },

  // Connect from the server. The calls themselves are in connect.mjs.
  "GET /server": async (request, response) => {
    json(response, 200, await connect.standing(required(request)));
  },
  "POST /server/link": async (request, response) => {
    const user = required(request);
    await body(request);
    const { state, ...answer } = await connect.link(user);
    response.setHeader(
      "set-cookie",
      begun.set(`${user}.${state}`, LINK_SECONDS),
    );
    json(response, 200, answer);
  },
  "GET /connected": async (request, response) => {
    const [user, state] = begun.read(request)?.split(".") ?? [];
    const query = new URL(request.url, "http://localhost").searchParams;
    const isOurs = await connect.cameBack(user && { user, state }, query);
    // A stranger's answer does not end what this browser has begun.
    if (isOurs) response.setHeader("set-cookie", begun.clear());
    const place = isOurs ? "#server" : "#server-refused";
    response.writeHead(303, { location: `/${place}` }).end();
  },
  "POST /server/meeting": async (request, response) => {
    const user = required(request);
    const { topic } = await body(request);
    json(response, 200, await connect.meeting(user, String(topic)));
  },
  "POST /server/disconnect": async (request, response) => {
    const user = required(request);
    await body(request);
    json(response, 200, await connect.disconnect(user));
  },
  "GET /server/events": (request, response) => {
    const user = required(request);
    begin(response);
    events.grants.watch(response, user);
  },
  "GET /zoom-events": (request, response) => {
    const user = required(request);
    begin(response);
    // One stream for all: a browser has only six to one server.
    events.zoom.watch(response, user);
    runs.watch(response, user);
    backend.told.watch(response, user);
  },
  "POST /assistant": async (request, response) => {
    if (!backend.isOurs(request.headers)) refuse(401, "Who are you?");
    backend.take(request.headers, await body(request, LARGEST_NOTICE));
    json(response, 200, {});
  },
  "POST /events": async (request, response) => {
    const body = await bytes(request, LARGEST_EVENT);
    const status = events.take(request.headers, body);
    response.writeHead(status).end();
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

/** The JSON body of a request; other sites' pages cannot send this type unasked. */
async function body(request, most = 1000) {
  const type = request.headers["content-type"]?.split(";", 1)[0];
  if (type !== "application/json") {
    refuse(415, "Send JSON.");
  }
  const text = String(await bytes(request, most));
  try {
    return Object(JSON.parse(text));
  } catch {
    return refuse(400, "That is not JSON.");
  }
}

/** The body of a request as it came, up to so many bytes. */
async function bytes(request, most) {
  // Before reading: whoever stops in the middle cannot answer any more.
  if (request.headers["content-length"] > most) refuse(413, "Too much.");
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > most) refuse(413, "Too much.");
  }
  return Buffer.concat(chunks);
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
