// "Connect from the server" in the demo app, clicked through like a person does: the product's own server gets a link, the
// person goes to Zoom with it and comes back, and the server calls Zoom. What the page shows of the calls is what was sent.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";

import { now, sendEvent } from "../setup/event.mjs";
import { decide, PICTURED, signedIn, withPeople } from "../setup/person.mjs";
import { picture } from "../setup/pictures.mjs";
import { ADA, credentialsOf, GRACE, product } from "../setup/product.mjs";

withPeople();

/** A person with the demo app open at "Connect from the server", signed in as one of its users. */
async function atServerTab(user) {
  const { page } = await signedIn(user, PICTURED);
  await page.getByTestId("server-tab").click();
  await page.getByTestId("server-link").waitFor();
  return page;
}

const textOf = (page, testid) => page.getByTestId(testid).textContent();

/** The request that the page shows: its first line, its headers and its JSON body. */
async function shownRequest(page) {
  const text = await textOf(page, "server-request");
  const [, line, rest] = /^(curl .*)\n([^]*)$/.exec(text) ?? [];
  const headers = [...(rest ?? "").matchAll(/-H '(.*)'/g)].map(
    ([, one]) => one,
  );
  const [, body] = /-d '([^]*)'$/.exec(text) ?? [];
  // A shell's way to have a quote between quotes.
  const json = body?.replaceAll("'\\''", "'");
  return { line: line ?? text, headers, body: json && JSON.parse(json) };
}

/** The status and the JSON of the answer that the page shows. */
async function shownAnswer(page) {
  const text = await textOf(page, "server-answer");
  const [head, body] = text.split("\n\n");
  assert.match(head, /^x-request-id: \S+$/m);
  return { status: head.split("\n")[0], json: JSON.parse(body) };
}

async function linkOf(page) {
  await page.getByTestId("server-link").click();
  await page.getByTestId("server-go").waitFor();
}

/** Gets a link, goes to Zoom and decides there; ends on the product's page. */
async function goThrough(page, decision, zoomUser) {
  await linkOf(page);
  await page.getByTestId("server-go").click();
  await decide(page, decision, zoomUser);
  await page.waitForURL(`${product.page}/#server`);
}

/** Connects; answers the grant id. */
async function connect(page, zoomUser) {
  await goThrough(page, "allow", zoomUser);
  const grant = page.getByTestId("server-grant");
  await grant.filter({ hasText: `Connected as ${zoomUser}` }).waitFor();
  return grant.locator("code").textContent();
}

/** The shown events of this kind about this grant, without those of `known`. */
const event = (page, type, grant, known = []) =>
  page
    .getByTestId("server-events")
    .locator(
      ["li", ...known.map((id) => `:not([data-event="${id}"])`)].join(""),
    )
    .filter({ hasText: type })
    .filter({ hasText: grant });

/** The ids of the events that are shown. */
const shownEvents = (page) =>
  page
    .getByTestId("server-events")
    .locator("li")
    .evaluateAll((rows) => rows.map((row) => row.dataset.event));

/** An error with this code is shown, and nothing is connected. */
async function refusedWith(page, code) {
  const error = page.getByTestId("server-error");
  await error.filter({ hasText: code }).waitFor();
  assert.equal(await page.getByTestId("server-grant").isVisible(), false);
  assert.equal(await page.getByTestId("server-link").isVisible(), true);
}

