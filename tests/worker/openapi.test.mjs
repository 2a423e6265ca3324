// The OpenAPI document against the running Worker: it is the one of the repository, a valid one, and every status that it
// lists for an operation has come, with the documented content. The requests are in openapi/.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { before, describe, test } from "node:test";

import { Validator } from "@seriousme/openapi-schema-validator";

import { product } from "../setup/product.mjs";
import {
  document,
  documented,
  operations,
  produce,
  produced,
  text,
} from "./openapi/document.mjs";
import * as events from "./openapi/events.mjs";
import { pages } from "./openapi/pages.mjs";
import * as sdk from "./openapi/sdk.mjs";
import * as server from "./openapi/server.mjs";
import * as triggers from "./openapi/triggers.mjs";
import * as workflows from "./openapi/workflows.mjs";
import { failing, World } from "./openapi/world.mjs";
import { until } from "./runtime.mjs";

/** Longer than the Worker waits for any answer of Zoom's. */
const TOO_SLOW = { type: "hold", ms: 31_000 };

/** `{operation: {"status code": request}}` as a list. */
const listed = (cases) =>
  Object.entries(cases).flatMap(([id, answers]) =>
    Object.entries(answers).map(([said, request]) => {
      const [status, code] = said.split(" ");
      return { id, status: Number(status), code, request };
    }),
  );
const all = [{ pages }, sdk, triggers, server, events, workflows].flatMap(
  (part) => Object.values(part).flatMap(listed),
);
/** What is waited for: Zoom (504), a run (542). */
const isSlow = ({ status }) => status === 504 || status === 542;

async function brought({ id, status, code }, { before, ...request }) {
  await before?.();
  return produce(id, status, code, request);
}

describe("the OpenAPI document", () => {
  test("is served as it is in the repository, to everybody", async () => {
    const answer = await fetch(`${product.worker}/openapi.json`);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get("content-type"), /^application\/json/);
    assert.equal(answer.headers.get("access-control-allow-origin"), "*");
    assert.equal(await answer.text(), text);
  });

  test("is a valid one of OpenAPI 3.1, with a name for each operation", async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(
      structuredClone(document),
    );
    assert.ok(valid, JSON.stringify(errors));
    assert.equal(validator.version, "3.1");
    const ids = Object.values(document.paths).flatMap(Object.values);
    assert.equal(operations.size, ids.length);
  });

  test("says what each field is", () => {
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      if (name.endsWith("Failure")) continue;
      for (const [field, one] of Object.entries(schema.properties ?? {})) {
        assert.ok(one.description, `${name}.${field}`);
      }
    }
  });
});

describe("every documented answer comes", () => {
  let world, short;
  before(async () => {
    world = await World.ready();
    // It ends while the others are at it.
    short = await world.link({ expires_in: 60 });
  });

  for (const { operationId: id, security, ...rest } of operations.values()) {
    const path = () => ({ project: world.project.id, path: "users/me" });
    const [scheme] = security.flatMap(Object.keys);
    if (scheme === "clientCredentials") {
      test(`${id}: 401 without and with wrong client credentials`, async () => {
        await produce(id, 401, "client_credentials_missing", { path: path() });
        const headers = { authorization: `Basic ${btoa("nobody:x")}` };
        const code = "client_credentials_invalid";
        await produce(id, 401, code, { path: path(), headers });
      });
      if (!rest.path.includes("{grant}")) continue;
      test(`${id}: 404 about a grant that is not there`, async () => {
        const request = { path: { ...path(), grant: randomUUID() } };
        const body = rest.method === "patch" ? {} : undefined;
        const { server: headers } = world;
        const whole = { ...request, headers, body };
        await produce(id, 404, "grant_not_found", whole);
      });
    }
    if (scheme === "clientSecret") {
      test(`${id}: 401 without and with a wrong client secret`, async () => {
        await produce(id, 401, "client_credentials_missing", { path: path() });
        const { client_id } = world.project;
        const headers = { authorization: `Bearer ${client_id}` };
        const code = "client_credentials_invalid";
        await produce(id, 401, code, { path: path(), headers });
      });
    }
    if (scheme === "userToken") {
      test(`${id}: 401 without a user token, 403 and 404 of strangers`, async () => {
        const { headers } = world.user();
        await produce(id, 401, "user_token_missing", { path: path() });
        const origin = { ...headers, origin: "https://other.example" };
        const of = { path: path(), headers: origin };
        await produce(id, 403, "origin_not_allowed", of);
        const elsewhere = { ...path(), project: randomUUID() };
        const request = { path: elsewhere, headers };
        await produce(id, 404, "project_not_found", request);
      });
    }
  }

  for (const one of all.filter((one) => !isSlow(one))) {
    const { id, status, code } = one;
    test(`${id}: ${status}${code ? ` ${code}` : ""}`, async () => {
      const { fault, ...request } = await one.request();
      const action = () => brought(one, request);
      await (fault ? failing(fault, action) : action());
    });
  }

  test("504 where Zoom is too slow, 542 where a run is", async () => {
    const prepared = [];
    for (const one of all.filter(isSlow)) {
      prepared.push([one, await one.request()]);
    }
    await failing(["any", TOO_SLOW], () =>
      Promise.all(prepared.map(([one, request]) => brought(one, request))),
    );
  });

  test("connectLogin: 410 login_expired", async () => {
    const query = { id: short.id };
    await until("the link has ended", async () => {
      const { status } = await fetch(short.url);
      return status !== 200;
    });
    await produce("connectLogin", 410, "login_expired", { query });
  });

  test("and no other is documented", () => {
    assert.deepEqual([...produced].sort(), documented());
  });
});
