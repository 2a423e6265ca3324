// Workflows from a page: which requests the methods make, what they answer, and that the user is up to date afterwards.

import assert from "node:assert/strict";
import { test } from "node:test";

import { app, withApp } from "./page.mjs";
import { INTEGRATION } from "./worker.mjs";

withApp();

/** What the Worker was asked since, without looks at the user. */
function asked() {
  const calls = app.worker.calls.splice(0);
  return calls
    .filter(({ call }) => !/^GET \/(me|integrations)$/.test(call))
    .map(({ call, headers, body }) => ({
      call,
      credential: headers["x-paragon-credential"],
      body: body && JSON.parse(body),
    }));
}

/** Signs in; from then on the Worker says that the user has the workflow on or off. */
async function signedIn() {
  const enabled = (is) => {
    const workflowSettings = { w1: { enabled: is, settings: {} } };
    const credential = {
      id: "cred_1",
      status: "VALID",
      configurations: [{ id: "cred_1", workflowSettings }],
    };
    app.worker.answer("GET /me", 200, {
      authenticated: true,
      userId: "ada",
      meta: {},
      resources: [],
      integrations: {
        zoom: {
          enabled: true,
          credentialId: "cred_1",
          allCredentials: [credential],
          workflowSettings,
        },
      },
    });
  };
  enabled(false);
  await app.signIn();
  asked();
  return enabled;
}

const isEnabled = () =>
  app.run(
    () =>
      isthmus.getUser().integrations.zoom.workflowSettings["w1"]?.enabled ??
      null,
  );

test("what a page switches is asked of the Worker, and the user is up to date", async () => {
  const enabled = await signedIn();
  for (const [method, verb, is] of [
    ["enableWorkflow", "POST", true],
    ["disableWorkflow", "DELETE", false],
  ]) {
    app.worker.answer(`${verb} /workflows/w1`, 200, { id: "cred_1" });
    enabled(is);
    const answer = await app.run(async (method) => {
      const one = await isthmus[method]("w1");
      const two = await isthmus[method]("w1", { selectedCredentialId: "c2" });
      return [one, two].every((answer) => answer === undefined);
    }, method);
    assert.equal(answer, true);
    const call = `${verb} /workflows/w1`;
    assert.deepEqual(asked(), [
      { call, credential: undefined, body: "" },
      { call, credential: "c2", body: "" },
    ]);
    assert.equal(await isEnabled(), is);
  }
});

test("several are switched one by one, and a failure is told beside the user", async () => {
  await signedIn();
  app.worker.answer("POST /workflows/w1", 200, { id: "cred_1" });
  const gone = { code: "workflow_not_found", message: "There is none." };
  app.worker.answer("DELETE /workflows/w2", 404, gone);
  const { user, errors } = await app.run(() =>
    isthmus.updateWorkflowState({ w2: false, w1: true }),
  );
  assert.equal(user.userId, "ada");
  assert.deepEqual(errors, [{ workflowId: "w2", ...gone }]);
  assert.deepEqual(
    asked().map(({ call }) => call),
    ["DELETE /workflows/w2", "POST /workflows/w1"],
  );
});

test("settings: only what is filled in is sent, and what is missing is told", async () => {
  await signedIn();
  const errors = ["w1: email has to be filled in before it runs"];
  app.worker.answer("PATCH /credentials/cred_1", 200, { errors });
  const told = await app.run(() =>
    isthmus.updateWorkflowUserSettings("zoom", "w1", { count: 2, mode: null }),
  );
  assert.deepEqual([told.userState.userId, told.errors], ["ada", errors]);
  const settings = { count: 2, mode: null };
  assert.deepEqual(asked(), [
    {
      call: "PATCH /credentials/cred_1",
      credential: undefined,
      body: { workflows: { w1: { settings } } },
    },
  ]);
  const code = await app.run(() =>
    isthmus
      .updateWorkflowUserSettings("slack", "w1", {})
      .catch(({ name, code }) => [name, code]),
  );
  assert.deepEqual(code, ["IntegrationNotInstalledError", "not_installed"]);
});

