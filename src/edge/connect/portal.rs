//! Where a connect of the portal ends: back in the portal, in the same window; where that is not open any more, with the
//! popup's last page.

use super::{
    super::{
        CODE_HEADER,
        call::{Call, redirect_answer},
        portal,
        problem::Problem,
    },
    finish::Outcome,
    hosted::slow_page,
    popup,
};
use crate::{
    host::{Host, Response},
    record::session::Session,
};

/// Sends the person back to the portal; a page that tries again while there is no outcome yet.
pub(super) async fn ending(
    host: &impl Host,
    call: &Call,
    session: &Session,
    outcome: &Outcome,
) -> Result<Response, Problem> {
    let id = session.portal_id.as_deref().unwrap_or_default();
    let failed = match outcome {
        Outcome::Pending => return Ok(slow_page(host)),
        Outcome::Done(_) => None,
        Outcome::Failed(code) => Some(code.text()),
    };
    match portal::admitted(host, id, call).await {
        Ok(_) => {}
        Err(problem) if problem.code.status().is_server_error() => return Err(problem),
        Err(_) => return Ok(popup::last_page(host, session, outcome)),
    }
    let query = failed.map(|code| format!("?failed={code}")).unwrap_or_default();
    let mut answer = redirect_answer(&format!("/portal/{id}{query}"));
    if let Some(code) = failed {
        answer.headers.set(CODE_HEADER, code);
    }
    Ok(answer)
}
