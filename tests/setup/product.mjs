// The running product that the tests share (`cargo xtask start --json`), and what a test may set on it from outside:
// the sandbox's controls, the project's origins, tokens for users of its own.

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { userToken } from "../../www/demo/user-token.mjs";

/** The line of `start --json` with `state` (the folder) and `tokens` (of ada and ben). */
export const product = JSON.parse(
  process.env.ISTHMUS_TEST_SETUP ??
    fail("ISTHMUS_TEST_SETUP is missing: run this by `cargo xtask test`"),
);

/** People whom the sandbox's Zoom knows. */
export const ADA = "ada@acme.example";
export const ALAN = "alan@acme.example";
export const GRACE = "grace@globex.example";

/** A user of this run only: the product may keep what earlier runs have connected. */
export const newUser = (name) => `${name}-${randomUUID().slice(0, 8)}`;

/** A name of one test only: of a meeting, a workflow. */
export const nameOf = (what) => `${what} ${randomUUID().slice(0, 8)}`;

/** The product's project with its signing key, which the product alone has. */
export function signingProject() {
  const file = join(product.state, "project.json");
  return JSON.parse(readFileSync(file, "utf8"));
}

/** A token of any user of the product; `expiresIn` in seconds, negative for one that has run out. */
export function tokenOf(user, expiresIn) {
  return userToken(signingProject(), user, expiresIn);
}

/** Asks one of the Zoom sandbox's test controls. */
export async function zoom(method, path, body) {
  const url = `${product.zoom}/_sandbox/${path}`;
  return json(await fetch(url, { method, body: body && JSON.stringify(body) }));
}

/** Lets pages of this origin use the project; answers what takes that back. */
export async function admitOrigin(origin) {
  const path = `projects/${product.project_id}`;
  const { origins } = await admin("GET", path);
  await admin("PATCH", path, { origins: [...origins, origin] });
  return () => admin("PATCH", path, { origins });
}

/** Does something while the consent page cuts its opener off, as Zoom's may. */
export async function withCoop(action) {
  await zoom("POST", "settings", { coop: true });
  try {
    return await action();
  } finally {
    await zoom("POST", "settings", { coop: false });
  }
}

/** Asks the Worker as a page of this user does; the answer is the `Response`. */
export function askAs(token, method, path, body, headers) {
  const url = `${product.worker}/projects/${product.project_id}/sdk/${path}`;
  return fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      origin: product.page,
      ...headers,
    },
    body: body && JSON.stringify(body),
    redirect: "manual",
  });
}

/** One of `sessions` or `portals`, as a page of this user opens it. */
export const opened = async (token, what) =>
  json(await askAs(token, "POST", what, { integration: "zoom" }));

/** What this user has connected. */
export const credentialsOf = async (token) =>
  json(await askAs(token, "GET", "credentials"));

/** Takes away everything that this user has connected. */
export async function disconnectAll(token) {
  for (const { id } of await credentialsOf(token)) {
    const path = `integrations/${product.integration_id}`;
    const headers = { "x-paragon-credential": id };
    await json(await askAs(token, "DELETE", path, undefined, headers));
  }
}

/** Asks the Worker's admin routes. */
export async function admin(method, path, body) {
  const headers = { authorization: `Bearer ${product.admin_secret}` };
  const init = { method, headers, body: body && JSON.stringify(body) };
  return json(await fetch(`${product.worker}/admin/${path}`, init));
}

/** The JSON of an answer that must have gone well. */
export async function json(answer) {
  const text = await answer.text();
  if (!answer.ok) fail(`${answer.url}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

function fail(message) {
  throw new Error(message);
}
