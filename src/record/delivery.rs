//! One event on its way to an endpoint of the project, with the attempts made (Standard Webhooks), and the endpoint
//! itself: its address and the secrets that sign. The connection's alarm sends.

use base64ct::{Base64, Encoding};
use http::StatusCode;
use serde_json::json;
use zeroize::Zeroizing;

use super::{copy, event::json_list, first_row};
use crate::{
    host::{Host, HostError, Statement},
    secret::Text,
    shape::{shape, words},
    time::{DAY, Timestamp},
};

shape! {
    /// One secret of a project's event endpoint: `whsec_` and the base64 of its bytes.
    #[derive(Debug)]
    pub struct EventSecret {
        /// The text that the project was shown.
        pub secret: Text,
        /// Until when it signs besides a newer one; absent: for good.
        pub until: Option<Timestamp>,
    }
}

/// Opens `projects.event_secrets_sealed`; the newest secret first.
pub fn open_secrets(
    host: &impl Host,
    project_id: &str,
    sealed: &str,
) -> Result<Vec<EventSecret>, HostError> {
    copy::open(host, &secrets_record(project_id), sealed)
}

/// Seals the secrets of a project's endpoint, the newest first.
pub fn seal_secrets(
    host: &impl Host,
    project_id: &str,
    secrets: &Vec<EventSecret>,
) -> Result<String, HostError> {
    copy::seal(host, &secrets_record(project_id), secrets)
}

fn secrets_record(project_id: &str) -> String {
    format!("project/{project_id}/event_secrets")
}

/// Mints a secret in front of those there: 256 random bits, to be shown once. Those before sign for a day more; what
/// ended goes.
pub fn mint_secret(host: &impl Host, secrets: &mut Vec<EventSecret>) -> Zeroizing<String> {
    let (now, mut bytes) = (host.now(), Zeroizing::new([0_u8; 32]));
    host.fill_random(bytes.as_mut_slice());
    let minted = Zeroizing::new(format!("whsec_{}", Base64::encode_string(bytes.as_slice())));
    secrets.retain(|secret| secret.until.is_none_or(|until| now < until));
    for secret in secrets.iter_mut() {
        secret.until = secret.until.or(Some(now.plus(DAY)));
    }
    secrets.insert(0, EventSecret { secret: Text::new(minted.as_str()), until: None });
    minted
}

/// Where a project's events go, and what signs them, the newest first.
#[derive(Debug)]
pub struct Endpoint {
    /// The address.
    pub url: String,
    /// What signs.
    pub secrets: Vec<EventSecret>,
}

/// The project's endpoint, if it has one.
pub async fn endpoint(host: &impl Host, project_id: &str) -> Result<Option<Endpoint>, HostError> {
    shape! {
        struct Found {
            event_url: Option<String>,
            event_secrets_sealed: Option<String>,
        }
    }
    let sql = "SELECT event_url, event_secrets_sealed FROM projects WHERE id = ?1";
    let found: Option<Found> = first_row(host, Statement::new(sql, [json!(project_id)])).await?;
    let found = found.and_then(|found| found.event_url.zip(found.event_secrets_sealed));
    let open = |(url, sealed): (String, String)| {
        Ok(Endpoint { url, secrets: open_secrets(host, project_id, &sealed)? })
    };
    found.map(open).transpose()
}

shape! {
    /// One row of `deliveries`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Delivery {
        /// The `webhook-id`: the same at each attempt.
        pub id: String,
        /// Whose endpoint.
        pub project_id: String,
        /// `grant.created` and its like.
        pub kind: String as "type",
        /// What it is about.
        pub grant_id: String,
        /// Where the last attempt went; empty while there was none.
        pub url: String,
        /// How far it is.
        pub status: DeliveryStatus,
        /// The attempts so far: a JSON list of [`Attempt`]s as text.
        pub attempts: String,
        /// When it happened.
        pub created_at: Timestamp,
        /// When it is tried again.
        pub next_at: Option<Timestamp>,
        /// The event that is told of; nothing for one of our own.
        pub event_id: Option<String>,
        /// Who is told; nothing: the project's event endpoint.
        pub subscription_id: Option<String>,
        /// What is sent, where it is of our own making.
        pub body: Option<String>,
        /// The project's user that it is about.
        pub user_id: Option<String>,
        /// With the next: the connection that sends it.
        pub integration_id: Option<String>,
        /// The Zoom user of that connection.
        pub provider_user_id: Option<String>,
    }
}

