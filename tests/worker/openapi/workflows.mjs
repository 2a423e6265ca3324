// What a project's server may be answered about workflows, and whoever reads the task history: for each operation, by
// status and code, the request that brings it about. Runs are real ones, of the local runtime.

import { randomUUID } from "node:crypto";

import { until } from "../runtime.mjs";
import { large, World } from "./world.mjs";

const TOO_LARGE = { body: large(64 * 1024) };
const EVENT = "Task Created";

/** Waits for an hour when the product says so: its run lives as long as a test needs it. */
const definition = {
  name: "Reminder",
  description: "Waits, then does nothing.",
  integration: "zoom",
  trigger: { type: "event", name: EVENT },
  settings: [{ id: "note", label: "A note", type: "text" }],
  default_enabled: true,
  steps: [
    {
      id: "check",
      type: "condition",
      if: { field: "{{trigger.title}}", operator: "$exists" },
      then: [
        { id: "pause", type: "delay", inputs: { value: 1, unit: "hours" } },
      ],
    },
  ],
};

/** A request of the server of this project. */
const by = ({ server }, request) => ({ headers: server, ...request });
const ready = async (request) => by(await World.ready(), request);
const bare = async (request) => by(await World.bare(), request);

/** A request about a workflow of this project. */
async function defined(request) {
  const world = await World.ready();
  const { id } = await world.asked("POST", "workflows", definition);
  return { world, ...by(world, { path: { workflow: id }, ...request }) };
}

/** The same, deployed. */
async function deployed(request) {
  const all = await defined(request);
  await all.world.asked("POST", `workflows/${all.path.workflow}/deploy`);
  return all;
}

const only = ({ world: _, ...request }) => request;
const about = async (request) => only(await defined(request));

/** A request about a deployed workflow and a grant. */
async function granted(request) {
  const { world, ...rest } = await deployed(request);
  const grant = await world.grant();
  return { ...rest, path: { ...rest.path, grant } };
}

/** A project in which a run waits; the run's row. */
async function running() {
  const { world, path } = await deployed();
  await world.grant(undefined, "ada");
  const event = { name: EVENT, payload: { title: "Water the plants" } };
  await world.asked("POST", "users/ada/events", event);
  const run = await until("the run waits", async () => {
    const [one] = await world.asked("GET", "runs");
    return one?.status === "waiting" && one;
  });
  return { world, run, workflow: path.workflow };
}

/** A request about a run that lives. */
async function ran(request) {
  const { world, run } = await running();
  return by(world, { path: { run: run.id }, ...request });
}

/** A request about a run that was stopped. */
async function stopped(request) {
  const { world, run } = await running();
  await world.asked("POST", `runs/${run.id}/stop`);
  return by(world, { path: { run: run.id }, ...request });
}

/** So many workflows as a project may have. */
async function full() {
  const world = await World.ready();
  for (let made = 0; made < 500; made += 25) {
    const define = () => world.asked("POST", "workflows", definition);
    await Promise.all(Array.from({ length: 25 }, define));
  }
  return by(world, { body: definition });
}

/** A step that only reads. */
const LIST = { id: "list", type: "zoom.get_meetings", inputs: {} };

/** A request that tries this step out with a grant. */
async function tried(step) {
  const { world, ...rest } = await defined();
  const values = { trigger: { title: "Water the plants" } };
  return { ...rest, body: { grant_id: await world.grant(), step, values } };
}

const GONE = { workflow: randomUUID() };
const wrong = { ...definition, steps: [{ id: "a", type: "nothing" }] };

export const workflows = {
  actions: {
    200: () => ready({ query: { offset: "1", limit: "20" } }),
    "400 invalid_request": () => ready({ query: { limit: "0" } }),
  },
  newWorkflow: {
    201: () => ready({ body: definition }),
    "400 workflow_invalid": () => ready({ body: wrong }),
    "400 invalid_request": () => ready({ body: [] }),
    "404 integration_not_found": () => bare({ body: definition }),
    "409 integration_deleting": async () =>
      by(await World.deleting(), { body: definition }),
    "409 too_many_workflows": () => full(),
    "413 payload_too_large": () => ready(TOO_LARGE),
  },
  workflows: {
    200: async () => {
      const { headers } = await defined();
      const query = { status: "draft", trigger: `event/${EVENT}` };
      return { headers, query: { ...query, limit: "5" } };
    },
    "400 invalid_request": () => ready({ query: { status: "lost" } }),
  },
  workflow: {
    200: () => about(),
    "404 workflow_not_found": () => ready({ path: GONE }),
  },
  patchWorkflow: {
    200: () => about({ body: { ...definition, revision: 1, name: "Other" } }),
    "400 workflow_invalid": () => about({ body: wrong }),
    "400 invalid_request": () =>
      about({ body: { ...definition, revision: "1" } }),
    "404 workflow_not_found": () => ready({ path: GONE, body: definition }),
    "409 workflow_changed": () =>
      about({ body: { ...definition, revision: 7 } }),
    "413 payload_too_large": () => about(TOO_LARGE),
  },
  testStep: {
    200: () => tried(LIST),
    "400 invalid_request": () => tried({ id: "a", type: "nothing" }),
    "400 step_not_testable": () => tried(definition.steps[0].then[0]),
    "404 workflow_not_found": async () => {
      const { body, headers } = await tried(LIST);
      return { body, headers, path: GONE };
    },
    "404 grant_not_found": () =>
      about({ body: { grant_id: randomUUID(), step: LIST } }),
    "413 payload_too_large": () => about({ body: large(1024 * 1024) }),
  },
  deleteWorkflow: {
    200: () => about(),
    "404 workflow_not_found": () => ready({ path: GONE }),
  },
  deployWorkflow: {
    200: () => about(),
    "400 invalid_request": () => about({ body: { revision: "1" } }),
    "404 workflow_not_found": () => ready({ path: GONE }),
    "409 workflow_changed": () => about({ body: { revision: 7 } }),
    "413 payload_too_large": () => about(TOO_LARGE),
  },
  undeployWorkflow: {
    200: async () => only(await deployed()),
    "404 workflow_not_found": () => ready({ path: GONE }),
  },
  variables: {
    200: () => about({ query: { step: "pause" } }),
    "404 workflow_not_found": () => ready({ path: GONE }),
  },
};

