// The window: opened in the click, closed, blocked, cut off, used twice. Real windows and clicks in Chromium against a
// stand-in for the Worker. These windows go straight to consent; the portal's are portal.test.mjs's.

import assert from "node:assert/strict";
import { test } from "node:test";

import { startChromium } from "./chromium.mjs";
import { AppPage, app, eventually, rest, site, withApp } from "./page.mjs";
import { INTEGRATION, PROJECT, tokenOf } from "./worker.mjs";

withApp();

test("a click opens a window, and allowing there connects", async () => {
  await app.signIn();
  await app.listen();
  const popup = await app.press();
  await popup.click("[data-testid=allow]");
  const { event } = await app.outcome();
  assert.equal(event.integrationId, INTEGRATION);
  assert.equal(event.integrationType, "zoom");
  assert.equal(event.credential.id, event.credentialId);
  assert.deepEqual(await app.heard(), ["onInstall", "onIntegrationInstall"]);
  const [, , user] = await app.run(() => window.heard[0]);
  assert.equal(user.integrations.zoom.credentialId, event.credentialId);
  assert.equal(user.token, undefined);
});

test("the window opens in the click although nobody has waited for authenticate", async () => {
  const token = tokenOf("ada");
  await app.run(
    ([host, project, token]) => {
      isthmus.configureGlobal({ host });
      isthmus.authenticate(project, token);
    },
    [app.worker.url, PROJECT, token],
  );
  const popup = await app.press();
  await popup.click("[data-testid=allow]");
  assert.ok((await app.outcome()).event);
});

test("a consent page with Cross-Origin-Opener-Policy connects as well", async () => {
  app.worker.coop = true;
  await app.signIn();
  const popup = await app.press();
  await popup.waitForSelector("[data-testid=allow]");
  // Longer than the countdown of a closed window, for which a cut handle would be taken.
  await rest(5_000);
  await popup.click("[data-testid=allow]");
  assert.ok((await app.outcome()).event);
});

test("closing the window is an error once the page has the focus again", async () => {
  await app.signIn();
  await app.listen();
  await app.focus(false);
  const popup = await app.press();
  await popup.waitForSelector("[data-testid=allow]");
  await rest(1_500);
  await popup.close();
  await rest(3_000);
  assert.deepEqual(await app.heard(), []);
  await app.focus(true);
  const { name, code } = await app.outcome();
  assert.deepEqual([name, code], ["OAuthWindowClosedError", "popup_closed"]);
  assert.deepEqual(await app.heard(), ["onError"]);
});

test("a success after that is told once, by callback and event", async () => {
  await app.signIn();
  await app.listen();
  const popup = await app.press();
  await popup.waitForSelector("[data-testid=allow]");
  await rest(1_500);
  await popup.close();
  assert.equal((await app.outcome()).code, "popup_closed");
  app.worker.decide();
  await app.page.waitForFunction(() =>
    window.heard.some(([name]) => name === "onIntegrationInstall"),
  );
  await rest(4_000);
  const installs = (await app.heard()).filter((name) =>
    name.endsWith("Install"),
  );
  assert.deepEqual(installs, ["onInstall", "onIntegrationInstall"]);
});

test("a failure that the Worker reports has its code", async () => {
  await app.signIn();
  await app.press();
  await eventually(() => app.worker.sessions.size === 1);
  app.worker.decide({
    code: "consent_declined",
    message: "Zoom access was declined.",
  });
  assert.deepEqual(await app.outcome(), {
    name: "Error",
    code: "consent_declined",
    message: "Zoom access was declined.",
  });
});

test("a window that stays open too long is closed and an error", async () => {
  await app.signIn();
  await app.run(() => (window.options = { oauthTimeout: 1_500 }));
  const popup = await app.press();
  const closed = popup.waitForEvent("close");
  assert.deepEqual(await app.outcome(), {
    name: "OAuthTimeoutError",
    code: "oauth_timeout",
    message: "OAuth timeout",
  });
  await closed;
});

