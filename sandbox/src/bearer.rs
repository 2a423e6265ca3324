//! Who calls `/v2`: the access token, then the limits, then the scopes.

use crate::answer::Problem;
use crate::call::Call;
use crate::clock::Millis;
use crate::kind::Kind;
use crate::limits;
use crate::log::Note;
use crate::state::{State, User};

/// The caller of an operation: a Zoom user, through an app.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) user: User,
    /// What the answer says about the limits.
    pub(crate) limit_headers: Vec<(&'static str, String)>,
}

/// Lets a call in, or says why not.
pub(crate) fn admit(state: &mut State, call: &Call, note: &mut Note) -> Result<Caller, Problem> {
    let (user, scopes) = authenticate(state, call, note)?;
    let limit_headers = limits::admit(state, &user.account_id, call.kind, call.now)?;
    demand_scope(call.kind, &scopes)?;
    Ok(Caller { user, limit_headers })
}

/// Zoom API: 401 with code 124 for a dead token.
fn authenticate(
    state: &State,
    call: &Call,
    note: &mut Note,
) -> Result<(User, Vec<String>), Problem> {
    let refused = |text: &str| Problem::new(401, 124, text);
    let token = bearer(call).ok_or_else(|| refused("Invalid access token."))?;
    let records = &state.records;
    let pair = records.pair_of_access(token).ok_or_else(|| refused("Invalid access token."))?;
    note.token = Some(pair.number);
    note.user_id = Some(pair.user_id.clone());
    note.client_id = Some(pair.client_id.clone());
    if !records.access_is_alive(pair) {
        return Err(refused("Invalid access token."));
    }
    if is_past(pair.access_expires_at, call.now) {
        return Err(refused("Access token is expired."));
    }
    let user = records.user(&pair.user_id).ok_or_else(|| refused("Invalid access token."))?;
    Ok((user.clone(), pair.scopes.clone()))
}

fn is_past(end: Millis, now: Millis) -> bool {
    now >= end
}

fn bearer(call: &Call) -> Option<&str> {
    let (scheme, token) = call.header("authorization")?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The granular scope and the classic one that let a user call an operation on their own things.
///
/// Zoom API: the "Scopes" of each operation.
fn scopes_of(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::CreateMeeting => ("meeting:write:meeting", "meeting:write"),
        Kind::UpdateMeeting => ("meeting:update:meeting", "meeting:write"),
        Kind::ListMeetings => ("meeting:read:list_meetings", "meeting:read"),
        Kind::GetMeeting => ("meeting:read:meeting", "meeting:read"),
        Kind::DeleteMeeting => ("meeting:delete:meeting", "meeting:write"),
        Kind::AddRegistrant => ("meeting:write:registrant", "meeting:write"),
        Kind::ListRegistrants => ("meeting:read:list_registrants", "meeting:read"),
        Kind::DeleteRegistrant => ("meeting:delete:registrant", "meeting:write"),
        _ => ("user:read:user", "user:read"),
    }
}

/// Zoom API: 400 with code 4711 for a missing scope. An `:admin` scope includes the user's own.
fn demand_scope(kind: Kind, granted: &[String]) -> Result<(), Problem> {
    let (granular, classic) = scopes_of(kind);
    let has = |scope: &str| {
        granted.iter().any(|given| given.strip_suffix(":admin").unwrap_or(given) == scope)
    };
    if has(granular) || has(classic) {
        return Ok(());
    }
    Err(missing_scope(&format!("{granular}, {granular}:admin")))
}

/// The `userId` of a path: `me` or the caller's own id.
///
/// Zoom API: user-level apps must pass `me`; another user of the account needs an admin scope
/// (4711); a user of another account does not exist (1001).
pub(crate) fn demand_self(
    state: &State,
    caller: &User,
    user_id: &str,
    kind: Kind,
) -> Result<(), Problem> {
    if user_id == "me" {
        return Ok(());
    }
    match state.records.user(user_id) {
        Some(user) if user.id == caller.id => Ok(()),
        Some(user) if user.account_id == caller.account_id => {
            Err(missing_scope(&format!("{}:admin", scopes_of(kind).0)))
        }
        _ => Err(Problem::new(404, 1001, format!("User does not exist: {user_id}."))),
    }
}

fn missing_scope(scopes: &str) -> Problem {
    let text = format!("Invalid access token, does not contain scopes:[{scopes}].");
    Problem::new(400, 4711, text)
}
