// What a project's pages may be answered: for each operation, by status and code, the request that brings it about.

import { randomUUID } from "node:crypto";

import { ADA, answers, GRACE, large, ORIGIN, World } from "./world.mjs";
import { zoom } from "../../setup/product.mjs";

const ZOOM = { path: { integration: "zoom" } };

/** A request of a page of this project's user. */
const by = (world, request) => ({
  headers: world.user().headers,
  ...request,
  path: { project: world.project.id, ...request?.path },
});
const ready = async (request) => by(await World.ready(), request);
const deleting = async (request) => by(await World.deleting(), request);

/** The same after the user has connected an account; what they connected is in `request` too. */
async function connected(request, zoomUser = ADA) {
  const world = await World.ready();
  const { id, credential_id } = await world.user().connect(zoomUser);
  const path = { session: id, credential: credential_id, ...request?.path };
  return by(world, { ...request, path });
}

export const users = {
  me: { 200: () => connected() },
  patchMe: {
    200: () => ready({ body: { meta: { plan: "pro" } } }),
    "400 invalid_request": () => ready({ body: { meta: 7 } }),
    "413 payload_too_large": () => ready({ body: large(64 * 1024) }),
  },
  integrations: { 200: () => connected() },
  metadata: { 200: () => ready() },
  disconnect: {
    204: () => connected(ZOOM),
    202: () => connected({ ...ZOOM, fault: ["revoke", answers(500)] }),
    "404 not_connected": () => ready(ZOOM),
    "404 integration_not_found": () =>
      ready({ path: { integration: "google" } }),
    "404 credential_not_found": async () => {
      const request = await connected(ZOOM);
      const another = { "x-paragon-credential": randomUUID() };
      return { ...request, headers: { ...request.headers, ...another } };
    },
  },
};

/** A request about a connect that has ended in a way of its own. */
async function ended(end, request) {
  const world = await World.ready();
  const user = world.user();
  const consent = await user.consent(ADA);
  await end?.(world, user, consent);
  const body = { payload: { session: consent.id } };
  const before = () => user.comeBack(consent);
  return by(world, { body, path: { session: consent.id }, before, ...request });
}

async function decline(_, user, consent) {
  const back = new URL(consent.back);
  back.searchParams.delete("code");
  back.searchParams.set("error", "access_denied");
  await user.comeBack({ ...consent, back });
}

const unknown = { session: randomUUID() };
const build = { integrationId: "zoom", originForPostMessage: ORIGIN };

export const connects = {
  newSession: {
    201: () => ready({ body: { integration: "zoom" } }),
    "400 invalid_request": () => ready({ body: { integration: 7 } }),
    "404 integration_not_found": () => ready({ body: { integration: "x" } }),
    "409 integration_deleting": () =>
      deleting({ body: { integration: "zoom" } }),
    "413 payload_too_large": () => ready({ body: large(4096) }),
  },
  session: {
    200: () => connected(),
    "404 session_not_found": () => ready({ path: unknown }),
  },
  newPortal: {
    201: () => ready({ body: { integration: "zoom" } }),
    "400 invalid_request": () => ready({ body: { integration: 7 } }),
    "404 integration_not_found": () => ready({ body: { integration: "x" } }),
    "409 integration_deleting": () =>
      deleting({ body: { integration: "zoom" } }),
    "413 payload_too_large": () => ready({ body: large(4096) }),
  },
  portal: {
    200: async () => {
      const world = await World.ready();
      const wish = { integration: "zoom" };
      const made = await world.user().ask("POST", "portals", wish);
      return by(world, { path: { portal: (await made.json()).id } });
    },
    "400 invalid_request": () =>
      ready({ path: { portal: randomUUID() }, query: { after: "x" } }),
    "404 portal_not_found": () => ready({ path: { portal: randomUUID() } }),
  },
  oauthNonce: {
    200: () => ready({ query: build }),
    "400 invalid_request": () =>
      ready({ query: { ...build, integrationId: "" } }),
    "403 origin_not_allowed": () =>
      ready({ query: { ...build, originForPostMessage: "https://b.example" } }),
    "404 project_not_found": () =>
      ready({ query: build, path: { project: randomUUID() } }),
  },
  buildOauth: {
    200: () => ready({ query: { ...build, oauthMetaKeyId: randomUUID() } }),
    "400 invalid_request": () => ready({ query: {} }),
    "404 integration_not_found": () =>
      ready({ query: { ...build, integrationId: "x" } }),
    "409 integration_deleting": () => deleting({ query: build }),
  },
  sessionByKey: { 200: () => ready({ path: { key: randomUUID() } }) },
  forgetSessionKey: { 204: () => ready({ path: { key: randomUUID() } }) },
};

export const credentials = {
  credentials: { 200: () => connected({ query: { integration: "zoom" } }) },
  newCredential: {
    200: async () => {
      const request = await connected();
      return {
        ...request,
        body: { payload: { session: request.path.session } },
      };
    },
    "400 invalid_request": () => ready({ body: { payload: 7 } }),
    "403 consent_declined": () => ended(decline),
    "404 session_not_found": () => ready({ body: { payload: unknown } }),
    "404 not_connected": () => ended(null, { before: undefined }),
    "409 integration_deleting": () => ended((world) => world.beginDeletion()),
    "413 payload_too_large": () => ready({ body: large(64 * 1024) }),
    "502 exchange_refused": () =>
      ended(null, { fault: ["exchange", answers(400)] }),
    "504 zoom_timeout": () => ended(),
  },
  credential: {
    200: () => connected(),
    "404 credential_not_found": () =>
      ready({ path: { credential: randomUUID() } }),
  },
};

/** A call of Zoom's API for a user who has connected an account; `path` is Zoom's. */
const calling = (path, request) =>
  connected({ path: { ...ZOOM.path, path }, ...request });

/** The same; Zoom has thrown the account out. */
async function thrownOut() {
  const path = { ...ZOOM.path, path: UNKNOWN };
  const request = await connected({ path, fault: REFUSED }, GRACE);
  await zoom("POST", `users/${GRACE}/revoke`);
  return request;
}

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
  request: { 200: () => calling("users/me") },
  requestByPost: { 201: () => calling("users/me/meetings", topic) },
  requestByPut: { 200: () => calling(UNKNOWN, { fault: OK }) },
  requestByPatch: { 204: () => ofMeeting({ body: { topic: "Other" } }) },
  requestByDelete: { 204: () => ofMeeting() },
};
for (const [id, cases] of Object.entries(requests)) {
  Object.assign(cases, {
    404: () => calling(UNKNOWN),
    "400 path_refused": () => calling("%252e%252e/oauth/token"),
    "401 reconnect_required": () => thrownOut(),
    "404 not_connected": () =>
      ready({ path: { ...ZOOM.path, path: "users/me" } }),
    "502 zoom_redirected": () =>
      calling(UNKNOWN, { fault: ["unknown", answers(302)] }),
    "502 zoom_unreachable": () =>
      calling(UNKNOWN, { fault: ["unknown", { type: "refused" }] }),
    "504 zoom_timeout": () => calling(UNKNOWN),
  });
  if (id === "request") continue;
  // Longer than what can be kept to be sent again; Zoom refuses the token once.
  cases["503 send_again"] = () =>
    calling(UNKNOWN, {
      body: large(1024 * 1024),
      fault: REFUSED,
    });
}
