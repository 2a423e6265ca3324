//! What Zoom sends back: `GET /oauth?code&state`. The browser is checked, the session takes the code once, `finish`
//! makes a grant of it, and the popup's last page tells and closes. A reload comes to the same end.

use super::{
    super::{
        call::Call,
        page::problem_page,
        problem::{Code, Problem},
    },
    finish::{Outcome, fail, finish, outcome},
    has_cookie, popup,
};
use crate::{
    host::{Host, Response},
    oauth::{Redirect, read_redirect},
    record::{
        copy,
        session::{self, Session, Status},
    },
    secret::{AuthorizationCode, State, Text},
};

/// Answers the redirect.
pub(in super::super) async fn redirect(host: &impl Host, call: &Call) -> Result<Response, Problem> {
    let answered = match read_redirect(call.query.as_deref().unwrap_or_default()) {
        Redirect::NoState => Err(Code::StateMissing.into()),
        Redirect::Malformed => {
            Err(Problem::detailed(Code::InvalidRequest, "neither code nor error came back"))
        }
        Redirect::Code { code, state } => returned(host, call, &state, Ok(code)).await,
        Redirect::Refused { error, state } => returned(host, call, &state, Err(error)).await,
    };
    Ok(answered.unwrap_or_else(|problem| problem_page(host, &problem, None)))
}

/// A redirect with a state of somebody's.
async fn returned(
    host: &impl Host,
    call: &Call,
    state: &State,
    answer: Result<AuthorizationCode, String>,
) -> Result<Response, Problem> {
    let session = session::by_state(host, state).await?.ok_or(Code::StateUnknown)?;
    if !has_cookie(host, call, &session)? {
        return Err(Code::BrowserMismatch.into());
    }
    let outcome = if session.status == Status::Open {
        taken(host, &session, answer).await?
    } else {
        resumed(host, session.clone()).await?
    };
    Ok(popup::last_page(host, &session, &outcome))
}

/// The first time: the session takes what came.
async fn taken(
    host: &impl Host,
    session: &Session,
    answer: Result<AuthorizationCode, String>,
) -> Result<Outcome, Problem> {
    if session.has_expired(host.now()) {
        return fail(host, session, Code::SessionExpired).await;
    }
    let code = match answer {
        Ok(code) => code,
        Err(error) if error == "access_denied" => {
            return fail(host, session, Code::ConsentDeclined).await;
        }
        Err(_) => return fail(host, session, Code::ExchangeRefused).await,
    };
    let sealed = copy::seal(host, &session::code_record(&session.id), &Text::new(code.expose()))?;
    match session::take_code(host, &session.id, &sealed).await? {
        Some(taken) => finish(host, taken).await,
        // Another redirect was faster.
        None => resumed(host, session.clone()).await,
    }
}

/// A later time: what has come of it, or going on where somebody stopped.
async fn resumed(host: &impl Host, session: Session) -> Result<Outcome, Problem> {
    let now = session::by_id(host, &session.id).await?.ok_or(Code::SessionNotFound)?;
    if let Some(outcome) = outcome(&now) {
        return Ok(outcome);
    }
    match session::take_over(host, &session.id).await? {
        Some(taken) => finish(host, taken).await,
        None => Ok(Outcome::Pending),
    }
}
