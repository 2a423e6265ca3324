// The portal as a window that is loaded again, led away and brought back, and whose answers come late or cannot be drawn:
// nothing that was typed is lost, and what it shows is what is so.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { assertAccessible } from "../setup/axe.mjs";
import {
  accountIn,
  connectIn,
  decide,
  signedIn,
  withPeople,
} from "../setup/person.mjs";
import { picture } from "../setup/pictures.mjs";
import {
  code,
  isOn,
  openFrom,
  said,
  switchOf,
  texts,
  withAccount,
  withPortal,
  withState,
  workflow,
} from "../setup/portal.mjs";
import { ADA } from "../setup/product.mjs";

withPeople();

/** Something that a test waits for, or lets come. */
function moment() {
  let come;
  const that = new Promise((resolve) => (come = resolve));
  return { that, come };
}

const opposite = async (row) => !(await isOn(row));

describe("what was typed", () => {
  test("stays over a reload and the way to Zoom and back, until it is saved", async () => {
    const { person, portal } = await withAccount();
    person.excuse(/status of 4\d\d/);
    const row = workflow(portal, "Assistant");
    const field = row.getByTestId("setting-assistant_email");
    await switchOf(row).click();
    await field.fill("assistant@exam");
    await portal.reload();
    await field.waitFor();
    assert.equal(await field.inputValue(), "assistant@exam");
    await portal.getByTestId("connect-another").click();
    await decide(portal, "decline");
    await code(portal, "consent_declined");
    assert.equal(await field.inputValue(), "assistant@exam");
    await field.fill("assistant@example.com");
    await row.getByTestId("save").click();
    await said(portal, "Assistant is on.");
    await portal.reload();
    await accountIn(portal, ADA).waitFor();
    assert.equal(await field.count(), 0);
    await row.getByTestId("settings").click();
    assert.equal(await field.inputValue(), "assistant@example.com");
    await field.fill("another@example.com");
    await row.getByText(texts.form.cancel).click();
    await row.getByTestId("settings").click();
    assert.equal(await field.inputValue(), "assistant@example.com");
  });

  test("a browser that stores nothing shows the portal all the same", async () => {
    const { person, page } = await signedIn("ada");
    await page.getByTestId("connect-zoom").waitFor();
    await person.context.addInitScript(() =>
      Object.defineProperty(window, "sessionStorage", {
        get() {
          throw new DOMException("no", "SecurityError");
        },
      }),
    );
    const portal = await openFrom({ person, page });
    await connectIn(portal, ADA);
    const row = workflow(portal, "Assistant");
    const field = row.getByTestId("setting-assistant_email");
    await switchOf(row).click();
    await field.fill("assistant@example.com");
    await row.getByTestId("save").click();
    await said(portal, "Assistant is on.");
  });
});

describe("two things at once", () => {
  test("an answer that a later one has overtaken changes nothing", async () => {
    const { portal } = await withAccount();
    const one = workflow(portal, "Next meeting");
    const other = workflow(portal, "Follow-up");
    const wanted = [await opposite(one), await opposite(other)];
    const [answered, isLetGo] = [moment(), moment()];
    await portal.route(
      "**/state",
      async (route) => {
        const response = await route.fetch();
        answered.come();
        await isLetGo.that;
        await route.fulfill({ response });
      },
      { times: 1 },
    );
    await switchOf(one).click();
    await answered.that;
    await switchOf(other).click();
    await said(portal, "Follow-up is");
    isLetGo.come();
    await said(portal, "Next meeting is");
    assert.deepEqual([await isOn(one), await isOn(other)], wanted);
  });

  test("what is under way stays under way while something else is done", async () => {
    const { portal } = await withAccount();
    const one = workflow(portal, "Next meeting");
    const other = workflow(portal, "Follow-up");
    const wanted = await opposite(one);
    const isLetGo = moment();
    await portal.route(
      "**/workflows/*",
      async (route) => {
        await isLetGo.that;
        await route.continue();
      },
      { times: 1 },
    );
    await switchOf(one).click();
    await switchOf(other).click();
    await said(portal, "Follow-up is");
    assert.equal(await switchOf(one).isDisabled(), true);
    assert.equal(await switchOf(other).isDisabled(), false);
    isLetGo.come();
    await said(portal, "Next meeting is");
    assert.equal(await isOn(one), wanted);
    assert.equal(await switchOf(one).isDisabled(), false);
  });

  test("while the window leaves for Zoom nobody connects twice; brought back by Back it is as before", async () => {
    const { person, portal } = await withPortal();
    person.excuse(/ERR_ABORTED/);
    const leaving = moment();
    await portal.route("**/*", (route) =>
      route.request().isNavigationRequest()
        ? leaving.come(route)
        : route.continue(),
    );
    const connect = portal.getByTestId("connect");
    await connect.click();
    const route = await leaving.that;
    await route.abort("aborted");
    await said(portal, "Going to Zoom");
    assert.equal(await connect.isDisabled(), true);
    const asked = portal.waitForResponse("**/state");
    await portal.evaluate(() =>
      dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })),
    );
    await asked;
    await portal.getByTestId("said").waitFor({ state: "detached" });
    assert.equal(await connect.isDisabled(), false);
  });
});

describe("what comes of it", () => {
  test("an account that is connected already is said to be connected", async () => {
    const { portal } = await withAccount();
    assert.equal(await portal.getByTestId("said").count(), 0);
    await connectIn(portal, ADA);
    await said(portal, `${ADA} is connected.`);
    assert.equal(await portal.getByTestId("account").count(), 1);
  });

  test("what cannot be drawn is told, and can be tried again", async () => {
    const { person, portal } = await withAccount();
    person.excuse(/TypeError/);
    await portal.route("**/state", async (route) => {
      const response = await route.fetch();
      const state = await response.json();
      state.integration.accent_color = 7;
      await route.fulfill({ json: state });
    });
    await portal.reload();
    await portal.getByTestId("failed").waitFor();
    await portal.getByText(texts.problems.unknown).waitFor();
    await picture(portal, "portal-broken");
    await assertAccessible(portal);
    await portal.unroute("**/state");
    await portal.getByTestId("try-again").click();
    await accountIn(portal, ADA).waitFor();
  });

  test("a time that is none is not shown", async () => {
    const { portal } = await withAccount();
    for (const time of [1e300, -1, null]) {
      await portal.unroute("**/state");
      await withState(portal, ({ grants }) => {
        grants[0].connected_at = time;
      });
      const card = accountIn(portal, ADA);
      assert.ok(!(await card.innerText()).includes("since"));
    }
  });
});
