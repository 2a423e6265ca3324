// A Zoom that is quick and has many users: each user's tokens are made of the user's id. Its meetings are whatever one asks
// for; who was registered for one is remembered.

import { Server } from "./server.mjs";

/** What nobody must find in a file of ours. */
export const PLANTED = "planted-by-zoom";

/** A token of a user's. */
export const token = (kind, user) => `${PLANTED}-${kind}-of-${user}`;

/** Opens it. `act` sees each call that changes something after it has acted and before it is answered. */
export async function manyUsers(act = () => {}) {
  const registrants = new Map();
  const zoom = await Server.open(async (call) => {
    const form = new URLSearchParams(call.body);
    const given =
      form.get("refresh_token") ?? call.headers.authorization.split(" ")[1];
    const user = given.split("-of-")[1];
    const { pathname } = new URL(call.path, "http://zoom");
    if (pathname.endsWith("/oauth/token")) {
      const access_token = token("access", user);
      const refresh_token = token("refresh", user);
      return { body: { access_token, refresh_token, expires_in: 3600 } };
    }
    const [, meeting, list] =
      pathname.match(/\/meetings\/(\d+)(\/registrants)?$/) ?? [];
    if (list && call.method === "POST") {
      const { email } = JSON.parse(call.body);
      const all = registrants.get(meeting) ?? [];
      all.push({ id: `registrant-${all.length}`, email, status: "approved" });
      registrants.set(meeting, all);
      await act(call);
      const body = { id: Number(meeting), registrant_id: all.at(-1).id };
      return { status: 201, body: { ...body, join_url: `https://${PLANTED}` } };
    }
    if (list) {
      const body = { registrants: registrants.get(meeting) ?? [] };
      return { body: { ...body, next_page_token: "" } };
    }
    if (meeting) return { body: aMeeting(meeting, user) };
    const account_id = `account-of-${user}`;
    return { body: { id: user, account_id, email: `${user}@acme.example` } };
  });
  zoom.registrants = registrants;
  return zoom;
}

function aMeeting(id, host_id) {
  return {
    id: Number(id),
    uuid: `${id}==`,
    host_id,
    topic: "Demo",
    type: 2,
    start_url: `https://zoom.us/s/${id}?zak=${PLANTED}-start`,
    password: `${PLANTED}-password`,
    settings: { approval_type: 0 },
  };
}

/** Zoom's word of a new meeting. */
export const newMeeting = (number, host_id) =>
  JSON.stringify({
    event: "meeting.created",
    event_ts: 1_700_000_000_000 + number,
    payload: {
      account_id: `account-of-${host_id}`,
      operator: `${host_id}@acme.example`,
      operator_id: host_id,
      object: {
        uuid: `uuid-${number}==`,
        id: 90_000_000_000 + number,
        host_id,
        topic: "Demo",
        type: 2,
        start_time: "2027-01-01T10:00:00Z",
        duration: 60,
        timezone: "UTC",
        password: `${PLANTED}-password-of-event`,
      },
    },
  });
