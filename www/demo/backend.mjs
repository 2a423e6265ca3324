// This product's backend, as workflows see it: told of a registrant, by whoever knows the secret that only this server
// and Isthmus have.
import { randomBytes } from "node:crypto";
import { Feed } from "./feed.mjs";
import { same } from "./session.mjs";

/** In characters: Zoom's own topics and ids are no longer. */
const LONGEST = 200;

/** What it is told, and by whom. */
export class Backend {
  /** New at each start: Isthmus is given it before anything can come. */
  secret = randomBytes(32).toString("base64url");
  told;

  constructor(users) {
    this.told = new Feed(users, "told");
  }

  /** Whether this is one of our workflows. */
  isOurs({ authorization = "" }) {
    return same(authorization, `Bearer ${this.secret}`);
  }

  /** Takes what a workflow tells; a step that is done again says the same under the same key. */
  take(headers, { user, topic, meeting_id, registrant_id }) {
    const key = headers["idempotency-key"] ?? randomBytes(16).toString("hex");
    this.told.keep(String(user), {
      id: key,
      timestamp: new Date(),
      topic: short(topic),
      meeting_id: short(meeting_id),
      registrant_id: short(registrant_id),
    });
  }
}

const short = (value) => [...String(value)].slice(0, LONGEST).join("");
