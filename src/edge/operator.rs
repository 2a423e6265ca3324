//! Who the operator is: whoever has the admin secret; a browser that was signed in with it; whoever the platform's access
//! product vouches for (`access`). The pages of the console sign in; scripts send the secret. A cookie, or the platform's
//! word, counts for our own pages alone, and only at the console's origin where that has one.
//!
//! Wrong secrets of people who sign in are throttled (`record::sign_in`). A secret that is sent as a bearer token is not: a
//! script with the right one must never be locked out by others who guess, not even behind the same address.

use http::StatusCode;

use super::{
    access,
    call::{Call, empty_answer, json_answer},
    problem::{Code, Problem},
    problem_answer,
};
use crate::{
    connection::Actor,
    host::{Host, Response, Statement},
    id::random_text,
    record::{audit, copy, operator_session, sign_in},
    secret::{self, Text, digest},
    shape::{shape, words},
    time::{HOUR, SECOND, Timestamp},
};

/// The cookie of a browser that is signed in.
const COOKIE: &str = "__Host-isthmus-operator";
/// How long a browser stays signed in, in milliseconds.
const LIFE: i64 = 12 * HOUR;
/// A wrong secret is counted again so many times when others are counted at the same moment.
const TRIES: usize = 4;

/// Admits the operator: by the admin secret (RFC 6750 §2.1); from our own pages alone by the platform's word, or by the
/// cookie of a browser that was signed in.
pub(super) async fn admit(host: &impl Host, call: &Call) -> Result<(), Problem> {
    let expected = expected(host)?;
    if let Some(given) = call.bearer() {
        let right = secret::equal(&digest(given.expose()), expected);
        return if right { Ok(()) } else { Err(Code::AdminSecretInvalid.into()) };
    }
    match signed_in_until(host, call).await {
        Err(problem)
            if problem.code == Code::OperatorSignedOut && call.cookie(COOKIE).is_none() =>
        {
            Err(Code::AdminSecretInvalid.into())
        }
        other => other.map(|_| ()),
    }
}

shape! {
    /// Until when a browser is signed in, and by what.
    struct SignedIn {
        expires_at: Timestamp,
        by: By,
    }
}

words! {
    /// What a browser is signed in by.
    #[derive(Clone, Copy)]
    enum By {
        /// The admin secret.
        Secret = "secret",
        /// The platform's access product.
        Access = "access",
    }
}

/// Until when this browser is signed in.
async fn signed_in_until(host: &impl Host, call: &Call) -> Result<SignedIn, Problem> {
    let expected = expected(host)?;
    if !is_console(host, call) {
        return Err(Code::OperatorSignedOut.into());
    }
    if let Some(expires_at) = access::vouched_until(host, call).await? {
        own_page(host, call)?;
        return Ok(SignedIn { expires_at, by: By::Access });
    }
    let cookie = call.cookie(COOKIE).ok_or(Code::OperatorSignedOut)?;
    own_page(host, call)?;
    let until = operator_session::until(host, &digest(cookie), expected).await?;
    let expires_at = until.ok_or(Code::OperatorSignedOut)?;
    Ok(SignedIn { expires_at, by: By::Secret })
}

/// The digest of the admin secret. Nothing works without a key ring either.
fn expected(host: &impl Host) -> Result<&str, Problem> {
    let expected = host.settings().admin_digest.as_deref().ok_or(Code::AdminClosed)?;
    copy::ring(host)?;
    Ok(expected)
}

/// Whether the console may be at the origin that the call came to.
pub(super) fn is_console(host: &impl Host, call: &Call) -> bool {
    host.settings().console_url.as_deref().is_none_or(|bound| call.came_to(bound))
}

/// Refuses what a page of somebody else made this browser send.
fn own_page(host: &impl Host, call: &Call) -> Result<(), Problem> {
    if call.is_of_page(call.console_origin(host.settings())) {
        return Ok(());
    }
    Err(Problem::detailed(
        Code::OriginNotAllowed,
        "the operator's authority is for the console alone",
    ))
}

