// What a person's browser may be answered: for each operation, by status and code, the request that brings it about.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

import { ask } from "../../conformance/nylas/project.mjs";
import { product, zoom } from "../../setup/product.mjs";
import { ADA, answers, ORIGIN, World } from "./world.mjs";

/** What a browser sends that comes from one of the project's pages. */
const fromPage = { referer: `${ORIGIN}/settings` };

/** The popup of a new session, with what it says of where it comes from. */
async function popup(headers) {
  const world = await World.ready();
  const { start_url } = await (
    await world.user().ask("POST", "sessions", { integration: "zoom" })
  ).json();
  const { searchParams } = new URL(start_url);
  return { headers, query: Object.fromEntries(searchParams) };
}

/** A browser that opens a login link. */
const opening = ({ id }, headers) => ({ headers, query: { id } });

/** A browser that comes back from Zoom. */
const back = ({ back, cookie }) => ({
  query: Object.fromEntries(new URL(back).searchParams),
  headers: { cookie },
});

/** The same for a login link. */
async function backOfLink(link) {
  const answer = await fetch(link.url, {
    headers: fromPage,
    redirect: "manual",
  });
  const authorize_url = answer.headers.get("location");
  assert.ok(authorize_url, await answer.text());
  const [cookie] = answer.headers.getSetCookie()[0].split(";");
  const wanted = { authorize_url, zoom_user: ADA, decision: "allow" };
  const { redirect_url } = await zoom("POST", "consent", wanted);
  return back({ back: redirect_url, cookie });
}

/** A popup that comes back from Zoom, after something else has happened. */
async function popupBack(more, happens) {
  const world = await World.ready();
  const consent = await world.user().consent(ADA);
  await happens?.(world);
  return { ...back(consent), ...more };
}

const redirects = {
  200: () => popupBack(),
  303: async () => backOfLink(await (await World.ready()).link()),
  "400 state_missing": () => ({ query: {} }),
  "400 state_unknown": () => ({ query: { code: "c", state: randomUUID() } }),
  "403 browser_mismatch": () => popupBack({ headers: {} }),
  "403 consent_declined": async () => {
    const { query, ...rest } = await popupBack();
    const { state } = query;
    return { ...rest, query: { error: "access_denied", state } };
  },
  "409 integration_deleting": () =>
    popupBack({}, (world) => world.beginDeletion()),
  "502 exchange_refused": () =>
    popupBack({ fault: ["exchange", answers(400)] }),
  "502 account_unreadable": () =>
    popupBack({ fault: ["users_me", answers(403)] }),
  "504 zoom_timeout": () => popupBack(),
};

export const pages = {
  health: { 200: () => ({}) },
  connectStart: {
    200: () => popup({}),
    303: () => popup(fromPage),
    "404 session_not_found": () => ({ query: { session: randomUUID() } }),
    "409 session_used": async () => {
      const { id } = await (await World.ready()).user().connect(ADA);
      return { query: { session: id } };
    },
  },
  connectLogin: {
    200: async () => opening(await (await World.ready()).link()),
    303: async () => opening(await (await World.ready()).link(), fromPage),
    "400 redirect_uri_refused": async () => {
      const world = await World.ready();
      const link = await world.link();
      const none = { redirect_uris: [] };
      await ask(world.project, "PATCH", "integrations/zoom", none);
      return opening(link, fromPage);
    },
    "404 login_not_found": () => opening({ id: randomUUID() }),
    "409 login_spent": async () => {
      const link = await (await World.ready()).link();
      const { query, headers } = await backOfLink(link);
      const url = `${product.worker}/oauth?${new URLSearchParams(query)}`;
      await fetch(url, { headers, redirect: "manual" });
      return opening(link);
    },
    "409 integration_deleting": async () => {
      const world = await World.ready();
      const link = await world.link();
      await world.beginDeletion();
      return opening(link, fromPage);
    },
  },
  oauthRedirect: redirects,
  connectCallback: redirects,
};
