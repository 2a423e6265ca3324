// What a project's pages may be answered about workflows: for each operation, by status and code, the request that brings
// it about. Runs are real ones, of the local runtime.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

import { zoom } from "../../setup/product.mjs";
import { ADA, answers, failing, GRACE, large, World } from "./world.mjs";

/** Ends at once, unless it is told what to do. */
const definition = {
  name: "Answers",
  integration: "zoom",
  trigger: { type: "request", required: [{ part: "body", key: "email" }] },
  settings: [{ id: "note", label: "A note", type: "text", required: true }],
  default_enabled: false,
  steps: [
    { id: "pause", type: "delay", inputs: { value: 1, unit: "seconds" } },
  ],
};

/** A request of a page of this project's user. */
const by = (world, request) => ({
  headers: world.user().headers,
  ...request,
  path: { project: world.project.id, ...request?.path },
});
const ready = async (request) => by(await World.ready(), request);

/** A request about a deployed workflow that is not the user's yet; `changes` are those of its definition. */
async function deployed(request, changes) {
  const world = await World.ready();
  const whole = { ...definition, ...changes };
  const { id: workflow } = await world.asked("POST", "workflows", whole);
  await world.asked("POST", `workflows/${workflow}/deploy`);
  return { world, ...by(world, { ...request, path: { workflow } }) };
}

/** The same, of a user who has connected an account. */
async function connected(request, changes, zoomUser = ADA) {
  const { world, path, ...rest } = await deployed(request, changes);
  const { credential_id } = await world.user().connect(zoomUser);
  return { world, ...rest, path: { ...path, credential: credential_id } };
}

/** The same; Zoom has thrown the account out, and the Worker has seen it. */
async function thrownOut(request, changes) {
  const whole = await connected(request, changes, GRACE);
  await zoom("POST", `users/${GRACE}/revoke`);
  const seen = await failing(["unknown", answers(401), 1], () =>
    whole.world.user().request("nothing/here"),
  );
  assert.equal(seen.status, 401);
  return only(whole);
}

const only = ({ world: _, ...request }) => request;
const about = async (request, changes) =>
  only(await deployed(request, changes));
const ofUser = async (request, changes) =>
  only(await connected(request, changes));

/** A request about another account than the user has. */
async function ofAnother(request, changes) {
  const { headers, ...rest } = await ofUser(request, changes);
  const another = { "x-paragon-credential": randomUUID() };
  return { ...rest, headers: { ...headers, ...another } };
}

const GONE = { path: { workflow: randomUUID(), credential: randomUUID() } };

export const switches = {};
for (const id of ["enableWorkflow", "disableWorkflow"]) {
  switches[id] = {
    200: () => ofUser(),
    "404 workflow_not_found": () => ready(GONE),
    "404 not_connected": () => about(),
    "404 credential_not_found": () => ofAnother(),
  };
}
switches.enableWorkflow["401 reconnect_required"] = () => thrownOut();

/** A request that changes the workflows of an account: `said` of the one that there is. */
async function changing(said) {
  const request = await ofUser();
  return { ...request, body: said(request.path.workflow) };
}

export const settings = {
  patchCredential: {
    200: () =>
      changing((id) => {
        const state = { enabled: true, settings: { note: "a" } };
        return { config: { workflowSettings: { [id]: state } } };
      }),
    "400 invalid_request": () =>
      changing((id) => ({ workflows: { [id]: { settings: { other: 1 } } } })),
    "404 credential_not_found": () => ready({ ...GONE, body: { config: {} } }),
    "404 workflow_not_found": () =>
      changing(() => ({ workflows: { [randomUUID()]: { enabled: null } } })),
    "413 payload_too_large": () => changing(() => large(256 * 1024)),
  },
};

const event = { name: "Task Created", payload: { title: "Water the plants" } };
const trigger = { type: "event", name: event.name };
const EVERYBODY = { default_enabled: true, settings: [] };
const email = { body: { email: "assistant@product.example" } };

/** A request to a workflow that is on for everybody and does these steps. */
const asking = (request, ...steps) =>
  ofUser({ ...email, ...request }, { ...EVERYBODY, steps });

/** The step that answers. */
const answer = (body = { joins: "{{trigger.body.email}}" }) => ({
  id: "answer",
  type: "response",
  inputs: { status_code: 200, body },
});
const hour = {
  id: "hour",
  type: "delay",
  inputs: { value: 1, unit: "hours" },
};
const look = {
  id: "look",
  type: "zoom.get_meeting_by_id",
  inputs: { meeting_id: "1" },
};

export const starts = {
  appEvent: {
    201: () => ofUser({ body: event }, { ...EVERYBODY, trigger }),
    "400 invalid_request": () => ready({ body: { ...event, name: "" } }),
    "413 payload_too_large": () => ready({ body: large(80 * 1024) }),
  },
  triggerWorkflow: {
    200: () => asking({}, answer()),
    202: () => ofUser(email, EVERYBODY),
    "400 invalid_request": () => ofUser({ body: {} }, EVERYBODY),
    "401 reconnect_required": () => thrownOut(email, EVERYBODY),
    "404 workflow_not_found": () => ready(GONE),
    "404 not_connected": () => about(email, EVERYBODY),
    "404 credential_not_found": () => ofAnother(email, EVERYBODY),
    "409 workflow_not_enabled": () => ofUser(email),
    "409 settings_missing": () => ofUser(email, { default_enabled: true }),
    "413 payload_too_large": () =>
      ofUser({ body: large(1024 * 1024) }, EVERYBODY),
    "422 value_missing": () =>
      asking({}, answer({ joins: "{{trigger.body.other}}" })),
    "502 zoom_refused": () => asking({}, look, answer()),
    "542 run_not_completed": () => asking({}, hour, answer()),
  },
};
