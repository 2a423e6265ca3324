//! `GET /connect/deliveries`: our events on their way to the project's endpoint, with every attempt.

use serde_json::Value;

use super::{
    super::{
        call::Call,
        problem::{Code, Problem},
    },
    Page, field,
};
use crate::{
    host::{Host, Response},
    record::{
        delivery::{self, Attempt, Delivery, DeliveryStatus},
        rows,
    },
    shape::{Shape, read_text, shape},
    time::Timestamp,
};

shape! {
    /// One event on its way.
    pub(in super::super) struct ServerDelivery {
        /// The `webhook-id`: the same at each attempt.
        pub id: String,
        /// `grant.created` and its like.
        pub kind: String as "type",
        /// What it is about.
        pub grant_id: String,
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
        /// Why it did not.
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
    let status =
        field::filter(call, "status")?.map(|text| DeliveryStatus::read(Value::String(text)));
    let status = status.transpose().map_err(|misfit| {
        Problem::detailed(Code::InvalidRequest, misfit.within("status").to_string())
    })?;
    let part = delivery::of_project(project_id, status, page.limit, page.offset);
    let deliveries: Vec<Delivery> = rows(host, part).await?;
    Ok(page.answer(&deliveries.into_iter().map(shown).collect()))
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
        url: delivery.url,
        status: delivery.status,
        attempts: attempts.into_iter().map(attempt).collect(),
        created_at: delivery.created_at.seconds(),
        next_at: delivery.next_at.map(Timestamp::seconds),
    }
}
