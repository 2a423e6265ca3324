// The Connect Portal's whole life, by clicks: accounts, workflows, the way out, and everything that can go wrong. Pictures of it
// are kept in tests/screenshots.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { assertAccessible } from "../setup/axe.mjs";
import {
  accountIn,
  closed,
  connectIn,
  decide,
  done,
  person,
  signedIn,
  withPeople,
} from "../setup/person.mjs";
import { picture, pictures } from "../setup/pictures.mjs";
import {
  code,
  isOn,
  said,
  switchOf,
  texts,
  withAccount,
  withPortal,
  workflow,
} from "../setup/portal.mjs";
import {
  ADA,
  ALAN,
  askAs,
  credentialsOf,
  json,
  product,
  tokenOf,
  zoom,
} from "../setup/product.mjs";

const { ada } = product.tokens;

withPeople();

describe("the portal's life", () => {
  test("a person connects two accounts, has a workflow on and off, reconnects, disconnects", async () => {
    const { person, page, portal } = await withPortal();
    // The demo app's own calls while Zoom refuses an account, and when one has just left.
    person.excuse(/status of 401/, /status of 404.*users\/me\/meetings/);
    await pictures(portal, "portal-new");
    await assertAccessible(portal);

    await connectIn(portal, ADA);
    await said(portal, `${ADA} is connected.`);
    await page.getByTestId("connection").filter({ hasText: ADA }).waitFor();
    await pictures(portal, "portal-connected", { whole: true });

    const row = workflow(portal, "Assistant");
    assert.equal(await isOn(row), false);
    await switchOf(row).click();
    assert.equal(await isOn(row), false, "what it requires comes first");
    const field = row.getByTestId("setting-assistant_email");
    assert.equal(
      await field.evaluate((one) => one === document.activeElement),
      true,
    );
    await row.getByTestId("save").click();
    await row.getByText(texts.form.fillIn).waitFor();
    await field.fill("nobody");
    await row.getByTestId("save").click();
    await row.getByText(texts.form.notAnEmail).waitFor();
    await picture(portal, "portal-settings", { whole: true });
    await assertAccessible(portal);
    await field.fill("assistant@example.com");
    await row.getByTestId("save").click();
    await said(portal, "Assistant is on.");
    assert.equal(await isOn(row), true);
    const [{ configurations }] = await credentialsOf(ada);
    const states = Object.values(configurations[0].workflowSettings);
    assert.ok(
      states.some(
        ({ enabled, settings }) =>
          enabled && settings.assistant_email === "assistant@example.com",
      ),
    );
    await page
      .getByRole("switch", { name: "Assistant", checked: true })
      .waitFor();
    await switchOf(row).click();
    await said(portal, "Assistant is off.");

    await connectIn(portal, ALAN);
    await said(portal, `${ALAN} is connected.`);
    assert.equal(await portal.getByTestId("account").count(), 2);

    await zoom("POST", `users/${ALAN}/revoke`);
    const alan = (await credentialsOf(ada)).find(
      ({ providerData }) => providerData.email === ALAN,
    );
    const headers = { "x-paragon-credential": alan.id };
    await askAs(ada, "GET", "proxy/zoom/users/me", undefined, headers);
    await portal.reload();
    const card = accountIn(portal, ALAN);
    await card.getByTestId("status").filter({ hasText: "reconnect" }).waitFor();
    await pictures(portal, "portal-reconnect", { whole: true });
    await assertAccessible(portal);
    await card.getByTestId("reconnect").click();
    await decide(portal, "allow", ALAN);
    await said(portal, `${ALAN} is connected.`);
    assert.equal(await portal.getByTestId("reconnect").count(), 0);

    await card.getByTestId("disconnect").click();
    await picture(portal, "portal-question");
    await assertAccessible(portal);
    await portal.getByTestId("keep").click();
    assert.equal(await portal.getByRole("dialog").count(), 0);
    await card.getByTestId("disconnect").click();
    await portal.getByTestId("confirm").click();
    await said(portal, `${ALAN} is disconnected.`);
    assert.equal(await portal.getByTestId("account").count(), 1);
    await accountIn(portal, ADA).getByTestId("disconnect").click();
    await portal.getByTestId("confirm").click();
    await portal.getByTestId("connect").waitFor();
    await page.getByTestId("connect-zoom").waitFor();
    assert.deepEqual(await credentialsOf(ada), []);
  });

  test("all of it is done by the keyboard alone", async () => {
    const { page, person } = await signedIn("ada");
    await page.getByTestId("connect-zoom").waitFor();
    await page.getByTestId("connect-zoom").focus();
    const portal = await person.popup(page, () => page.keyboard.press("Enter"));
    const press = (key) => portal.keyboard.press(key);
    const focused = () =>
      portal.evaluate(() => document.activeElement.dataset.testid);
    /** Goes on with Tab until it is there. */
    const tabTo = async (testId, isIt = () => true) => {
      for (let steps = 0; steps < 60; steps++) {
        await press("Tab");
        if ((await focused()) === testId && (await isIt())) return;
      }
      assert.fail(`${testId} is out of reach`);
    };
    await portal.getByTestId("connect").waitFor();
    await tabTo("connect");
    await press("Enter");
    await portal.getByTestId("allow").waitFor();
    await tabTo("allow");
    await press("Enter");
    await portal.getByTestId("account").waitFor();
    const isAssistants = () =>
      portal.evaluate(() =>
        document.activeElement
          .closest("[data-testid=workflow]")
          .textContent.includes("Assistant"),
      );
    await tabTo("switch", isAssistants);
    await press("Space");
    await portal.getByTestId("setting-assistant_email").waitFor();
    assert.equal(await focused(), "setting-assistant_email");
    await portal.keyboard.type("assistant@example.com");
    await press("Enter");
    await said(portal, "Assistant is on.");
    await tabTo("disconnect");
    await press("Enter");
    await portal.getByRole("dialog").waitFor();
    assert.equal(await focused(), "keep");
    await press("Escape");
    await portal.getByRole("dialog").waitFor({ state: "detached" });
    assert.equal(await focused(), "disconnect", "where it was");
    await tabTo("done");
    // The key may come up when the window has closed.
    await press("Enter").catch(() => {});
    await closed(portal);
  });

  test("a reload loses nothing", async () => {
    const { portal, page } = await withAccount();
    await portal.reload();
    await accountIn(portal, ADA).waitFor();
    assert.equal(await portal.getByTestId("said").count(), 0);
    await done(portal);
    await page.getByTestId("connection").filter({ hasText: ADA }).waitFor();
    assert.equal(await page.getByTestId("error").isVisible(), false);
  });
});

