// Workflows by the published @useparagon/connect@2.4.0, unmodified: the page's calls, our Worker's runs, and what came of
// them in the sandboxed Zoom.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { json, product } from "../setup/product.mjs";
import {
  call,
  install,
  openAs,
  page,
  person,
  signIn,
  withPackage,
  zoomOf,
} from "./paragon/session.mjs";

withPackage();

/** Asks the Worker as the project's server. */
async function server(method, path, body) {
  const file = join(product.state, "project.json");
  const project = JSON.parse(readFileSync(file, "utf8"));
  const basic = Buffer.from(`${project.client_id}:${project.client_secret}`);
  const headers = { authorization: `Basic ${basic.toString("base64")}` };
  const init = { method, headers, body: body && JSON.stringify(body) };
  return (await json(await fetch(`${product.worker}/connect/${path}`, init)))
    .data;
}

/** Names that only this run's meetings and events have. */
const own = Date.now();
const EVENT = `Task Created ${own}`;
const topic = (name) => `${name} ${own}`;

/** Makes a meeting of what it is started with. */
const meeting = (topic) => ({
  id: "create",
  type: "zoom.create_meeting",
  inputs: { topic, type: 2, start_time: "2030-01-02T03:04:05Z" },
});

const DEFINITIONS = {
  answering: {
    name: "Answers a request",
    description: "Makes a meeting and says which.",
    trigger: { type: "request", required: [{ part: "body", key: "topic" }] },
    steps: [
      meeting("{{trigger.body.topic}} {{trigger.params.suffix}}"),
      {
        id: "answer",
        type: "response",
        inputs: {
          status_code: 200,
          body: {
            id: "{{create.output.id}}",
            topic: "{{create.output.topic}}",
          },
        },
      },
    ],
  },
  listening: {
    name: "Waits for an event",
    trigger: { type: "event", name: EVENT },
    settings: [
      { id: "prefix", label: "Prefix", type: "text", required: true },
      { id: "minutes", label: "Minutes", type: "number", default: 30 },
    ],
    steps: [meeting("{{settings.prefix}} {{trigger.task}}")],
  },
};
const ids = {};

before(async () => {
  for (const [name, definition] of Object.entries(DEFINITIONS)) {
    const whole = { integration: "zoom", ...definition };
    ids[name] = (await server("POST", "workflows", whole)).id;
    await server("POST", `workflows/${ids[name]}/deploy`);
  }
});

after(async () => {
  for (const id of Object.values(ids))
    await server("DELETE", `workflows/${id}`);
});

/** A new user with an account. */
async function connected(name) {
  const user = await openAs(name);
  await install("ada@acme.example");
  return user;
}

/** What the package knows of the user's workflow. */
const stateOf = async (id) => (await zoomOf()).workflowSettings[id];

/** How many of the account's meetings have this topic. */
async function meetingsOf(topic) {
  const { meetings } = await call("request", "zoom", "users/me/meetings");
  return meetings.filter((meeting) => meeting.topic === topic).length;
}

/** Waits until a run of this user has come to its end; answers its status. */
async function endOf(user, workflow) {
  for (;;) {
    const path = `runs?account_id=${user}&workflow_id=${workflow}`;
    const [run] = await server("GET", path);
    if (run && !["queued", "running", "waiting"].includes(run.status))
      return run.status;
    await page.waitForTimeout(250);
  }
}

