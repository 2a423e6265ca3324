// A stand-in for the Worker, as far as the package talks to it: one project, one integration, one popup page whose
// button decides, and one portal page that leads there and back. The real Worker is tested elsewhere; here it must be possible to make it answer anything.

import { createServer } from "node:http";

export const PROJECT = "prj_test";
export const INTEGRATION = "int_zoom";

/** An unsigned token that looks like a user token; the stand-in reads only its `sub`. */
export function tokenOf(user, expiresIn = 3600) {
  const part = (value) =>
    Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  return `${part({ alg: "RS256", typ: "JWT" })}.${part({ sub: user, iat: now, exp: now + expiresIn })}.x`;
}

/** Starts a stand-in on a free port. `calls` is what it was asked; `answers` overrules what it says; see `decide`. */
export async function startWorker() {
  const state = {
    sessions: new Map(),
    portals: new Map(),
    users: new Map(),
    calls: [],
    answers: new Map(),
    coop: false,
  };
  const server = createServer((request, response) => {
    reply(state, request, response).catch((error) =>
      response.writeHead(500).end(String(error)),
    );
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const url = `http://127.0.0.1:${server.address().port}`;
  return Object.assign(state, {
    url,
    /** Answers this call (`"POST /sessions"`) with this instead, `times` times. */
    answer: (call, status, body, times = Infinity) =>
      state.answers.set(call, { status, body, times }),
    /** Ends every open session, as the consent page's button does. */
    decide: (problem) =>
      [...state.sessions.keys()].forEach((id) => decide(state, id, problem)),
    /** Has something happen in a portal, as its page does: `{what: "installed", grant_id}`. */
    change: (id, change) => happen(state.portals.get(id), change),
    close: () =>
      new Promise((done) => (server.close(done), server.closeAllConnections())),
  });
}

async function reply(state, request, response) {
  const url = new URL(request.url, "http://worker");
  let body = "";
  for await (const part of request) body += part;
  if (url.pathname.startsWith("/connect/"))
    return popupPage(state, url, response);
  if (url.pathname.startsWith("/portal"))
    return portalPage(state, request, url, body, response);
  const headers = {
    "access-control-allow-origin": request.headers.origin ?? "null",
    "access-control-allow-headers":
      "authorization, content-type, x-paragon-credential, x-paragon-use-raw-response, x-own",
    "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE",
    "content-type": "application/json",
  };
  if (request.method === "OPTIONS")
    return response.writeHead(204, headers).end();
  const path = request.url.replace(`/projects/${PROJECT}/sdk`, "");
  const call = `${request.method} ${path}`;
  state.calls.push({ call, headers: request.headers, body });
  const token = request.headers.authorization?.split(".")[1] ?? "e30";
  const user = JSON.parse(Buffer.from(token, "base64url")).sub;
  const overruled = state.answers.get(call);
  const [status, answer] =
    overruled && overruled.times-- > 0
      ? [overruled.status, overruled.body]
      : answerTo(state, request, path, user, body);
  const text =
    typeof answer === "string" ? answer : JSON.stringify(answer ?? null);
  if (typeof answer === "string") headers["content-type"] = "text/plain";
  response
    .writeHead(status, headers)
    .end(answer === undefined ? undefined : text);
}

function answerTo(state, request, path, user, body) {
  const credentials = state.users.get(user) ?? [];
  state.users.set(user, credentials);
  const session = state.sessions.get(path.split("/sessions/")[1]);
  if (path === "/me") return [200, me(user, credentials)];
  if (path === "/integrations") return [200, [integration()]];
  if (path === "/sessions") return [201, openSession(state, request, user)];
  if (session) return [200, session];
  if (path === "/portals") return [201, openPortal(state, request, user)];
  const [, portal, after] =
    /^\/portals\/([^?]+)\?after=(\d+)$/.exec(path) ?? [];
  if (portal) return [200, told(state.portals.get(portal), Number(after))];
  if (path.startsWith("/integrations/")) {
    const id = request.headers["x-paragon-credential"];
    state.users.set(
      user,
      credentials.filter((one) => one.id !== id),
    );
    return [204, undefined];
  }
  if (path.startsWith("/proxy/zoom/")) {
    const { authorization, ...headers } = request.headers;
    return [200, { method: request.method, path, headers, body, user }];
  }
  return [404, { code: "not_found", message: `Nothing at ${path}.` }];
}

function me(user, credentials) {
  const [current] = credentials;
  const zoom = {
    enabled: credentials.length > 0,
    allCredentials: credentials,
    allConfigurations: [],
    ...(current && {
      credentialId: current.id,
      credentialStatus: current.status,
    }),
  };
  return {
    authenticated: true,
    userId: user,
    integrations: { zoom },
    meta: {},
    resources: [],
  };
}

function integration() {
  return {
    id: INTEGRATION,
    type: "zoom",
    name: "Zoom",
    brandColor: "#2D8CFF",
    icon: "data:image/svg+xml,",
    isActive: true,
    configs: [],
  };
}

function openSession(state, request, user) {
  const id = `ses_${state.sessions.size + 1}`;
  const origin = request.headers.origin;
  state.sessions.set(id, { id, status: "open", user, origin });
  const start_url = `http://${request.headers.host}/connect/start?session=${id}`;
  return { id, start_url, expires_at: Date.now() + 600_000 };
}

function openPortal(state, request, user) {
  const id = `por_${state.portals.size + 1}`;
  const { origin, host } = request.headers;
  const portal = { id, user, origin, status: "new", changes: [] };
  state.portals.set(id, portal);
  const url = `http://${host}/portal`;
  return { id, url, ticket: `ticket_${id}`, expires_at: 0 };
}

const told = ({ status, connecting, changes }, after) => ({
  status,
  connecting,
  changes: changes.filter(({ n }) => n > after),
});

function happen({ changes }, change) {
  changes.push({ n: changes.length + 1, ...change });
}

/**
 * The portal's page. Its ticket comes by POST only; the button "connect" leaves for the consent page, "done" closes it.
 */
function portalPage(state, request, url, body, response) {
  if (request.method === "POST" && url.pathname === "/portal") {
    const ticket = new URLSearchParams(body).get("ticket") ?? "";
    const portal = state.portals.get(ticket.replace("ticket_", ""));
    if (portal?.status !== "new") return response.writeHead(404).end();
    Object.assign(portal, { status: "open", entered: request.headers.origin });
    const location = `/portal/${portal.id}`;
    return response.writeHead(303, { location }).end();
  }
  const portal = state.portals.get(url.pathname.split("/")[2]);
  if (request.method === "POST") {
    portal.status = "closed";
    return response.writeHead(204).end();
  }
  const wake = (more) =>
    `opener?.postMessage({type: "isthmus-portal", portal: "${portal.id}"${more}}, "${portal.origin}");`;
  const page = `<button data-testid=connect>Connect</button><button data-testid=done>Done</button><script>
    ${wake("")}
    let leaves = false;
    addEventListener("pagehide", () => leaves || navigator.sendBeacon("?gone=true"));
    document.querySelector("[data-testid=connect]").onclick = () => {
      leaves = true;
      ${wake(", leaves: true")}
      location = "/connect/start?portal=${portal.id}";
    };
    document.querySelector("[data-testid=done]").onclick = async () => {
      await fetch("", { method: "POST" });
      ${wake("")}
      close();
    };
  </script>`;
  response.writeHead(200, { "content-type": "text/html" }).end(page);
}

function decide(state, id, problem) {
  const session = state.sessions.get(id);
  if (session.status !== "open") return;
  if (problem) return Object.assign(session, { status: "failed", problem });
  const credential_id = connect(state, session.user, `cred_${id}`);
  Object.assign(session, { status: "done", credential_id });
}

function connect(state, user, id) {
  const credentials = state.users.get(user);
  const credential = {
    id,
    integrationId: INTEGRATION,
    status: "VALID",
    configurations: [],
  };
  state.users.set(user, [...credentials, credential]);
  return id;
}

/** The consent page, and the last page: a session's tells the opener and closes itself, a portal's is the portal. */
function popupPage(state, url, response) {
  const [id, portal] = ["session", "portal"].map((name) =>
    url.searchParams.get(name),
  );
  const headers = { "content-type": "text/html" };
  if (url.pathname === "/connect/start") {
    if (state.coop) headers["cross-origin-opener-policy"] = "same-origin";
    const [name, value] = portal ? ["portal", portal] : ["session", id];
    const form = `<form action=/connect/done><input type=hidden name=${name} value=${value}>
      <button data-testid=allow>Allow</button></form>`;
    return response.writeHead(200, headers).end(form);
  }
  if (portal) {
    const { user, changes } = state.portals.get(portal);
    const grant_id = connect(state, user, `cred_${portal}_${changes.length}`);
    happen(state.portals.get(portal), { what: "installed", grant_id });
    const location = `/portal/${portal}`;
    return response.writeHead(303, { location }).end();
  }
  decide(state, id);
  const { origin } = state.sessions.get(id);
  const script = `opener?.postMessage({type: "isthmus", session: "${id}"}, "${origin}"); close();`;
  response.writeHead(200, headers).end(`<script>${script}</script>`);
}
