// The portal of the published @useparagon/connect@2.4.0, unmodified: `paragon.connect("zoom")` shows our page in its frame,
// which asks that package for everything by window messages.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { everything } from "../../www/demo/ask.mjs";
import { serve } from "../package/chromium.mjs";
import { assertAccessible } from "../setup/axe.mjs";
import { decide } from "../setup/person.mjs";
import { picture } from "../setup/pictures.mjs";
import { askAs, newUser, product, tokenOf, zoom } from "../setup/product.mjs";
import { asServer } from "../setup/watched.mjs";
import {
  call,
  openAs,
  openPage,
  page,
  person,
  seen,
  signIn,
  told,
  withPackage,
  zoomOf,
} from "./paragon/session.mjs";

const ADA = "ada@acme.example";
const ALAN = "alan@acme.example";
const FRAME = "#paragon-connect-frame";

/** How the workflows of these tests begin. */
const PREFIX = "Greets ";

/** A workflow with a setting that is required. */
const DEFINITION = {
  name: `${PREFIX}${Date.now()}`,
  integration: "zoom",
  trigger: { type: "request" },
  settings: [
    { id: "greeting", label: "Greeting", type: "text", required: true },
  ],
  steps: [
    { id: "answer", type: "response", inputs: { status_code: 200, body: {} } },
  ],
};
let workflow;

before(async () => {
  // Those of a run that did not come to its end: every user of the project is offered them.
  for (const { id, name } of await everything(asServer, "workflows"))
    if (name.startsWith(PREFIX)) await asServer("DELETE", `workflows/${id}`);
  workflow = await asServer("POST", "workflows", DEFINITION);
  await asServer("POST", `workflows/${workflow.id}/deploy`);
});
after(() => workflow && asServer("DELETE", `workflows/${workflow.id}`));
withPackage();

const frame = () => page.frameLocator(FRAME);
const inFrame = (testId) => frame().getByTestId(testId);
const account = (zoomUser) => inFrame("account").filter({ hasText: zoomUser });
const row = () => inFrame("workflow").filter({ hasText: DEFINITION.name });

/** Presses the page's button; the portal is there. */
async function openPortal() {
  await page.click("#portal");
  await inFrame(/^(connect|done)$/).waitFor();
}

/** Connects an account: the package opens its own window for that. */
async function connectIn(zoomUser, decision = "allow") {
  const popup = await person.popup(page, () =>
    inFrame(/^connect(-another)?$/).click(),
  );
  await decide(popup, decision, zoomUser);
  return popup;
}

describe("the published package's portal", () => {
  test("its whole life: connect, a workflow with settings, a second account, reconnect, disconnect, close", async () => {
    const user = await openAs("portal");
    await openPortal();
    assert.deepEqual(await seen("onPortalOpen"), [
      { integrationId: product.integration_id, integrationType: "zoom" },
    ]);
    await picture(page, "portal-framed");
    await frame().getByRole("dialog").waitFor();

    await connectIn(ADA);
    await account(ADA).waitFor();
    await inFrame("said").filter({ hasText: ADA }).waitFor();
    await told("resolved");
    const [event] = await seen("onInstall");
    assert.equal((await zoomOf()).credentialId, event.credentialId);
    await picture(page, "portal-framed-connected");
    await assertAccessible(page, {
      excuse: {
        "frame-title": "the package gives its frame no title",
        "document-title": "the page around is the test's own",
        "html-has-lang": "the page around is the test's own",
        "landmark-one-main": "the page around is the test's own",
        "page-has-heading-one": "the page around is the test's own",
        region: "the page around is the test's own",
      },
    });

    await row().getByRole("switch").click();
    await row().getByTestId("setting-greeting").fill("<b>Hello</b>");
    await row().getByTestId("save").click();
    await inFrame("said").filter({ hasText: "is on." }).waitFor();
    const { workflowSettings } = await zoomOf();
    assert.deepEqual(workflowSettings[workflow.id], {
      enabled: true,
      settings: { greeting: "<b>Hello</b>" },
    });
    await row().getByRole("switch").click();
    await inFrame("said").filter({ hasText: "is off." }).waitFor();

    await connectIn(ALAN);
    await account(ALAN).waitFor();
    await zoom("POST", `users/${ALAN}/revoke`);
    const alan = (await zoomOf()).allCredentials.find(
      ({ providerData }) => providerData.email === ALAN,
    );
    const headers = { "x-paragon-credential": alan.id };
    const token = tokenOf(user);
    await askAs(token, "GET", "proxy/zoom/users/me", undefined, headers);
    await signIn(user);
    const popup = await person.popup(page, () =>
      account(ALAN).getByTestId("reconnect").click(),
    );
    await decide(popup, "allow", ALAN);
    await account(ALAN).getByTestId("reconnect").waitFor({ state: "detached" });

    for (const zoomUser of [ALAN, ADA]) {
      await account(zoomUser).getByTestId("disconnect").click();
      await inFrame("confirm").click();
      await account(zoomUser).waitFor({ state: "detached" });
    }
    assert.deepEqual((await zoomOf()).allCredentials, []);
    await inFrame("close").click();
    await told("onPortalClose");
    await page.locator(FRAME).waitFor({ state: "hidden" });
    await signIn(user);
    assert.deepEqual((await zoomOf()).allCredentials, []);
  });

  test("declined at Zoom: the portal says so, and the promise is rejected", async () => {
    await openAs("portal-declined");
    person.excuse(/Failed to connect account/, /status of 4\d\d/);
    await openPortal();
    const popup = await connectIn(ADA, "decline");
    await inFrame("error").filter({ hasText: "consent_declined" }).waitFor();
    await told("rejected");
    await popup.close();
    await frame().getByRole("dialog").press("Escape");
    await page.locator(FRAME).waitFor({ state: "hidden" });
    await openPortal();
    assert.equal(await inFrame("error").count(), 0);
  });

  test("installIntegration shows no portal, closePortal closes it", async () => {
    await openAs("portal-install");
    const popup = await person.popup(page, () => page.click("#install"));
    await decide(popup, "allow", ADA);
    await told("resolved");
    await page.locator(FRAME).waitFor({ state: "hidden" });
    await openPortal();
    await account(ADA).waitFor();
    await call("closePortal");
    await page.locator(FRAME).waitFor({ state: "hidden" });
    assert.equal((await seen("onPortalClose")).length, 1);
  });

  test("the user token that the package sends along is not used and not kept", async () => {
    const user = await openAs("portal-token");
    await openPortal();
    const own = page.frames().find((one) => one.url().includes("/ui"));
    const requests = person.requests.filter(
      (request) => request.frame() === own,
    );
    assert.ok(requests.every((one) => !one.headers().authorization));
    const kept = await own.evaluate(() => {
      try {
        return JSON.stringify([{ ...localStorage }, { ...sessionStorage }]);
      } catch {
        return "a browser that lets frames store nothing";
      }
    });
    const { 1: claims } = tokenOf(user).split(".");
    assert.ok(!kept.includes(claims.slice(0, 20)));
  });
});