describe("what the portal says when something goes wrong", () => {
  test("declined at Zoom: in words, with the code, and a reload does not repeat it", async () => {
    const { portal } = await withPortal();
    await portal.getByTestId("connect").click();
    await decide(portal, "decline");
    await code(portal, "consent_declined");
    await portal.getByText(texts.problems.consent_declined).waitFor();
    await picture(portal, "portal-declined");
    await assertAccessible(portal);
    assert.equal(new URL(portal.url()).search, "");
    await portal.reload();
    await portal.getByTestId("connect").waitFor();
    assert.equal(await portal.getByTestId("error").count(), 0);
  });

  test("its time is over: it says to open it again from the app", async () => {
    const { person, portal } = await withPortal();
    person.excuse(/status of 4\d\d/);
    await person.context.clearCookies();
    await portal.getByTestId("connect").click();
    await portal.getByTestId("failed").waitFor();
    await portal.getByText(texts.expiredTitle).waitFor();
    assert.equal(await portal.getByTestId("try-again").count(), 0);
    await picture(portal, "portal-expired");
    await assertAccessible(portal);
  });

  test("without a connection: it says so, and trying again does what was meant", async () => {
    const { person, portal } = await withAccount();
    person.excuse(/ERR_INTERNET_DISCONNECTED/, /ERR_FAILED/);
    const row = workflow(portal, "Next meeting");
    const before = await isOn(row);
    await person.context.setOffline(true);
    await switchOf(row).click();
    await code(portal, "offline");
    assert.equal(await isOn(row), before);
    await picture(portal, "portal-offline");
    await assertAccessible(portal);
    await person.context.setOffline(false);
    await portal.getByTestId("try-again").click();
    await said(portal, "Next meeting is");
    assert.equal(await isOn(row), !before);
    await switchOf(row).click();
    await said(portal, "Next meeting is");

    await portal.route("**/state", (route) => route.abort());
    await portal.reload();
    await portal.getByTestId("failed").waitFor();
    await code(portal, "offline");
    await portal.unroute("**/state");
    await portal.getByTestId("try-again").click();
    await accountIn(portal, ADA).waitFor();
  });

  test("a blocked window: the page says so, with the code", async () => {
    const { page } = await signedIn("ada");
    await page.evaluate(() => (window.open = () => null));
    await page.getByTestId("connect-zoom").click();
    await page
      .getByTestId("error")
      .filter({ hasText: "popup_blocked" })
      .waitFor();
  });

  test("an address that is opened by itself: nothing is shown of anybody", async () => {
    const { portal } = await withAccount();
    const stranger = await person();
    stranger.excuse(/status of 4\d\d/);
    const { pathname } = new URL(portal.url());
    for (const path of ["/portal", pathname, "/portal/nothing"]) {
      const page = await stranger.open(`${product.worker}${path}`);
      const shown = await page.getByRole("main").textContent();
      assert.match(shown, /portal_not_found|method_not_allowed/);
      assert.ok(!shown.includes(ADA));
      await assertAccessible(page);
    }
  });

  test("a workflow or an account that is gone meanwhile: the Worker's word and the code", async () => {
    const { person, portal } = await withAccount();
    person.excuse(/status of 4\d\d/);
    const [{ id }] = await credentialsOf(ada);
    await json(
      await askAs(
        ada,
        "DELETE",
        `integrations/${product.integration_id}`,
        undefined,
        { "x-paragon-credential": id },
      ),
    );
    await switchOf(workflow(portal, "Next meeting")).click();
    await code(portal, "credential_not_found");
    await portal.getByText(texts.problems.credential_not_found).waitFor();
  });
});

describe("who may open the portal", () => {
  test("a ticket that another site brings is asked about first, and opens once", async () => {
    const asked = askAs(tokenOf("ada"), "POST", "portals", {
      integration: "zoom",
    });
    const { url, ticket } = await json(await asked);
    const stranger = await person();
    stranger.excuse(/status of 4\d\d/);
    const page = await stranger.open("about:blank");
    const bring = () =>
      page.evaluate(
        ([action, value]) => {
          const form = document.createElement("form");
          const field = document.createElement("input");
          Object.assign(field, { name: "ticket", value });
          Object.assign(form, { method: "post", action }).append(field);
          document.body.append(form);
          form.submit();
        },
        [url, ticket],
      );
    await bring();
    await page.getByTestId("confirm-portal").waitFor();
    await picture(page, "portal-asked");
    await assertAccessible(page);
    await page.getByTestId("confirm-portal").click();
    await page.getByTestId("connect").waitFor();
    await page.goto("about:blank");
    await bring();
    await page.getByText("portal_not_found").waitFor();
  });
});
