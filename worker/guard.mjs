// Stands around the wasm instance that all requests and objects of an isolate share. When that instance dies of a panic,
// whoever waits inside it would wait for ever; here each of them is answered.

// How soon after a death whoever waits is answered, in milliseconds.
const CHECK_EVERY = 250;

/** The module's default export: a Worker whose callers are answered. */
export function guardedWorker(Worker) {
  watchForDeath();
  const fetch = (request, env, context) =>
    answered(request, () => made(new Worker(context, env)).fetch(request));
  // One that was interrupted throws: it is in the log then, and the next one goes on.
  const scheduled = (event, env, context) =>
    guarded(() => made(new Worker(context, env)).scheduled(event));
  return { fetch, scheduled };
}

/** A Durable Object class whose callers are answered. */
export function guardedObject(Rules) {
  return class {
    #rules;

    constructor(state, env) {
      this.#rules = made(new Rules(state, env));
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

/** An object of the glue's, as it was made. */
export function made(object) {
  glue ??= object;
  return object;
}

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

/** The instance died before it answered. */
export class Interrupted extends Error {}

const EVENT_CODE = 26048;

/** Calls into the instance; rejects with `Interrupted` when the instance dies before it answers. */
export async function guarded(call, every = CHECK_EVERY) {
  // Taken before the call, which may itself be the death. An instance that is dead already is replaced as a call begins.
  const id = instance.instanceId + (instance.criticalError ? 1 : 0);
  const died = () => instance.criticalError || instance.instanceId !== id;
  let watch;
  const death = new Promise((_, reject) => {
    watch = setInterval(() => died() && reject(), every);
  });
  try {
    return await Promise.race([call(), death]);
  } catch (error) {
    throw died() ? new Interrupted() : error;
  } finally {
    clearInterval(watch);
  }
}

async function answered(request, call) {
  try {
    return await guarded(call);
  } catch (error) {
    if (error instanceof Interrupted) return interrupted(request);
    throw error;
  }
}

// What a person's browser opens, as src/edge/route.rs has it: the answer is read by the person.
const FOR_PEOPLE = /^\/(oauth|connect(\/(login|start|callback)(\/.*)?|\/?))$/;

// The same as `interrupted` in the table of src/edge/problem.rs. Nothing in it is secret: any page may read it.
function interrupted({ url, method, headers: asked }) {
  const code = "interrupted";
  const message =
    "The runtime restarted in the middle; whether the request was carried out is not known: look before you repeat it.";
  const requestId = crypto.randomUUID();
  const headers = new Headers({
    "content-type": "application/json",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-isthmus-code": code,
    "x-request-id": requestId,
    vary: "Origin",
  });
  // Only what can be repeated without a look.
  if (method === "GET" || method === "HEAD") headers.set("retry-after", "1");
  const origin = asked.get("origin");
  if (origin) {
    headers.set("access-control-allow-origin", origin);
    headers.set("access-control-expose-headers", "*");
  }
  const { pathname } = new URL(url);
  if (FOR_PEOPLE.test(pathname)) {
    headers.set("content-type", "text/html; charset=utf-8");
    headers.set("content-security-policy", "default-src 'none'");
    return new Response(page(code), { status: 503, headers });
  }
  const body = pathname.startsWith("/connect/")
    ? serverFailure(code, message, requestId)
    : { message, code };
  return new Response(JSON.stringify(body), { status: 503, headers });
}

function page(code) {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Interrupted</title>
<h1>Interrupted</h1><p>We were interrupted in the middle. Reload this page; if that does not help, go back to the app and press Connect again.</p><p><code data-testid="error">${code}</code></p></html>`;
}

// The form of a failure for a project's server, as src/edge/server/mod.rs has it.
function serverFailure(code, message, request_id) {
  const type = "api_error";
  const [http_code, event_code] = [503, EVENT_CODE];
  const error = { type, http_code, event_code, code, message, request_id };
  return { success: false, error, message, type };
}
