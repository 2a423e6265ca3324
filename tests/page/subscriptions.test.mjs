// What the demo app's server makes sure of at each start: one subscription for each trigger, against a Worker that is
// only an HTTP server with a list.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { afterEach, test } from "node:test";

import { asker } from "../../www/demo/ask.mjs";
import { subscribe } from "../../www/demo/subscriptions.mjs";

const TRIGGERS = [
  { id: "new_meeting", label: "New Meeting" },
  { id: "meeting_ended", label: "Meeting Ended" },
];
const AUTHORIZATION = `Basic ${Buffer.from("us:ours").toString("base64")}`;

let server;
afterEach(() => server.close());

/** What the server's start asks of a Worker with these subscriptions, and what it answers. */
async function started(subscriptions) {
  const asked = [];
  server = createServer(async (request, response) => {
    assert.equal(request.headers.authorization, AUTHORIZATION);
    const { pathname, searchParams } = new URL(request.url, "http://localhost");
    const list = pathname.endsWith("/triggers") ? TRIGGERS : subscriptions;
    const [offset, limit] = ["offset", "limit"].map((name) =>
      Number(searchParams.get(name)),
    );
    if (request.method !== "GET") {
      const body = JSON.parse(Buffer.concat(await request.toArray()));
      asked.push({ [`${request.method} ${pathname}`]: body });
    }
    const data = limit ? list.slice(offset, offset + limit) : list;
    response.end(JSON.stringify({ success: true, data }));
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const worker = `http://127.0.0.1:${server.address().port}`;
  const project = { client_id: "us", client_secret: "ours" };
  return { asked, labels: await subscribe(asker({ worker, project })) };
}

const subscription = (trigger, more) => ({
  id: `s-${trigger}`,
  trigger,
  url: null,
  filter: null,
  account_id: null,
  status: "active",
  ...more,
});

const NEW = "POST /connect/subscriptions";

test("the first start subscribes to each trigger and knows their labels", async () => {
  const { asked, labels } = await started([]);
  const triggers = TRIGGERS.map(({ id }) => ({ [NEW]: { trigger: id } }));
  assert.deepEqual(asked, triggers);
  assert.deepEqual(labels, {
    new_meeting: "New Meeting",
    meeting_ended: "Meeting Ended",
  });
});

test("a later start leaves what is there, also on the list's second page", async () => {
  const others = Array.from({ length: 201 }, (_, n) =>
    subscription("new_meeting", { id: `o${n}`, account_id: `user-${n}` }),
  );
  const own = TRIGGERS.map(({ id }) => subscription(id));
  own[1].status = "paused";
  const { asked } = await started([...others, ...own]);
  assert.deepEqual(asked, []);
});

test("one that was disabled while the server was away is active again", async () => {
  const { asked } = await started([
    subscription("new_meeting", { status: "disabled" }),
    subscription("meeting_ended", { url: "https://example.com/hook" }),
  ]);
  assert.deepEqual(asked, [
    { "PATCH /connect/subscriptions/s-new_meeting": { status: "active" } },
    { [NEW]: { trigger: "meeting_ended" } },
  ]);
});