test("an event and a request are sent as the page wrote them", async () => {
  await signedIn();
  app.worker.answer("POST /events/trigger", 201, { id: "e1" });
  app.worker.answer("POST /triggers/w%2F1?a=b+c", 200, { answer: [1] });
  app.worker.answer("POST /triggers/w1?", 202, undefined);
  const answers = await app.run(async () => {
    const options = { selectedCredentialId: "c2" };
    const event = await isthmus.event("Task Created", { id: 7 }, options);
    const query = { a: "b c" };
    const headers = { "x-own": "1" };
    const body = { of: "mine" };
    const full = { ...options, query, headers, body };
    const answer = await isthmus.workflow("w/1", full);
    const empty = await isthmus.workflow("w1");
    return [event === undefined, answer, empty === undefined];
  });
  assert.deepEqual(answers, [true, { answer: [1] }, true]);
  const [, request] = app.worker.calls.filter(({ call }) =>
    call.startsWith("POST"),
  );
  assert.equal(request.headers["x-own"], "1");
  const event = { name: "Task Created", payload: { id: 7 } };
  assert.deepEqual(asked(), [
    { call: "POST /events/trigger", credential: "c2", body: event },
    {
      call: "POST /triggers/w%2F1?a=b+c",
      credential: "c2",
      body: { of: "mine" },
    },
    { call: "POST /triggers/w1?", credential: undefined, body: {} },
  ]);
});

test("failures have the Worker's codes, and a token that it refuses signs the user out", async () => {
  await signedIn();
  const refuse = (status, code) =>
    app.worker.answer("POST /triggers/w1?", status, { code, message: "No." });
  const failure = () =>
    app.run(() =>
      isthmus
        .workflow("w1")
        .catch(({ code, status, message }) => ({ code, status, message })),
    );
  for (const [status, code] of [
    [409, "workflow_not_enabled"],
    [542, "run_not_completed"],
    [401, "user_token_expired"],
  ]) {
    refuse(status, code);
    assert.deepEqual(await failure(), { code, status, message: "No." });
  }
  assert.equal((await failure()).code, "not_authenticated");
  assert.deepEqual(await app.run(() => isthmus.getUser()), {
    authenticated: false,
  });
});

test("a workflow without an id is refused before anything is sent", async () => {
  await signedIn();
  const codes = await app.run(() =>
    Promise.all(
      ["workflow", "enableWorkflow", "disableWorkflow"].map((method) =>
        isthmus[method]("").catch(({ code, message }) => [code, message]),
      ),
    ),
  );
  for (const told of codes)
    assert.deepEqual(told, ["invalid_request", "workflowId is required."]);
  assert.deepEqual(asked(), []);
});

test("the workflows of an integration are told in their order, with their inputs", async () => {
  const inputs = [{ id: "email", title: "Assistant", type: "EMAIL" }];
  const meta = (id, order) => ({ id, description: id, order, inputs });
  const values = {
    description: "Meetings",
    overview: "More about meetings",
    workflowMeta: { a: meta("a", 2), b: meta("b", 1) },
    sharedMeta: { inputs: [] },
  };
  app.worker.answer("GET /integrations", 200, [
    { id: INTEGRATION, type: "zoom", isActive: true, configs: [{ values }] },
  ]);
  await signedIn();
  const config = await app.run(() => {
    isthmus.getIntegrationConfig("zoom").availableWorkflows[0].id = "changed";
    return isthmus.getIntegrationConfig("zoom");
  });
  assert.deepEqual(config, {
    shortDescription: "Meetings",
    longDescription: "More about meetings",
    availableUserSettings: [],
    availableWorkflows: [meta("b", 1), meta("a", 2)],
    hiddenWorkflows: [],
  });
  const message = await app.run(() => {
    try {
      return isthmus.getIntegrationConfig("slack");
    } catch (error) {
      return error.message;
    }
  });
  assert.equal(message, "slack is not a valid integration name");
});
