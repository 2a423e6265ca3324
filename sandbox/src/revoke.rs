//! `POST /oauth/revoke`: ends a token pair.

use serde_json::json;

use crate::answer::{Answer, oauth_problem};
use crate::call::Call;
use crate::client::authenticate;
use crate::log::Note;
use crate::pairs::End;
use crate::state::State;

/// Zoom: OAuth 2.0, Revoking an access token. Either token of the pair may be sent; the whole pair
/// is dead afterwards. A token that is already dead or unknown is a success (RFC 7009, 2.2).
pub(crate) fn revoke(state: &mut State, call: &Call, note: &mut Note) -> Answer {
    let records = &mut state.records;
    let client_id = match authenticate(records, call, note) {
        Ok(client_id) => client_id,
        Err(refusal) => return refusal,
    };
    let fields = call.form_and_query();
    let Some(token) = fields.first("token") else {
        // Zoom: OAuth error messages, 4700.
        return oauth_problem(400, "invalid_request", "Token cannot be empty.");
    };
    let pair = records.pair_of_access(token).or_else(|| records.pair_of_refresh(token));
    if let Some(pair) = pair.filter(|pair| pair.client_id == client_id) {
        note.user_id = Some(pair.user_id.clone());
        note.token = Some(pair.number);
        let number = pair.number;
        records.end_consent(number, End::Revoked);
    }
    Answer::json(200, &json!({"status": "success"}))
}
