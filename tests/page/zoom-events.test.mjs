// "What happened in Zoom" in the demo app: what a person does there or, as a Zoom user, on the sandbox's page comes by
// webhook through the Worker to the product's server, and is seen live by the one whose Zoom it was.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { sendEvent } from "../setup/event.mjs";
import { createMeeting, deleteMeeting } from "../setup/meetings.mjs";
import { connected, withPeople } from "../setup/person.mjs";
import { ADA, askAs, GRACE, json, nameOf, product } from "../setup/product.mjs";

const HTML = `<img src="x" onerror="alert(1)"> & <b>bold</b> 🎉`;

withPeople();

/** The shown events that say all of these texts. */
const events = (page, ...texts) =>
  texts.reduce(
    (rows, hasText) => rows.filter({ hasText }),
    page.getByTestId("zoom-events").locator("li"),
  );

/** In the page: the first list that the server tells it. */
const toldFirst = () =>
  new Promise((done) => {
    const stream = new EventSource("/zoom-events");
    stream.onmessage = ({ data }) => {
      stream.close();
      done(JSON.parse(data));
    };
  });

/** In the page: when the server says that there are no events. */
const toldNothing = () =>
  new Promise((done) => {
    const stream = new EventSource("/zoom-events");
    stream.onmessage = ({ data }) => {
      if (data !== "[]") return;
      stream.close();
      done(true);
    };
  });

/** The meeting's row on the sandbox's page. */
const rowOf = (sandbox, topic) =>
  sandbox.locator("tr").filter({ hasText: topic });

const press = (row, name) =>
  row.getByRole("button", { name, exact: true }).click();

