// What this server remembers in a browser: cookies with a proof that this server wrote them.
import { createHmac, timingSafeEqual } from "node:crypto";

/** Whether two texts are the same, in a time that does not tell where they differ. */
export function same(one, other) {
  const [first, second] = [Buffer.from(one), Buffer.from(other)];
  return first.length === second.length && timingSafeEqual(first, second);
}

/** One cookie by its name: `set` writes its `set-cookie` line, `read` answers its value or null. */
export class Cookie {
  #name;
  #key;
  #rest;

  /** `rest` is `SameSite=…` and other attributes; the values are of letters, digits, `_`, `-`, `.`. */
  constructor(name, key, rest) {
    this.#name = name;
    this.#key = key;
    this.#rest = rest;
  }

  #proof(value) {
    const proof = createHmac("sha256", this.#key);
    return proof.update(`${this.#name}=${value}`).digest("base64url");
  }

  set(value, seconds) {
    const proven = `${value}.${this.#proof(value)}`;
    return `${this.#name}=${proven}; HttpOnly; ${this.#rest}; Max-Age=${seconds}`;
  }

  clear() {
    return `${this.#name}=; HttpOnly; ${this.#rest}; Max-Age=0`;
  }

  read(request) {
    for (const cookie of (request.headers.cookie ?? "").split("; ")) {
      const [, name, value, proof] =
        /^(\w+)=([\w.-]+)\.([\w-]+)$/.exec(cookie) ?? [];
      if (name !== this.#name) continue;
      return same(proof, this.#proof(value)) ? value : null;
    }
    return null;
  }
}