shape! {
    /// One attempt to deliver.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Attempt {
        /// When it was made.
        pub at: Timestamp,
        /// What the endpoint answered.
        pub status: Option<u16>,
        /// Why it did not: `timeout`, `unreachable`, `address_refused`, `secret_unusable`; or why nobody is told any
        /// more: `grant_left`, `subscription_deleted`, `subscription_paused`, `subscription_disabled`,
        /// `endpoint_missing`, `event_unreadable`.
        pub error: Option<String>,
    }
}

impl Attempt {
    /// Whether the endpoint took it.
    pub fn has_delivered(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether the endpoint says that it is gone for good (RFC 9110 §15.5.11): nothing more is sent.
    pub fn is_gone(&self) -> bool {
        self.status == Some(StatusCode::GONE.as_u16())
    }

    /// Whether the endpoint was tried and did not take it.
    pub fn was_refused(&self) -> bool {
        let tried = ["timeout", "unreachable", "address_refused", "secret_unusable"];
        let error = self.error.as_deref();
        !self.has_delivered() && error.is_none_or(|error| tried.contains(&error))
    }

    /// An attempt that brought no answer.
    pub fn failed(at: Timestamp, error: &str) -> Self {
        Self { at, status: None, error: Some(error.to_owned()) }
    }
}

words! {
    /// How far a delivery is.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum DeliveryStatus {
        /// It is tried again.
        Pending = "pending",
        /// The endpoint took it.
        Delivered = "delivered",
        /// It was given up.
        Failed = "failed",
    }
}

/// Stores how far a delivery is; the first attempt makes the row, or its end without one if there is an endpoint.
pub fn put(delivery: &Delivery) -> Statement {
    Statement::new(
        "INSERT INTO deliveries (id, project_id, type, grant_id, url, status, attempts, created_at, next_at, body,
           user_id, integration_id, provider_user_id)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,
           coalesce(?11, (SELECT user_id FROM grants WHERE id = ?4)), ?12, ?13
         WHERE ?7 <> '[]' OR EXISTS (SELECT 1 FROM projects WHERE id = ?2 AND event_url IS NOT NULL)
         ON CONFLICT (id) DO UPDATE SET url = ?5, status = ?6, attempts = ?7, next_at = ?9",
        [
            json!(delivery.id),
            json!(delivery.project_id),
            json!(delivery.kind),
            json!(delivery.grant_id),
            json!(delivery.url),
            json!(delivery.status),
            json!(delivery.attempts),
            json!(delivery.created_at),
            json!(delivery.next_at),
            json!(delivery.body),
            json!(delivery.user_id),
            json!(delivery.integration_id),
            json!(delivery.provider_user_id),
        ],
    )
}

/// Stores deliveries that begin; those that are there stay.
pub fn begin(deliveries: &Vec<Delivery>) -> Statement {
    Statement::new(
        "INSERT OR IGNORE INTO deliveries (id, project_id, type, grant_id, url, status, attempts, created_at, next_at,
           event_id, subscription_id, user_id, integration_id, provider_user_id)
         SELECT value ->> 'id', value ->> 'project_id', value ->> 'type', value ->> 'grant_id', value ->> 'url',
           value ->> 'status', value ->> 'attempts', value ->> 'created_at', value ->> 'next_at',
           value ->> 'event_id', value ->> 'subscription_id', value ->> 'user_id', value ->> 'integration_id',
           value ->> 'provider_user_id' FROM json_each(?1)",
        [json_list(deliveries)],
    )
}

shape! {
    /// How far a delivery is.
    #[derive(Debug, Clone)]
    pub struct Progress {
        /// The delivery.
        pub id: String,
        /// Where the last attempt went.
        pub url: String,
        /// How far it is.
        pub status: DeliveryStatus,
        /// The attempts so far.
        pub attempts: String,
        /// When it is tried again.
        pub next_at: Option<Timestamp>,
    }
}

