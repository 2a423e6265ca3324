// The portal's window, as the package looks after it: opened in the click, its ticket in a form, what is done in it told as it
// happens, and its end. Real windows in Chromium against a stand-in for the Worker.

import assert from "node:assert/strict";
import { test } from "node:test";

import { app, eventually, site, withApp } from "./page.mjs";
import { INTEGRATION } from "./worker.mjs";

withApp(async () => {
  await app.run(() => (window.method = "connect"));
  await app.signIn();
  await app.listen();
});

/** Presses the page's button, and waits for the portal. */
async function openPortal() {
  const portal = await app.press();
  await portal.waitForSelector("[data-testid=connect]");
  return portal;
}

async function connectIn(portal) {
  await portal.click("[data-testid=connect]");
  await portal.click("[data-testid=allow]");
  await portal.waitForSelector("[data-testid=connect]");
}

const heardOf = (name) =>
  app.run(
    (name) => window.heard.filter(([one]) => one === name).map(([, it]) => it),
    name,
  );

const polls = () =>
  app.worker.calls.filter(({ call }) => call.startsWith("GET /portals/"))
    .length;

/** Waits until the page has asked so many times more: with the pauses between, that takes its time. */
async function polled(times) {
  const enough = polls() + times;
  await eventually(() => polls() >= enough);
}

/** Waits until the page has heard something so many times. */
const hears = (name, times = 1) =>
  app.page.waitForFunction(
    ([name, times]) =>
      window.heard.filter(([one]) => one === name).length >= times,
    [name, times],
  );

test("the first account settles the promise, the window stays, and each further one is told", async () => {
  const portal = await openPortal();
  await connectIn(portal);
  const { event } = await app.outcome();
  assert.equal(event.integrationId, INTEGRATION);
  assert.equal(event.credential.id, event.credentialId);
  assert.equal(portal.isClosed(), false);
  await connectIn(portal);
  await hears("onInstall", 2);
  const [first, second] = await heardOf("onInstall");
  assert.equal(first.credentialId, event.credentialId);
  assert.notEqual(second.credentialId, event.credentialId);
  const closed = portal.waitForEvent("close");
  await portal.click("[data-testid=done]");
  await closed;
  await hears("onPortalClose");
  assert.deepEqual(await app.heard(), [
    ...["onOpen", "onPortalOpen"],
    ...["onInstall", "onIntegrationInstall"],
    ...["onInstall", "onIntegrationInstall"],
    ...["onClose", "onPortalClose"],
  ]);
});

test("the ticket comes in a form of this page and is in no address", async () => {
  const addresses = [];
  app.page.context().on("request", (request) => addresses.push(request.url()));
  await openPortal();
  const [portal] = app.worker.portals.values();
  assert.equal(portal.entered, site.url);
  assert.deepEqual(
    addresses.filter((address) => address.includes("ticket")),
    [],
  );
  assert.equal(await app.page.locator("form").count(), 0);
  const asked = app.worker.calls.find(({ call }) => call === "POST /portals");
  assert.deepEqual(JSON.parse(asked.body), { integration: "zoom" });
});

test("a consent page with Cross-Origin-Opener-Policy connects as well, and the end is told", async () => {
  app.worker.coop = true;
  const portal = await openPortal();
  await portal.click("[data-testid=connect]");
  await portal.waitForSelector("[data-testid=allow]");
  // Longer than the countdown of a closed window, for which a cut handle would be taken.
  await polled(4);
  await portal.click("[data-testid=allow]");
  assert.ok((await app.outcome()).event);
  await portal.waitForSelector("[data-testid=done]");
  assert.equal(await portal.evaluate(() => window.opener), null);
  await portal.click("[data-testid=done]");
  await hears("onPortalClose");
});

test("a window that its consent page has cut off and that is closed by its frame has ended", async () => {
  app.worker.coop = true;
  const portal = await openPortal();
  await portal.click("[data-testid=connect]");
  await portal.waitForSelector("[data-testid=allow]");
  await polled(2);
  await portal.goBack();
  await portal.waitForSelector("[data-testid=done]");
  assert.equal(await portal.evaluate(() => window.opener), null);
  await portal.close({ runBeforeUnload: true });
  assert.equal((await app.outcome()).code, "popup_closed");
  await hears("onPortalClose");
});

test("an account that is still on its way when the portal ends is told, and settles the promise", async () => {
  await openPortal();
  const portal = app.worker.portals.get("por_1");
  Object.assign(portal, { status: "expired", connecting: true });
  await polled(2);
  assert.deepEqual(await app.heard(), ["onOpen", "onPortalOpen"]);
  app.worker.change("por_1", { what: "installed", grant_id: "cred_late" });
  portal.connecting = false;
  assert.equal((await app.outcome()).event.credentialId, "cred_late");
  await hears("onPortalClose");
});

