//! A subscription: what a project wants to be told when a trigger fires. The deliveries that follow from it are with
//! the connection that the event is about.

use serde_json::json;

use super::{
    copy,
    delivery::{Endpoint, EventSecret},
    event::json_list,
};
use crate::{
    host::{Host, HostError, Statement},
    shape::{shape, words},
    time::{DAY, Timestamp},
};

/// An endpoint that has failed for so long is told nothing any more, in milliseconds.
pub const FAILING_FOR: i64 = 5 * DAY;

shape! {
    /// One row of `subscriptions`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Subscription {
        /// The id.
        pub id: String,
        /// The project.
        pub project_id: String,
        /// The trigger's id.
        pub trigger: String,
        /// Where it is told; nothing: at the project's event endpoint.
        pub url: Option<String>,
        /// What signs, sealed, where there is a `url`.
        pub secrets_sealed: Option<String>,
        /// Which of the events: JSON as text; nothing: all of them.
        pub filter: Option<String>,
        /// Of this user only.
        pub account_id: Option<String>,
        /// Whether it is told anything.
        pub status: SubscriptionStatus,
        /// When the first attempt failed since the last one that did not.
        pub failing_since: Option<Timestamp>,
        /// When it was disabled.
        pub disabled_at: Option<Timestamp>,
        /// When it was made.
        pub created_at: Timestamp,
        /// The last change.
        pub updated_at: Timestamp,
    }
}

words! {
    /// Whether a subscription is told anything.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum SubscriptionStatus {
        /// It is.
        Active = "active",
        /// The project wants a pause.
        Paused = "paused",
        /// Its endpoint has failed for days.
        Disabled = "disabled",
    }
}

impl Subscription {
    /// Its own endpoint, if it has one.
    pub fn endpoint(&self, host: &impl Host) -> Result<Option<Endpoint>, HostError> {
        let own = self.url.as_ref().zip(self.secrets_sealed.as_ref());
        let open = |(url, sealed): (&String, &String)| {
            let secrets = copy::open(host, &secrets_record(&self.id), sealed)?;
            Ok(Endpoint { url: url.clone(), secrets })
        };
        own.map(open).transpose()
    }
}

/// Seals the secrets of a subscription's own endpoint, the newest first.
pub fn seal_secrets(
    host: &impl Host,
    id: &str,
    secrets: &Vec<EventSecret>,
) -> Result<String, HostError> {
    copy::seal(host, &secrets_record(id), secrets)
}

fn secrets_record(id: &str) -> String {
    format!("subscription/{id}/secrets")
}

/// The active subscriptions of a project to any of these triggers.
pub fn active(project_id: &str, triggers: &Vec<String>) -> Statement {
    Statement::new(
        "SELECT * FROM subscriptions WHERE project_id = ?1 AND status = 'active'
           AND trigger IN (SELECT value FROM json_each(?2))",
        [json!(project_id), json_list(triggers)],
    )
}

/// The subscriptions of these ids.
pub fn of_ids(ids: &Vec<String>) -> Statement {
    Statement::new(
        "SELECT * FROM subscriptions WHERE id IN (SELECT value FROM json_each(?1))",
        [json_list(ids)],
    )
}

/// Notes that the endpoints of these took an event.
pub fn succeeded(ids: &Vec<String>) -> Statement {
    Statement::new(
        "UPDATE subscriptions SET failing_since = NULL
         WHERE failing_since IS NOT NULL AND id IN (SELECT value FROM json_each(?1))",
        [json_list(ids)],
    )
}

/// Notes that the endpoints of these failed, first at `at`.
pub fn failed(ids: &Vec<String>, at: Timestamp) -> Statement {
    Statement::new(
        "UPDATE subscriptions SET failing_since = ?2
         WHERE failing_since IS NULL AND id IN (SELECT value FROM json_each(?1))",
        [json_list(ids), json!(at)],
    )
}

/// Disables a subscription that has failed since `since` and still does.
pub fn disable(id: &str, since: Timestamp, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE subscriptions SET status = 'disabled', disabled_at = ?3, updated_at = ?3
         WHERE id = ?1 AND failing_since = ?2 AND status = 'active'",
        [json!(id), json!(since), json!(now)],
    )
}
