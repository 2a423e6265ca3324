// A start link is not proof that somebody wants to connect: reached from anywhere but the product's own page it asks first,
// and nothing goes to Zoom before the click. And several popups at once, which must not meet.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";

import {
  accountIn,
  closed,
  decide,
  done,
  person as somebody,
  withPeople,
} from "../setup/person.mjs";
import {
  ADA,
  ALAN,
  askAs,
  credentialsOf,
  disconnectAll,
  GRACE,
  json,
  newUser,
  opened,
  product,
  tokenOf,
  zoom,
} from "../setup/product.mjs";

let person, foreign;

withPeople();
before(async () => (foreign = await foreignSite()));
after(() => foreign?.close());

/** Another site, whose only page holds what a test puts there. */
async function foreignSite() {
  const site = { content: "" };
  const server = createServer((request, response) => {
    const icon = '<link rel="icon" href="data:,">';
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    response.end(
      `<!doctype html>${icon}<title>Elsewhere</title>${site.content}`,
    );
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  site.url = `http://127.0.0.1:${server.address().port}/`;
  site.close = () =>
    new Promise((done) => (server.close(done), server.closeAllConnections()));
  return site;
}

/** A user's session that has just begun, in somebody else's hands. */
async function begun() {
  const user = newUser("link");
  const token = tokenOf(user);
  return { user, token, ...(await opened(token, "sessions")) };
}

const outcomeOf = async ({ token, id }) =>
  json(await askAs(token, "GET", `sessions/${id}`));

/** Nothing has reached Zoom, neither from the browser nor from the Worker. */
async function zoomWasLeftAlone() {
  assert.deepEqual(person.requested("GET", product.zoom), []);
  assert.deepEqual((await zoom("GET", "calls")).calls, []);
}

/** The question is there, says who is asked for what, and the click on it leads to a connected account. */
async function asksThenConnects(page, session) {
  // The last page tries: the person may have come by a popup.
  person.excuse(/^Scripts may close only the windows that were opened by/);
  const confirm = page.getByTestId("confirm-connect");
  await confirm.waitFor();
  const question = await page.getByRole("heading").textContent();
  assert.match(question, /^Connect your Zoom account to .+ as .+\?$/);
  assert.ok(question.includes(session.user));
  await zoomWasLeftAlone();
  assert.equal((await outcomeOf(session)).status, "open");

  await confirm.click();
  await decide(page, "allow", GRACE);
  await page.getByText("Your Zoom account is connected.").waitFor();
  const outcome = await outcomeOf(session);
  assert.equal(outcome.status, "done");
  const me = await askAs(session.token, "GET", "proxy/zoom/users/me");
  assert.equal((await json(me)).output.email, GRACE);
}

describe("a start link", () => {
  async function sitDown() {
    person = await somebody();
    await zoom("DELETE", "calls");
    return begun();
  }

  test("opened directly asks before anything goes to Zoom, then works", async () => {
    const session = await sitDown();
    const page = await person.open(session.start_url);
    await asksThenConnects(page, session);
  });

  test("opened from another site asks before anything goes to Zoom, then works", async () => {
    const session = await sitDown();
    foreign.content = `<a href="${session.start_url}">A nice surprise</a>`;
    const page = await person.open(foreign.url);
    await page.getByText("A nice surprise").click();
    await asksThenConnects(page, session);
  });

  test("opened by another site's popup asks first, then works, and that site is told nothing", async () => {
    const session = await sitDown();
    foreign.content = `<button onclick="window.open('${session.start_url}')">Win</button>
      <script>const told = []; onmessage = ({ data }) => told.push(data);</script>`;
    const page = await person.open(foreign.url);
    const popup = await person.popup(page, () => page.getByText("Win").click());
    await popup.getByTestId("confirm-connect").waitFor();
    await zoomWasLeftAlone();
    // The message of the last page is for the product's origin: the browser does not deliver it here.
    person.excuse(/target origin provided .* does not match/);
    await popup.getByTestId("confirm-connect").click();
    await decide(popup, "allow", GRACE);
    await closed(popup);
    assert.equal((await outcomeOf(session)).status, "done");
    assert.deepEqual(await page.evaluate("told"), []);
  });

  test("another site's form cannot give the answer to the question", async () => {
    const session = await sitDown();
    person.excuse(/status of 403/);
    foreign.content = `<form method="post" action="${product.worker}/connect/start">
      <input type="hidden" name="session" value="${session.id}"><button>Win</button></form>`;
    const page = await person.open(foreign.url);
    await page.getByText("Win").click();
    await page.getByText("origin_not_allowed").waitFor();
    await zoomWasLeftAlone();
    assert.equal((await outcomeOf(session)).status, "open");
  });

  test("another site cannot show the question in a frame, under a button of its own", async () => {
    const session = await sitDown();
    person.excuse(/frame-ancestors/, /X-Frame-Options/i);
    foreign.content = `<iframe src="${session.start_url}"></iframe>`;
    const page = await person.open(foreign.url);
    await page.waitForLoadState("networkidle");
    const frame = page.frameLocator("iframe");
    assert.equal(await frame.getByTestId("confirm-connect").count(), 0);
    await zoomWasLeftAlone();
  });
});

describe("two popups at once in one browser", () => {
  const ada = product.tokens.ada;

  /** Two tabs of one signed-in person, each with its popup at the consent page. */
  async function twoPopups() {
    person = await somebody();
    const first = await person.open(product.page);
    await first.getByTestId("sign-in-ada").click();
    await first.getByTestId("connect-zoom").waitFor();
    const second = await person.open(product.page);
    const tabs = [];
    for (const page of [first, second]) {
      const button = page.getByTestId("connect-zoom");
      await button.waitFor();
      const popup = await person.popup(page, () => button.click());
      await popup.getByTestId("connect").click();
      await popup.getByTestId("allow").waitFor();
      tabs.push({ page, popup });
    }
    return tabs;
  }

  async function allow({ page, popup }, zoomUser) {
    await decide(popup, "allow", zoomUser);
    await accountIn(popup, zoomUser).waitFor();
    await done(popup);
    const connection = page.getByTestId("connection");
    await connection.filter({ hasText: zoomUser }).waitFor();
  }

  test("the same account in both: one grant with one live token pair", async () => {
    const [first, second] = await twoPopups();
    await allow(second, ALAN);
    await allow(first, ALAN);
    const credentials = await credentialsOf(ada);
    assert.equal(credentials.length, 1);
    const { pairs } = await zoom("GET", "state");
    const alan = credentials[0].providerId;
    const live = pairs.filter((pair) => pair.live && pair.user_id === alan);
    assert.equal(live.length, 1);
    const me = await json(await askAs(ada, "GET", "proxy/zoom/users/me"));
    assert.equal(me.output.email, ALAN);
    await disconnectAll(ada);
  });

  test("another account in each: both are there, none took the other's", async () => {
    const [first, second] = await twoPopups();
    await allow(second, ALAN);
    await allow(first, ADA);
    for (const { id, providerData } of await credentialsOf(ada)) {
      const headers = { "x-paragon-credential": id };
      const path = "proxy/zoom/users/me";
      const me = await json(await askAs(ada, "GET", path, undefined, headers));
      assert.equal(me.output.email, providerData.email);
    }
    const emails = (await credentialsOf(ada)).map(
      (one) => one.providerData.email,
    );
    assert.deepEqual(emails.sort(), [ADA, ALAN]);
    await disconnectAll(ada);
  });
});