test("a window that its form never reached is closed, and the error names the policy", async () => {
  await app.run(() => {
    HTMLFormElement.prototype.submit = () => {};
  });
  const window = await app.press();
  const closed = window.waitForEvent("close");
  await eventually(() => app.worker.portals.size === 1);
  app.worker.portals.get("por_1").status = "unopened";
  const { code, message } = await app.outcome();
  assert.equal(code, "portal_unopened");
  assert.match(message, /form-action/);
  await closed;
});

test("what is done with accounts and workflows is told, with the user as it is then", async () => {
  const portal = await openPortal();
  await connectIn(portal);
  const { event } = await app.outcome();
  const grant = { grant_id: event.credentialId };
  const workflow = { workflow_id: "wf_1", enabled: true };
  app.worker.change("por_1", { what: "workflow", ...grant, ...workflow });
  app.worker.users.set("ada", []);
  app.worker.change("por_1", { what: "uninstalled", ...grant });
  await hears("onIntegrationUninstall");
  const placed = { integrationId: INTEGRATION, integrationType: "zoom" };
  const changed = {
    ...placed,
    workflowId: "wf_1",
    credentialId: event.credentialId,
    workflowStateChange: { enabled: true },
  };
  assert.deepEqual(await heardOf("onWorkflowChange"), [changed, changed]);
  assert.deepEqual(await heardOf("onUninstall"), [placed]);
  const [, , user] = await app.run(() => window.heard.at(-1));
  assert.equal(user.integrations.zoom.enabled, false);
});

test("closed without an account it is an error; closed by somebody who has one, it is not", async () => {
  let portal = await openPortal();
  await portal.close();
  const { name, code } = await app.outcome();
  assert.deepEqual([name, code], ["OAuthWindowClosedError", "popup_closed"]);
  portal = await openPortal();
  await connectIn(portal);
  assert.ok((await app.outcome()).event);
  await portal.click("[data-testid=done]");
  portal = await openPortal();
  await portal.click("[data-testid=done]");
  assert.deepEqual(await app.outcome(), { event: undefined });
});

test("closePortal closes the window", async () => {
  const portal = await openPortal();
  const closed = portal.waitForEvent("close");
  await app.run(() => isthmus.closePortal());
  await closed;
  assert.equal((await app.outcome()).code, "popup_closed");
  assert.deepEqual((await app.heard()).sort(), [
    ...["onClose", "onError", "onOpen", "onPortalClose", "onPortalOpen"],
  ]);
});

test("an account that is connected after the window seemed closed is told, once", async () => {
  const portal = await openPortal();
  await portal.click("[data-testid=connect]");
  await portal.waitForSelector("[data-testid=allow]");
  await polled(2);
  await portal.close();
  assert.equal((await app.outcome()).code, "popup_closed");
  app.worker.change("por_1", { what: "installed", grant_id: "cred_late" });
  await hears("onIntegrationInstall");
  await polled(2);
  assert.equal((await heardOf("onInstall")).length, 1);
});

test("a portal whose time is over has ended", async () => {
  await openPortal();
  app.worker.portals.get("por_1").status = "expired";
  assert.equal((await app.outcome()).code, "popup_closed");
});

test("a second press uses the same window and ends the first portal", async () => {
  const portal = await openPortal();
  const first = app.run(() => window.connected.catch((error) => error.code));
  await app.page.click("#connect");
  assert.equal(await first, "superseded");
  await portal.waitForURL(/por_2/);
  await connectIn(portal);
  assert.equal((await app.outcome()).event.credentialId, "cred_por_2_0");
  assert.equal(app.page.context().pages().length, 2);
});

test("what the Worker refuses closes the window", async () => {
  const refusal = { code: "origin_not_allowed", message: "Not this origin." };
  app.worker.answer("POST /portals", 403, refusal);
  const portal = await app.press();
  if (!portal.isClosed()) await portal.waitForEvent("close");
  assert.equal((await app.outcome()).code, "origin_not_allowed");
  assert.deepEqual(await app.heard(), ["onError"]);
});

test("a message only wakes the poll, and only one of the Worker and of this window", async () => {
  const portal = await openPortal();
  await eventually(() => polls() > 2);
  const before = polls();
  const message = { type: "isthmus-portal", portal: "por_1" };
  await app.run((message) => window.postMessage(message, "*"), message);
  await portal.evaluate(
    ([message, origin]) => opener.postMessage(message, origin),
    [message, site.url],
  );
  await eventually(() => polls() > before);
  assert.deepEqual(await heardOf("onInstall"), []);
  await app.run(() => isthmus.logout());
  assert.equal((await app.outcome()).code, "superseded");
});
