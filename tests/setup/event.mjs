// Events as Isthmus would send them to the demo app: signed with the project's event secret, unless something odd is
// asked for.

import { createHmac, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { product } from "./product.mjs";

/** The time in seconds. */
export const now = () => Math.floor(Date.now() / 1000);

function key() {
  const file = join(product.state, "project.json");
  const { event_secret } = JSON.parse(readFileSync(file, "utf8"));
  return Buffer.from(event_secret.replace("whsec_", ""), "base64");
}

/**
 * Sends an event; answers the status. `odd` may have an `id`, a `timestamp`, a `key`, another `body` than the one
 * that is signed, and a `signature` that changes the right one.
 */
export async function sendEvent(type, data, odd = {}) {
  const id = odd.id ?? randomUUID();
  const timestamp = odd.timestamp ?? now();
  const body = JSON.stringify({ type, timestamp: new Date(), data });
  const signature = createHmac("sha256", odd.key ?? key())
    .update(`${id}.${timestamp}.${body}`)
    .digest("base64");
  const { status } = await fetch(`${product.page}/events`, {
    method: "POST",
    headers: {
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": odd.signature?.(signature) ?? `v1,${signature}`,
    },
    body: odd.body ?? body,
  });
  return status;
}
