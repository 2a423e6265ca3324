// The guide of Nylas' beta "connect" API, start to end, by a client that sends what the published Python client sends:
// a server sets the Zoom app up, asks for a login link, and gets a grant back. The grants' own calls are in nylas/.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { newUser, product } from "../setup/product.mjs";
import { Client } from "./nylas/client.mjs";
import {
  ask,
  connect,
  grantOf,
  isLiveAtZoom,
  LANDING,
  newIntegration,
  newProject,
  readyProject,
  Visitor,
} from "./nylas/project.mjs";
import { refused } from "./nylas/refusal.mjs";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ADA = "AdaLovelace-zoomuser01";

describe("integrations", () => {
  test("one is created as in the guide, and its settings are not echoed", async () => {
    const { app, ...project } = await newProject();
    const redirect_uris = [`${product.worker}/connect/callback`, LANDING];
    const body = {
      name: "Zoom",
      provider: "zoom",
      settings: app,
      redirect_uris,
      expires_in: 1209600,
    };
    const answer = await ask(project, "POST", "integrations", body);
    assert.equal(answer.status, 201);
    assert.ok(answer.headers.get("x-request-id"));
    const { success, data } = await answer.json();
    assert.equal(success, true);
    assert.match(data.id, UUID);
    const { name, provider, expires_in } = body;
    const { id } = data;
    const shown = { id, name, provider, redirect_uris, expires_in };
    assert.deepEqual(data, { ...shown, scope: [] });
  });

  test("what the client may leave out has its default; links cannot end anywhere then", async () => {
    const project = await newProject();
    const bare = { name: null, redirect_uris: [] };
    const { name, expires_in, redirect_uris } = await newIntegration(
      project,
      bare,
    );
    assert.deepEqual([name, expires_in, redirect_uris], ["Zoom", 1209600, []]);
    const link = project.client.hostedAuthentication("zoom", LANDING);
    await refused(link, 400, "redirect_uri_refused");
  });

  test("the list ends with an empty page, also where there is none", async () => {
    const project = await newProject();
    const { integrations } = project.client;
    assert.deepEqual(await Array.fromAsync(integrations), []);
    assert.equal(await integrations.first(), null);

    await newIntegration(project);
    const listed = await Array.fromAsync(integrations);
    assert.deepEqual(
      listed.map(({ id, name }) => [id, name]),
      [["zoom", "Conformance Zoom"]],
    );
    assert.equal((await integrations.first()).name, "Conformance Zoom");
    assert.equal((await integrations.all()).length, 1);
  });

  test("it is found by its provider and by its id", async () => {
    const project = await readyProject();
    const path = "integrations/zoom?offset=0";
    const { data } = await (await ask(project, "GET", path)).json();
    const byId = await ask(project, "GET", `integrations/${data.id}`);
    assert.deepEqual((await byId.json()).data, data);
    const read = await project.client.integrations.get("zoom");
    assert.deepEqual(read.settings, {});
    assert.deepEqual(read.redirect_uris, data.redirect_uris);
  });

  test("an update with empty settings keeps the secrets", async () => {
    const project = await readyProject();
    const integration = await project.client.integrations.get("zoom");
    integration.name = "Renamed";
    integration.expires_in = 3600;
    await integration.save();
    const read = await project.client.integrations.get("zoom");
    assert.equal(read.name, "Renamed");
    assert.equal(read.expires_in, 3600);
    await connect(project, "ada@acme.example");
  });

  test("what was just created can be changed and saved again", async () => {
    const project = await newProject();
    const integration = await newIntegration(project);
    integration.name = "Renamed";
    await integration.save();
    assert.equal(
      (await project.client.integrations.get("zoom")).name,
      "Renamed",
    );
    await connect(project, "ada@acme.example");
  });

  test("a second one is refused and says so; of two at once, one wins", async () => {
    const project = await readyProject();
    const second = newIntegration(project);
    const message = await refused(second, 409, "integration_exists");
    assert.match(message, /has an integration with this provider/);

    const other = await newProject();
    const both = [newIntegration(other), newIntegration(other)];
    const ended = await Promise.allSettled(both);
    const statuses = ended.map(
      ({ status, reason }) => reason?.status ?? status,
    );
    assert.deepEqual(statuses.sort(), [409, "fulfilled"]);
  });

  test("it is deleted with everything that was connected, and can be set up anew", async () => {
    const project = await readyProject();
    const { integrations, grants } = project.client;
    const grant = await connect(project, "ada@acme.example");
    assert.ok(await isLiveAtZoom(project, ADA));
    // One that is not finished yet goes on with each call.
    do await integrations.delete("zoom");
    while ((await ask(project, "GET", "integrations/zoom")).status === 200);
    await refused(integrations.get("zoom"), 404, "integration_not_found");
    await refused(grants.get(grant), 404, "grant_not_found");
    assert.deepEqual(await Array.fromAsync(grants), []);
    assert.equal(await isLiveAtZoom(project, ADA), false);

    await newIntegration(project);
    await connect(project, "ada@acme.example");
  });
});

