// What an operator looks at in the console: users with a Zoom account connected, workflows of a test's own, their runs. All
// of it by HTTP, as a product's server and its users' browsers would.

import assert from "node:assert/strict";

import {
  ALAN,
  askAs,
  json,
  newUser,
  opened,
  product,
  tokenOf,
  zoom,
} from "./product.mjs";

/** A text that must never become a part of a page. */
export const HTML = `<img src=x onerror="window.broken=1">`;

/** Where the console has the product's project. */
export const PROJECT = `/console/projects/${product.project_id}`;

/** A step that calls Zoom, and always goes well. */
export const look = (id, more = {}) => ({
  id,
  type: "zoom.request",
  inputs: { method: "GET", path: "users/me" },
  ...more,
});

/** Asks one of the project's server routes; answers its `data`. */
export async function asServer(method, path, body, options = {}) {
  const { client_id, client_secret } = options.project ?? product;
  const client = Buffer.from(`${client_id}:${client_secret}`);
  const init = {
    method,
    headers: { authorization: `Basic ${client.toString("base64")}` },
    body: body && JSON.stringify(body),
  };
  const answer = await fetch(`${product.worker}/connect/${path}`, init);
  return (await json(answer)).data;
}

/** Connects a Zoom account for a user, as their browser does; answers the grant's id. */
export async function connectAs(user, zoomUser) {
  const token = tokenOf(user);
  const { id, start_url } = await opened(token, "sessions");
  const start = await fetch(start_url, {
    headers: { referer: `${product.page}/` },
    redirect: "manual",
  });
  const [cookie] = start.headers.getSetCookie().map((one) => one.split(";")[0]);
  const { redirect_url } = await zoom("POST", "consent", {
    authorize_url: start.headers.get("location"),
    zoom_user: zoomUser,
    decision: "allow",
  });
  await fetch(redirect_url, { headers: { cookie }, redirect: "manual" });
  const session = await json(await askAs(token, "GET", `sessions/${id}`));
  if (session.status !== "done") throw new Error(JSON.stringify(session));
  return session.credential_id;
}

/** A user of this test only, with a Zoom account connected. */
export async function connectedUser(name, zoomUser = ALAN) {
  const user = newUser(name);
  return { user, grant: await connectAs(user, zoomUser) };
}

/** Takes everything of a user away. */
export const eraseUser = (user) =>
  asServer("DELETE", `users/${encodeURIComponent(user)}`);

/** A workflow that is begun by an app event of its own name, on for everybody; answers its id and its name. */
export async function deployed(name, steps, more = {}) {
  const unique = newUser(name);
  const definition = {
    name: unique,
    integration: "zoom",
    trigger: { type: "event", name: unique },
    default_enabled: true,
    steps,
    ...more,
  };
  const { id } = await asServer("POST", "workflows", definition);
  await asServer("POST", `workflows/${id}/deploy`);
  return { id, name: unique };
}

/** Takes workflows back: they would run for every other test's users. */
export async function undeployed(...workflows) {
  for (const { id } of workflows) await asServer("DELETE", `workflows/${id}`);
}

/** Begins a run of such a workflow for a user; answers its id. */
export async function begun(workflow, user, payload = {}) {
  const path = `users/${encodeURIComponent(user)}/events`;
  await asServer("POST", path, { name: workflow.name, payload });
  const query = new URLSearchParams({
    workflow_id: workflow.id,
    account_id: user,
  });
  const [run] = await asServer("GET", `runs?${query}`);
  return run.id;
}

/** Waits until the address of a page has this in its query. */
export const inAddress = (page, name, value) =>
  page.waitForURL((url) => url.searchParams.get(name) === value);

/** Makes sure that no markup of anybody else's has become a part of the page. */
export async function assertOnlyText(page) {
  const markup = page.locator("main").locator("img, b, u, i, script");
  assert.equal(await markup.count(), 0);
  assert.equal(await page.evaluate(() => window.broken), undefined);
}

/** What has not come about after so long never will, in milliseconds. */
const NEVER = 60_000;

/** Asks until something has come about. */
export async function eventually(ask) {
  const end = Date.now() + NEVER;
  while (Date.now() < end) {
    const found = await ask();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("it has not come about");
}

/** A run once it is like this. */
export const runThat = (id, isSo) =>
  eventually(async () => {
    const run = await asServer("GET", `runs/${id}`);
    return isSo(run) && run;
  });
