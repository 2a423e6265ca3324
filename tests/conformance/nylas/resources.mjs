// The published client's objects and lists: what it takes from an answer, what it sends to save one, how it turns pages.
// It speaks to the Worker through `client.call` of client.mjs.

/** How many a page of a list has at most. */
const CHUNK = 50;

/** What integrations and grants have in common: filled from an answer, saved as a body. */
class Resource {
  #client;

  constructor(client, answer = {}) {
    this.#client = client;
    this.fill(answer);
  }

  /** Becomes what an answer says, wrapped in `data` or not; what it does not say is empty. */
  fill(answer) {
    const data = answer.data ?? answer;
    const { attributes, empty } = this.constructor;
    for (const name of attributes) {
      this[name] = name in data ? data[name] : (empty()[name] ?? null);
    }
  }

  /** Creates what has no id yet, else updates. The answer to an update is parsed and left alone. */
  async save() {
    const { path } = this.constructor;
    const body = this.body();
    if (!this.id) {
      const answer = await this.#client.call("POST", path, {
        body,
        creates: true,
      });
      return this.fill(answer);
    }
    if (!this.#client) {
      const type = `'${this.constructor.name}RestfulModelCollection'`;
      throw new TypeError(`${type} object has no attribute '_patch_resource'`);
    }
    await this.#client.call("PATCH", `${path}/${this.id}`, { body });
  }

  /** These attributes, without those that are null. */
  present(...names) {
    const given = names.filter((name) => (this[name] ?? null) !== null);
    return Object.fromEntries(given.map((name) => [name, this[name]]));
  }
}

/** An integration; once the server knows it, its `id` is the provider. */
export class Integration extends Resource {
  static path = "integrations";
  static attributes = [
    "name",
    "provider",
    "expires_in",
    "settings",
    "redirect_uris",
    "scope",
    "id",
  ];
  static empty = () => ({ settings: {}, scope: [] });

  fill(answer) {
    super.fill(answer);
    const data = answer.data ?? answer;
    if ("provider" in data) this.id = data.provider;
  }

  body() {
    const body = this.present(
      "name",
      "expires_in",
      "settings",
      "redirect_uris",
      "scope",
    );
    if (!this.id) body.provider = this.provider ?? null;
    return body;
  }
}

/** A grant. */
export class Grant extends Resource {
  static path = "grants";
  static attributes = [
    "id",
    "provider",
    "state",
    "email",
    "ip",
    "grant_status",
    "user_agent",
    "created_at",
    "updated_at",
    "settings",
    "metadata",
    "scope",
  ];
  static empty = () => ({ settings: {}, metadata: {}, scope: [] });

  body() {
    const body = this.present(
      "provider",
      "state",
      "settings",
      "metadata",
      "scope",
    );
    if (!this.id) return body;
    for (const name of ["provider", "state"]) {
      // The published client takes both out without looking whether they are there.
      if (!(name in body)) throw new TypeError(`KeyError: '${name}'`);
      delete body[name];
    }
    return body;
  }
}

/** A list: iterated until an empty page, or taken from by `first`, `all` and `slice`. */
export class Collection {
  #client;
  #type;
  #filters;

  constructor(client, type, filters = { offset: 0 }) {
    this.#client = client;
    this.#type = type;
    this.#filters = filters;
  }

  async *[Symbol.asyncIterator]() {
    const { limit = Infinity, offset } = this.#filters;
    for (let fetched = 0; fetched < limit;) {
      const wanted = Math.min(CHUNK, limit - fetched);
      const page = await this.#page(offset + fetched, wanted);
      if (page.length === 0) return;
      yield* page;
      fetched += page.length;
    }
  }

  /** The same list, only those that fit. */
  where(filters) {
    const { offset = 0 } = filters;
    return new Collection(this.#client, this.#type, { ...filters, offset });
  }

  async first() {
    return (await this.#page(0, 1))[0] ?? null;
  }

  all({ limit = this.#filters.limit ?? Infinity } = {}) {
    return this.#range(this.#filters.offset, limit);
  }

  slice(start, end) {
    return this.#range(start, end - start);
  }

  /** One by its name in the path, which the published client does with the list's filters. */
  async get(id) {
    const path = `${this.#type.path}/${id}`;
    const query = this.#filters;
    const answer = await this.#client.call("GET", path, { query });
    return new this.#type(this.#client, answer);
  }

  /** One that the server does not know yet: set its attributes, then `save()`. */
  create() {
    return new this.#type(this.#client);
  }

  async delete(id) {
    await this.#client.call("DELETE", `${this.#type.path}/${id}`);
  }

  async #range(offset, limit) {
    const all = [];
    while (all.length < limit) {
      const wanted = Math.min(limit - all.length, CHUNK);
      const page = await this.#page(offset + all.length, wanted);
      all.push(...page);
      if (page.length < wanted) break;
    }
    return all;
  }

  async #page(offset, limit) {
    const query = { ...this.#filters, offset };
    if (!query.limit) query.limit = limit;
    const { path } = this.#type;
    const { data } = await this.#client.call("GET", path, { query });
    return (data ?? []).map((one) => new this.#type(undefined, one));
  }
}

/** The project's grants. */
export class Grants extends Collection {
  #client;

  constructor(client) {
    super(client, Grant);
    this.#client = client;
  }

  /** Asks for a sync now, from a time in Unix seconds if one is given. */
  async onDemandSync(id, sync_from) {
    const query = sync_from ? { sync_from } : undefined;
    const path = `grants/${id}/sync`;
    return new Grant(
      undefined,
      await this.#client.call("POST", path, { query }),
    );
  }
}