describe("hosted authentication", () => {
  test("the guide's second call: a link, its id, its end, and the request", async () => {
    const project = await readyProject();
    const body = {
      provider: "zoom",
      redirect_uri: LANDING,
      expires_in: 43200,
      account_id: newUser("ada"),
    };
    const began = Math.floor(Date.now() / 1000);
    const answer = await ask(project, "POST", "auth", body);
    const ended = Math.ceil(Date.now() / 1000);
    assert.equal(answer.status, 200);
    const { success, data } = await answer.json();
    assert.equal(success, true);
    const { url, id, expires_at, request, ...rest } = data;
    assert.deepEqual(rest, {});
    assert.match(id, UUID);
    assert.equal(url, `${product.worker}/connect/login?id=${id}`);
    assert.ok(Number.isInteger(expires_at));
    assert.ok(began + 43200 <= expires_at && expires_at <= ended + 43200);
    assert.deepEqual(request, body);
  });

  test("for one of the product's users: they land with a grant that is theirs at once", async () => {
    const project = await readyProject();
    const { client } = project;
    const account_id = newUser("ada");
    const grant = await connect(project, "ada@acme.example", account_id);
    const { data } = await client.call("GET", `grants/${grant}`);
    assert.equal(data.id, grant);
    assert.equal(data.account_id, account_id);
    assert.equal(data.provider_user_id, ADA);
  });

  test("without a user it is the Zoom account itself", async () => {
    const project = await readyProject();
    const grant = await connect(project, "ada@acme.example");
    const { data } = await project.client.call("GET", `grants/${grant}`);
    assert.equal(data.account_id, `zoom:${ADA}`);
    // The client can save it as it is.
    const read = await project.client.grants.get(grant);
    assert.equal(read.email, "ada@acme.example");
    await read.save();
  });

  test("everything that may be said with it arrives", async () => {
    const project = await readyProject();
    const { client } = project;
    const state = "a state / with=odd&characters ☂";
    const options = {
      login_hint: "alan@acme.example",
      state,
      expires_in: 3600,
      settings: { grant_expires_in: 86400 },
      metadata: { plan: "zoë", seats: [1, 2] },
    };
    const link = await client.hostedAuthentication("zoom", LANDING, options);
    assert.deepEqual(link.request, {
      provider: "zoom",
      redirect_uri: LANDING,
      ...options,
    });
    const landed = await new Visitor().connect(link.url, "alan@acme.example");
    const [known, returned] = landed.split("&state=");
    assert.equal(new URLSearchParams(`state=${returned}`).get("state"), state);

    const { data } = await client.call("GET", `grants/${grantOf(known)}`);
    assert.equal(data.state, state);
    assert.deepEqual(data.metadata, options.metadata);
    assert.equal(data.user_agent, Visitor.BROWSER);
    assert.ok(data.expires_at > data.created_at);
  });

  test("with a grant to authenticate again, it stays that grant", async () => {
    const project = await readyProject();
    const { client } = project;
    const grant_id = await connect(project, "ada@acme.example", "ada");
    const options = { grant_id };
    const link = await client.hostedAuthentication("zoom", LANDING, options);
    const landed = await new Visitor().connect(link.url, "ada@acme.example");
    assert.equal(grantOf(landed), grant_id);
    const all = await Array.fromAsync(client.grants);
    assert.deepEqual(
      all.map(({ id }) => id),
      [grant_id],
    );
  });

  test("declined, they land with the failure, and the link still works", async () => {
    const project = await readyProject();
    const { client } = project;
    const options = { state: "s" };
    const link = await client.hostedAuthentication("zoom", LANDING, options);
    const visitor = new Visitor();
    const landed = new URL(
      await visitor.connect(link.url, "ada@acme.example", "decline"),
    );
    assert.equal(landed.origin + landed.pathname, LANDING);
    const said = [...landed.searchParams];
    assert.deepEqual(
      said.map(([name]) => name),
      ["success", "error", "error_description", "event_code", "state"],
    );
    const { success, error, event_code, state } = Object.fromEntries(said);
    assert.equal(success, "false");
    assert.equal(error, "consent_declined");
    assert.match(event_code, /^\d+$/);
    assert.equal(state, "s");
    assert.deepEqual(await Array.fromAsync(client.grants), []);

    const again = await visitor.connect(link.url, "ada@acme.example");
    assert.match(again, /success=true.*&state=s$/);
    const third = await fetch(link.url, { redirect: "manual" });
    assert.equal(third.status, 409);
    assert.match(await third.text(), /login_spent/);
  });

  test("a link that nobody made leads nowhere", async () => {
    const url = `${product.worker}/connect/login?id=${crypto.randomUUID()}`;
    const page = await fetch(url, { redirect: "manual" });
    assert.equal(page.status, 404);
    assert.match(await page.text(), /login_not_found/);
  });
});

