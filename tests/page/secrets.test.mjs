// Nothing secret lies about in clear: accounts are connected both ways that pages know, used, refreshed and disconnected,
// and an event of Zoom comes in; then every file that the Worker and its runtime have written is searched, the logs too,
// and every answer that was given.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join, relative } from "node:path";
import { before, describe, test } from "node:test";

import { userToken } from "../../www/demo/user-token.mjs";
import {
  admin,
  GRACE,
  json,
  newUser,
  product,
  zoom,
} from "../setup/product.mjs";

const ORIGIN = "https://secrets.example";

/** Every token and code of the sandbox begins with one of these. */
const OF_ZOOM = ["sandbox-access-", "sandbox-refresh-", "sandbox-code-"];

/** A project of its own, so that each of its secrets is known here. */
class Product {
  answers = [];

  static async setUp() {
    const self = new Product();
    self.project = await admin("POST", "projects", {
      name: "Secrets",
      origins: [ORIGIN],
      signing_key: { generate: true },
    });
    self.client = {
      client_id: newUser("secrets-client"),
      client_secret: randomBytes(24).toString("base64url"),
    };
    self.secret_token = randomBytes(24).toString("base64url");
    const { client_id } = self.client;
    const redirect_uris = [`${product.worker}/oauth`];
    await zoom("POST", "app", { ...self.client, redirect_uris });
    const path = `projects/${self.project.id}/integrations/zoom`;
    self.integration = await admin("PUT", path, {
      ...self.client,
      webhook_secret_token: self.secret_token,
    });
    const url = `${product.worker}/webhook/triggers/connect/zoom/${self.integration.id}`;
    const { secret_token } = self;
    await zoom("POST", "webhooks", { client_id, url, secret_token });
    const [key] = self.project.signing_keys;
    self.key = { signing_key: key.private_key, signing_key_id: key.id };
    self.user = newUser("secrets");
    self.token = userToken(self.key, self.user);
    return self;
  }

  /** Sends a request and keeps everything of its answer. */
  async send(url, init) {
    const answer = await fetch(url, { redirect: "manual", ...init });
    const told = [...answer.headers].flat().join("\n");
    this.answers.push({ url, told, text: await answer.clone().text() });
    return answer;
  }

  /** Asks the API as the user's page does. */
  ask(method, path, body) {
    const url = `${product.worker}/projects/${this.project.id}/sdk/${path}`;
    const headers = { authorization: `Bearer ${this.token}`, origin: ORIGIN };
    return this.send(url, {
      method,
      headers,
      body: body && JSON.stringify(body),
    });
  }

  /** From the start page to what Zoom sends back. */
  async consent(start_url, decision = "allow") {
    const referer = `${ORIGIN}/`;
    const start = await this.send(start_url, { headers: { referer } });
    const cookie = start.headers.getSetCookie()[0].split(";")[0];
    const { redirect_url } = await zoom("POST", "consent", {
      authorize_url: start.headers.get("location"),
      zoom_user: GRACE,
      decision,
    });
    return this.send(redirect_url, { headers: { cookie } });
  }

  /** Our own package's way. */
  async connect(decision) {
    const wish = { integration: "zoom" };
    const session = await json(await this.ask("POST", "sessions", wish));
    await this.consent(session.start_url, decision);
    return json(await this.ask("GET", `sessions/${session.id}`));
  }

  /** The published package's way: the user token is in its addresses. */
  async connectAsParagon() {
    const query = new URLSearchParams({
      action: "zoom",
      integrationId: this.integration.id,
      originForPostMessage: ORIGIN,
      userToken: this.token,
      oauthMetaKeyId: "secrets",
    });
    const base = `${product.worker}/projects/${this.project.id}/sdk/actions`;
    const nonce = await this.send(`${base}/oauth-nonce?${query}`);
    assert.equal(nonce.status, 200);
    const v2 = base.replace("/projects/", "/v2/projects/");
    const headers = { authorization: `Bearer ${this.token}`, origin: ORIGIN };
    const built = await this.send(`${v2}/build-oauth?${query}`, { headers });
    await this.consent((await json(built)).redirectUrl);
    return json(await this.ask("GET", "actions/session-id/secrets"));
  }