test("a second press uses the same window and ends the first attempt", async () => {
  await app.signIn();
  const popup = await app.press();
  await popup.waitForURL(/session=ses_1/);
  const first = app.run(() => window.connected.catch((error) => error.code));
  await app.page.click("#connect");
  assert.equal(await first, "superseded");
  await popup.waitForURL(/session=ses_2/);
  await popup.click("[data-testid=allow]");
  assert.equal((await app.outcome()).event.credentialId, "cred_ses_2");
  assert.equal(app.page.context().pages().length, 1);
});

test("a blocked window is an error that a new click can retry", async (context) => {
  const browser = await startChromium({ blocksPopups: true });
  context.after(() => browser.close());
  const app = await AppPage.open(browser, site);
  context.after(() => app.close());
  await app.signIn();
  // Chromium forgets the last gesture after five seconds, and every `evaluate` is one.
  const told = app.page.waitForEvent("console");
  await app.run(() => {
    setTimeout(async () => {
      const error = await isthmus
        .installIntegration("zoom")
        .catch((error) => error);
      document.body.insertAdjacentHTML(
        "beforeend",
        "<button id=retry>Retry</button>",
      );
      document.querySelector("#retry").addEventListener("click", () => {
        window.connected = error.retry();
      });
      const { name, code, message } = error;
      console.log(JSON.stringify({ name, code, message }));
    }, 6_000);
  });
  const error = JSON.parse((await told).text());
  assert.deepEqual(error, {
    name: "OAuthBlockedError",
    code: "popup_blocked",
    message: "Popup was blocked by the browser.",
  });
  const [popup] = await Promise.all([
    app.page.waitForEvent("popup"),
    app.page.click("#retry"),
  ]);
  await popup.click("[data-testid=allow]");
  assert.ok((await app.outcome()).event);
});

test("what is refused anyway opens no window", async () => {
  await app.page.click("#connect");
  assert.equal((await app.outcome()).code, "not_authenticated");
  await app.signIn();
  const popup = await app.press();
  await popup.click("[data-testid=allow]");
  await app.outcome();
  await app.page.click("#connect");
  const { code, message } = await app.outcome();
  assert.equal(code, "already_installed");
  assert.equal(message, 'Integration "zoom" is already installed.');
  assert.equal(app.page.context().pages().length, 1);
});

test("a session that cannot be opened closes the window", async () => {
  await app.signIn();
  app.worker.answer("POST /sessions", 403, {
    code: "origin_not_allowed",
    message: "Not this origin.",
  });
  const popup = await app.press();
  if (!popup.isClosed()) await popup.waitForEvent("close");
  assert.equal((await app.outcome()).code, "origin_not_allowed");
});

test("a message from elsewhere is not believed, one from the Worker only wakes the poll", async () => {
  await app.signIn();
  const popup = await app.press();
  await popup.waitForURL(/session=ses_1/);
  const polls = () =>
    app.worker.calls.filter(({ call }) => call === "GET /sessions/ses_1")
      .length;
  const before = polls();
  await app.run(() =>
    window.postMessage({ type: "isthmus", session: "ses_1" }, "*"),
  );
  await popup.evaluate((origin) => {
    opener.postMessage({ type: "isthmus", session: "ses_1" }, origin);
  }, site.url);
  await eventually(() => polls() > before);
  assert.equal(
    await app.run(() => isthmus.getUser().integrations.zoom.enabled),
    false,
  );
  await popup.click("[data-testid=allow]");
  assert.ok((await app.outcome()).event);
});

test("signing out ends a pending attempt and closes its window", async () => {
  await app.signIn();
  const popup = await app.press();
  await popup.waitForSelector("[data-testid=allow]");
  const closed = popup.waitForEvent("close");
  await app.run(() => isthmus.logout());
  assert.equal((await app.outcome()).code, "superseded");
  await closed;
  assert.deepEqual(await app.run(() => isthmus.getUser()), {
    authenticated: false,
  });
});

test("a new token of the same user keeps a pending attempt", async () => {
  await app.signIn();
  const popup = await app.press();
  await popup.waitForSelector("[data-testid=allow]");
  await signIn2();
  await popup.click("[data-testid=allow]");
  assert.ok((await app.outcome()).event);

  async function signIn2() {
    await app.run(
      ([project, token]) => isthmus.authenticate(project, token),
      [PROJECT, tokenOf("ada", 7200)],
    );
  }
});