describe("refusals", () => {
  test("a wrong secret and an unknown client", async () => {
    const { client_id, client_secret } = await newProject();
    for (const [id, secret] of [
      [client_id, `${client_secret}x`],
      ["nobody", client_secret],
    ]) {
      const { integrations } = new Client(product.worker, id, secret);
      const call = integrations.get("zoom");
      await refused(call, 401, "client_credentials_invalid");
    }
  });

  test("a value of the wrong type is named with its path", async () => {
    const project = await newProject();
    const settings = { ...project.app, client_id: 7 };
    const call = newIntegration(project, { settings });
    const message = await refused(call, 400, "invalid_request");
    assert.match(message, /settings\.client_id/);
  });

  test("what is not there", async () => {
    const { client } = await newProject();
    const { integrations, grants } = client;
    const link = () => client.hostedAuthentication("zoom", LANDING);
    const id = crypto.randomUUID();
    for (const [call, code] of [
      [() => integrations.get("zoom"), "integration_not_found"],
      [() => integrations.delete("zoom"), "integration_not_found"],
      [link, "integration_not_found"],
      [() => grants.get(id), "grant_not_found"],
      [() => grants.delete(id), "grant_not_found"],
      [() => client.call("GET", "nothing"), "not_found"],
    ]) {
      await refused(call(), 404, code);
    }
  });

  test("another provider", async () => {
    const project = await newProject();
    const other = newIntegration(project, { provider: "google" });
    await refused(other, 400, "provider_unknown");
    const { client } = await readyProject();
    const link = client.hostedAuthentication("google", LANDING);
    await refused(link, 400, "provider_unknown");
  });

  test("a redirect that is not registered to the letter, and our own callback, with the reason", async () => {
    const { client } = await readyProject();
    const callback = `${product.worker}/connect/callback`;
    const reasons = new Set();
    for (const uri of [`${LANDING}/`, `${LANDING}?x=1`, callback]) {
      const link = client.hostedAuthentication("zoom", uri);
      reasons.add(await refused(link, 400, "redirect_uri_refused"));
    }
    assert.ok(reasons.size > 1);
  });
});
