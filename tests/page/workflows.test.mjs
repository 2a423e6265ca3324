// Workflows in the demo app: a person fills in a setting and switches one on; what then happens in the sandbox runs through
// to the product's backend, and is seen on the page. And what starts workflows from the page itself.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";

import { createMeeting } from "../setup/meetings.mjs";
import { connected, PICTURED, withPeople } from "../setup/person.mjs";
import { picture } from "../setup/pictures.mjs";
import { ADA, askAs, json, nameOf, product, zoom } from "../setup/product.mjs";
import { asServer } from "../setup/watched.mjs";

withPeople();

const assistantSwitch = (page) =>
  page.getByRole("switch", { name: "Assistant" });

const email = (page) => page.getByLabel("The assistant's e-mail address");

/** Has Zoom connected, and from then on an ear for what the page says aloud. */
async function listening(options) {
  const at = await connected("ada", ADA, options);
  await at.page.evaluate(() => {
    const place = document.getElementById("status");
    window.heard = [];
    const hear = () => window.heard.push(place.textContent);
    new MutationObserver(hear).observe(place, { childList: true });
  });
  return at;
}

/** One thing may be said right after the other. */
const said = (page, text) =>
  page.waitForFunction(
    (text) => window.heard.some((one) => one.includes(text)),
    text,
  );

async function fillIn(page) {
  const address = `${randomUUID().slice(0, 8)}@assistant.example`;
  await email(page).fill(address);
  await page.getByRole("button", { name: "Save" }).click();
  await said(page, "Saved.");
  return address;
}

/** Fills the assistant's address in, and switches it on. */
async function employ(page) {
  const address = await fillIn(page);
  await assistantSwitch(page).check();
  await said(page, "Assistant is on.");
  return address;
}

/** The rows of a workflow's runs that ended like this, without those of `known`. */
const runs = (page, name, known = [], status = "succeeded") =>
  page
    .getByTestId("runs")
    .locator(
      [
        `li[data-status="${status}"][data-run]`,
        ...known.map((id) => `:not([data-run="${id}"])`),
      ].join(""),
    )
    .filter({ hasText: name });

/** The runs that there are: a user who connects the same account again finds them again. */
const knownRuns = async () =>
  (await asServer("GET", "runs?limit=200")).map(({ id }) => id);

const told = (page, topic) =>
  page.getByTestId("told").locator("li").filter({ hasText: topic });

/** What a run did: its steps with how they ended. */
const stepsOf = (run) =>
  run
    .locator("li")
    .evaluateAll((rows) =>
      rows.map(({ dataset: { step, status } }) => `${step}: ${status}`),
    );

/** On the sandbox's page, which the demo's page links to, a meeting with registration. */
async function meetingInSandbox({ person, page }, topic) {
  const sandbox = await person.popup(page, () =>
    page.getByTestId("sandbox-link").click(),
  );
  await sandbox.getByLabel("Topic").fill(topic);
  const ada = sandbox.getByLabel("Host").locator("option", { hasText: ADA });
  const host = await ada.getAttribute("value");
  await sandbox.getByLabel("Host").selectOption(host);
  await sandbox
    .getByLabel("Registration")
    .selectOption({ label: "With registration" });
  await sandbox.getByRole("button", { name: "Create", exact: true }).click();
  return sandbox;
}

const meetingOf = async (topic) => {
  const { meetings } = await zoom("GET", "state");
  return meetings.find((meeting) => meeting.topic === topic);
};

const asAda = async (method, path) =>
  json(await askAs(product.tokens.ada, method, `proxy/zoom/${path}`));

/** How long Zoom waited, from its event to the first call of the run, in milliseconds. */
async function latency(id) {
  const { calls } = await zoom("GET", "calls");
  const first = calls.find(({ path }) => path.startsWith(`/v2/meetings/${id}`));
  const { deliveries } = await zoom("GET", "webhooks/deliveries");
  const created = deliveries.filter(({ event }) => event === "meeting.created");
  return first.time - Math.max(...created.map(({ queued_at }) => queued_at));
}

