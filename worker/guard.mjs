// Stands around the wasm instance that all requests and objects of an isolate share. When that instance dies (a panic,
// no memory), whoever waits inside it would wait for ever; here each of them is answered.

// How soon after a death whoever waits is answered, in milliseconds.
const CHECK_EVERY = 250;

/** The module's default export: a Worker whose callers are answered. */
export function guardedWorker(Worker) {
  watchForDeath();
  const fetch = (request, env, context) =>
    answered(request, () => {
      const worker = new Worker(context, env);
      glue ??= worker;
      return worker.fetch(request);
    });
  return { fetch };
}

/** A Durable Object class whose callers are answered. */
export function guardedObject(Rules) {
  return class {
    #rules;

    constructor(state, env) {
      this.#rules = new Rules(state, env);
      glue ??= this.#rules;
    }

    fetch(request) {
      return answered(request, () => this.#rules.fetch(request));
    }

    // An alarm that was interrupted throws: the runtime then calls it again.
    alarm() {
      return guarded(() => this.#rules.alarm());
    }
  };
}

// The glue's own view: `criticalError` is set by a death, `instanceId` is new after each restart.
let instance;

// A call through any of the glue's objects lets it start a new instance when the old one is dead.
let glue;

// The glue would do that at the next call from outside. Until then promises settle into callbacks of the dead instance,
// and the first of these would run at its old address in the new one. So it happens at once: then they are refused.
function watchForDeath() {
  instance = globalThis.__worker_init_state;
  let dead = instance.criticalError;
  Object.defineProperty(instance, "criticalError", {
    get: () => dead,
    set(value) {
      dead = value;
      if (dead) glue?.toString();
    },
  });
}

class Interrupted extends Error {}

/** Calls into the instance; rejects with `Interrupted` when the instance dies before it answers. */
function guarded(call) {
  return new Promise((resolve, reject) => {
    const answer = call();
    const id = instance.instanceId;
    const died = () => instance.criticalError || instance.instanceId !== id;
    const watch = setInterval(() => {
      if (!died()) return;
      clearInterval(watch);
      reject(new Interrupted());
    }, CHECK_EVERY);
    Promise.resolve(answer)
      .finally(() => clearInterval(watch))
      .then(resolve, (error) => reject(died() ? new Interrupted() : error));
  });
}

async function answered(request, call) {
  try {
    return await guarded(call);
  } catch (error) {
    if (error instanceof Interrupted) return interrupted(request);
    throw error;
  }
}

function interrupted(request) {
  const headers = new Headers({
    "content-type": "application/json",
    "retry-after": "1",
    "cache-control": "no-store",
    vary: "Origin",
  });
  // It holds nothing secret, and no credentials are used; a page shall be able to read it.
  const origin = request.headers.get("origin");
  if (origin) headers.set("access-control-allow-origin", origin);
  const answer = {
    message: "The service was interrupted. Please try again.",
    code: "interrupted",
  };
  return new Response(JSON.stringify(answer), { status: 503, headers });
}
