//! `app_deauthorized`: a user has removed an app. It has no `object` and no time beside `payload`.

use crate::clock::{Millis, iso_millis};
use crate::event::Event;
use crate::state::User;
use crate::webhook::{Json, hex};

/// A user has removed the app.
pub(crate) fn deauthorized(user: &User, client_id: &str, now: Millis) -> Event {
    // Zoom does not say what this is made of; it looks like a SHA-256.
    let signature: [u8; 32] = rand::random();
    let payload = Json::object()
        .and("account_id", user.account_id.as_str())
        .and("user_id", user.id.as_str())
        .and("signature", hex(&signature))
        .and("deauthorization_time", iso_millis(now))
        .and("client_id", client_id)
        .and("event_ts", now);
    let name = "app_deauthorized";
    Event { name, body: Json::object().and("event", name).and("payload", payload) }
}
