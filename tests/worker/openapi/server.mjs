// What a project's server may be answered: for each operation, by status and code, the request that brings it about.

import { randomUUID } from "node:crypto";

import { LANDING, ownRefreshToken } from "../../conformance/nylas/project.mjs";
import { zoom } from "../../setup/product.mjs";
import { ADA, ALAN, answers, GRACE, large, World } from "./world.mjs";

const TOO_LARGE = { body: large(64 * 1024) };
const ZOOM = { path: { integration: "zoom" } };

/** A new integration of this Zoom app. */
const integration = (app) => ({
  name: "Zoom",
  provider: "zoom",
  settings: { ...app, webhook_secret_token: "of-zoom", plan: "pro" },
  redirect_uris: [LANDING],
  expires_in: 3600,
  scope: ["meeting:write:meeting"],
});

/** What to connect, and where that ends. */
const link = { provider: "zoom", redirect_uri: LANDING };

/** A request of the server of this project. */
const by = ({ server }, request) => ({ headers: server, ...request });
const ready = async (request) => by(await World.ready(), request);
const deleting = async (request) => by(await World.deleting(), request);
const bare = async (request) => by(await World.bare(), request);

/** A request about a grant of this project. */
async function granted(request) {
  const world = await World.ready();
  return by(world, { path: { grant: await world.grant() }, ...request });
}

/** A request with a refresh token that the project's Zoom app got without the Worker. */
async function bringing(world, request) {
  const refresh_token = await ownRefreshToken(world.project, ADA);
  const body = { provider: "zoom", settings: { refresh_token } };
  return by(world, { body, ...request });
}

/** The same for a grant that there is; the token is this Zoom user's. */
async function renewing(zoomUser = ADA, request) {
  const world = await World.ready();
  const grant = await world.grant();
  const refresh_token = await ownRefreshToken(world.project, zoomUser);
  const body = { settings: { refresh_token } };
  return by(world, { path: { grant }, body, ...request });
}

export const integrations = {
  scopes: {
    200: () => ready({ query: { offset: "1", limit: "20" } }),
    "400 invalid_request": () => ready({ query: { limit: "0" } }),
  },
  checkIntegration: {
    200: () => ready(ZOOM),
    "404 integration_not_found": () => bare(ZOOM),
  },
  newIntegration: {
    201: async () => {
      const world = await World.bare();
      return by(world, { body: integration(world.project.app) });
    },
    "400 invalid_request": () => bare({ body: integration({ client_id: 7 }) }),
    "400 provider_unknown": () =>
      bare({ body: { ...integration(), provider: "google" } }),
    "400 redirect_uri_refused": async () => {
      const world = await World.bare();
      const { app } = world.project;
      const redirect_uris = ["http://product.example"];
      return by(world, { body: { ...integration(app), redirect_uris } });
    },
    "409 integration_exists": async () => {
      const world = await World.ready();
      return by(world, { body: integration(world.project.app) });
    },
    "409 integration_deleting": async () => {
      const world = await World.deleting();
      return by(world, { body: integration(world.project.app) });
    },
    "413 payload_too_large": () => bare(TOO_LARGE),
  },
  listIntegrations: {
    200: () => ready({ query: { offset: "0", limit: "200" } }),
    "400 invalid_request": () => ready({ query: { limit: "0" } }),
  },
  integration: {
    200: () => ready(ZOOM),
    "404 integration_not_found": () => bare(ZOOM),
  },
  patchIntegration: {
    200: () => {
      const settings = { webhook_secret_token: null, plan: null };
      return ready({ ...ZOOM, body: { name: "Other", settings } });
    },
    "400 invalid_request": () => ready({ ...ZOOM, body: { expires_in: 59 } }),
    "400 redirect_uri_refused": () =>
      ready({ ...ZOOM, body: { redirect_uris: ["ftp://a.example"] } }),
    "404 integration_not_found": () => bare({ ...ZOOM, body: {} }),
    "409 integration_deleting": () => deleting({ ...ZOOM, body: {} }),
    "413 payload_too_large": () => ready({ ...ZOOM, ...TOO_LARGE }),
  },
  deleteIntegration: {
    200: () => ready(ZOOM),
    202: async () => {
      const world = await World.ready();
      await world.grant();
      return by(world, { ...ZOOM, fault: ["revoke", answers(500)] });
    },
    "404 integration_not_found": () => bare(ZOOM),
  },
};

export const logins = {
  auth: {
    200: () => {
      const more = { account_id: "ada", login_hint: ADA, state: "s" };
      const rest = { expires_in: 60, metadata: { a: 1 }, scope: ["user:read"] };
      const settings = { grant_expires_in: 86400 };
      return ready({ body: { ...link, ...more, ...rest, settings } });
    },
    "400 invalid_request": () => ready({ body: { ...link, state: 7 } }),
    "400 provider_unknown": () => ready({ body: { ...link, provider: "x" } }),
    "400 redirect_uri_refused": () =>
      ready({ body: { ...link, redirect_uri: "https://other.example" } }),
    "404 integration_not_found": () => bare({ body: link }),
    "404 grant_not_found": () =>
      ready({ body: { ...link, grant_id: randomUUID() } }),
    "409 integration_deleting": () => deleting({ body: link }),
    "413 payload_too_large": () => ready(TOO_LARGE),
  },
};

