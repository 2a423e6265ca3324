// The guide in docs/server.md, done as it is written: its calls by `curl`, its link by a person, through the sandbox. The
// answers must have the form of the guide's JSON, and the README's calls must be the guide's.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { before, describe, test } from "node:test";
import { promisify } from "node:util";

import {
  newProject,
  ownRefreshToken,
  Visitor,
} from "../conformance/nylas/project.mjs";
import { admin, product } from "../setup/product.mjs";

const root = join(import.meta.dirname, "../..");

/** Not the one whose meetings the demo's picture shows. */
const ZOOM_USER = "grace@globex.example";

/** The guide's blocks as `{section: {language: [text]}}`. */
async function blocks() {
  const guide = await readFile(join(root, "docs/server.md"), "utf8");
  const sections = {};
  for (const part of guide.split(/^## /m)) {
    const [title] = part.split("\n", 1);
    const section = (sections[title] = {});
    for (const [, language, text] of part.matchAll(/^```(.*)\n([^]*?)^```$/gm))
      (section[language] ??= []).push(text);
  }
  return sections;
}

/** The form of a JSON value: fields in their order, and what kind of value each has. */
function form(value) {
  // An empty list has no more to compare than that it is one.
  if (Array.isArray(value)) return "a list";
  if (value === null || typeof value !== "object") return typeof value;
  return Object.entries(value).map(([name, one]) => [name, form(one)]);
}

/** A pattern for a line of the guide, in which … ends what may be any value. */
function pattern(line) {
  const text = line.replace(/[.?+*]/g, "\\$&");
  return new RegExp(`^${text.replaceAll(/\w*…/g, "[^&]+")}$`);
}

describe("the guide for servers", () => {
  const state = randomUUID();
  let guide, project, link, grant;

  before(async () => {
    [guide, project] = await Promise.all([blocks(), newProject()]);
  });

  /** Runs a call of the guide in a shell; answers the JSON that it prints. */
  async function run(call) {
    const { app, client_id, client_secret } = project;
    const script = call
      .replace("<Zoom client id>", app.client_id)
      .replace("<Zoom client secret>", app.client_secret)
      .replace("<random, kept in her session>", state);
    assert.doesNotMatch(script, /<.*>|…/, "everything is filled in");
    const env = {
      PATH: process.env.PATH,
      WORKER: product.worker,
      CLIENT_ID: client_id,
      CLIENT_SECRET: client_secret,
      GRANT: grant,
    };
    const shell = ["-c", script];
    const { stdout } = await promisify(execFile)("sh", shell, { env });
    return JSON.parse(stdout);
  }

  /** The one call of a section, and the answer that stands below it. */
  function called(section) {
    const { sh, json } = guide[section];
    assert.equal(sh.length, 1);
    return [sh[0], json && JSON.parse(json[0])];
  }

  test("1. the integration is set up, and the answer is the guide's", async () => {
    const [call, told] = called("1. The integration, once");
    const answer = await run(call);
    assert.deepEqual(form(answer), form(told));
    assert.deepEqual({ ...answer.data, id: "" }, { ...told.data, id: "" });
  });

  test("2. a link comes, and the answer is the guide's", async () => {
    const [call, told] = called("2. A link for one person");
    const answer = await run(call);
    assert.deepEqual(form(answer), form(told));
    const { url, id, expires_at, request } = answer.data;
    assert.equal(url, `${product.worker}/connect/login?id=${id}`);
    assert.ok(expires_at > Date.now() / 1000);
    assert.deepEqual(request, { ...told.data.request, state });
    link = url;
  });

  test("3. whoever declines, and then consents, comes back as the guide says", async () => {
    const [redirects] = guide["3. The way back"][""];
    const [connected, declined] = redirects.trim().split("\n").map(pattern);
    assert.match(
      await new Visitor().connect(link, ZOOM_USER, "decline"),
      declined,
    );
    const landed = await new Visitor().connect(link, ZOOM_USER);
    assert.match(landed, connected);
    const query = new URL(landed).searchParams;
    assert.equal(query.get("state"), state);
    grant = query.get("grant_id");
  });

  test("4. the server creates a meeting with the grant", async () => {
    const [call] = called("4. Call Zoom");
    const { id, topic, join_url } = await run(call);
    assert.equal(topic, "Planning");
    assert.equal(typeof id, "number");
    assert.match(join_url, /^http/);
  });

  test("an event is told as the guide says", async () => {
    const told = JSON.parse(guide.Events.json[0]);
    const endpoint = createServer();
    await new Promise((ready) => endpoint.listen(0, "127.0.0.1", ready));
    const asked = once(endpoint, "request");
    try {
      const url = `http://127.0.0.1:${endpoint.address().port}/`;
      await admin("PUT", `projects/${project.id}/event-endpoint`, { url });
      // A consent elsewhere kills the tokens that were given here.
      await ownRefreshToken(project, ZOOM_USER);
      const refused = await run(guide["4. Call Zoom"].sh[0]);
      assert.equal(refused.error.code, "reconnect_required");
      const [request, taken] = await asked;
      const event = JSON.parse(await text(request));
      taken.end();
      const { timestamp, data } = event;
      assert.match(timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      const { grant_id, integration_id, age } = data;
      assert.deepEqual(event, {
        ...told,
        timestamp,
        data: { ...told.data, grant_id, integration_id, age },
      });
      assert.equal(grant_id, grant);
      assert.equal(typeof age, "number");
    } finally {
      endpoint.closeAllConnections();
      endpoint.close();
    }
  });

  test("a failure is told as the guide says", async () => {
    const told = JSON.parse(guide.Failures.json[0]);
    const answer = await run(
      'curl -sS "$WORKER/connect/grants/none" -u "$CLIENT_ID:$CLIENT_SECRET"',
    );
    assert.deepEqual(form(answer), form(told));
    const { request_id } = told.error;
    const error = { ...answer.error, request_id };
    assert.deepEqual({ ...answer, error }, told);
  });

  test("the README has the same calls", async () => {
    const readme = await readFile(join(root, "README.md"), "utf8");
    for (const [section, { sh = [] }] of Object.entries(guide)) {
      if (!/^\d/.test(section)) continue;
      for (const call of sh) assert.ok(readme.includes(call), section);
    }
  });
});