  /** Has Zoom tell of a new meeting, until an endpoint of this product's has heard of it. */
  async hearOfMeeting() {
    const endpoint = createServer((request, response) => response.end());
    await once(endpoint.listen(0, "127.0.0.1"), "listening");
    const url = `http://127.0.0.1:${endpoint.address().port}/`;
    const { client_id, client_secret } = this.project;
    const basic = Buffer.from(`${client_id}:${client_secret}`);
    const answer = await fetch(`${product.worker}/connect/subscriptions`, {
      method: "POST",
      headers: { authorization: `Basic ${basic.toString("base64")}` },
      body: JSON.stringify({ trigger: "new_meeting", url }),
    });
    this.event_secret = (await json(answer)).data.secret;
    this.topic = newUser("Confidential");
    const signal = AbortSignal.timeout(30_000);
    const heard = once(endpoint, "request", { signal });
    await zoom("POST", "meetings", { user: GRACE, topic: this.topic });
    await heard;
    await zoom("DELETE", `webhooks?client_id=${this.client.client_id}`);
    endpoint.close();
  }

  /** What must be found nowhere, by name. */
  secrets() {
    const { client_id, client_secret } = this.client;
    const basic = `${client_id}:${client_secret}`;
    return {
      ...Object.fromEntries(OF_ZOOM.map((prefix) => [prefix, prefix])),
      "the Zoom client secret": client_secret,
      "the Zoom client's Basic credentials":
        Buffer.from(basic).toString("base64"),
      "the project's client secret": this.project.client_secret,
      "the user token": this.token,
      "the user token's signature": this.token.split(".")[2],
      "the signing key": this.key.signing_key.split("\n")[3],
      "the admin secret": product.admin_secret,
      "the webhook secret token": this.secret_token,
      "the secret of the events": this.event_secret.replace("whsec_", ""),
      "what Zoom told": this.topic,
    };
  }
}

/** Every file of the state folder's parts that the Worker's runtime writes, with its bytes. */
async function written() {
  const files = [];
  for (const part of ["worker", "logs"]) {
    const folder = join(product.state, part);
    const found = await readdir(folder, {
      recursive: true,
      withFileTypes: true,
    });
    for (const entry of found.filter((entry) => entry.isFile())) {
      const path = join(entry.parentPath, entry.name);
      // SQLite removes its own files when it likes.
      const bytes = await readFile(path).catch(() => Buffer.alloc(0));
      files.push({ name: relative(product.state, path), bytes });
    }
  }
  return files;
}

describe("after connects, refreshes and a disconnect", () => {
  let own, files;

  before(async () => {
    own = await Product.setUp();
    const refused = await own.connect("decline");
    assert.equal(refused.problem.code, "consent_declined");
    const fault = { type: "garbage", after_effect: true };
    await zoom("POST", "faults", { kind: "exchange", fault });
    assert.equal((await own.connect()).problem.code, "exchange_refused");

    const { credential_id } = await own.connect();
    const { connectCredentialId } = await own.connectAsParagon();
    assert.equal(connectCredentialId, credential_id);
    for (const path of ["me", "integrations", "credentials", "metadata"]) {
      await json(await own.ask("GET", path));
    }
    await zoom("DELETE", "calls");
    await zoom("POST", `users/${GRACE}/expire`);
    const me = await json(await own.ask("GET", "proxy/zoom/users/me"));
    assert.equal(me.output.email, GRACE);
    const { token_requests } = await zoom("GET", "calls");
    assert.equal(token_requests.refresh, 1, "the pair was refreshed");
    await json(await own.ask("DELETE", `integrations/${own.integration.id}`));
    await json(await own.connectAsParagon().then(() => own.ask("GET", "me")));
    await own.hearOfMeeting();
    files = await written();
  });

  test("the search would find something: it sees the tables, the objects, the copies and the log", () => {
    const holds = (folder, text) =>
      files.some(
        ({ name, bytes }) => name.startsWith(folder) && bytes.includes(text),
      );
    assert.ok(holds("worker/v3/d1/", own.user), "the user's id in D1");
    assert.ok(holds("worker/v3/do/", "v1."), "something sealed in an object");
    assert.ok(holds("worker/v3/kv/", "v1."), "something sealed in KV");
    assert.ok(holds("logs/", own.project.id), "the project's id in a log");
  });

  test("no file and no log holds a token, a code or a secret in clear", () => {
    const found = [];
    for (const [what, text] of Object.entries(own.secrets())) {
      for (const { name, bytes } of files) {
        if (bytes.includes(text)) found.push(`${what} in ${name}`);
      }
    }
    assert.deepEqual(found, []);
  });

  test("no answer of the Worker holds a token, a code or a secret", () => {
    const found = [];
    for (const [what, secret] of Object.entries(own.secrets())) {
      for (const { url, told, text } of own.answers) {
        const path = new URL(url).pathname;
        if ((told + text).includes(secret)) found.push(`${what} at ${path}`);
      }
    }
    assert.deepEqual(found, []);
  });
});