export const grants = {
  grants: {
    200: async () => {
      const query = { provider: "zoom", email: ADA, account_id: "ada" };
      const { headers } = await granted();
      const more = { grant_status: "valid", status: "VALID", q: "ada" };
      return { headers, query: { ...query, ...more } };
    },
    "400 invalid_request": () => ready({ query: { grant_status: "dead" } }),
  },
  newGrant: {
    201: async () => {
      const request = await bringing(await World.ready());
      const more = { state: "s", metadata: { a: 1 }, account_id: "ada" };
      request.body.settings.grant_expires_in = 86400;
      return { ...request, body: { ...request.body, ...more } };
    },
    "400 invalid_request": () => ready({ body: { provider: "zoom" } }),
    "400 provider_unknown": async () => {
      const settings = { refresh_token: "unknown" };
      return ready({ body: { provider: "google", settings } });
    },
    "400 refresh_token_refused": async () => {
      const settings = { refresh_token: `unknown-${randomUUID()}` };
      return ready({ body: { provider: "zoom", settings } });
    },
    "404 integration_not_found": async () => bringing(await World.bare()),
    "409 integration_deleting": async () => bringing(await World.deleting()),
    "413 payload_too_large": () => ready(TOO_LARGE),
    "502 zoom_unreachable": async () =>
      bringing(await World.ready(), { fault: ["refresh", answers(500)] }),
    "502 client_refused": async () =>
      bringing(await World.ready(), { fault: ["refresh", answers(401)] }),
    "502 account_unreadable": async () =>
      bringing(await World.ready(), { fault: ["users_me", answers(403)] }),
    "504 zoom_timeout": async () => bringing(await World.ready()),
  },
  grant: { 200: () => granted() },
  patchGrant: {
    200: () => {
      const settings = { grant_expires_in: 86400 };
      return granted({ body: { settings, metadata: { a: 1 }, scope: [] } });
    },
    "400 invalid_request": () => granted({ body: { scope: ["other"] } }),
    "400 refresh_token_refused": () => {
      const settings = { refresh_token: `unknown-${randomUUID()}` };
      return granted({ body: { settings } });
    },
    "409 account_mismatch": () => renewing(ALAN),
    "413 payload_too_large": () => granted(TOO_LARGE),
    "502 zoom_unreachable": () =>
      renewing(ADA, { fault: ["refresh", answers(500)] }),
    "504 zoom_timeout": () => renewing(),
  },
  deleteGrant: {
    200: () => granted(),
    202: () => granted({ fault: ["revoke", answers(500)] }),
  },
};
for (const id of ["syncGrant", "syncGrantByGet"]) {
  grants[id] = {
    200: () => granted(),
    "401 reconnect_required": () => thrownOut(),
    "502 zoom_unreachable": () =>
      granted({ fault: ["users_me", answers(503)] }),
    "502 account_unreadable": () =>
      granted({ fault: ["users_me", answers(403)] }),
    "504 zoom_timeout": () => granted(),
  };
}

/** A request about a grant that Zoom has thrown out. */
async function thrownOut(request) {
  const world = await World.ready();
  const grant = await world.grant(GRACE);
  await zoom("POST", `users/${GRACE}/revoke`);
  const path = { grant, ...request?.path };
  return by(world, { ...request, path });
}

/** A call of Zoom's API under a grant; `path` is Zoom's. */
async function calling(path, request) {
  const { headers, path: of } = await granted();
  return { headers, path: { ...of, path }, ...request };
}

/** A call about a meeting. */
async function ofMeeting(request) {
  const { id } = await zoom("POST", "meetings", { user: ADA, topic: "Mine" });
  return calling(`meetings/${id}`, request);
}

// Faults of this kind meet no other call, like those of alarms.
const UNKNOWN = "nothing/here";
const REFUSED = ["unknown", answers(401), 1];
const OK = ["unknown", answers(200, "{}")];
const topic = { body: { topic: "Planning", type: 2 } };

/** What each way to call Zoom may be answered; its own answers come first. */
export const requests = {
  grantRequest: { 200: () => calling("users/me") },
  grantRequestByPost: { 201: () => calling("users/me/meetings", topic) },
  grantRequestByPut: { 200: () => calling(UNKNOWN, { fault: OK }) },
  grantRequestByPatch: { 204: () => ofMeeting({ body: { topic: "Other" } }) },
  grantRequestByDelete: { 204: () => ofMeeting() },
};
for (const [id, cases] of Object.entries(requests)) {
  Object.assign(cases, {
    404: () => calling(UNKNOWN),
    "400 path_refused": () => calling("%252e%252e/oauth/token"),
    "401 reconnect_required": () =>
      thrownOut({ path: { path: UNKNOWN }, fault: REFUSED }),
    "404 grant_not_found": () =>
      ready({ path: { grant: randomUUID(), path: "users/me" } }),
    "502 zoom_redirected": () =>
      calling(UNKNOWN, { fault: ["unknown", answers(302)] }),
    "502 zoom_unreachable": () =>
      calling(UNKNOWN, { fault: ["unknown", { type: "refused" }] }),
    "504 zoom_timeout": () => calling(UNKNOWN),
  });
  if (id === "grantRequest") continue;
  // Longer than what can be kept to be sent again; Zoom refuses the token once.
  cases["503 send_again"] = () =>
    calling(UNKNOWN, {
      body: large(1024 * 1024),
      fault: REFUSED,
    });
}

export const others = {
  usage: {
    200: () => ready({ query: { days: 2 } }),
    "400 invalid_request": () => ready({ query: { days: 401 } }),
  },
  eraseUser: {
    200: () => ready({ path: { account_id: "nobody" } }),
    202: async () => {
      const world = await World.ready();
      await world.grant(ADA, "ada & co");
      const fault = ["revoke", answers(500)];
      return by(world, { path: { account_id: "ada & co" }, fault });
    },
    "400 invalid_request": () => ready({ rawPath: "/connect/users/%ff" }),
  },
};
