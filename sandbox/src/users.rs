//! `GET /v2/users/{userId}`: whose token this is.

use serde_json::json;

use crate::answer::{Answer, Problem};
use crate::bearer::{Caller, demand_self};
use crate::call::Call;
use crate::clock::iso;
use crate::state::State;

/// Zoom API, Users: Get a user.
pub(crate) fn user(state: &mut State, call: &Call, caller: &Caller) -> Result<Answer, Problem> {
    let user = &caller.user;
    demand_self(state, user, &call.segment(2), call.kind)?;
    let body = json!({
        "id": user.id,
        "account_id": user.account_id,
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "display_name": user.display_name(),
        "type": 2,
        "role_name": "Member",
        "pmi": user.pmi,
        "use_pmi": false,
        "personal_meeting_url": format!("{}/j/{}", call.base_url, user.pmi),
        "timezone": "UTC",
        "language": "en-US",
        "verified": 1,
        "status": "active",
        "login_types": [100],
        "created_at": iso(user.created_at),
    });
    Ok(Answer::json(200, &body))
}
