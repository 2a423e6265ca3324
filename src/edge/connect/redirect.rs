//! What Zoom sends back: `GET /oauth?code&state`. The browser is checked, the session takes the code once, `finish`
//! makes a grant of it, and the popup's last page tells and closes. A reload comes to the same end.

use super::{
    super::{
        call::Call,
        page::problem_page,
        problem::{Code, Problem},
    },
    finish::{Outcome, fail, finish, resume},
    has_cookie, hosted, popup, portal,
};
use crate::{
    host::{Host, Response},
    oauth::{Redirect, read_redirect},
    record::{
        copy, login,
        session::{self, Dialect, Session, Status},
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
        resume(host, &session.id).await?
    };
    match session.dialect {
        Dialect::Hosted => hosted::ending(host, &session, &outcome).await,
        Dialect::Portal => portal::ending(host, call, &session, &outcome).await,
        _ => Ok(popup::last_page(host, &session, &outcome)),
    }
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
    for _ in 0..2 {
        if let Some(taken) = session::take_code(host, &session.id, &sealed).await? {
            return finish(host, taken).await;
        }
        if let Some(outcome) = overtaken(host, session).await? {
            return Ok(outcome);
        }
    }
    Ok(Outcome::Pending)
}

/// Another redirect was faster: of this session, or of another that has its login link; that one comes to its end
/// first. Nothing when the other has failed: the link may be taken now.
async fn overtaken(host: &impl Host, session: &Session) -> Result<Option<Outcome>, Problem> {
    let now = session::by_id(host, &session.id).await?.ok_or(Code::SessionNotFound)?;
    let Some(login_id) = now.login_id.as_ref().filter(|_| now.status == Status::Open) else {
        return resume(host, &session.id).await.map(Some);
    };
    let login = login::by_id(host, login_id).await?.ok_or(Code::LoginNotFound)?;
    let other = match &login.taken_by {
        Some(other) if login.spent_at.is_none() => resume(host, other).await?,
        Some(_) => return fail(host, session, Code::LoginSpent).await.map(Some),
        None => return Ok(None),
    };
    match other {
        Outcome::Done(_) => fail(host, session, Code::LoginSpent).await.map(Some),
        Outcome::Failed(_) => Ok(None),
        Outcome::Pending => Ok(Some(Outcome::Pending)),
    }
}
