//! `POST /oauth/token`: a code or a refresh token in, a token pair out.

use serde_json::json;

use crate::answer::{Answer, oauth_problem};
use crate::call::{Call, Fields};
use crate::client::authenticate;
use crate::log::Note;
use crate::pairs::{ACCESS_SECONDS, Challenge, End, Issued};
use crate::state::State;

/// Zoom: OAuth 2.0, Requesting and refreshing an access token.
pub(crate) fn token(state: &mut State, call: &Call, note: &mut Note) -> Answer {
    let issued = authenticate(&state.records, call, note).and_then(|client_id| {
        let fields = call.form_and_query();
        if fields.repeated().is_some() {
            return Err(bad_request("Invalid request: a parameter is sent twice."));
        }
        match fields.first("grant_type") {
            Some("authorization_code") => exchange(state, call, &fields, &client_id, note),
            Some("refresh_token") => refresh(state, call, &fields, &client_id, note),
            // Zoom: OAuth error messages, 4706 and 4705. A user-managed app has no other grant.
            None => Err(bad_request("Missing grant type.")),
            Some(_) => Err(oauth_problem(
                400,
                "unsupported_grant_type",
                "Grant type is not supported from token endpoint.",
            )),
        }
    });
    match issued {
        Ok(issued) => {
            note.issued = Some(issued.number);
            token_answer(&issued, &state.base_url)
        }
        Err(refusal) => refusal,
    }
}

/// Zoom: OAuth 2.0, Requesting an access token. The code works once, for five minutes, for the
/// same app and redirect URI, and with the verifier behind its challenge (RFC 7636, 4.6).
fn exchange(
    state: &mut State,
    call: &Call,
    fields: &Fields,
    client_id: &str,
    note: &mut Note,
) -> Result<Issued, Answer> {
    let records = &mut state.records;
    let presented = fields.first("code").unwrap_or_default();
    // Zoom repeats the code in its reason; an app must not pass that text on.
    let invalid = || invalid_grant(&format!("Invalid authorization code {presented}"));
    let Some(code) = records.code_mut(presented).filter(|code| code.client_id == client_id) else {
        return Err(invalid());
    };
    note.user_id = Some(code.user_id.clone());
    if let Some(first) = code.used_for {
        records.end_consent(first, End::CodeReplayed);
        return Err(invalid());
    }
    if call.now >= code.expires_at {
        return Err(invalid_grant("Authorization code is expired."));
    }
    if fields.first("redirect_uri") != Some(code.redirect_uri.as_str()) {
        return Err(bad_request("Redirect URI mismatch."));
    }
    let is_met = is_verified(code.challenge.as_ref(), fields.first("code_verifier"));
    if !is_met {
        return Err(invalid_grant("Invalid code verifier."));
    }
    let (user_id, scopes) = (code.user_id.clone(), code.scopes.clone());
    let issued = records.issue_pair((client_id, &user_id), scopes, call.now);
    if let Some(code) = records.code_mut(presented) {
        code.used_for = Some(issued.number);
    }
    Ok(issued)
}

/// RFC 7636, 4.6. A verifier without a challenge is a downgrade attack (RFC 9700, 2.1.1).
fn is_verified(challenge: Option<&Challenge>, verifier: Option<&str>) -> bool {
    match (challenge, verifier) {
        (Some(challenge), Some(verifier)) => challenge.is_met_by(verifier),
        (None, None) => true,
        _ => false,
    }
}

/// Zoom: OAuth 2.0, Refreshing an access token. Every refresh gives a new refresh token; the one
/// presented is dead at once.
fn refresh(
    state: &mut State,
    call: &Call,
    fields: &Fields,
    client_id: &str,
    note: &mut Note,
) -> Result<Issued, Answer> {
    let invalid = || invalid_grant("Invalid Token!");
    let records = &mut state.records;
    let presented = fields.first("refresh_token").unwrap_or_default();
    let pair = records.pair_of_refresh(presented).filter(|pair| pair.client_id == client_id);
    let number = pair.map(|pair| {
        note.user_id = Some(pair.user_id.clone());
        note.token = Some(pair.number);
        pair.number
    });
    number.and_then(|number| records.rotate(number, call.now)).ok_or_else(invalid)
}

fn token_answer(issued: &Issued, base_url: &str) -> Answer {
    let body = json!({
        "access_token": issued.access_token,
        "token_type": "bearer",
        "refresh_token": issued.refresh_token,
        "expires_in": ACCESS_SECONDS,
        "scope": issued.scopes.join(" "),
        "api_url": base_url,
    });
    Answer::json(200, &body).with("cache-control", "no-store")
}

fn bad_request(reason: &str) -> Answer {
    oauth_problem(400, "invalid_request", reason)
}

fn invalid_grant(reason: &str) -> Answer {
    oauth_problem(400, "invalid_grant", reason)
}
