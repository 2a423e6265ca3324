// The published @useparagon/connect@2.4.0, unmodified, against our Worker: a page written for it needs one more line,
// `configureGlobal`. Everything is real: the package, the browser, its popup, workerd; only Zoom is the sandbox.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { closed, decide } from "../setup/person.mjs";
import {
  product,
  tokenOf,
  withCoop,
  zoom as sandbox,
} from "../setup/product.mjs";
import {
  call,
  install,
  openAs,
  openPage,
  page,
  person,
  POLL_INTERVAL,
  pressInstall,
  seen,
  signIn,
  told,
  withPackage,
  zoomOf,
} from "./paragon/session.mjs";

withPackage();

/** The install went well and was told once, also after the package had time to ask some more. */
async function installedOnce() {
  await told("resolved");
  // Time itself is tested: nothing more may come.
  await page.waitForTimeout(4 * POLL_INTERVAL);
  for (const what of ["onInstall", "onIntegrationInstall", "resolved"]) {
    assert.equal((await seen(what)).length, 1, what);
  }
  assert.deepEqual(await seen("onError"), []);
  assert.deepEqual(
    person.requested("POST", "/connect/start"),
    [],
    "nobody was asked to confirm",
  );
  const [event] = await seen("onInstall");
  assert.equal(event.integrationType, "zoom");
  assert.equal(event.integrationId, product.integration_id);
  return event;
}