describe("the assistant, a workflow of the demo app", () => {
  test("a meeting that is created in Zoom gets the assistant as registrant, and the backend is told", async (t) => {
    const at = await listening(PICTURED);
    const { page } = at;
    const address = await employ(page);
    await zoom("DELETE", "calls");
    await zoom("DELETE", "webhooks/deliveries");
    const topic = nameOf("Product tour <b>with</b> guests");
    const sandbox = await meetingInSandbox(at, topic);

    await told(page, topic).waitFor();
    const id = await told(page, topic).getAttribute("data-run");
    const run = page.locator(`#runs [data-run="${id}"]`);
    const done = run.and(runs(page, "Assistant"));
    await done.waitFor();
    await said(page, "Assistant: done.");
    assert.deepEqual(await stepsOf(done), [
      "meeting: succeeded",
      "takes_registrations: succeeded",
      "register: succeeded",
      "tell: succeeded",
    ]);
    assert.equal(await told(page, topic).count(), 1);
    assert.equal(await page.getByTestId("told").locator("b").count(), 0);
    assert.equal(await page.getByTestId("workflows-error").isVisible(), false);

    const meeting = await meetingOf(topic);
    const [registrant, ...others] = meeting.registrants;
    assert.deepEqual(others, []);
    assert.deepEqual(
      [registrant.email, registrant.status],
      [address, "approved"],
    );
    const notice = await told(page, topic).textContent();
    assert.ok(notice.includes(meeting.id) && notice.includes(registrant.id));
    await sandbox.reload();
    await sandbox.getByText(`registered: ${address}`).waitFor();
    t.diagnostic(
      `${await latency(meeting.id)} ms from Zoom's event to the run's first call`,
    );

    await picture(page, "demo-workflows", { whole: true });
    await asAda("DELETE", `meetings/${meeting.id}`);
  });

  test("it says what it waits for, keeps what is filled in over a reload, and rests when switched off", async () => {
    const { page } = await listening();
    const waits = page.getByText("It begins to work once");
    assert.equal(await waits.isVisible(), false);
    await assistantSwitch(page).check();
    await waits.waitFor();
    const address = await fillIn(page);
    await waits.waitFor({ state: "hidden" });

    await page.reload();
    await email(page).waitFor();
    assert.equal(await email(page).inputValue(), address);
    assert.equal(await assistantSwitch(page).isChecked(), true);

    await assistantSwitch(page).uncheck();
    await page.locator("body:not([aria-busy])").waitFor();
    const known = await knownRuns();
    const topic = nameOf("Among ourselves");
    await createMeeting(page, topic, true);
    // What begins later has ended: the assistant would have been seen by then.
    await page.getByTestId("task").fill("Book a room");
    await page.getByTestId("create-task").click();
    await runs(page, "Follow-up", known).waitFor();
    assert.deepEqual((await knownRuns()).slice(1), known);
    assert.deepEqual((await meetingOf(topic)).registrants, []);
    for (const made of [topic, "Follow-up: Book a room"]) {
      await asAda("DELETE", `meetings/${(await meetingOf(made)).id}`);
    }
  });

  test("a meeting without registration is left alone", async () => {
    const { page } = await listening();
    await employ(page);
    const known = await knownRuns();
    const topic = nameOf("Open to all");
    await createMeeting(page, topic);
    const run = runs(page, "Assistant", known);
    await run.waitFor();
    assert.deepEqual(await stepsOf(run), [
      "meeting: succeeded",
      "takes_registrations: succeeded",
    ]);
    await run.getByText("no", { exact: true }).waitFor();
    assert.equal(await told(page, topic).count(), 0);
    await asAda("DELETE", `meetings/${(await meetingOf(topic)).id}`);
  });

  test("the backend believes only who knows its secret", async () => {
    const notice = { user: "ada", topic: nameOf("Forged"), meeting_id: "1" };
    const tell = async (headers) => {
      const init = { method: "POST", body: JSON.stringify(notice) };
      const type = { "content-type": "application/json" };
      const url = `${product.page}/assistant`;
      return fetch(url, { ...init, headers: { ...type, ...headers } });
    };
    assert.equal((await tell({})).status, 401);
    const forged = { authorization: "Bearer guessed" };
    assert.equal((await tell(forged)).status, 401);
    const { page } = await listening();
    await page.getByTestId("workflows").waitFor();
    assert.equal(await told(page, notice.topic).count(), 0);
  });
});

describe("what starts workflows from the demo's page", () => {
  test("a task that is created there gets a meeting, which the assistant takes part in", async () => {
    const { page } = await listening();
    const address = await employ(page);
    const known = await knownRuns();
    const task = nameOf("Write <i>minutes</i>");
    await page.getByTestId("task").fill(task);
    await page.getByTestId("create-task").click();
    await said(page, `Task “${task}” is created.`);
    await runs(page, "Follow-up", known).waitFor();
    await runs(page, "Assistant", known).waitFor();
    const topic = `Follow-up: ${task}`;
    await told(page, topic).waitFor();
    const meeting = await meetingOf(topic);
    assert.deepEqual(
      meeting.registrants.map(({ email }) => email),
      [address],
    );
    await asAda("DELETE", `meetings/${meeting.id}`);
  });

  test("a run that fails says why", async () => {
    const { page } = await listening();
    const known = await knownRuns();
    const fault = { type: "answer", status: 400 };
    await zoom("POST", "faults", { kind: "create_meeting", fault });
    await page.getByTestId("task").fill("Buy the moon");
    await page.getByTestId("create-task").click();
    const run = runs(page, "Follow-up", known, "failed");
    await run.waitFor();
    await said(page, "Follow-up: failed.");
    assert.deepEqual(await stepsOf(run), ["plan: failed"]);
    const [why] = await run.locator("p").allTextContents();
    assert.match(why, /^Zoom refused .* zoom_refused$/);
  });

  test("a question is answered by a workflow that the page waits for", async () => {
    const { page } = await listening();
    const topic = nameOf("Next up");
    await createMeeting(page, topic);
    const { output } = await asAda("GET", "users/me/meetings?type=upcoming");
    await page.getByTestId("ask-next").click();
    const next = page.getByTestId("next");
    await next.filter({ hasText: output.meetings[0].topic }).waitFor();
    await asAda("DELETE", `meetings/${(await meetingOf(topic)).id}`);
  });

  test("everything is within reach of the keyboard, and fits on a small dark screen", async () => {
    const { page } = await listening({
      viewport: { width: 320, height: 640 },
      colorScheme: "dark",
    });
    await email(page).focus();
    await page.keyboard.type("assistant@small.example");
    await page.keyboard.press("Enter");
    await said(page, "Saved.");
    await assistantSwitch(page).focus();
    await page.keyboard.press("Space");
    await said(page, "Assistant is on.");
    const focused = page.locator(":focus");
    assert.equal(await focused.getAttribute("role"), "switch");

    const known = await knownRuns();
    const topic = nameOf("A_topic_without_any_place_to_break_it_".repeat(3));
    await createMeeting(page, topic, true);
    await told(page, topic).waitFor();
    await runs(page, "Assistant", known).waitFor();
    const width = await page.evaluate(
      () => document.documentElement.scrollWidth,
    );
    assert.ok(width <= 320, `${width} pixels wide`);
    await picture(page, "demo-workflows-small", { whole: true });
    await asAda("DELETE", `meetings/${(await meetingOf(topic)).id}`);
  });
});
