//! `/oauth/authorize`: the app's request checked, the person's decision carried out.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::answer::Answer;
use crate::call::{Call, Fields};
use crate::log::Note;
use crate::page;
use crate::pairs::{Challenge, Consent};
use crate::state::{Records, State};

/// What the person presses on the consent page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Allow.
    Allow,
    /// Decline.
    Decline,
}

/// A checked authorization request (RFC 6749, 4.1.1; RFC 7636, 4.3).
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationRequest {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) state: Option<String>,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) scopes: Vec<String>,
}

/// The request's parameters, which the consent page sends along with the decision.
pub(crate) const PARAMETERS: [&str; 7] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "state",
    "code_challenge",
    "code_challenge_method",
    "scope",
];

/// `GET`: the consent page.
///
/// Zoom: OAuth 2.0, Requesting user authorization.
pub(crate) fn consent_page(state: &State, call: &Call, note: &mut Note) -> Answer {
    let fields = call.query();
    let request = match read_authorization_request(&state.records, &fields) {
        Ok(request) => request,
        Err(refusal) => return refusal,
    };
    note.client_id = Some(request.client_id.clone());
    let page = page::consent(&state.records, &request, &fields);
    with_opener_policy(state, Answer::html(200, page))
}

/// `POST`: back to the app with a code or `access_denied` (RFC 6749, 4.1.2).
pub(crate) fn decide(state: &mut State, call: &Call, note: &mut Note) -> Answer {
    let fields = call.form_and_query();
    let request = match read_authorization_request(&state.records, &fields) {
        Ok(request) => request,
        Err(refusal) => return refusal,
    };
    note.client_id = Some(request.client_id.clone());
    let user = fields.first("zoom_user").and_then(|user| state.records.user(user));
    let answer = match (fields.first("decision"), user) {
        (Some("decline"), _) => [("error", "access_denied".to_owned())],
        (Some("allow"), Some(user)) => {
            let user_id = user.id.clone();
            note.user_id = Some(user_id.clone());
            [("code", allow(&mut state.records, &request, user_id, call))]
        }
        (Some("allow"), None) => return error_page(4700, "User does not exist."),
        _ => return error_page(4700, "The decision is missing: press Allow or Decline."),
    };
    let location = back_to_app(&request, &answer);
    with_opener_policy(state, Answer::redirect(&location))
}

fn allow(
    records: &mut Records,
    request: &AuthorizationRequest,
    user_id: String,
    call: &Call,
) -> String {
    let consent = Consent {
        client_id: request.client_id.clone(),
        user_id,
        redirect_uri: request.redirect_uri.clone(),
        challenge: request.challenge.clone(),
        scopes: request.scopes.clone(),
    };
    records.issue_code(consent, call.now)
}

/// Checks an authorization request. Nothing wrong with it is told to the redirect URI: Zoom shows
/// its own error page.
pub(crate) fn read_authorization_request(
    records: &Records,
    fields: &Fields,
) -> Result<AuthorizationRequest, Answer> {
    if let Some(name) = fields.repeated() {
        return Err(error_page(4700, &format!("Invalid request: {name} is sent twice.")));
    }
    let client_id = fields.first("client_id").unwrap_or_default();
    let Some(app) = records.apps.get(client_id) else {
        return Err(error_page(4702, &format!("Invalid client_id: {client_id}")));
    };
    let redirect_uri = fields.first("redirect_uri").unwrap_or_default();
    if !app.redirect_uris.iter().any(|registered| registered == redirect_uri) {
        return Err(error_page(4700, &format!("Invalid redirect: {redirect_uri}")));
    }
    if fields.first("response_type") != Some("code") {
        return Err(error_page(4700, "Invalid response_type: it must be code."));
    }
    let challenge = read_challenge(fields)?;
    let scopes = read_scopes(&app.scopes, fields.first("scope"))?;
    Ok(AuthorizationRequest {
        client_id: client_id.to_owned(),
        redirect_uri: redirect_uri.to_owned(),
        state: fields.first("state").map(str::to_owned),
        challenge,
        scopes,
    })
}

/// Zoom: OAuth 2.0 with PKCE: S256 or plain, plain unless said otherwise.
fn read_challenge(fields: &Fields) -> Result<Option<Challenge>, Answer> {
    let Some(value) = fields.first("code_challenge") else {
        return match fields.first("code_challenge_method") {
            None => Ok(None),
            Some(_) => Err(error_page(4700, "Invalid code_challenge: it is missing.")),
        };
    };
    let is_unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    let is_formed = (43..=128).contains(&value.len()) && value.chars().all(is_unreserved);
    match fields.first("code_challenge_method").unwrap_or("plain") {
        "S256" if is_formed && value.len() == 43 => Ok(Some(Challenge::S256(value.to_owned()))),
        "plain" if is_formed => Ok(Some(Challenge::Plain(value.to_owned()))),
        "S256" | "plain" => Err(error_page(4700, "Invalid code_challenge.")),
        other => Err(error_page(4700, &format!("Invalid code_challenge_method: {other}"))),
    }
}

/// Field reports: scopes that are not exactly those of the app give an "Invalid scope" page.
fn read_scopes(registered: &[String], asked: Option<&str>) -> Result<Vec<String>, Answer> {
    if let Some(text) = asked {
        let mut asked: Vec<&str> = text.split_ascii_whitespace().collect();
        let mut wanted: Vec<&str> = registered.iter().map(String::as_str).collect();
        asked.sort_unstable();
        wanted.sort_unstable();
        if asked != wanted {
            return Err(error_page(4700, &format!("Invalid scope: {text}")));
        }
    }
    Ok(registered.to_vec())
}

/// The redirect URI with the answer and the state appended (RFC 6749, 4.1.2).
fn back_to_app(request: &AuthorizationRequest, answer: &[(&str, String)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(answer);
    if let Some(state) = &request.state {
        query.append_pair("state", state);
    }
    let separator = if request.redirect_uri.contains('?') { '&' } else { '?' };
    format!("{}{separator}{}", request.redirect_uri, query.finish())
}

/// Zoom's error page is JSON: `{"status":false,"errorCode":4700,…}`.
fn error_page(code: u32, message: &str) -> Answer {
    let body = json!({"status": false, "errorCode": code, "errorMessage": message, "result": null});
    Answer::json(400, &body).with("cache-control", "no-store")
}

fn with_opener_policy(state: &State, answer: Answer) -> Answer {
    if state.records.settings.coop {
        return answer.with("cross-origin-opener-policy", "same-origin");
    }
    answer
}
