//! A subscription: what a project wants to be told when a trigger fires. The deliveries that follow from it are with
//! the connection that the event is about.

use serde_json::json;

use super::{
    copy,
    delivery::{Endpoint, EventSecret},
    event::json_list,
};
use crate::{
    connection::Actor,
    host::{Host, HostError, Statement},
    shape::{shape, words},
    time::{DAY, Timestamp},
};

/// A project has so many at most.
const MOST: i64 = 1000;
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

/// Stores a new one, and notes it; its row comes back unless the project has too many.
pub fn create(new: &Subscription, by: &Actor) -> Vec<Statement> {
    vec![
        Statement::new(
            "INSERT INTO subscriptions (id, project_id, trigger, url, secrets_sealed, filter, account_id, status,
               created_at, updated_at)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9
             WHERE (SELECT count(*) FROM subscriptions WHERE project_id = ?2) < ?10 RETURNING *",
            [
                json!(new.id),
                json!(new.project_id),
                json!(new.trigger),
                json!(new.url),
                json!(new.secrets_sealed),
                json!(new.filter),
                json!(new.account_id),
                json!(new.status),
                json!(new.created_at),
                json!(MOST),
            ],
        ),
        note("subscription.created", &new.project_id, &new.id, by, new.created_at),
    ]
}

/// Notes something about one that is there.
fn note(what: &str, project_id: &str, id: &str, by: &Actor, now: Timestamp) -> Statement {
    Statement::new(
        "INSERT INTO audit (project_id, at, what, who, target, origin)
         SELECT project_id, ?3, ?4, ?5, id, ?6 FROM subscriptions WHERE id = ?1 AND project_id = ?2",
        [
            json!(id),
            json!(project_id),
            json!(now),
            json!(what),
            json!(by.who),
            json!(by.origin),
        ],
    )
}

/// One of a project.
pub fn one(project_id: &str, id: &str) -> Statement {
    Statement::new(
        "SELECT * FROM subscriptions WHERE id = ?1 AND project_id = ?2",
        [json!(id), json!(project_id)],
    )
}

/// What a list of subscriptions is narrowed by.
#[derive(Debug)]
pub struct Wanted {
    /// The trigger's id.
    pub trigger: Option<String>,
    /// Whether they are told anything.
    pub status: Option<SubscriptionStatus>,
    /// Of this user only.
    pub account_id: Option<String>,
}

/// A part of a project's subscriptions, the oldest first.
pub fn of_project(project_id: &str, wanted: &Wanted, limit: i64, offset: i64) -> Statement {
    Statement::new(
        "SELECT * FROM subscriptions WHERE project_id = ?1 AND (?2 IS NULL OR trigger = ?2)
           AND (?3 IS NULL OR status = ?3) AND (?4 IS NULL OR account_id = ?4)
         ORDER BY created_at, id LIMIT ?5 OFFSET ?6",
        [
            json!(project_id),
            json!(wanted.trigger),
            json!(wanted.status),
            json!(wanted.account_id),
            json!(limit),
            json!(offset),
        ],
    )
}

/// Holds while a subscription is what it was.
macro_rules! unchanged {
    () => {
        " WHERE id = ?1 AND project_id = ?2 AND url IS ?3 AND secrets_sealed IS ?4 AND filter IS ?5
           AND account_id IS ?6 AND status = ?7"
    };
}

/// Changes one, if nothing was changed since `old` was read: then its row comes back. With `afresh` it is forgotten how
/// long its endpoint has failed.
pub fn replace(
    old: &Subscription,
    new: &Subscription,
    afresh: bool,
    by: &Actor,
    now: Timestamp,
) -> Vec<Statement> {
    let state = |one: &Subscription| {
        let texts = [&one.url, &one.secrets_sealed, &one.filter, &one.account_id];
        texts.into_iter().map(|text| json!(text)).chain([json!(one.status)]).collect::<Vec<_>>()
    };
    let unchanged = [vec![json!(old.id), json!(old.project_id)], state(old)].concat();
    let note = [unchanged.clone(), vec![json!(now), json!(by.who), json!(by.origin)]].concat();
    let change = [unchanged, state(new), vec![json!(now), json!(i64::from(afresh))]].concat();
    vec![
        Statement::new(
            concat!(
                "INSERT INTO audit (project_id, at, what, who, target, origin)
                 SELECT project_id, ?8, 'subscription.changed', ?9, id, ?10 FROM subscriptions",
                unchanged!()
            ),
            note,
        ),
        Statement::new(
            concat!(
                "UPDATE subscriptions SET url = ?8, secrets_sealed = ?9, filter = ?10, account_id = ?11, status = ?12,
                   disabled_at = CASE WHEN ?12 = 'disabled' THEN disabled_at END,
                   failing_since = CASE WHEN ?14 = 0 THEN failing_since END, updated_at = ?13",
                unchanged!(),
                " RETURNING *"
            ),
            change,
        ),
    ]
}

