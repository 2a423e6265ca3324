// What a project's server may be answered about events: for each operation, by status and code, the request that brings
// it about. What happened at Zoom is sent as Zoom sends it, signed.

import assert from "node:assert/strict";
import { createHmac, randomUUID } from "node:crypto";

import { admin, product } from "../../setup/product.mjs";
import { until } from "../runtime.mjs";
import { large, World } from "./world.mjs";

const TOO_LARGE = { body: large(64 * 1024) };
/** Nobody listens there: an attempt is made, and others follow. */
const NOBODY = "http://127.0.0.1:1/events";
const wish = { trigger: "meeting_ended", url: NOBODY };
const filter = {
  operator: "OR",
  conditions: [
    {
      operator: "AND",
      conditions: [
        {
          field: "object.topic",
          operator: "$stringContains",
          value: "Planning",
        },
      ],
    },
  ],
};

/** A request of the server of this project. */
const by = ({ server }, request) => ({ headers: server, ...request });
const ready = async (request) => by(await World.ready(), request);

const subscribe = (world, more) =>
  world.asked("POST", "subscriptions", { ...wish, ...more });

/** The project's own endpoint: subscriptions without an address are told there. */
const listen = (world) =>
  admin("PUT", `projects/${world.project.id}/event-endpoint`, { url: NOBODY });

/** A request about a subscription of this project. */
async function subscribed(request, more) {
  const world = await World.ready();
  if (more?.url === null) await listen(world);
  const { id } = await subscribe(world, more);
  return by(world, { path: { subscription: id }, ...request });
}

/** A project in which somebody's meeting has ended. */
async function happened() {
  const world = await World.ready();
  const token = `secret-${randomUUID()}`;
  const settings = { webhook_secret_token: token };
  const { id } = await world.asked("PATCH", "integrations/zoom", { settings });
  const grant = await world.asked("GET", `grants/${await world.grant()}`);
  const object = {
    id: "1234567890",
    uuid: randomUUID(),
    host_id: grant.provider_user_id,
    topic: "Planning 🚒",
    password: "not to be shown",
  };
  const payload = { account_id: "account", object };
  const event = { event: "meeting.ended", event_ts: Date.now(), payload };
  return { world, id, token, grant, body: JSON.stringify(event) };
}

/** Zoom tells the Worker. */
async function tell({ id, token, body }) {
  const seconds = String(Math.floor(Date.now() / 1000));
  const mac = createHmac("sha256", token).update(`v0:${seconds}:${body}`);
  const headers = {
    "content-type": "application/json",
    "x-zm-request-timestamp": seconds,
    "x-zm-signature": `v0=${mac.digest("hex")}`,
  };
  const url = `${product.worker}/webhook/triggers/connect/zoom/${id}`;
  const answer = await fetch(url, { method: "POST", headers, body });
  assert.equal(answer.status, 204, await answer.text());
}

/** A project in which a subscription was told of something; the event's and the delivery's row. */
async function told() {
  const zoom = await happened();
  const { world } = zoom;
  const subscription = await subscribe(world, { filter });
  await tell(zoom);
  const delivery = await until("an attempt was made", async () => {
    const query = `subscription_id=${subscription.id}`;
    const [one] = await world.asked("GET", `deliveries?${query}`);
    return one?.attempts.length && one;
  });
  const [event] = await world.asked("GET", "events");
  return { world, subscription, delivery, event };
}

/** So many subscriptions as a project may have. */
async function full() {
  const world = await World.ready();
  for (let made = 0; made < 1000; made += 25) {
    await Promise.all(Array.from({ length: 25 }, () => subscribe(world)));
  }
  return by(world, { body: wish });
}

const GONE = { subscription: randomUUID() };

export const subscriptions = {
  triggers: {
    200: () => ready({ query: { offset: "1", limit: "2" } }),
    "400 invalid_request": () => ready({ query: { offset: "-1" } }),
  },
  newSubscription: {
    201: () => ready({ body: { ...wish, filter, account_id: "ada" } }),
    "400 invalid_request": () => ready({ body: { ...wish, url: "http://a" } }),
    "400 trigger_unknown": () => ready({ body: { ...wish, trigger: "x" } }),
    "400 event_endpoint_missing": () =>
      ready({ body: { trigger: "meeting.ended" } }),
    "409 too_many_subscriptions": () => full(),
    "413 payload_too_large": () => ready(TOO_LARGE),
  },
  subscriptions: {
    200: async () => {
      const { headers } = await subscribed({}, { url: null, filter });
      const query = { trigger: "meeting_ended", status: "active" };
      return { headers, query };
    },
    "400 invalid_request": () => ready({ query: { status: "lost" } }),
    "400 trigger_unknown": () => ready({ query: { trigger: "x" } }),
  },
  subscription: {
    200: () => subscribed(),
    "404 subscription_not_found": () => ready({ path: GONE }),
  },
  patchSubscription: {
    200: () =>
      subscribed(
        { body: { url: NOBODY, filter: null, status: "paused" } },
        { url: null, filter, account_id: "ada" },
      ),
    "400 invalid_request": () => subscribed({ body: { status: "disabled" } }),
    "400 event_endpoint_missing": () => subscribed({ body: { url: null } }),
    "404 subscription_not_found": () => ready({ path: GONE, body: {} }),
    "413 payload_too_large": () => subscribed(TOO_LARGE),
  },
  deleteSubscription: {
    200: () => subscribed(),
    "404 subscription_not_found": () => ready({ path: GONE }),
  },
  rotateSubscriptionSecret: {
    200: () => subscribed(),
    "400 invalid_request": () => subscribed({}, { url: null }),
    "404 subscription_not_found": () => ready({ path: GONE }),
  },
};

export const events = {
  events: {
    200: async () => {
      const { world, event, delivery } = await told();
      const { meeting_id, integration_id } = event;
      const [{ account_id }] = event.outcomes;
      const { grant_id } = delivery;
      const query = { trigger: "meeting.ended", account_id, grant_id };
      return by(world, { query: { ...query, meeting_id, integration_id } });
    },
    "400 invalid_request": () => ready({ query: { account_id: "" } }),
    "400 trigger_unknown": () => ready({ query: { trigger: "x" } }),
  },
  event: {
    200: async () => {
      const { world, event } = await told();
      return by(world, { path: { event: event.id } });
    },
    "404 event_not_found": () => ready({ path: { event: "e_0" } }),
  },
};

const NO_DELIVERY = { path: { delivery: "evt_0" } };

export const deliveries = {
  deliveries: {
    200: async () => {
      const { world, event, delivery } = await told();
      const [{ account_id }] = event.outcomes;
      const { grant_id, subscription_id } = delivery;
      const query = { event_id: event.id, subscription_id, grant_id };
      return by(world, { query: { ...query, account_id, status: "pending" } });
    },
    "400 invalid_request": () => ready({ query: { status: "lost" } }),
  },
  delivery: {
    200: async () => {
      const { world, delivery } = await told();
      return by(world, { path: { delivery: delivery.id } });
    },
    "404 delivery_not_found": () => ready(NO_DELIVERY),
  },
  replayDelivery: {
    202: async () => {
      const { world, delivery } = await told();
      return by(world, { path: { delivery: delivery.id } });
    },
    "404 delivery_not_found": () => ready(NO_DELIVERY),
    "409 delivery_not_replayable": async () => {
      const { world, subscription, delivery } = await told();
      await world.asked("DELETE", `subscriptions/${subscription.id}`);
      return by(world, { path: { delivery: delivery.id } });
    },
  },
};