/// `POST /admin/session {secret}`
pub(super) async fn sign_in(host: &impl Host, call: &Call) -> Result<Response, Problem> {
    shape! {
        struct Body {
            secret: Text,
        }
    }
    let expected = expected(host)?;
    if !is_console(host, call) {
        return Err(Code::NotFound.into());
    }
    own_page(host, call)?;
    let body: Body = call.json(4096)?;
    let right = secret::equal(&digest(body.secret.expose()), expected);
    let address = sign_in::bucket(call.client_ip().as_deref());
    let wait = wait(host, &address, right).await?;
    if wait > 0 {
        return Ok(throttled(wait));
    }
    let now = host.now();
    if !right {
        host.tables(vec![noted("operator.refused", call, now)]).await?;
        return Err(Code::AdminSecretInvalid.into());
    }
    let cookie = random_text::<32>(host);
    let expires_at = now.plus(LIFE);
    host.tables(vec![
        sign_in::forget(&address),
        operator_session::insert(&digest(&cookie), expected, now, expires_at),
        noted("operator.signed_in", call, now),
    ])
    .await?;
    let mut answer = json_answer(StatusCode::CREATED, &SignedIn { expires_at, by: By::Secret });
    answer.headers.set("set-cookie", &cookie_text(&cookie, LIFE / SECOND));
    Ok(answer)
}

/// `GET /admin/session`
pub(super) async fn signed_in(host: &impl Host, call: &Call) -> Result<Response, Problem> {
    if !is_console(host, call) {
        return Err(Code::NotFound.into());
    }
    Ok(json_answer(StatusCode::OK, &signed_in_until(host, call).await?))
}

/// `DELETE /admin/session`
pub(super) async fn sign_out(host: &impl Host, call: &Call) -> Result<Response, Problem> {
    if !is_console(host, call) {
        return Err(Code::NotFound.into());
    }
    own_page(host, call)?;
    if let Some(cookie) = call.cookie(COOKIE) {
        let ended = host.tables(vec![operator_session::delete(&digest(cookie))]).await?;
        if ended.into_iter().flatten().next().is_some() {
            host.tables(vec![noted("operator.signed_out", call, host.now())]).await?;
        }
    }
    let mut answer = empty_answer(StatusCode::NO_CONTENT);
    answer.headers.set("set-cookie", &cookie_text("", 0));
    Ok(answer)
}

/// How long an attempt has to wait, in milliseconds. A wrong one that need not is counted; one that has to changes nothing.
/// A right one waits for its own address alone: whoever guesses elsewhere does not keep the operator out.
async fn wait(host: &impl Host, address: &str, right: bool) -> Result<i64, Problem> {
    for _ in 0..TRIES {
        let now = host.now();
        let known = sign_in::known(host, [address, sign_in::ALL]).await?;
        let [here, everywhere] = known.each_ref().map(|known| known.wait(now));
        let wait = if right { here } else { here.max(everywhere) };
        if right || wait > 0 {
            return Ok(wait);
        }
        let counted = known.each_ref().map(|known| known.one_more(now));
        let replaced = sign_in::replace(&known.to_vec(), &counted.to_vec());
        if host.tables(vec![replaced]).await?.into_iter().flatten().next().is_some() {
            return Ok(0);
        }
    }
    // So many wrong ones at once are no person's.
    Ok(SECOND)
}

fn throttled(wait: i64) -> Response {
    let seconds = wait.saturating_add(SECOND - 1) / SECOND;
    let detail = format!("try again in {seconds} seconds");
    let mut answer = problem_answer(&Problem::detailed(Code::SignInThrottled, detail));
    answer.headers.set("retry-after", &seconds.to_string());
    answer
}

/// What the audit trail says of a sign-in; it belongs to no project.
fn noted(what: &str, call: &Call, now: Timestamp) -> Statement {
    let by = Actor { who: "admin".to_owned(), origin: call.client_ip() };
    audit::note("", what, &by, "console", now)
}

fn cookie_text(value: &str, seconds: i64) -> String {
    format!("{COOKIE}={value}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={seconds}")
}
