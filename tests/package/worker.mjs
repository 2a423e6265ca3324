// A stand-in for the Worker, as far as the package talks to it: one project, one integration, one popup page whose
// button decides. The real Worker is tested elsewhere; here it must be possible to make it answer anything.

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

function decide(state, id, problem) {
  const session = state.sessions.get(id);
  if (session.status !== "open") return;
  if (problem) return Object.assign(session, { status: "failed", problem });
  const credentials = state.users.get(session.user);
  const credential = {
    id: `cred_${id}`,
    integrationId: INTEGRATION,
    status: "VALID",
    configurations: [],
  };
  state.users.set(session.user, [...credentials, credential]);
  Object.assign(session, { status: "done", credential_id: credential.id });
}

/** The consent page, and the last page, which tells the opener and closes itself. */
function popupPage(state, url, response) {
  const id = url.searchParams.get("session");
  const headers = { "content-type": "text/html" };
  if (url.pathname === "/connect/start") {
    if (state.coop) headers["cross-origin-opener-policy"] = "same-origin";
    const form = `<form action=/connect/done><input type=hidden name=session value=${id}>
      <button data-testid=allow>Allow</button></form>`;
    return response.writeHead(200, headers).end(form);
  }
  decide(state, id);
  const { origin } = state.sessions.get(id);
  const script = `opener?.postMessage({type: "isthmus", session: "${id}"}, "${origin}"); close();`;
  response.writeHead(200, headers).end(`<script>${script}</script>`);
}
