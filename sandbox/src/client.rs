//! Which app calls the token and revocation endpoints: HTTP Basic, and nothing else.

use base64ct::{Base64, Encoding};

use crate::answer::{Answer, oauth_problem};
use crate::call::Call;
use crate::log::Note;
use crate::secret::fingerprint;
use crate::state::Records;

/// The client id of the authenticated app.
///
/// Zoom: authorization server metadata (`client_secret_basic` only); OAuth error messages, 4702,
/// 4704 and 4706; RFC 6749, 5.2 for the status and the challenge.
pub(crate) fn authenticate(
    records: &Records,
    call: &Call,
    note: &mut Note,
) -> Result<String, Answer> {
    let Some((client_id, secret)) = basic(call) else {
        return Err(refused("Client ID or client secret is missing."));
    };
    let known = records.apps.get(&client_id);
    if known.is_none_or(|app| app.secret != fingerprint(&secret)) {
        return Err(refused("Invalid client_id or client_secret"));
    }
    note.client_id = Some(client_id.clone());
    Ok(client_id)
}

fn refused(reason: &str) -> Answer {
    oauth_problem(401, "invalid_client", reason).with("www-authenticate", "Basic realm=\"Zoom\"")
}

fn basic(call: &Call) -> Option<(String, String)> {
    let (scheme, encoded) = call.header("authorization")?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(Base64::decode_vec(encoded.trim()).ok()?).ok()?;
    let (client_id, secret) = text.split_once(':')?;
    Some((client_id.to_owned(), secret.to_owned()))
}