describe("what is there", () => {
  test("the integration's workflows are told with their inputs", async () => {
    await connected("config");
    const config = await call("getIntegrationConfig", "zoom");
    assert.deepEqual(config.hiddenWorkflows, []);
    const find = (id) => config.availableWorkflows.find((it) => it.id === id);
    const { description, infoText, inputs } = find(ids.answering);
    assert.equal(description, "Answers a request");
    assert.equal(infoText, "Makes a meeting and says which.");
    assert.deepEqual(inputs, []);
    assert.deepEqual(
      find(ids.listening).inputs.map(({ id, title, type }) => [
        id,
        title,
        type,
      ]),
      [
        ["prefix", "Prefix", "TEXT_NO_VARS"],
        ["minutes", "Minutes", "NUMBER"],
      ],
    );
  });

  test("a workflow is enabled and disabled, also after a reload", async () => {
    const user = await connected("enable");
    assert.equal(await call("enableWorkflow", ids.answering), undefined);
    assert.equal((await stateOf(ids.answering)).enabled, true);
    const again = await call("enableWorkflow", ids.answering);
    assert.match(again.error, /is already enabled for this user/);
    await page.reload();
    await signIn(user);
    assert.equal((await stateOf(ids.answering)).enabled, true);
    assert.equal(await call("disableWorkflow", ids.answering), undefined);
    assert.equal((await stateOf(ids.answering)).enabled, false);
    await page.reload();
    await signIn(user);
    assert.equal((await stateOf(ids.answering)).enabled, false);
  });

  test("several are switched at once, and settings are filled in", async () => {
    const user = await connected("settings");
    const update = { [ids.answering]: true, [ids.listening]: true };
    const { errors } = await call("updateWorkflowState", update);
    assert.deepEqual(errors, []);
    const fillIn = (values) =>
      call("updateWorkflowUserSettings", "zoom", ids.listening, values);
    const lacking = await fillIn({ minutes: 45 });
    assert.equal(lacking.errors.length, 1);
    assert.match(lacking.errors[0], /prefix has to be filled in/);
    assert.deepEqual((await fillIn({ prefix: "Call" })).errors, []);
    person.excuse(/status of 400/);
    const refused = await fillIn({ minutes: "soon" });
    assert.match(refused.error, /minutes: a number is wanted/);
    await page.reload();
    await signIn(user);
    const settings = { prefix: "Call", minutes: 45 };
    const state = { enabled: true, settings };
    assert.deepEqual(await stateOf(ids.listening), state);
    assert.equal((await stateOf(ids.answering)).enabled, true);
  });
});

describe("what runs", () => {
  test("a request is answered by the workflow's Response step", async () => {
    await connected("workflow");
    const ask = (options) => call("workflow", ids.answering, options);
    person.excuse(/status of 4\d\d/);
    const off = await ask({ body: { topic: topic("Off") } });
    assert.match(off.error, /workflow_not_enabled/);
    await call("enableWorkflow", ids.answering);
    const lacking = await ask({ body: {} });
    assert.match(lacking.error, /missing: body\.topic/);
    const answer = await ask({
      body: { topic: topic("Asked") },
      query: { suffix: "now" },
    });
    assert.equal(answer.topic, `${topic("Asked")} now`);
    assert.match(String(answer.id), /^\d+$/);
    assert.equal(await meetingsOf(`${topic("Asked")} now`), 1);
    const [{ id }] = (await zoomOf()).allCredentials;
    const named = await ask({
      body: { topic: topic("Named") },
      query: { suffix: "too" },
      selectedCredentialId: id,
    });
    assert.equal(named.topic, `${topic("Named")} too`);
  });

  test("an event starts what waits for it once that is enabled and filled in", async () => {
    const user = await connected("event");
    const tell = (task) => call("event", EVENT, { task });
    assert.equal(await tell("ignored"), undefined);
    await call("enableWorkflow", ids.listening);
    assert.equal(await tell("too early"), undefined);
    const prefix = topic("Call");
    await call("updateWorkflowUserSettings", "zoom", ids.listening, { prefix });
    assert.equal(await tell("Ada"), undefined);
    assert.equal(await endOf(user, ids.listening), "succeeded");
    assert.equal(await meetingsOf(`${prefix} Ada`), 1);
    const path = `runs?account_id=${user}&workflow_id=${ids.listening}`;
    assert.equal((await server("GET", path)).length, 1);
  });
});
