//! `DELETE /connect/users/{account_id}`: everything of one user of the project goes. It may be asked again at any time.

use http::StatusCode;
use percent_encoding::percent_decode_str;

use super::{
    super::{
        call::Call,
        connect,
        disconnect::leave,
        problem::{Code, Problem},
    },
    actor, success,
};
use crate::{
    host::{Host, HostError, Response},
    record::{
        grant::{self, Grant},
        read_row, rows, start, unsettled, user,
    },
    shape::shape,
    time::SECOND,
};

/// So long a call goes on with events and runs, in milliseconds.
const FORGETTING: i64 = 15 * SECOND;

shape! {
    /// What has come of it.
    pub(in super::super) struct ErasedUser {
        /// The user.
        pub id: String,
        /// So many grants have left now.
        pub grants: i64,
        /// `pending`: Zoom has still to be told, which is tried until it is done.
        pub revocation: Option<String>,
        /// So many are just connecting, or came back meanwhile: ask again.
        pub connecting: Option<i64>,
        /// `pending`: there were so many events and runs that some are still there: ask again.
        pub events: Option<String>,
    }
}

/// `DELETE /connect/users/{account_id}`
pub(super) async fn erase(
    host: &impl Host,
    project_id: &str,
    id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    shape! {
        struct Count {
            n: i64,
        }
    }
    let user_id = percent_decode_str(id).decode_utf8().map_err(|_| {
        Problem::detailed(Code::InvalidRequest, "account_id: UTF-8, percent-encoded")
    })?;
    host.tables(user::close(project_id, &user_id)).await?;
    finish_sessions(host, project_id, &user_id).await?;
    let grants: Vec<Grant> = rows(host, grant::of_user(project_id, &user_id)).await?;
    let by = actor(call);
    let mut pending = false;
    for grant in &grants {
        pending |= leave(host, grant, by.clone()).await?;
    }
    let statements = user::erase(project_id, &user_id, grants.len(), &by, host.now());
    let left = host.tables(statements).await?.into_iter().flatten().next().map(read_row::<Count>);
    let connecting = left.transpose()?.map(|left| left.n).filter(|n| *n > 0);
    let forgotten = forget_events(host, project_id, &user_id).await?;
    let erased = ErasedUser {
        id: user_id.into_owned(),
        grants: i64::try_from(grants.len()).unwrap_or(i64::MAX),
        revocation: pending.then(|| "pending".to_owned()),
        connecting,
        events: (!forgotten).then(|| "pending".to_owned()),
    };
    let done = !pending && connecting.is_none() && forgotten;
    Ok(success(if done { StatusCode::OK } else { StatusCode::ACCEPTED }, &erased))
}

/// Forgets the user's events and runs, as far as the time allows; whether that is all of them.
async fn forget_events(
    host: &impl Host,
    project_id: &str,
    user_id: &str,
) -> Result<bool, HostError> {
    let began = host.now();
    for of_user in [user::forget_events, start::forget_user] {
        while start::forget_some(host, of_user(project_id, user_id)).await? {
            if host.now().since(began) >= FORGETTING {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Who came back from Zoom comes to an end first: a token pair may have landed that nobody else knows of.
async fn finish_sessions(host: &impl Host, project_id: &str, user_id: &str) -> Result<(), Problem> {
    for id in unsettled::ids(host, user::some_returned(project_id, user_id)).await? {
        match connect::resume(host, &id).await {
            Err(problem) if problem.code != Code::SessionNotFound => return Err(problem),
            _ => {}
        }
    }
    Ok(())
}
