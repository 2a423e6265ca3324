//! Deliveries: what is told to the project's endpoints, with every attempt; and how one is made once more.

use http::StatusCode;

use super::{
    super::{
        call::Call,
        problem::{Code, Problem},
    },
    Page, events, field, grant, subscriptions, success,
};
use crate::{
    connection::{Answer, ConnectionName, Question, Replay},
    host::{Host, HostError, Response},
    record::{
        delivery::{self, Attempt, Delivery, DeliveryStatus, Wanted},
        event::{Event, EventRow, open_body},
        first_row, integration, read_rows, rows,
        subscription::{Subscription, SubscriptionStatus},
    },
    shape::{read_text, shape},
    time::Timestamp,
    workflow::Filter,
    zoom::trigger,
};

shape! {
    /// One message on its way to an endpoint.
    pub(in super::super) struct ServerDelivery {
        /// The `webhook-id`: the same at each attempt.
        pub id: String,
        /// `grant.created` and its like; Zoom's own word where an event is told.
        pub kind: String as "type",
        /// The grant that it is about; empty when it is about none.
        pub grant_id: String,
        /// The event that is told of.
        pub event_id: Option<String>,
        /// The subscription that is told.
        pub subscription_id: Option<String>,
        /// Where the last attempt went.
        pub url: String,
        /// How far it is.
        pub status: DeliveryStatus,
        /// The attempts so far.
        pub attempts: Vec<ServerAttempt>,
        /// When it happened, in Unix seconds.
        pub created_at: i64,
        /// When it is tried again, in Unix seconds.
        pub next_at: Option<i64>,
    }
}

shape! {
    /// One attempt to deliver.
    pub(in super::super) struct ServerAttempt {
        /// When it was made, in Unix seconds.
        pub at: i64,
        /// What the endpoint answered.
        pub status: Option<u16>,
        /// Why there is no answer, or why nobody is told any more: `timeout`, `unreachable`, `address_refused`,
        /// `secret_unusable`, `grant_left`, `subscription_deleted`, `subscription_paused`, `subscription_disabled`,
        /// `endpoint_missing`, `event_unreadable`.
        pub error: Option<String>,
    }
}

/// `GET /connect/deliveries`
pub(super) async fn list(
    host: &impl Host,
    project_id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let page = Page::of(call)?;
    let wanted = Wanted {
        status: field::word(call, "status")?,
        event_id: field::filter(call, "event_id")?,
        subscription_id: field::filter(call, "subscription_id")?,
        grant_id: field::filter(call, "grant_id")?,
        account_id: field::filter(call, "account_id")?,
    };
    let part = delivery::of_project(project_id, &wanted, page.limit, page.offset);
    let deliveries: Vec<Delivery> = rows(host, part).await?;
    Ok(page.answer(&deliveries.into_iter().map(shown).collect()))
}

/// `GET /connect/deliveries/{delivery}`
pub(super) async fn one(host: &impl Host, project_id: &str, id: &str) -> Result<Response, Problem> {
    Ok(success(StatusCode::OK, &shown(of_project(host, project_id, id).await?)))
}

/// `POST /connect/deliveries/{delivery}/replay`: the same message under the same id, to whoever would be told today.
pub(super) async fn replay(
    host: &impl Host,
    project_id: &str,
    id: &str,
) -> Result<Response, Problem> {
    let delivery = of_project(host, project_id, id).await?;
    let sender = sender(host, &delivery).await?;
    let question = match (&delivery.event_id, &delivery.subscription_id) {
        (Some(event_id), Some(subscription_id)) => {
            let replay = of_event(host, &delivery, event_id, subscription_id).await?;
            Question::Replay { replay: Box::new(replay) }
        }
        _ => own(host, &delivery).await?,
    };
    match host.ask(&sender, question).await? {
        Answer::Done {} => {}
        Answer::Unavailable { part, reason } => return Err(Problem::unavailable(&part, &reason)),
        Answer::Refused { .. } => return Err(refused("nobody uses the connection that sent it")),
        _ => return Err(Code::StoreUnavailable.into()),
    }
    let statements = vec![delivery::again(&delivery, host.now()), delivery::one(project_id, id)];
    let found = host.tables(statements).await?.into_iter().flatten();
    let again: Vec<Delivery> = read_rows(found)?;
    let again = again.into_iter().next().ok_or(Code::DeliveryNotFound)?;
    Ok(success(StatusCode::ACCEPTED, &shown(again)))
}

