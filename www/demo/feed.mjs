// Lists that pages see live, each user their own.

/** How many entries of each user are kept. */
const KEPT = 20;

/** Begins an answer in which feeds can be watched (server-sent events). */
export const begin = (response) =>
  response.writeHead(200, { "content-type": "text/event-stream" });

/** One list of each user, the newest first, and the pages that look at them. */
export class Feed {
  // A real product has them in its database.
  #entries;
  #name;
  #watchers = new Map();

  /** Pages are told of it under this name. */
  constructor(users, name = "message") {
    this.#entries = new Map(users.map((user) => [user, []]));
    this.#name = name;
  }

  /** Adds an entry with an `id` and a `timestamp`. */
  keep(user, entry) {
    const known = this.#entries.get(user);
    // What comes again has the same id.
    if (!known || known.some(({ id }) => id === entry.id)) return;
    this.#set(user, [entry, ...known].sort(byTime).slice(0, KEPT));
  }

  forget(user, isMeant) {
    const known = this.of(user);
    const rest = known.filter((entry) => !isMeant(entry));
    if (rest.length < known.length) this.#set(user, rest);
  }

  /** Has the list as it is elsewhere. */
  replace(user, entries) {
    const isNews = JSON.stringify(entries) !== JSON.stringify(this.of(user));
    if (isNews) this.#set(user, entries);
  }

  of(user) {
    return this.#entries.get(user) ?? [];
  }

  /** Keeps a page up to date: each message is the whole list of this user. */
  watch(response, user) {
    this.#watchers.set(response, user);
    response.on("close", () => this.#watchers.delete(response));
    this.#tell(response, user);
  }

  /** The users that have a page open. */
  watched() {
    return new Set(this.#watchers.values());
  }

  #set(user, entries) {
    this.#entries.set(user, entries);
    for (const [response, watcher] of this.#watchers) {
      if (watcher === user) this.#tell(response, user);
    }
  }

  #tell(response, user) {
    const data = JSON.stringify(this.#entries.get(user));
    response.write(`event: ${this.#name}\ndata: ${data}\n\n`);
  }
}

/** The newest first; of those of one moment, the one that came last. */
const byTime = (one, other) =>
  new Date(other.timestamp) - new Date(one.timestamp);
