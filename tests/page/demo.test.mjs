// The demo app, clicked through like a person does: sign in, connect Zoom, plan a meeting, disconnect. Screenshots of what
// a person sees are kept in tests/screenshots.

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, test } from "node:test";

import {
  accountIn,
  connectIn,
  decide,
  done,
  PICTURED,
  signedIn as signIn,
  withPeople,
} from "../setup/person.mjs";
import { credentialsOf, product, withCoop, zoom } from "../setup/product.mjs";

const root = join(import.meta.dirname, "../..");
const screenshots = join(root, "tests/screenshots");
/** The README's picture stays small, in bytes. */
const LARGEST_PICTURE = 120_000;

before(() => mkdir(screenshots, { recursive: true }));
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
  meeting: (topic) =>
    page.getByTestId("meetings").getByText(topic, { exact: true }),
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

async function createMeeting({ page, see }, topic) {
  await page.getByTestId("meeting-topic").fill(topic);
  await page.getByTestId("create-meeting").click();
  await see.meeting(topic).waitFor();
}

async function deleteMeeting({ page, see }, topic) {
  await page.getByRole("button", { name: `Delete ${topic}` }).click();
  await see.meeting(topic).waitFor({ state: "detached" });
}

/** Keeps a picture of a page; answers its bytes. */
async function picture(page, name) {
  const bytes = await page.screenshot({ animations: "disabled" });
  await writeFile(join(screenshots, `${name}.png`), bytes);
  return bytes;
}

/** The README's picture, kept when somebody asks for it. */
async function readmePicture(bytes) {
  if (!process.env.ISTHMUS_KEEP_PICTURE) return;
  assert.ok(bytes.length < LARGEST_PICTURE, `${bytes.length} bytes`);
  await mkdir(join(root, "docs"), { recursive: true });
  await writeFile(join(root, "docs/demo.png"), bytes);
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
    await decide(portal, "allow", "ada@acme.example");
    await accountIn(portal, "ada@acme.example").waitFor();
    await see.connectedAs("ada@acme.example");
    await done(portal);
    assert.deepEqual(person.requested("POST", "/connect/start"), []);
    assert.equal(await page.getByTestId("error").isVisible(), false);

    const topic = `Launch <b>party</b> 🎉 ${Date.now()}`;
    await createMeeting(ada, topic);
    assert.equal(await page.getByTestId("meetings").locator("b").count(), 0);
    await picture(page, "demo-meeting");
    await deleteMeeting(ada, topic);

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
      await decide(portal, "allow", "ada@acme.example");
      await ada.see.connectedAs("ada@acme.example");
      await done(portal);
    });
    const topic = `After the cut ${Date.now()}`;
    await createMeeting(ada, topic);
    await deleteMeeting(ada, topic);
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
      await decide(portal, "allow", "ada@acme.example");
      await accountIn(portal, "ada@acme.example").waitFor();
      await ada.see.connectedAs("ada@acme.example");
      assert.equal(await ada.page.getByTestId("error").isVisible(), false);
    });
  }

  test("two people connect accounts of their own, and a reload keeps them", async () => {
    const [ada, ben] = [await signedIn("ada"), await signedIn("ben")];
    await connect(ada, "ada@acme.example");
    await connect(ben, "grace@globex.example");
    const topic = `Only Ada's ${Date.now()}`;
    await createMeeting(ada, topic);

    await ada.page.reload();
    await ada.see.connectedAs("ada@acme.example");
    await ada.see.meeting(topic).waitFor();
    await ben.page.reload();
    await ben.see.connectedAs("grace@globex.example");
    await ben.page.getByTestId("create-meeting").waitFor();
    assert.equal(await ben.see.meeting(topic).count(), 0);

    await deleteMeeting(ada, topic);
    await ben.page.getByTestId("disconnect").click();
    await ben.see.notConnected();
    await ada.page.reload();
    await ada.see.connectedAs("ada@acme.example");
  });

  test("a popup that the person closes leaves the page ready for the next try", async () => {
    const ada = await signedIn("ada");
    const portal = await pressConnect(ada);
    await portal.getByTestId("connect").waitFor();
    await portal.close();
    await connect(ada, "alan@acme.example");
  });

  test("the picture of a connected account shows some meetings, and what happened in them", async () => {
    const ada = await signedIn("ada");
    await connect(ada, "ada@acme.example");
    const topics = [
      "Kick-off with Northwind",
      "Design review",
      "Weekly check-in",
    ];
    for (const topic of topics) {
      await createMeeting(ada, topic);
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
    await readmePicture(await picture(ada.page, "demo-connected"));
    // Zoom does not delete a meeting that people are in; one that is over is not shown.
    await zoom("POST", `meetings/${id}/end`);
    for (const topic of topics.slice(1)) await deleteMeeting(ada, topic);
    assert.equal((await zoom("GET", "state")).settings.coop, false);
  });
});
