//! Events: what Zoom said about the project's connections, and what came of it for each grant. What opens a meeting or a
//! recording is hidden here; the endpoints are told it.

use http::StatusCode;
use serde_json::{Map, Value};

use super::{
    super::{
        call::Call,
        problem::{Code, Problem},
    },
    Page, field, success, triggers,
};
use crate::{
    host::{Host, HostError, Response},
    record::{
        event::{self, EventRow, Outcome, OutcomeRow, Wanted, open_body},
        first_row, rows,
    },
    shape::shape,
    zoom::{secret_field, trigger},
};

/// A list shows so many outcomes of an event.
const OUTCOMES_OF_A_LIST: i64 = 25;
/// More grants than a connection has; D1 takes no number over 2^53.
const ALL_OUTCOMES: i64 = 1_000_000;

shape! {
    /// Something that happened at Zoom.
    pub(in super::super) struct ServerEvent {
        /// The id.
        pub id: String,
        /// The trigger's id.
        pub trigger: String,
        /// Zoom's own word.
        pub event: String,
        /// When it happened, in milliseconds, as Zoom says.
        pub event_ts: i64,
        /// The same in Unix seconds.
        pub occurred_at: i64,
        /// The integration whose webhook brought it.
        pub integration_id: String,
        /// Zoom's id of the user whose connection it is about.
        pub provider_user_id: String,
        /// The meeting.
        pub meeting_id: Option<String>,
        /// When it came (Unix seconds).
        pub received_at: i64,
        /// What came of it for each grant; in a list the first 25, and only of the user or grant that was asked for.
        pub outcomes: Vec<ServerOutcome>,
        /// What the trigger brings, secrets hidden; not in a list.
        pub output: Option<Map<String, Value>>,
        /// What Zoom sent, secrets hidden; not in a list.
        pub original: Option<Map<String, Value>>,
    }
}

shape! {
    /// What came of an event for one grant.
    pub(in super::super) struct ServerOutcome {
        /// The grant.
        pub grant_id: String,
        /// The project's user.
        pub account_id: String,
        /// `matched`: subscriptions are told, or workflows run; `unmatched`: nobody wants it; `grant_invalid`: the user has
        /// to connect again.
        pub outcome: Outcome,
        /// So many subscriptions are told.
        pub subscriptions: i64,
        /// So many runs of workflows begin; one that would be a loop counts too.
        pub runs: i64,
    }
}

/// `GET /connect/events`
pub(super) async fn list(
    host: &impl Host,
    project_id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let page = Page::of(call)?;
    let given = field::filter(call, "trigger")?;
    let trigger = given.map(|given| triggers::known(&given)).transpose()?;
    let wanted = Wanted {
        event: trigger.map(|trigger| trigger.event.to_owned()),
        meeting_id: field::filter(call, "meeting_id")?,
        integration_id: field::filter(call, "integration_id")?,
        account_id: field::filter(call, "account_id")?,
        grant_id: field::filter(call, "grant_id")?,
    };
    let part = event::of_project(project_id, &wanted, page.limit, page.offset);
    let found: Vec<EventRow> = rows(host, part).await?;
    let ids = found.iter().map(|one| one.id.clone()).collect();
    let (account_id, grant_id) = (wanted.account_id.as_deref(), wanted.grant_id.as_deref());
    let outcomes = event::outcomes_of(&ids, account_id, grant_id, OUTCOMES_OF_A_LIST);
    let outcomes: Vec<OutcomeRow> = rows(host, outcomes).await?;
    Ok(page.answer(&found.into_iter().map(|one| shown(one, &outcomes)).collect()))
}

/// `GET /connect/events/{event}`
pub(super) async fn one(host: &impl Host, project_id: &str, id: &str) -> Result<Response, Problem> {
    let row = of_project(host, project_id, id).await?.ok_or(Code::EventNotFound)?;
    let outcomes = event::outcomes_of(&vec![row.id.clone()], None, None, ALL_OUTCOMES);
    let outcomes: Vec<OutcomeRow> = rows(host, outcomes).await?;
    let came = open_body(host, id, row.body_sealed.as_deref().unwrap_or_default())?;
    let mut original: Value = serde_json::from_str(&came).unwrap_or_default();
    secret_field::mask(&mut original);
    let output = trigger::output(original.clone());
    let whole =
        ServerEvent { output: object(output), original: object(original), ..shown(row, &outcomes) };
    Ok(success(StatusCode::OK, &whole))
}

/// The project's event of this id with what came, if it is still there; another's is not.
pub(super) async fn of_project(
    host: &impl Host,
    project_id: &str,
    id: &str,
) -> Result<Option<EventRow>, HostError> {
    first_row(host, event::one(project_id, id)).await
}

fn object(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(fields) => Some(fields),
        _ => None,
    }
}

fn shown(row: EventRow, outcomes: &[OutcomeRow]) -> ServerEvent {
    let of_this = outcomes.iter().filter(|outcome| outcome.event_id == row.id);
    let outcome = |found: &OutcomeRow| ServerOutcome {
        grant_id: found.grant_id.clone(),
        account_id: found.user_id.clone(),
        outcome: found.outcome,
        subscriptions: found.subscriptions,
        runs: found.runs,
    };
    ServerEvent {
        outcomes: of_this.map(outcome).collect(),
        id: row.id,
        trigger: trigger::by_event(&row.event)
            .map_or_else(|| row.event.clone(), |one| one.id.to_owned()),
        event: row.event,
        event_ts: row.event_ts.0,
        occurred_at: row.event_ts.seconds(),
        integration_id: row.integration_id,
        provider_user_id: row.provider_user_id,
        meeting_id: row.meeting_id,
        received_at: row.received_at.seconds(),
        output: None,
        original: None,
    }
}
