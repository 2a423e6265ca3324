// The entry around the wasm: loading it, waiting for authenticate, failures that nobody takes, what calls name.

import assert from "node:assert/strict";
import { test } from "node:test";

import { app, eventually, rest, site, withApp } from "./page.mjs";
import { PROJECT, tokenOf } from "./worker.mjs";

withApp();

test("after disconnecting and connecting another account, calls name the new one", async () => {
  await app.signIn();
  await app.listen();
  await (await app.press()).click("[data-testid=allow]");
  await app.outcome();
  const named = () =>
    app.run(
      async () =>
        (await isthmus.request("zoom", "me")).headers["x-paragon-credential"],
    );
  assert.equal(await named(), "cred_ses_1");
  await app.run(() => isthmus.uninstallIntegration("zoom"));
  assert.deepEqual((await app.heard()).slice(-2), [
    "onUninstall",
    "onIntegrationUninstall",
  ]);
  assert.equal(await named(), undefined);
  await (await app.press()).click("[data-testid=allow]");
  await app.outcome();
  assert.equal(await named(), "cred_ses_2");
  const selected = await app.run(async () => {
    const options = { selectedCredentialId: "cred_other" };
    return (await isthmus.request("zoom", "me", options)).headers[
      "x-paragon-credential"
    ];
  });
  assert.equal(selected, "cred_other");
});

test("a page whose wasm could not be loaded can try again", async () => {
  site.fails.add("isthmus_bg.wasm");
  const code = await app.signIn().then(
    () => "",
    (error) => error.message,
  );
  site.fails.clear();
  assert.match(code, /could not be loaded/);
  await app.signIn();
  assert.equal(await app.run(() => isthmus.getUser().userId), "ada");
});

test("a call right after an authenticate that nobody awaited waits for it", async () => {
  const answer = await app.run(
    ([host, project, token]) => {
      isthmus.configureGlobal({ host });
      isthmus.authenticate(project, token);
      return isthmus.request("zoom", "users/me");
    },
    [app.worker.url, PROJECT, tokenOf("ada")],
  );
  assert.equal(answer.user, "ada");
});

test("a failure that nobody takes is reported, one taken by onError is not", async () => {
  const reported = [];
  app.page.on("pageerror", (error) => reported.push(error.message));
  await app.run(
    ([host, project, token]) => {
      isthmus.configureGlobal({ host });
      isthmus.authenticate(project, token);
      return isthmus.request("zoom", "users/me").catch(() => {});
    },
    [app.worker.url, PROJECT, tokenOf("ada", -1)],
  );
  await eventually(() => reported.length === 1);
  assert.match(reported[0], /JWT token provided has expired/);
  await app.run(() => void isthmus.connect("zoom"));
  await eventually(() => reported.length === 2);
  assert.match(reported[1], /User not authenticated/);
  const code = await app.run(() =>
    new Promise((onError) => isthmus.connect("zoom", { onError })).then(
      ({ code }) => code,
    ),
  );
  assert.equal(code, "not_authenticated");
  await rest(200);
  assert.equal(reported.length, 2);
});

test("signing out while the wasm is on its way is not undone by it", async () => {
  const code = await app.run(
    ([host, project, token]) => {
      isthmus.configureGlobal({ host });
      const signingIn = isthmus.authenticate(project, token);
      isthmus.logout();
      return signingIn.then(
        () => "signed in",
        (error) => error.code,
      );
    },
    [app.worker.url, PROJECT, tokenOf("ada")],
  );
  assert.equal(code, "superseded");
  assert.deepEqual(await app.run(() => isthmus.getUser()), {
    authenticated: false,
  });
});

test("errors have the classes that the package exports", async () => {
  await app.signIn();
  app.worker.answer("GET /proxy/zoom/meetings/9", 404, {
    code: 3001,
    message: "Meeting 9 is gone.",
  });
  const told = await app.run(async () => {
    const classes = await import("./pkg/index.js");
    const taken = (promise) => promise.catch((error) => error);
    const failed = await taken(isthmus.request("zoom", "meetings/9"));
    const missing = await taken(isthmus.uninstallIntegration("zoom"));
    const { name, code, status, message, response } = failed;
    return [
      { name, code, status, message, response },
      failed instanceof classes.ProxyRequestError,
      missing instanceof classes.IntegrationNotInstalledError,
      missing instanceof classes.BaseSDKError && missing instanceof Error,
      missing.meta,
    ];
  });
  const response = { code: 3001, message: "Meeting 9 is gone." };
  const failed = {
    name: "Error",
    code: "provider_error",
    status: 404,
    message: response.message,
    response,
  };
  assert.deepEqual(told, [
    failed,
    true,
    true,
    true,
    { integrationName: "zoom" },
  ]);
});

test("a wrong call of what needs no Worker throws what the replaced package throws", async () => {
  const messages = await app.run(() =>
    [
      () => isthmus.subscribe("onEverything", () => {}),
      () => isthmus.subscribe("onPortalOpen"),
      () => isthmus.unsubscribe("onPortalOpen"),
      () => isthmus.configureGlobal({}),
      () => isthmus.getIntegrationMetadata("zoom"),
    ].map((call) => {
      try {
        return call();
      } catch (error) {
        return error.message;
      }
    }),
  );
  assert.deepEqual(messages, [
    "onEverything is not valid paragon event",
    "no listener is provided for onPortalOpen",
    "listener is required for unsubscription",
    "host not specified",
    "zoom is not a valid integration name",
  ]);
});

test("a listener hears until it is taken off, also when another one throws", async () => {
  await app.signIn();
  await app.run(() => {
    window.heard = 0;
    const { ON_INTEGRATION_INSTALL } = {
      ON_INTEGRATION_INSTALL: "onIntegrationInstall",
    };
    isthmus.subscribe(ON_INTEGRATION_INSTALL, () => {
      throw new Error("a page's own mistake");
    });
    window.stop = isthmus.subscribe(
      ON_INTEGRATION_INSTALL,
      () => window.heard++,
    );
  });
  await app.connect();
  assert.deepEqual(
    await app.run(() => [window.heard, window.stop(), window.stop()]),
    [1, true, false],
  );
  await app.run(() => (window.options = { allowMultipleCredentials: true }));
  await app.connect();
  assert.equal(await app.run(() => window.heard), 1);
});