const NAME = { path: { name: "backend" } };

/** A request of a project that has a workflow secret. */
async function secret(request) {
  const world = await World.ready();
  await world.asked("PUT", "workflow-secrets/backend", { value: "of ours" });
  return by(world, request);
}

export const secrets = {
  workflowSecrets: {
    200: () => secret({ query: { offset: "0", limit: "1" } }),
    "400 invalid_request": () => ready({ query: { limit: "x" } }),
  },
  putWorkflowSecret: {
    200: () => ready({ ...NAME, body: { value: "of ours" } }),
    "400 invalid_request": () =>
      ready({ path: { name: "a-b" }, body: { value: "of ours" } }),
    "413 payload_too_large": () =>
      ready({ ...NAME, body: { value: "x".repeat(9000) } }),
  },
  deleteWorkflowSecret: {
    200: () => secret(NAME),
    "404 workflow_secret_not_found": () => ready(NAME),
  },
};

export const enablements = {
  grantWorkflows: { 200: () => granted() },
  patchGrantWorkflow: {
    200: () => granted({ body: { enabled: true, settings: { note: "a" } } }),
    "400 invalid_request": () => granted({ body: { enabled: "yes" } }),
    "404 workflow_not_found": async () => {
      const request = await granted({ body: { enabled: true } });
      return { ...request, path: { ...request.path, ...GONE } };
    },
    "413 payload_too_large": () => granted(TOO_LARGE),
  },
  userEvent: {
    201: () => {
      const body = { name: EVENT, payload: { title: "Water the plants" } };
      return ready({ path: { account_id: "ada & co" }, body });
    },
    "400 invalid_request": () =>
      ready({ path: { account_id: "ada" }, body: { name: "" } }),
    "413 payload_too_large": () =>
      ready({ path: { account_id: "ada" }, body: large(80 * 1024) }),
  },
};

const NO_RUN = { path: { run: "r_0", step: "trigger" } };

export const runs = {
  runs: {
    200: async () => {
      const { world, run, workflow } = await running();
      const { grant_id, account_id, trigger, status } = run;
      const query = { grant_id, account_id, trigger, status };
      const after = String(run.created_at);
      return by(world, { query: { ...query, workflow_id: workflow, after } });
    },
    "400 invalid_request": () => ready({ query: { before: "now" } }),
  },
  run: {
    200: () => ran(),
    "404 run_not_found": () => ready(NO_RUN),
  },
  runStep: {
    200: async () => {
      const request = await ran();
      return { ...request, path: { ...request.path, step: "trigger" } };
    },
    "404 run_not_found": () => ready(NO_RUN),
  },
  replayRun: {
    201: () => stopped(),
    "404 run_not_found": () => ready(NO_RUN),
    "409 run_not_replayable": () => ran(),
  },
  stopRun: {
    200: () => ran(),
    "404 run_not_found": () => ready(NO_RUN),
    "409 run_ended": () => stopped(),
  },
};

/** A request about the run of this project, under a client secret. */
const read = ({ world: { project }, run }, request) => ({
  headers: { authorization: `Bearer ${project.client_secret}` },
  path: { project: project.id, run: run?.id ?? "r_0", step: "trigger" },
  ...request,
});
const readNone = async () => read({ world: await World.ready() });
const readLiving = async () => read(await running());

/** The same about one that was stopped. */
async function readStopped() {
  const all = await running();
  await all.world.asked("POST", `runs/${all.run.id}/stop`);
  return read(all);
}

export const history = {
  executions: {
    200: async () => {
      const all = await running();
      const { account_id, created_at } = all.run;
      const ofRun = { userId: account_id, workflowId: all.workflow };
      const since = new Date(created_at * 1000).toISOString();
      const order = { sortBy: "ASC", offset: "0", afterDate: since };
      const status = "DELAYED";
      const query = { ...ofRun, ...order, integration: "zoom", status };
      return read(all, { query });
    },
    "400 invalid_request": async () =>
      read({ world: await World.ready() }, { query: { sortBy: "up" } }),
  },
  execution: {
    200: () => readLiving(),
    "404 run_not_found": () => readNone(),
  },
  stepExecution: {
    200: () => readLiving(),
    "404 run_not_found": () => readNone(),
  },
  replayExecution: {
    201: () => readStopped(),
    "404 run_not_found": () => readNone(),
    "409 run_not_replayable": () => readLiving(),
  },
};