/// The deliveries of these events for these grants that have not ended: rows with `id`, `event_id`, `subscription_id`,
/// `grant_id`, `next_at`.
pub fn begun(events: &Vec<String>, grants: &Vec<String>) -> Statement {
    Statement::new(
        "SELECT id, event_id, subscription_id, grant_id, next_at FROM deliveries
         WHERE event_id IN (SELECT value FROM json_each(?1)) AND grant_id IN (SELECT value FROM json_each(?2))
           AND +status = 'pending'",
        [json_list(events), json_list(grants)],
    )
}

/// The grant is gone: what it was still to be told of is given up.
pub fn give_up_of_grant(grant_id: &str, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE deliveries SET status = 'failed', next_at = NULL,
           attempts = json_insert(attempts, '$[#]', json_object('at', CAST(?2 AS INTEGER), 'error', 'grant_left'))
         WHERE grant_id = ?1 AND status = 'pending' AND subscription_id IS NOT NULL",
        [json!(grant_id), json!(now)],
    )
}

/// Stores how far deliveries are; those that were erased stay away.
pub fn update(progress: &Vec<Progress>) -> Statement {
    Statement::new(
        "UPDATE deliveries SET url = value ->> 'url', status = value ->> 'status', attempts = value ->> 'attempts',
           next_at = value ->> 'next_at' FROM json_each(?1) WHERE deliveries.id = value ->> 'id'",
        [json_list(progress)],
    )
}

/// What a list of deliveries is narrowed by.
#[derive(Debug)]
pub struct Wanted {
    /// How far they are.
    pub status: Option<DeliveryStatus>,
    /// The event that is told of.
    pub event_id: Option<String>,
    /// Who is told.
    pub subscription_id: Option<String>,
    /// The grant that they are about.
    pub grant_id: Option<String>,
    /// The project's user that they are about.
    pub account_id: Option<String>,
}

/// A list of deliveries; `$first` names the few rows that it is looked for among. `+` keeps an index out.
macro_rules! list {
    ($first:literal $age:literal) => {
        concat!(
            "SELECT * FROM deliveries WHERE ",
            $first,
            " AND (?2 IS NULL OR status = ?2) AND (?3 IS NULL OR event_id = ?3)
               AND (?4 IS NULL OR subscription_id = ?4) AND (?5 IS NULL OR grant_id = ?5)
               AND (?6 IS NULL OR user_id = ?6) ORDER BY ",
            $age,
            " DESC, id LIMIT ?7 OFFSET ?8"
        )
    };
}

/// A part of a project's deliveries, the newest first.
pub fn of_project(project_id: &str, wanted: &Wanted, limit: i64, offset: i64) -> Statement {
    Statement::new(
        match (&wanted.event_id, &wanted.account_id) {
            (Some(_), _) => list!("event_id = ?3 AND +project_id = ?1" "created_at"),
            (None, Some(_)) => list!("project_id = ?1 AND user_id = ?6" "+created_at"),
            (None, None) => list!("project_id = ?1" "created_at"),
        },
        [
            json!(project_id),
            json!(wanted.status),
            json!(wanted.event_id),
            json!(wanted.subscription_id),
            json!(wanted.grant_id),
            json!(wanted.account_id),
            json!(limit),
            json!(offset),
        ],
    )
}

/// One delivery of a project.
pub fn one(project_id: &str, id: &str) -> Statement {
    Statement::new(
        "SELECT * FROM deliveries WHERE id = ?1 AND project_id = ?2",
        [json!(id), json!(project_id)],
    )
}

/// Notes that a delivery is made once more, unless an attempt has been made meanwhile.
pub fn again(delivery: &Delivery, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE deliveries SET status = 'pending', next_at = ?3 WHERE id = ?1 AND attempts = ?2",
        [json!(delivery.id), json!(delivery.attempts), json!(now)],
    )
}

/// Forgets deliveries after so many days, at most `limit` at a time, a row for each.
pub fn forget_old(days: i64, limit: usize, now: Timestamp) -> Statement {
    Statement::new(
        "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE created_at < ?1 LIMIT ?2) RETURNING 1",
        [json!(now.plus(days.saturating_mul(-DAY))), json!(limit)],
    )
}
