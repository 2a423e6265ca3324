// What the Worker answers without being asked for anything in particular, and what it has no route for. Uses the Worker
// that all tests of a run share, or one of its own.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { Runtime } from "./runtime.mjs";

const shared = JSON.parse(process.env.ISTHMUS_TEST_SETUP ?? "null");

describe("the Worker's routes", () => {
  let own;
  let worker;
  let project;
  before(async () => {
    if (shared) {
      [worker, project] = [shared.worker, shared.project_id];
    } else {
      own = await Runtime.start();
      [worker, project] = [own.url, own.project.id];
    }
  });
  after(() => own?.end());

  test("healthz says that it is well", async () => {
    const answer = await fetch(`${worker}/healthz`);
    assert.equal(answer.status, 200);
    assert.deepEqual(await answer.json(), { status: "ok" });
  });

  test("no route mints user tokens", async () => {
    const places = ["", `/projects/${project}`, `/projects/${project}/sdk`];
    places.push("/admin", `/admin/projects/${project}`, "/oauth", "/connect");
    const names = ["token", "tokens", "user-token", "users/ada/token", "jwt"];
    names.push("login", "sign-in", "signin", "session", "auth");
    for (const place of places) {
      for (const name of names) {
        for (const method of ["GET", "POST"]) {
          const path = `${place}/${name}`;
          const body = method === "POST" ? '{"sub":"ada","user":"ada"}' : null;
          const answer = await fetch(worker + path, {
            method,
            body,
            redirect: "manual",
          });
          const text = await answer.text();
          assert.ok(answer.status >= 400, `${method} ${path}: ${text}`);
          assert.doesNotMatch(text, /eyJ[\w-]+\.[\w-]+\./);
        }
      }
    }
  });

  test("the routes that break things are only in the tests' own build", async () => {
    for (const path of ["panic", "object/panic?a/b", "checks", "check/any"]) {
      const url = `${worker}/faults/${path}`;
      const answer = await fetch(url, { method: "POST" });
      assert.equal(answer.status, 404, path);
    }
  });

  const skip = !shared && "only the shared product tells its admin secret";
  test(
    "a body over a megabyte is refused with a clear word",
    { skip },
    async () => {
      const answer = await fetch(`${worker}/admin/projects`, {
        method: "POST",
        headers: { authorization: `Bearer ${shared.admin_secret}` },
        body: "x".repeat(2 * 1024 * 1024),
      });
      assert.equal(answer.status, 413);
      assert.equal((await answer.json()).code, "payload_too_large");
    },
  );
});