describe("whom the frame hears", () => {
  test("a browser that does not say who frames it (Firefox) learns it from the package's first message", async () => {
    await openPage();
    let isChanged = false;
    await person.context.route("**/static/portal/portal.js", async (route) => {
      const response = await route.fetch();
      const script = await response.text();
      // No page can take the property away, or be a page without it.
      const body = script.replaceAll(".ancestorOrigins", ".noAncestorOrigins");
      isChanged = body !== script;
      await route.fulfill({ response, body });
    });
    assert.equal(await signIn(newUser("portal-firefox")), undefined);
    await openPortal();
    assert.ok(isChanged);
    await connectIn(ADA);
    await account(ADA).waitFor();
    await inFrame("close").click();
    await page.locator(FRAME).waitFor({ state: "hidden" });
  });

  test("a page of a foreign origin cannot frame it", async () => {
    await openAs("portal-foreign");
    const { mkdtemp, rm, writeFile } = await import("node:fs/promises");
    const { join } = await import("node:path");
    const { tmpdir } = await import("node:os");
    const folder = await mkdtemp(join(tmpdir(), "isthmus-foreign-"));
    const src = `${product.worker}/ui?projectId=${product.project_id}`;
    await writeFile(
      join(folder, "index.html"),
      `<!doctype html><iframe src="${src}"></iframe>`,
    );
    const foreign = await serve(folder);
    try {
      person.excuse(/frame-ancestors/, /404/);
      const other = await person.open(`${foreign.url}/`);
      await other.waitForLoadState("networkidle");
      const inner = other.frames().find((one) => one !== other.mainFrame());
      assert.ok(!inner.url().startsWith(product.worker), inner.url());
    } finally {
      await foreign.close();
      await rm(folder, { recursive: true });
    }
  });

  test("messages of anybody but the page around it are ignored", async () => {
    await openAs("portal-messages");
    const own = page.frames().find((one) => one.url().includes("/ui"));
    await page.evaluate(() =>
      document.body.append(document.createElement("iframe")),
    );
    const other = page.frames().at(-1);
    assert.equal(other.url(), "about:blank");
    /** The very update that would show it, from another frame of the page's own origin. */
    const forge = () =>
      other.evaluate(
        ([selector, projectId]) => {
          const values = { description: "Forged", workflowMeta: {} };
          const configs = [{ values }];
          const integration = { type: "zoom", name: "Forged", icon: "" };
          parent.document.querySelector(selector).contentWindow.postMessage(
            {
              messageType: "UI_UPDATE",
              nextContext: { projectId, user: { authenticated: true } },
              nextModalState: { integration: { ...integration, configs } },
            },
            "*",
          );
        },
        [FRAME, product.project_id],
      );
    const heardBy = () =>
      own.evaluate(() => new Promise((heard) => setTimeout(heard)));
    await own.waitForURL(/projectId=/);
    await forge();
    await heardBy();
    assert.equal(await own.getByText("Forged").count(), 0);
    await openPortal();
    await forge();
    await heardBy();
    assert.equal(await own.getByText("Forged").count(), 0);
    await frame().getByRole("heading", { level: 1, name: "Zoom" }).waitFor();
  });
});
