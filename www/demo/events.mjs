// Events from Isthmus: the signature is checked (Standard Webhooks, https://www.standardwebhooks.com), the last
// ones are kept, and each page sees its own user's: those about their grants and those about their Zoom.
import { createHmac, timingSafeEqual } from "node:crypto";
import { Feed } from "./feed.mjs";
import { shownOf } from "./zoom-events.mjs";

/** How old, or how early, an event may be, in seconds. */
const TOLERANCE = 5 * 60;

/** Whether Isthmus sent this body just now. `secret` is `whsec_…`, `body` the bytes as they came. */
export function isGenuine(secret, headers, body) {
  const id = headers["webhook-id"];
  const timestamp = headers["webhook-timestamp"];
  const age = Math.abs(Date.now() / 1000 - Number(timestamp));
  // Not `age > TOLERANCE`: what is no number is not genuine either.
  if (!id || !(age <= TOLERANCE)) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const expected = createHmac("sha256", key)
    .update(`${id}.${timestamp}.`)
    .update(body)
    .digest();
  // Several while a secret is being changed, with a space between them.
  const signatures = (headers["webhook-signature"] ?? "").split(" ");
  return signatures.some((signature) => {
    const [version, text = ""] = signature.split(",", 2);
    const given = Buffer.from(text, "base64");
    if (version !== "v1" || given.length !== expected.length) return false;
    return timingSafeEqual(given, expected);
  });
}

/** Takes events in, and has two feeds of them: `grants` and `zoom`. */
export class Events {
  #secret;
  #labels;

  /** `labels` are the triggers' by their ids; `users` those of this product. */
  constructor({ secret, labels, users }) {
    this.#secret = secret;
    this.#labels = labels;
    this.grants = new Feed(users);
    this.zoom = new Feed(users);
  }

  /** Takes an event in; answers the status that says so. */
  take(headers, body) {
    // Without a secret anybody could sign.
    if (!this.#secret) return 503;
    if (!isGenuine(this.#secret, headers, body)) return 401;
    const { type, timestamp, data } = JSON.parse(body);
    const event = { id: headers["webhook-id"], type, timestamp, data };
    const user = data?.account_id;
    // Only Zoom's events bring what a trigger gives out.
    if (data?.output) this.zoom.keep(user, shownOf(event, this.#labels));
    else if (type.startsWith("grant.")) this.grants.keep(user, event);
    // It is about the product and no user: for whoever runs it to see.
    else if (type === "subscription.disabled") {
      const { subscription_id, trigger } = data;
      console.error(`disabled: subscription ${subscription_id} to ${trigger}`);
    }
    // Whoever disconnects wants nothing of theirs to stay.
    if (type === "grant.deleted") {
      const { grant_id } = data;
      this.zoom.forget(user, (one) => {
        const isBefore = new Date(one.timestamp) <= new Date(timestamp);
        return one.grant_id === grant_id && isBefore;
      });
    }
    return 204;
  }
}