describe("what happened in Zoom, in the demo app", () => {
  test("a meeting that a person creates there appears, and stays over a reload", async (t) => {
    const { page } = await connected("ada", ADA);
    const topic = nameOf("Kick-off");
    await page.getByTestId("meeting-topic").fill(topic);
    const event = events(page, "New Meeting", topic);
    const clicked = performance.now();
    await page.getByTestId("create-meeting").click();
    await event.waitFor();
    const took = Math.round(performance.now() - clicked);
    t.diagnostic(`${took} ms from the click to the event on the page`);
    await event.filter({ hasText: ADA }).waitFor();
    assert.equal(await page.getByTestId("no-zoom-events").isVisible(), false);
    assert.equal(await page.getByTestId("sandbox-link").isVisible(), true);

    await page.reload();
    await event.waitFor();
    assert.equal(await event.count(), 1);
    await deleteMeeting(page, topic);
  });

  test("what the host and a guest do on the sandbox's page appears, the newest first, and is said aloud", async () => {
    const { person, page } = await connected("ada", ADA);
    const sandbox = await person.popup(page, () =>
      page.getByTestId("sandbox-link").click(),
    );
    const topic = nameOf("Design review");
    await sandbox.getByLabel("Topic").fill(topic);
    const host = sandbox.getByLabel("Host");
    const ada = host.locator("option", { hasText: ADA });
    await host.selectOption(await ada.getAttribute("value"));
    await press(sandbox, "Create");
    await events(page, "New Meeting", topic).waitFor();
    const said = page.getByRole("status");
    await said.filter({ hasText: `New Meeting: ${topic}` }).waitFor();

    const row = rowOf(sandbox, topic);
    await press(row, "Start");
    await row.getByLabel("Name").fill("Zoë <b>Guest</b>");
    await press(row, "Joins");
    await press(row, "Leaves");
    await press(row, "Record");
    await press(row, "End");
    await press(row, "Recording is complete");
    await press(row, "Transcript is complete");
    const labels = [
      "Recording Transcript Completed",
      "New Recording",
      "Meeting Ended",
      "Recording Started",
      "Meeting Participant Left",
      "Meeting Participant Joined",
      "New Meeting",
    ];
    for (const what of labels) await events(page, what, topic).waitFor();
    const shown = await events(page, topic).locator("strong").allTextContents();
    assert.deepEqual(shown, labels);
    const who = "Zoë <b>Guest</b>";
    await events(page, "Meeting Participant Joined", who).waitFor();
    await events(page, "Meeting Participant Left", who).waitFor();
    assert.equal(await page.getByTestId("zoom-events").locator("b").count(), 0);
  });

  test("somebody else sees nothing of it", async () => {
    const ada = await connected("ada", ADA);
    const ben = await connected("ben", GRACE);
    const [adas, bens] = [nameOf("Ada's"), nameOf("Ben's")];
    await createMeeting(ada.page, adas);
    await events(ada.page, adas).waitFor();
    assert.equal(await events(ben.page).count(), 0);
    assert.equal(
      await ben.page.getByTestId("no-zoom-events").isVisible(),
      true,
    );
    // What comes to Ben is his, and it came later.
    await createMeeting(ben.page, bens);
    await events(ben.page, bens).waitFor();
    assert.equal(await events(ben.page).count(), 1);
    assert.equal(await events(ada.page, bens).count(), 0);
    await deleteMeeting(ada.page, adas);
    await deleteMeeting(ben.page, bens);
  });

  test("a topic with HTML in it is shown as text", async () => {
    const { page } = await connected("ada", ADA);
    const topic = nameOf(HTML);
    await createMeeting(page, topic);
    const list = page.getByTestId("zoom-events");
    await list.getByText(topic, { exact: true }).waitFor();
    assert.equal(await list.locator("img, b").count(), 0);
    await deleteMeeting(page, topic);
  });

  test("a change that does not touch the topic names the meeting by its id", async () => {
    const { page } = await connected("ada", ADA);
    const ask = async (method, path, body) => {
      const type = body && { "content-type": "application/json" };
      const at = `proxy/zoom/${path}`;
      return json(await askAs(product.tokens.ada, method, at, body, type));
    };
    const topic = nameOf("Weekly");
    const made = await ask("POST", "users/me/meetings", { topic, type: 2 });
    const { id } = made.output;
    await ask("PATCH", `meetings/${id}`, { duration: 45 });
    await events(page, "Meeting Updated", `Meeting ${id}`).waitFor();
    await ask("DELETE", `meetings/${id}`);
  });

  test("it goes with the connection, and no link or password of a meeting came to the page", async () => {
    const { page } = await connected("ada", ADA);
    const topic = nameOf("Private");
    await createMeeting(page, topic);
    await events(page, topic).waitFor();
    const [first] = await page.evaluate(toldFirst);
    assert.equal(first.topic, topic);
    const fields = ["account_id", "grant_id", "id", "label", "timestamp"];
    fields.push("topic", "type", "who");
    assert.deepEqual(Object.keys(first).sort(), fields);

    await deleteMeeting(page, topic);
    await page.getByTestId("disconnect").click();
    await page.getByTestId("connect-zoom").waitFor();
    assert.equal(await page.getByTestId("zoom-events").isVisible(), false);
    await page.waitForFunction(toldNothing);
  });

  // From here on there are events of no grant, which nothing takes from the list again.
  test("what is odd about an event is no reason not to show it", async () => {
    const { page } = await connected("ada", ADA);
    const send = (object, old_object) => {
      const output = { event: "meeting.updated", object, old_object };
      const data = { account_id: "ada", trigger: "meeting_updated", output };
      return sendEvent("meeting.updated", data);
    };
    const [odd, empty] = [nameOf("Odd"), nameOf("7")];
    assert.equal(await send({ id: "1", topic: odd }, null), 204);
    assert.equal(await send({ id: empty, topic: "" }, { topic: "" }), 204);
    await events(page, odd).waitFor();
    await events(page, `Meeting ${empty}`).waitFor();
    const long = nameOf("Long") + "🎉".repeat(300);
    assert.equal(await send({ id: "1", topic: long }), 204);
    const cut = [...long].slice(0, 200).join("");
    await page.getByText(cut, { exact: true }).waitFor();
  });

  test("an event of more than two megabytes is taken, one of more than two and a half is not", async () => {
    const { page } = await connected("ada", ADA);
    const send = (topic, size) => {
      const object = { id: "1", topic, recording_files: ["x".repeat(size)] };
      const output = { event: "recording.completed", object };
      const data = { account_id: "ada", trigger: "new_recording", output };
      return sendEvent("recording.completed", data);
    };
    const [large, larger] = [nameOf("Large"), nameOf("Larger")];
    assert.equal(await send(large, 2_200_000), 204);
    assert.equal(await send(larger, 2_500_000), 413);
    await events(page, "New Recording", large).waitFor();
    assert.equal(await events(page, larger).count(), 0);
  });
});
