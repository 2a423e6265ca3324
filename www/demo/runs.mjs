// What the workflows did: Isthmus is asked for each user's last runs as long as one of their pages looks.
import { setTimeout as pause } from "node:timers/promises";
import { Feed } from "./feed.mjs";

/** How long until it is asked again, in milliseconds. */
const PAUSE = 700;
/** How many runs of each user are shown. */
const SHOWN = 5;

/** Where a run ends. */
const ENDED = new Set(["succeeded", "failed", "stopped", "interrupted"]);

/** The last runs of each user. */
export class Runs {
  #ask;
  #feed;
  #isLooking = false;
  #complaint;

  constructor(ask, users) {
    this.#ask = ask;
    this.#feed = new Feed(users, "runs");
  }

  /** Keeps a page up to date. */
  watch(response, user) {
    this.#feed.watch(response, user);
    this.#look();
  }

  async #look() {
    if (this.#isLooking) return;
    this.#isLooking = true;
    while (this.#feed.watched().size > 0) {
      for (const user of this.#feed.watched()) await this.#read(user);
      await pause(PAUSE);
    }
    this.#isLooking = false;
  }

  async #read(user) {
    try {
      const known = this.#feed.of(user);
      const runs = [];
      const query = new URLSearchParams({ account_id: user, limit: SHOWN });
      for (const { id } of await this.#ask("GET", `runs?${query}`)) {
        const ended = known.find((run) => run.id === id && run.isEnded);
        runs.push(ended ?? shown(await this.#ask("GET", `runs/${id}`)));
      }
      this.#feed.replace(user, runs);
      this.#complaint = undefined;
    } catch (problem) {
      // The Worker is away for a moment: said once.
      const { message } = problem;
      if (message !== this.#complaint) console.error(message);
      this.#complaint = message;
    }
  }
}

/** What the page is told of a run. */
function shown(run) {
  const { id, workflow_id, grant_id, status, problem, message } = run;
  const steps = run.steps.map(({ step, status, problem, chosen }) => ({
    step,
    status,
    problem,
    chosen,
  }));
  return {
    ...{ id, workflow_id, grant_id, status, problem, message, steps },
    isEnded: ENDED.has(status),
    timestamp: new Date(run.created_at * 1000),
  };
}
