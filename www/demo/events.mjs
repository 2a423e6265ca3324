// Events from Isthmus: the signature is checked (Standard Webhooks, https://www.standardwebhooks.com), the last
// ones are kept, and each page sees its own user's.
import { createHmac, timingSafeEqual } from "node:crypto";

/** How old, or how early, an event may be, in seconds. */
const TOLERANCE = 5 * 60;
const KEPT = 20;

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

/** The last events, and the pages that look at them. */
export class Events {
  #secret;
  #events = [];
  #watchers = new Map();

  constructor(secret) {
    this.#secret = secret;
  }

  /** Takes an event in; answers the status that says so. */
  take(headers, body) {
    // Without a secret anybody could sign.
    if (!this.#secret) return 503;
    if (!isGenuine(this.#secret, headers, body)) return 401;
    const id = headers["webhook-id"];
    // An event that comes again has the same id.
    if (this.#events.some((event) => event.id === id)) return 204;
    const { type, timestamp, data } = JSON.parse(body);
    this.#events = [{ id, type, timestamp, data }, ...this.#events];
    this.#events.length = Math.min(this.#events.length, KEPT);
    for (const [response, user] of this.#watchers) this.#tell(response, user);
    return 204;
  }

  /** Keeps a page up to date by server-sent events: each is the whole list of this user. */
  watch(response, user) {
    response.writeHead(200, { "content-type": "text/event-stream" });
    this.#watchers.set(response, user);
    response.on("close", () => this.#watchers.delete(response));
    this.#tell(response, user);
  }

  #tell(response, user) {
    const own = this.#events.filter(({ data }) => data?.account_id === user);
    response.write(`data: ${JSON.stringify(own)}\n\n`);
  }
}
