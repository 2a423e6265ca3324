// The demo app, clicked through like a person does: sign in, connect Zoom, plan a meeting, disconnect. Screenshots of what
// a person sees are kept in tests/screenshots.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { createMeeting, deleteMeeting, meetingIn } from "../setup/meetings.mjs";
import {
  accountIn,
  connectIn,
  decide,
  done,
  PICTURED,
  signedIn as signIn,
  withPeople,
} from "../setup/person.mjs";
import { docsPicture, picture } from "../setup/pictures.mjs";
import {
  ADA,
  ALAN,
  credentialsOf,
  GRACE,
  product,
  withCoop,
  zoom,
} from "../setup/product.mjs";

withPeople();

/** A person with the demo app open, signed in as one of its users. */
async function signedIn(user) {
  const { person, page } = await signIn(user, PICTURED);
  await page.getByTestId("connect-zoom").waitFor();
  return { person, page, see: sights(page) };
}

/** What a person waits to see on the page. */
const sights = (page) => ({
  connectedAs: (email) =>
    page.getByTestId("connection").filter({ hasText: email }).waitFor(),
  event: (label, text) =>
    page
      .getByTestId("zoom-events")
      .locator("li")
      .filter({ hasText: label })
      .filter({ hasText: text }),
  notConnected: async () => {
    await page.getByTestId("connect-zoom").waitFor();
    assert.equal(await page.getByTestId("connection").isVisible(), false);
    assert.equal(await page.getByTestId("planner").count(), 0);
    assert.equal(await page.getByTestId("create-meeting").isVisible(), false);
  },
});

const pressConnect = ({ person, page }) =>
  person.popup(page, () => page.getByTestId("connect-zoom").click());

async function connect(at, zoomUser) {
  const portal = await pressConnect(at);
  await connectIn(portal, zoomUser);
  await done(portal);
  await at.see.connectedAs(zoomUser);
}

describe("the demo app", () => {
  test("a person connects Zoom, plans a meeting, deletes it and disconnects", async () => {
    const ada = await signedIn("ada");
    const { person, page, see } = ada;
    await picture(page, "demo-signed-in");

    const portal = await pressConnect(ada);
    await portal.getByTestId("connect").click();
    await portal.getByTestId("allow").waitFor();
    await picture(portal, "demo-consent");
    await decide(portal, "allow", ADA);
    await accountIn(portal, ADA).waitFor();
    await see.connectedAs(ADA);
    await done(portal);
    assert.deepEqual(person.requested("POST", "/connect/start"), []);
    assert.equal(await page.getByTestId("error").isVisible(), false);

    const topic = `Launch <b>party</b> 🎉 ${Date.now()}`;
    await createMeeting(ada.page, topic);
    assert.equal(await page.getByTestId("meetings").locator("b").count(), 0);
    await picture(page, "demo-meeting");
    await deleteMeeting(ada.page, topic);

    await page.getByTestId("disconnect").click();
    await see.notConnected();
    assert.deepEqual(await credentialsOf(product.tokens.ada), []);
  });

  test("it works the same when the consent page cuts its opener off and the person is slow", async () => {
    const ada = await signedIn("ada");
    await withCoop(async () => {
      const portal = await pressConnect(ada);
      await portal.getByTestId("connect").click();
      await portal.getByTestId("allow").waitFor();
      // Time itself is tested: a click older than five seconds no longer vouches for a window.
      await portal.waitForTimeout(5500);
      assert.equal(await ada.page.getByTestId("error").isVisible(), false);
      await decide(portal, "allow", ADA);
      await ada.see.connectedAs(ADA);
      await done(portal);
    });
    const topic = `After the cut ${Date.now()}`;
    await createMeeting(ada.page, topic);
    await deleteMeeting(ada.page, topic);
    await ada.page.getByTestId("disconnect").click();
    await ada.see.notConnected();
  });

  for (const coop of [false, true]) {
    const how = coop ? "with an opener policy" : "normally";
    test(`declined ${how}: the portal says so with the code, and the next try works`, async () => {
      const ada = await signedIn("ada");
      const portal = await pressConnect(ada);
      const decline = async () => {
        await portal.getByTestId("connect").click();
        await decide(portal, "decline");
        await portal.getByText("consent_declined").waitFor();
        await picture(portal, `demo-declined-popup${coop ? "-coop" : ""}`);
      };
      await (coop ? withCoop(decline) : decline());
      await ada.see.notConnected();
      assert.deepEqual(await credentialsOf(product.tokens.ada), []);
      await portal.getByTestId("connect").click();
      await decide(portal, "allow", ADA);
      await accountIn(portal, ADA).waitFor();
      await ada.see.connectedAs(ADA);
      assert.equal(await ada.page.getByTestId("error").isVisible(), false);
    });
  }

  test("two people connect accounts of their own, and a reload keeps them", async () => {
    const [ada, ben] = [await signedIn("ada"), await signedIn("ben")];
    await connect(ada, ADA);
    await connect(ben, GRACE);
    const topic = `Only Ada's ${Date.now()}`;
    await createMeeting(ada.page, topic);

    await ada.page.reload();
    await ada.see.connectedAs(ADA);
    await meetingIn(ada.page, topic).waitFor();
    await ben.page.reload();
    await ben.see.connectedAs(GRACE);
    await ben.page.getByTestId("create-meeting").waitFor();
    assert.equal(await meetingIn(ben.page, topic).count(), 0);

    await deleteMeeting(ada.page, topic);
    await ben.page.getByTestId("disconnect").click();
    await ben.see.notConnected();
    await ada.page.reload();
    await ada.see.connectedAs(ADA);
  });

  test("a popup that the person closes leaves the page ready for the next try", async () => {
    const ada = await signedIn("ada");
    const portal = await pressConnect(ada);
    await portal.getByTestId("connect").waitFor();
    await portal.close();
    await connect(ada, ALAN);
  });

  test("the picture of a connected account shows some meetings, and what happened in them", async () => {
    const ada = await signedIn("ada");
    await connect(ada, ADA);
    const topics = [
      "Kick-off with Northwind",
      "Design review",
      "Weekly check-in",
    ];
    for (const topic of topics) {
      await createMeeting(ada.page, topic);
      await ada.see.event("New Meeting", topic).waitFor();
    }
    const { meetings } = await zoom("GET", "state");
    const { id } = meetings.find(({ topic }) => topic === topics[0]);
    await zoom("POST", `meetings/${id}/start`);
    for (const name of ["Noor Haddad", "Tom Becker"]) {
      await zoom("POST", `meetings/${id}/join`, { name });
      await ada.see.event("Meeting Participant Joined", name).waitFor();
    }
    // Those of an earlier connection go with it.
    await ada.see.event("", "").nth(5).waitFor({ state: "detached" });
    await ada.page.getByTestId("meeting-topic").fill("Quarterly planning");
    await docsPicture(ada.page, "demo");
    // Zoom does not delete a meeting that people are in; one that is over is not shown.
    await zoom("POST", `meetings/${id}/end`);
    for (const topic of topics.slice(1)) await deleteMeeting(ada.page, topic);
    assert.equal((await zoom("GET", "state")).settings.coop, false);
  });
});
