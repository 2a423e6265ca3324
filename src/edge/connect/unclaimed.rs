//! The token pair of a session that failed after it had landed. Those who use that Zoom login take it, else Zoom forgets
//! it; the row keeps it until either is done. The sweep comes for it, and whoever else comes by.

use serde_json::json;

use super::{
    super::problem::{Code, Problem},
    exchange::{account, disown, has_ended, tokens},
    finish::{Outcome, Stop, grant_of, offer, outcome},
};
use crate::{
    host::Host,
    record::{
        integration,
        session::{self, Session},
        unsettled,
    },
};

/// Goes on with the pair of a session that failed and that the caller has taken. When the grant is there all the same,
/// the session is done after all.
pub(super) async fn settle(host: &impl Host, session: &Session) -> Result<Outcome, Problem> {
    match steps(host, session).await {
        Ok(Some(grant_id)) => {
            host.tables(session::finish(&session.id, &grant_id, host.now())).await?;
            return Ok(Outcome::Done(grant_id));
        }
        Ok(None) | Err(Stop::Fail(_) | Stop::Settled(_)) => {
            host.tables(vec![unsettled::forget_pair(&session.id)]).await?;
        }
        Err(Stop::Later(problem)) => host
            .log(&json!({"level": "warn", "what": "pair_unclaimed", "code": problem.code.text(),
            "reason": problem.reason})),
    }
    Ok(outcome(session).unwrap_or(Outcome::Pending))
}

/// The grant that the pair had come to, if it had.
async fn steps(host: &impl Host, session: &Session) -> Result<Option<String>, Stop> {
    let Some(integration) = integration::by_id(host, &session.integration_id).await? else {
        return Ok(None);
    };
    let (landed, obtained_at) = tokens(host, session, &integration).await?;
    let Ok(response) = landed.read() else {
        return Ok(None);
    };
    let asked = if has_ended(&response, obtained_at, host.now()) {
        Err(Stop::Fail(Code::AccountUnreadable))
    } else {
        account(host, &response).await
    };
    match asked {
        Ok(account) => {
            let wish = session.wish(host)?;
            let grant = grant_of(session, &wish, account, &response, obtained_at, host.now());
            let joined = offer(host, &grant, &landed, obtained_at).await?;
            Ok(joined.then_some(grant.id))
        }
        Err(Stop::Later(problem)) => Err(Stop::Later(problem)),
        Err(_) if disown(host, &integration, &response, obtained_at).await => Ok(None),
        Err(_) => Err(Stop::Later(Code::ZoomUnreachable.into())),
    }
}