describe("the demo app, connecting from its server", () => {
  test("a person gets a link, connects, plans a meeting and disconnects, and sees each call and event", async () => {
    const page = await atServerTab("ada");
    await linkOf(page);
    const asked = await shownRequest(page);
    assert.equal(
      asked.line,
      `curl -X POST '${product.worker}/connect/auth' \\`,
    );
    assert.deepEqual(asked.headers, [
      "authorization: Basic ••••",
      "content-type: application/json",
    ]);
    const { state, ...rest } = asked.body;
    assert.match(state, /^[\w-]{32}$/);
    assert.deepEqual(rest, {
      provider: "zoom",
      redirect_uri: `${product.page}/connected`,
      account_id: "ada",
      expires_in: 3600,
    });
    const link = await shownAnswer(page);
    assert.equal(link.status, "HTTP 200");
    assert.deepEqual(link.json.data.request, asked.body);
    const href = await page.getByTestId("server-go").getAttribute("href");
    assert.equal(href, link.json.data.url);

    // A user who connects the same account again has the same grant id again.
    const known = await shownEvents(page);
    await page.getByTestId("server-go").click();
    // The product's own page is where the person comes from: nothing is asked in between.
    await decide(page, "allow", ADA);
    const place = page.getByTestId("server-grant");
    await place.filter({ hasText: `Connected as ${ADA}` }).waitFor();
    const grant = await place.locator("code").textContent();
    const back = await textOf(page, "server-redirect");
    assert.equal(
      back,
      `GET /connected?success=true&provider=zoom&grant_id=${grant}&state=${state}`,
    );
    const told = await shownAnswer(page);
    assert.equal(told.json.data.id, grant);
    assert.equal(told.json.data.account_id, "ada");
    const [credential] = await credentialsOf(product.tokens.ada);
    assert.equal(credential.id, grant, "one user, one grant, both ways");

    const topic = `It's <b>Ada</b> ${Date.now()}`;
    await page.getByTestId("server-meeting-topic").fill(topic);
    await page.getByTestId("server-create-meeting").click();
    await page
      .getByTestId("server-meeting")
      .getByText(topic, { exact: true })
      .waitFor();
    const path = `/connect/grants/${grant}/request/users/me/meetings`;
    const { line } = await shownRequest(page);
    assert.equal(line, `curl -X POST '${product.worker}${path}' \\`);
    const meeting = await shownAnswer(page);
    assert.equal(meeting.status, "HTTP 201");
    assert.equal(meeting.json.topic, topic);
    assert.equal(meeting.json.start_url, "••••");
    await event(page, "grant.created", grant, known).first().waitFor();
    await picture(page, "demo-server", { whole: true });

    await page.getByTestId("server-disconnect").click();
    await page.getByTestId("server-link").waitFor();
    await event(page, "grant.deleted", grant, known).first().waitFor();
    assert.equal(await place.isVisible(), false);
    assert.deepEqual(await credentialsOf(product.tokens.ada), []);
  });

  test("declined: the page says so with its codes, and the next link works", async () => {
    const page = await atServerTab("ada");
    await goThrough(page, "decline");
    await refusedWith(page, "consent_declined");
    assert.match(await textOf(page, "server-error"), /event_code \d+$/);
    assert.match(await textOf(page, "server-redirect"), /\?success=false&/);
    assert.deepEqual(await credentialsOf(product.tokens.ada), []);

    await connect(page, ADA);
    assert.equal(await page.getByTestId("server-error").isVisible(), false);
  });

  test("what is connected in one tab is there in the other, and gone when disconnected there", async () => {
    const page = await atServerTab("ada");
    await connect(page, ADA);
    await page.getByRole("link", { name: "Connect from the page" }).click();
    const connection = page.getByTestId("connection");
    await connection.filter({ hasText: ADA }).waitFor();
    await page.getByTestId("disconnect").click();
    await page.getByTestId("connect-zoom").waitFor();
    await page.getByTestId("server-tab").click();
    await page.getByTestId("server-link").waitFor();
    assert.equal(await page.getByTestId("server-grant").isVisible(), false);
    assert.equal(await page.getByTestId("server-error").isVisible(), false);
  });

  test("an answer with another state is refused, and the link that was begun still works", async () => {
    const ben = await atServerTab("ben");
    const page = await atServerTab("ada");
    await connect(ben, GRACE);
    const bens = (await textOf(ben, "server-redirect")).replace("GET ", "");

    await page.goto(product.page + bens);
    await refusedWith(page, "state_mismatch");
    await linkOf(page);
    const link = await page.getByTestId("server-go").getAttribute("href");
    await page.goto(product.page + bens);
    await refusedWith(page, "state_mismatch");
    await page.goto(product.page + bens.replace(/&state=.*/, ""));
    await refusedWith(page, "state_mismatch");

    await page.goto(link, { referer: `${product.page}/` });
    await decide(page, "allow", ADA);
    const grant = page.getByTestId("server-grant");
    await grant.filter({ hasText: ADA }).waitFor();
  });

  test("somebody else's grant, or a path, under the right state is not kept", async () => {
    const ben = await atServerTab("ben");
    const bens = await connect(ben, GRACE);
    const page = await atServerTab("ada");
    const withOwnState = async (grant) => {
      await linkOf(page);
      const { state } = (await shownRequest(page)).body;
      const query = { success: true, provider: "zoom", grant_id: grant, state };
      await page.goto(
        `${product.page}/connected?${new URLSearchParams(query)}`,
      );
    };
    await withOwnState(bens);
    await refusedWith(page, "grant_foreign");
    await withOwnState("../integrations/zoom");
    await refusedWith(page, "grant_foreign");
    await ben.reload();
    await ben.getByTestId("server-grant").filter({ hasText: bens }).waitFor();
  });
});

describe("the demo app's address for events", () => {
  const send = (grant, odd) =>
    sendEvent("grant.updated", { grant_id: grant, account_id: "ada" }, odd);

  test("takes only what is signed, now, and once", async () => {
    const page = await atServerTab("ada");
    const [good, bad] = [randomUUID(), randomUUID()];
    const id = randomUUID();
    const while_changing = (signature) => `v1,b2xk v1,${signature}`;
    assert.equal(await send(good, { id, signature: while_changing }), 204);
    assert.equal(await send(good, { id }), 204);
    const refused = {
      "another key": { key: "another" },
      "another body": { body: "{}" },
      "ten minutes old": { timestamp: now() - 600 },
      "ten minutes early": { timestamp: now() + 600 },
      "no time": { timestamp: "soon" },
      "no signature": { signature: () => "" },
      "another version": { signature: (text) => `v2,${text}` },
    };
    for (const [how, odd] of Object.entries(refused)) {
      assert.equal(await send(bad, odd), 401, how);
    }
    await event(page, "grant.updated", good).waitFor();
    assert.equal(await event(page, "grant.updated", good).count(), 1);
    assert.equal(await event(page, "grant.updated", bad).count(), 0);
  });
});
