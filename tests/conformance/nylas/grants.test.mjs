// The calls about grants, by the client that sends what the published Python client sends, and what a server does with a
// grant in the end: a meeting at Zoom, with one call.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { before, describe, test } from "node:test";

import { zoom } from "../../setup/product.mjs";
import {
  ask,
  connect,
  isLiveAtZoom,
  LANDING,
  ownRefreshToken,
  readyProject,
  Visitor,
} from "./project.mjs";
import { refused } from "./refusal.mjs";

const ALAN = "AlanTuring-zoom-user02";
const ids = (grants) => grants.map(({ id }) => id).sort();

describe("grants", () => {
  test("one has every documented attribute, and shows no token", async () => {
    const project = await readyProject();
    const id = await connect(project, "ada@acme.example", "ada");
    const { data } = await project.client.call("GET", `grants/${id}`);
    const integration = await ask(project, "GET", "integrations/zoom");
    const { created_at, updated_at, refreshed_at, ip, scope, ...rest } = data;
    assert.deepEqual(rest, {
      id,
      provider: "zoom",
      integration_id: (await integration.json()).data.id,
      account_id: "ada",
      provider_user_id: "AdaLovelace-zoomuser01",
      state: "",
      email: "ada@acme.example",
      name: "Ada Lovelace",
      user_agent: Visitor.BROWSER,
      grant_status: "valid",
      settings: {},
      metadata: {},
    });
    assert.ok(ip === null || typeof ip === "string");
    for (const at of [created_at, updated_at, refreshed_at])
      assert.ok(Number.isInteger(at));
    assert.ok(scope.includes("meeting:write:meeting"));
  });

  test("another project's is not there", async () => {
    const [owner, other] = [await readyProject(), await readyProject()];
    const id = await connect(owner, "ada@acme.example");
    const { client } = other;
    const { grants } = client;
    const grant_id = { grant_id: id };
    for (const call of [
      () => grants.get(id),
      () => grants.onDemandSync(id),
      () => client.call("PATCH", `grants/${id}`, { body: { metadata: {} } }),
      () => client.call("GET", `grants/${id}/request/users/me`),
      () => client.hostedAuthentication("zoom", LANDING, grant_id),
      () => grants.delete(id),
    ]) {
      await refused(call(), 404, "grant_not_found");
    }
    assert.deepEqual(await Array.fromAsync(grants), []);
    assert.equal((await owner.client.grants.get(id)).id, id);
  });

  test("metadata is replaced; an empty body of settings changes nothing else", async () => {
    const project = await readyProject();
    const { grants } = project.client;
    const id = await connect(project, "ada@acme.example", "ada");
    const grant = await grants.get(id);
    grant.metadata = { sample: "data", deep: { zoë: [1, null] } };
    await grant.save();
    const { metadata, scope } = await grants.get(id);
    assert.deepEqual(metadata, grant.metadata);
    assert.deepEqual(scope, grant.scope);
    grant.metadata = {};
    await grant.save();
    assert.deepEqual((await grants.get(id)).metadata, {});
  });

  test("a sync asks Zoom whose account it is, by POST and by GET", async () => {
    const project = await readyProject();
    const { grants } = project.client;
    const id = await connect(project, "ada@acme.example", "ada");
    assert.equal((await grants.onDemandSync(id)).email, "ada@acme.example");
    assert.equal((await grants.onDemandSync(id, 1700000000)).id, id);
    const answer = await ask(project, "GET", `grants/${id}/sync`);
    assert.equal(answer.status, 200);
    assert.equal((await answer.json()).data.id, id);
  });

  test("deleted, it is gone here and at Zoom", async () => {
    const project = await readyProject();
    const { grants } = project.client;
    const id = await connect(project, "alan@acme.example", "alan");
    assert.ok(await isLiveAtZoom(project, ALAN));
    await grants.delete(id);
    await refused(grants.get(id), 404, "grant_not_found");
    await refused(grants.delete(id), 404, "grant_not_found");
    assert.equal(await isLiveAtZoom(project, ALAN), false);
  });
});