describe("signing in", () => {
  test("a user is known with everything that the project has set up", async () => {
    const id = await openAs("sign-in");
    const user = await call("getUser");
    assert.equal(user.authenticated, true);
    assert.equal(user.userId, id);
    assert.equal(user.token, undefined);
    assert.equal(user.integrations.zoom.enabled, false);
    assert.deepEqual(user.integrations.zoom.allCredentials, []);

    const metadata = await call("getIntegrationMetadata");
    assert.deepEqual(
      metadata.map(({ type, name }) => [type, name]),
      [["zoom", "Zoom"]],
    );
    const zoom = await call("getIntegrationMetadata", "zoom");
    assert.match(zoom.brandColor, /^#[0-9A-Fa-f]{6}$/);
    assert.ok(zoom.icon);
    assert.equal(
      await call("getIntegrationId", "zoom"),
      product.integration_id,
    );
  });

  test("the user's metadata is kept", async () => {
    const user = await openAs("metadata");
    const meta = { Name: "Zoë 🌍", Email: "zoe@example.com", plan: 2 };
    const answer = await call("setUserMetadata", meta);
    assert.deepEqual(answer.meta, meta);
    await page.reload();
    await signIn(user, { metadata: { ...meta, plan: 3 } });
    assert.equal((await call("getUser")).meta.plan, 3);
    await page.reload();
    await signIn(user);
    assert.deepEqual((await call("getUser")).meta, { ...meta, plan: 3 });
  });

  test("a token of somebody else's key is refused with the documented words", async () => {
    await openPage();
    person.excuse(/could not login user/, /status of 401/);
    const [header, , signature] = tokenOf("ada").split(".");
    const claims = { sub: "admin", exp: Math.floor(Date.now() / 1000) + 600 };
    const body = Buffer.from(JSON.stringify(claims)).toString("base64url");
    const forged = [header, body, signature].join(".");
    const { error } = await call("authenticate", product.project_id, forged);
    assert.match(error, /^Failed to authenticate user with Paragon: /);
    assert.match(error, /"code":"user_token_invalid"/);
    assert.deepEqual(await call("getUser"), { authenticated: false });
  });

  test("an expired token and a text that is no token fail before anything is asked", async () => {
    await openPage();
    person.excuse(/could not login user/);
    const expired = tokenOf("ada", -600);
    const late = await call("authenticate", product.project_id, expired);
    assert.equal(
      late.error,
      "Failed to authenticate user with Paragon: JWT token provided has expired.",
    );
    const malformed = await call("authenticate", product.project_id, "token");
    assert.match(malformed.error, /^A well-formed JWT was not provided/);
    assert.deepEqual(person.requested("GET", "/sdk/"), []);
  });
});

describe("installing", () => {
  test("through the popup: told once, and the account is there", async () => {
    await openAs("plain");
    const popup = await pressInstall();
    await decide(popup, "allow", "ada@acme.example");
    await closed(popup);
    const event = await installedOnce();
    const zoom = await zoomOf();
    assert.equal(zoom.enabled, true);
    assert.equal(zoom.credentialStatus, "VALID");
    assert.equal(zoom.credentialId, event.credentialId);
    assert.equal(zoom.providerData.email, "ada@acme.example");
    assert.equal(event.credential.providerData.email, "ada@acme.example");

    const again = await call("installIntegration", "zoom");
    assert.equal(again.error, 'Integration "zoom" is already installed.');
  });

  test("with an opener policy on the consent page and a slow person: told once, and the account is there", async () => {
    await openAs("coop");
    await withCoop(async () => {
      const popup = await pressInstall();
      await popup.getByTestId("allow").waitFor();
      // Time itself is tested: a click older than five seconds no longer vouches for a window.
      await popup.waitForTimeout(5500);
      await decide(popup, "allow", "alan@acme.example");
      await closed(popup);
    });
    await installedOnce();
    const zoom = await zoomOf();
    assert.equal(zoom.enabled, true);
    assert.equal(zoom.providerData.email, "alan@acme.example");
  });

  test("declined: the promise is rejected, told once, and nothing is connected", async () => {
    const user = await openAs("declined");
    person.excuse(/Failed to connect account/, /status of 4\d\d/);
    const popup = await pressInstall();
    await decide(popup, "decline");
    await told("rejected");
    const [problem] = await seen("rejected");
    assert.equal(problem.code, "consent_declined");
    assert.ok(problem.message);
    assert.equal(
      await popup.getByTestId("error").textContent(),
      "consent_declined",
    );
    await popup.close();
    await page.waitForTimeout(3 * POLL_INTERVAL);
    assert.deepEqual(await seen("onError"), [problem]);
    assert.deepEqual(await seen("onInstall"), []);
    await signIn(user);
    assert.deepEqual((await zoomOf()).allCredentials, []);
  });

  test("a popup closed by the person connects nothing, and the next one works and is told once", async () => {
    await openAs("closed");
    const first = await pressInstall();
    await first.getByTestId("allow").waitFor();
    await first.close();
    await page.waitForTimeout(3 * POLL_INTERVAL);
    assert.deepEqual(await page.evaluate(() => window.seen), []);
    assert.equal((await zoomOf()).enabled, false);

    const second = await pressInstall();
    await decide(second, "allow", "grace@globex.example");
    await closed(second);
    await told("onIntegrationInstall");
    await page.waitForTimeout(3 * POLL_INTERVAL);
    assert.equal((await seen("onIntegrationInstall")).length, 1);
    assert.equal((await zoomOf()).enabled, true);
  });
});

describe("using the account", () => {
  test("a meeting is created, found, changed and deleted; Zoom's errors come through", async () => {
    await openAs("request");
    await install("ada@acme.example");
    const topic = `Planning <b>& more</b> 🚀 ${Date.now()}`;
    const body = { topic, type: 2, start_time: "2030-01-02T03:04:05Z" };
    const list = () => call("request", "zoom", "/users/me/meetings");
    const post = { method: "POST", body };
    const meeting = await call("request", "zoom", "users/me/meetings", post);
    assert.equal(meeting.topic, topic);
    const path = `meetings/${meeting.id}`;
    const { meetings } = await list();
    assert.ok(meetings.some(({ id }) => id === meeting.id));

    const patch = { method: "PATCH", body: { topic: "Renamed" } };
    assert.equal(await call("request", "zoom", path, patch), undefined);
    const get = { method: "GET" };
    const renamed = await call("request", "zoom", path, get);
    assert.equal(renamed.topic, "Renamed");

    const remove = { method: "DELETE" };
    assert.equal(await call("request", "zoom", path, remove), undefined);
    const rest = (await list()).meetings;
    assert.ok(!rest.some(({ id }) => id === meeting.id));

    person.excuse(/status of 404/);
    const gone = await call("request", "zoom", path, get);
    assert.equal(gone.response.code, 3001);
    assert.equal(gone.error, gone.response.message);
    assert.match(gone.error, /is not found or has expired\.$/);
  });

  test("with two accounts the page says which one is meant", async () => {
    await openAs("two");
    await install("ada@acme.example");
    const [{ credentialId: ada }] = await seen("onInstall");
    await page.evaluate(() => window.seen.splice(0));
    await install("grace@globex.example", { allowMultipleCredentials: true });
    const [{ credentialId: grace }] = await seen("onInstall");
    assert.notEqual(ada, grace);
    const email = async (selectedCredentialId) =>
      (await call("request", "zoom", "users/me", { selectedCredentialId }))
        .email;
    assert.equal(await email(ada), "ada@acme.example");
    assert.equal(await email(grace), "grace@globex.example");

    await call("uninstallIntegration", "zoom", { selectedCredentialId: ada });
    const { allCredentials } = await zoomOf();
    assert.deepEqual(
      allCredentials.map(({ id }) => id),
      [grace],
    );
    assert.equal(await email(grace), "grace@globex.example");
    person.excuse(/status of 404/);
    const refused = await call("request", "zoom", "users/me", {
      selectedCredentialId: ada,
    });
    assert.equal(refused.response.code, "credential_not_found");
  });

  test("an account that Zoom has thrown out is shown so, and installing again mends it", async () => {
    await openAs("thrown-out");
    await install("alan@acme.example");
    const [{ credentialId }] = await seen("onInstall");
    await sandbox("POST", "users/alan@acme.example/revoke");
    person.excuse(/status of 4\d\d/);
    const refused = await call("request", "zoom", "users/me");
    assert.equal(refused.response.code, "reconnect_required");
    assert.equal((await zoomOf()).credentialStatus, "INVALID");
    assert.equal((await zoomOf()).enabled, false);

    await page.evaluate(() => window.seen.splice(0));
    await install("alan@acme.example");
    await installedOnce();
    assert.equal((await zoomOf()).credentialStatus, "VALID");
    assert.equal((await zoomOf()).credentialId, credentialId);
    const me = await call("request", "zoom", "users/me");
    assert.equal(me.email, "alan@acme.example");
  });

  test("uninstalled, the account is gone, a request says so, and the user stays signed in", async () => {
    const user = await openAs("uninstall");
    await install("ada@acme.example");
    assert.equal(await call("uninstallIntegration", "zoom"), undefined);
    assert.equal((await seen("onIntegrationUninstall")).length, 1);
    assert.equal((await zoomOf()).enabled, false);
    const again = await call("uninstallIntegration", "zoom");
    assert.equal(again.error, 'Integration "zoom" is not installed.');

    person.excuse(/status of 4\d\d/);
    const refused = await call("request", "zoom", "users/me");
    assert.equal(refused.response.code, "not_connected");
    assert.equal((await call("getUser")).authenticated, true);
    await page.reload();
    await signIn(user);
    assert.deepEqual((await zoomOf()).allCredentials, []);
  });
});