fn refused(why: &str) -> Problem {
    Problem::detailed(Code::DeliveryNotReplayable, why)
}

/// The connection that made the delivery, if its integration stays.
async fn sender(host: &impl Host, delivery: &Delivery) -> Result<ConnectionName, Problem> {
    let sender = delivery.integration_id.clone().zip(delivery.provider_user_id.clone());
    let Some((integration_id, provider_user_id)) = sender else {
        return Err(refused("it was made before deliveries could be replayed"));
    };
    match integration::by_id(host, &integration_id).await? {
        Some(found) if found.is_deleting() => Err(refused("its integration is being deleted")),
        Some(_) => Ok(ConnectionName { integration_id, provider_user_id }),
        None => Err(refused("its integration was deleted")),
    }
}

/// What it takes to tell a subscription of an event once more.
async fn of_event(
    host: &impl Host,
    delivery: &Delivery,
    event_id: &str,
    subscription_id: &str,
) -> Result<Replay, Problem> {
    let project_id = &delivery.project_id;
    let or_refused = |problem: Problem, code, why| {
        if problem.code == code { refused(why) } else { problem }
    };
    let event = events::of_project(host, project_id, event_id).await?;
    let event = event.and_then(EventRow::event).ok_or_else(|| refused("its event is forgotten"))?;
    let found = subscriptions::of_project(host, project_id, subscription_id).await;
    let told = found.map_err(|problem| {
        or_refused(problem, Code::SubscriptionNotFound, "its subscription was deleted")
    })?;
    if told.status != SubscriptionStatus::Active {
        return Err(refused("its subscription is paused or disabled: make it active first"));
    }
    if told.url.is_none() {
        project_listens(host, project_id).await?;
    }
    let grant = grant::of_project(host, project_id, &delivery.grant_id)
        .await
        .map_err(|problem| or_refused(problem, Code::GrantNotFound, "its grant has left"))?;
    let of_user = told.account_id.as_ref().is_none_or(|account| *account == grant.user_id);
    if !of_user || !passes(host, &told, &event)? {
        return Err(refused("the subscription does not want it any more"));
    }
    Ok(Replay {
        id: delivery.id.clone(),
        event,
        subscription_id: subscription_id.to_owned(),
        grant_id: delivery.grant_id.clone(),
        attempts: delivery.attempts.clone(),
    })
}

/// Whether an event passes the filter that a subscription has today.
fn passes(host: &impl Host, told: &Subscription, event: &Event) -> Result<bool, HostError> {
    let Some(filter) = &told.filter else {
        return Ok(true);
    };
    let came = open_body(host, &event.id, &event.sealed)?;
    let output = trigger::output(serde_json::from_str(&came).unwrap_or_default());
    Ok(Filter::parse(filter).is_ok_and(|filter| filter.matches(&output)))
}

/// What it takes to tell one of our own events once more.
async fn own(host: &impl Host, delivery: &Delivery) -> Result<Question, Problem> {
    if delivery.body.is_none() {
        return Err(refused("it was made before deliveries could be replayed"));
    }
    project_listens(host, &delivery.project_id).await?;
    Ok(Question::ReplayOwn { delivery: Box::new(delivery.clone()) })
}

async fn project_listens(host: &impl Host, project_id: &str) -> Result<(), Problem> {
    let endpoint = delivery::endpoint(host, project_id).await?;
    endpoint.map(|_| ()).ok_or_else(|| refused("the project has no event endpoint any more"))
}

async fn of_project(host: &impl Host, project_id: &str, id: &str) -> Result<Delivery, Problem> {
    let found = first_row(host, delivery::one(project_id, id)).await?;
    found.ok_or_else(|| Code::DeliveryNotFound.into())
}

fn shown(delivery: Delivery) -> ServerDelivery {
    let attempts: Vec<Attempt> = read_text(delivery.attempts.as_bytes()).unwrap_or_default();
    let attempt = |made: Attempt| ServerAttempt {
        at: made.at.seconds(),
        status: made.status,
        error: made.error,
    };
    ServerDelivery {
        id: delivery.id,
        kind: delivery.kind,
        grant_id: delivery.grant_id,
        event_id: delivery.event_id,
        subscription_id: delivery.subscription_id,
        url: delivery.url,
        status: delivery.status,
        attempts: attempts.into_iter().map(attempt).collect(),
        created_at: delivery.created_at.seconds(),
        next_at: delivery.next_at.map(Timestamp::seconds),
    }
}
