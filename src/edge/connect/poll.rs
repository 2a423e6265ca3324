//! What the page is told about its session: the one authority on how a connect ended. Whoever asks about an
//! interrupted session finishes it.

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    super::{
        call::{empty_answer, json_answer},
        problem::{Code, Problem},
    },
    finish::{Outcome, fail, finish, outcome},
};
use crate::{
    host::{Host, Response},
    record::{
        project::Project,
        session::{self, Session, Status},
    },
    shape::{shape, words},
};

shape! {
    /// How far a connect is.
    pub(in super::super) struct SessionState {
        /// The session.
        pub id: String,
        /// How far it is.
        pub status: Progress,
        /// What it ended in.
        pub credential_id: Option<String>,
        /// Why it failed: `code` and `message`.
        pub problem: Option<Value>,
    }
}

words! {
    /// How far a connect is.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(in super::super) enum Progress {
        /// The person is on the way.
        Open = "open",
        /// There is an account.
        Done = "done",
        /// There will be none.
        Failed = "failed",
    }
}

/// `GET …/sdk/sessions/{id}`
pub(in super::super) async fn poll(
    host: &impl Host,
    project: &Project,
    user_id: &str,
    id: &str,
) -> Result<Response, Problem> {
    let session = own_session(host, project, user_id, id).await?;
    let (status, credential_id, problem) = match settle(host, session).await? {
        Outcome::Done(grant_id) => (Progress::Done, Some(grant_id), None),
        Outcome::Failed(code) => (Progress::Failed, None, Some(Problem::from(code).body())),
        Outcome::Pending => (Progress::Open, None, None),
    };
    let state = SessionState { id: id.to_owned(), status, credential_id, problem };
    Ok(json_answer(StatusCode::OK, &state))
}

/// `GET …/sdk/actions/session-id/{key}`: the published package asks once its popup is gone. 200 with nothing in it
/// until there is a grant; a failure was told by the popup.
pub(in super::super) async fn poll_by_key(
    host: &impl Host,
    project: &Project,
    user_id: &str,
    key: &str,
) -> Result<Response, Problem> {
    let found = session::by_client_key(host, &project.id, user_id, key).await?;
    let answer: Value = match found {
        Some(session) => match settle(host, session).await? {
            Outcome::Done(grant_id) => json!({"connectCredentialId": grant_id}),
            Outcome::Failed(_) | Outcome::Pending => json!({}),
        },
        None => json!({}),
    };
    Ok(json_answer(StatusCode::OK, &answer))
}

/// `DELETE …/sdk/actions/session-id/{key}`: always succeeds.
pub(in super::super) async fn forget_key(
    host: &impl Host,
    project: &Project,
    user_id: &str,
    key: &str,
) -> Result<Response, Problem> {
    host.tables(vec![session::forget_client_key(&project.id, user_id, key)]).await?;
    Ok(empty_answer(StatusCode::NO_CONTENT))
}

/// The grant that came of the user's session.
pub(in super::super) async fn granted(
    host: &impl Host,
    project: &Project,
    user_id: &str,
    id: &str,
) -> Result<String, Problem> {
    let session = own_session(host, project, user_id, id).await?;
    match settle(host, session).await? {
        Outcome::Done(grant_id) => Ok(grant_id),
        Outcome::Failed(code) => Err(code.into()),
        Outcome::Pending => Err(Code::NotConnected.into()),
    }
}

/// The session of this id, if it is this user's; another's is not there.
async fn own_session(
    host: &impl Host,
    project: &Project,
    user_id: &str,
    id: &str,
) -> Result<Session, Problem> {
    let found = session::by_id(host, id).await?;
    let own = found.filter(|found| found.project_id == project.id && found.user_id == user_id);
    own.ok_or_else(|| Code::SessionNotFound.into())
}

async fn settle(host: &impl Host, session: Session) -> Result<Outcome, Problem> {
    if let Some(outcome) = outcome(&session) {
        return Ok(outcome);
    }
    if session.has_expired(host.now()) {
        return fail(host, &session, Code::SessionExpired).await;
    }
    if session.status == Status::Returned
        && let Some(taken) = session::take_over(host, &session.id).await?
    {
        return finish(host, taken).await;
    }
    Ok(Outcome::Pending)
}
