// From "Connect" to the account: the window leaves for the provider and comes back to a new page, which has to know what
// is new.

import type { Account, Portal } from "./backend.ts";
import type { Kept } from "./kept.ts";

/** The accounts that worked before, each with its consent. */
type Before = Record<string, string>;

const NAME = "journey";

/** What is remembered from one page to the next. */
export class Journey {
  readonly #kept: Kept;

  constructor(kept: Kept) {
    this.#kept = kept;
  }

  /** The window is about to leave. */
  begin(portal: Portal): void {
    const working = portal.accounts.filter(({ isValid }) => isValid);
    const before: Before = Object.fromEntries(
      working.map(({ id, consent }) => [id, consent]),
    );
    this.#kept.write(NAME, before);
  }

  /** The account that has been connected since, or connected again, once. */
  arrived(portal: Portal): Account | undefined {
    const before = this.#kept.read<Before>(NAME);
    if (!before) return undefined;
    const account = portal.accounts.find(
      ({ id, isValid, consent }) => isValid && before[id] !== consent,
    );
    if (account) this.forget();
    return account;
  }

  /** The code that the address says the last attempt failed with, once; the address forgets it. */
  failure(): string | undefined {
    const code = new URLSearchParams(location.search).get("failed");
    if (code === null) return undefined;
    this.forget();
    history.replaceState(null, "", location.pathname);
    return /^[a-z_]{1,40}$/.test(code) ? code : "unknown";
  }

  forget(): void {
    this.#kept.forget(NAME);
  }
}