/// Deletes one, and notes it; its id comes back when it was there.
pub fn delete(project_id: &str, id: &str, by: &Actor, now: Timestamp) -> Vec<Statement> {
    vec![
        note("subscription.deleted", project_id, id, by, now),
        Statement::new(
            "DELETE FROM subscriptions WHERE id = ?1 AND project_id = ?2 RETURNING id",
            [json!(id), json!(project_id)],
        ),
    ]
}

/// Deletes those that are about one user only, and notes it.
pub fn delete_of_user(
    project_id: &str,
    user_id: &str,
    by: &Actor,
    now: Timestamp,
) -> [Statement; 2] {
    let of_user = vec![json!(project_id), json!(user_id)];
    let note = [of_user.clone(), vec![json!(now), json!(by.who), json!(by.origin)]].concat();
    [
        Statement::new(
            "INSERT INTO audit (project_id, at, what, who, target, origin)
             SELECT project_id, ?3, 'subscription.deleted', ?4, id, ?5 FROM subscriptions
             WHERE project_id = ?1 AND account_id = ?2",
            note,
        ),
        Statement::new(
            "DELETE FROM subscriptions WHERE project_id = ?1 AND account_id = ?2",
            of_user,
        ),
    ]
}

shape! {
    /// Whom an active subscription wants to be told of, and of what.
    #[derive(Debug)]
    pub struct Terms {
        /// Its id.
        pub id: String,
        /// The trigger's id.
        pub trigger: String,
        /// Which of the events.
        pub filter: Option<String>,
        /// Of this user only.
        pub account_id: Option<String>,
    }
}

/// What the active subscriptions of a project to any of these triggers want: [`Terms`].
pub fn active(project_id: &str, triggers: &Vec<String>) -> Statement {
    Statement::new(
        "SELECT id, trigger, filter, account_id FROM subscriptions WHERE project_id = ?1 AND status = 'active'
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

shape! {
    /// Where a subscription was told of something.
    #[derive(Debug, Clone)]
    pub struct Told {
        /// Its id.
        pub id: String,
        /// The address.
        pub url: String,
    }
}

/// Holds for the subscriptions that are still told where they were: what another address answers is nothing to them.
macro_rules! told_there {
    () => {
        "subscriptions.id = value ->> 'id' AND value ->> 'url' = coalesce(subscriptions.url,
           (SELECT event_url FROM projects WHERE projects.id = subscriptions.project_id))"
    };
}

/// The subscriptions of these that are still told there.
pub fn told_there(told: &Vec<Told>) -> Statement {
    Statement::new(
        concat!(
            "SELECT DISTINCT subscriptions.* FROM json_each(?1) JOIN subscriptions ON ",
            told_there!()
        ),
        [json_list(told)],
    )
}

/// Notes that the endpoints of these took an event.
pub fn succeeded(told: &Vec<Told>) -> Statement {
    Statement::new(
        concat!(
            "UPDATE subscriptions SET failing_since = NULL FROM json_each(?1)
             WHERE failing_since IS NOT NULL AND ",
            told_there!()
        ),
        [json_list(told)],
    )
}

/// Notes that the endpoints of these failed, first at `at`.
pub fn failed(told: &Vec<Told>, at: Timestamp) -> Statement {
    Statement::new(
        concat!(
            "UPDATE subscriptions SET failing_since = ?2 FROM json_each(?1)
             WHERE failing_since IS NULL AND ",
            told_there!()
        ),
        [json_list(told), json!(at)],
    )
}

/// Whether a subscription was disabled at this time, and still is: one row, or none.
pub fn disabled(id: &str, at: Timestamp) -> Statement {
    Statement::new(
        "SELECT id FROM subscriptions WHERE id = ?1 AND status = 'disabled' AND disabled_at = ?2",
        [json!(id), json!(at)],
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
