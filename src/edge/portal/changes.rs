//! What the page that opened a portal is told: how far the portal is, and what was done in it. The poll is the authority;
//! whoever asks goes on with a connect that was interrupted.

use http::StatusCode;

use super::super::{
    call::{Call, json_answer},
    connect::{Outcome, resume},
    problem::{Code, Problem},
};
use crate::{
    host::{Host, Response},
    record::{
        portal::{self, Change, ChangeKind, Portal},
        project::Project,
        read_rows, rows, unsettled,
    },
    shape::{shape, words},
    time::Timestamp,
};

shape! {
    /// How far a portal is.
    pub(in super::super) struct PortalState {
        /// How far it is.
        pub status: PortalProgress,
        /// Whether an account is just being connected: what comes of it is told as a change.
        pub connecting: bool,
        /// What was done, in order; at most 500.
        pub changes: Vec<PortalChange>,
    }
}

words! {
    /// How far a portal is.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(in super::super) enum PortalProgress {
        /// Its ticket has not been used.
        New = "new",
        /// The person is asked whether they meant to open it.
        Asked = "asked",
        /// It is open.
        Open = "open",
        /// The person has closed it.
        Closed = "closed",
        /// Its ticket has not been used in time.
        Unopened = "unopened",
        /// Its time is over.
        Expired = "expired",
    }
}

shape! {
    /// What was done in a portal.
    pub(in super::super) struct PortalChange {
        /// Rises from change to change, not always by one.
        pub n: i64,
        /// What was done.
        pub what: ChangeKind,
        /// With which account.
        pub grant_id: String,
        /// With which workflow.
        pub workflow_id: Option<String>,
        /// What it was switched to; nothing when only its settings were changed.
        pub enabled: Option<bool>,
    }
}

/// `GET …/sdk/portals/{portal}?after=<n>`
pub(in super::super) async fn changes(
    host: &impl Host,
    project: &Project,
    user_id: &str,
    id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let after = match call.parameter("after").map(|text| text.parse::<i64>()) {
        None => 0,
        Some(Ok(n)) => n,
        Some(Err(_)) => {
            return Err(Problem::detailed(Code::InvalidRequest, "after: a whole number"));
        }
    };
    let statements = vec![portal::of_id(id), portal::returned(id), portal::changes(id, after)];
    let mut answers = host.tables(statements).await?.into_iter();
    let mut next = || answers.next().unwrap_or_default().into_iter();
    let (found, returned, changes) = (next(), next(), next());
    let found: Vec<Portal> = read_rows(found)?;
    let own = |found: &Portal| found.project_id == project.id && found.user_id == user_id;
    let portal = found.into_iter().find(own).ok_or(Code::PortalNotFound)?;
    let (mut connecting, mut changes): (bool, Vec<Change>) = (false, read_rows(changes)?);
    let returned = unsettled::read_ids(returned)?;
    if !returned.is_empty() {
        connecting = resume_all(host, returned).await?;
        changes = rows(host, portal::changes(id, after)).await?;
    }
    let told = PortalState {
        status: progress(&portal, host.now()),
        connecting,
        changes: changes.into_iter().map(PortalChange::from).collect(),
    };
    Ok(json_answer(StatusCode::OK, &told))
}

/// Goes on with the connects of a portal that came back from Zoom; whether one has still not come to its end.
pub(super) async fn go_on(host: &impl Host, id: &str) -> Result<bool, Problem> {
    let returned = unsettled::ids(host, portal::returned(id)).await?;
    resume_all(host, returned).await
}

/// One that fails keeps none of the others waiting.
async fn resume_all(host: &impl Host, sessions: Vec<String>) -> Result<bool, Problem> {
    let mut connecting = Ok(false);
    for session in sessions {
        match resume(host, &session).await {
            Ok(Outcome::Pending) => connecting = connecting.map(|_| true),
            Ok(Outcome::Done(_) | Outcome::Failed(_)) => {}
            // Its user was erased meanwhile.
            Err(problem) if problem.code == Code::SessionNotFound => {}
            Err(problem) => connecting = Err(problem),
        }
    }
    connecting
}

fn progress(portal: &Portal, now: Timestamp) -> PortalProgress {
    match portal {
        _ if portal.is_closed(now) => PortalProgress::Closed,
        _ if portal.is_over(now) && portal.cookie_digest.is_none() => PortalProgress::Unopened,
        _ if portal.is_over(now) => PortalProgress::Expired,
        _ if portal.cookie_digest.is_none() => PortalProgress::New,
        _ if portal.asks != 0 => PortalProgress::Asked,
        _ => PortalProgress::Open,
    }
}

impl From<Change> for PortalChange {
    fn from(change: Change) -> Self {
        Self {
            n: change.n,
            what: change.what,
            grant_id: change.grant_id,
            workflow_id: change.workflow_id,
            enabled: change.enabled.map(|enabled| enabled != 0),
        }
    }
}