describe("a list of grants", () => {
  let project, grants, ada, alan, grace;
  before(async () => {
    project = await readyProject();
    ({ grants } = project.client);
    ada = await connect(project, "ada@acme.example", "first user");
    alan = await connect(project, "alan@acme.example", "first user");
    grace = await connect(project, "grace@globex.example");
  });

  const found = async (filters) =>
    ids(await Array.fromAsync(grants.where(filters)));

  test("is whole without a filter, and ends", async () => {
    const all = ids(await Array.fromAsync(grants));
    assert.deepEqual(all, [ada, alan, grace].sort());
    assert.equal((await grants.all()).length, 3);
  });

  test("can be read in pages of any size", async () => {
    const pages = [
      await grants.slice(0, 2),
      await grants.slice(2, 4),
      await grants.slice(4, 6),
    ];
    assert.deepEqual(
      pages.map(({ length }) => length),
      [2, 1, 0],
    );
    assert.deepEqual(ids(pages.flat()), [ada, alan, grace].sort());
    assert.equal((await found({ limit: 2 })).length, 2);
    const answer = await ask(project, "GET", "grants?offset=1&limit=1");
    const { limit, offset, data } = await answer.json();
    assert.deepEqual([limit, offset, data.length], [1, 1, 1]);
  });

  test("is filtered by provider, address and user", async () => {
    assert.deepEqual(
      await found({ provider: "zoom" }),
      ids(await grants.all()),
    );
    assert.deepEqual(await found({ email: "ada@acme.example" }), [ada]);
    assert.deepEqual(await found({ email: "nobody@acme.example" }), []);
    const both = await found({ account_id: "first user" });
    assert.deepEqual(both, [ada, alan].sort());
    const one = { account_id: "first user", email: "alan@acme.example" };
    assert.deepEqual(await found(one), [alan]);
    const { id } = await grants.where({ account_id: "first user" }).first();
    assert.ok(both.includes(id));
  });

  test("is filtered by status, and one that Zoom threw out is mended by the same link", async () => {
    await zoom("POST", "users/grace@globex.example/revoke");
    const path = `grants/${grace}/request/users/me`;
    const call = project.client.call("GET", path);
    await refused(call, 401, "reconnect_required");
    assert.deepEqual(await found({ grant_status: "invalid" }), [grace]);
    assert.deepEqual(
      await found({ grant_status: "valid" }),
      [ada, alan].sort(),
    );
    assert.equal((await grants.get(grace)).grant_status, "invalid");

    const link = await project.client.hostedAuthentication("zoom", LANDING, {
      grant_id: grace,
    });
    await new Visitor().connect(link.url, "grace@globex.example");
    assert.deepEqual(await found({ grant_status: "invalid" }), []);
  });
});

describe("a refresh token that the product already has", () => {
  test("becomes a grant, which works", async () => {
    const project = await readyProject();
    const { client } = project;
    const refresh_token = await ownRefreshToken(project, "alan@acme.example");
    const grant = client.grants.create();
    Object.assign(grant, { provider: "zoom", settings: { refresh_token } });
    grant.state = "migrated";
    grant.metadata = { from: "elsewhere" };
    await grant.save();
    assert.equal(grant.email, "alan@acme.example");
    assert.equal(grant.grant_status, "valid");
    assert.deepEqual(grant.settings, {});

    const read = await client.grants.get(grant.id);
    assert.deepEqual(read.metadata, { from: "elsewhere" });
    assert.equal(read.state, "migrated");
    const { data } = await client.call("GET", `grants/${grant.id}`);
    assert.equal(data.account_id, `zoom:${ALAN}`);
    const me = await client.call("GET", `grants/${grant.id}/request/users/me`);
    assert.equal(me.id, ALAN);
  });

  test("of the same Zoom user replaces the one before", async () => {
    const project = await readyProject();
    const { grants } = project.client;
    const id = await connect(project, "alan@acme.example", "alan");
    const grant = await grants.get(id);
    const refresh_token = await ownRefreshToken(project, "alan@acme.example");
    grant.settings = { refresh_token };
    await grant.save();
    const answer = await ask(project, "GET", `grants/${id}/request/users/me`);
    assert.equal(answer.status, 200);
    assert.equal((await grants.get(id)).grant_status, "valid");
  });

  test("that Zoom does not know is refused", async () => {
    const { client } = await readyProject();
    const grant = client.grants.create();
    const settings = { refresh_token: `unknown-${randomUUID()}` };
    Object.assign(grant, { provider: "zoom", settings });
    await refused(grant.save(), 400, "refresh_token_refused");
    assert.deepEqual(await Array.fromAsync(client.grants), []);
  });
});

test("a server creates a Zoom meeting with one call", async () => {
  const project = await readyProject();
  const grant = await connect(project, "ada@acme.example");
  const topic = `Planning 🚀 ${randomUUID()}`;
  const path = `grants/${grant}/request/users/me/meetings`;
  const answer = await ask(project, "POST", path, { topic, type: 2 });
  assert.equal(answer.status, 201);
  assert.ok(answer.headers.get("x-request-id"));
  const meeting = await answer.json();
  assert.equal(meeting.topic, topic);
  assert.ok(meeting.join_url);
  const missing = `grants/${grant}/request/meetings/1`;
  const refusal = await ask(project, "GET", missing);
  assert.equal(refusal.status, 404);
  assert.equal((await refusal.json()).code, 3001);
});
