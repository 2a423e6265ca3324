//! The events that the project's endpoint has still to be told, kept in the record beside their cause: what they say,
//! when they are tried, and what an attempt changes. Pure; `telling` sends them.

use serde_json::json;

use super::{
    Refusal,
    attempt::{made_since, wait_after},
    letter::Letter,
    record::Record,
};
use crate::{
    id::derived_id,
    record::{
        delivery::{Attempt, Delivery, DeliveryStatus, Progress},
        grant::{Grant, Status},
        subscription::Subscription,
    },
    shape::{read_text, shape, text},
    time::{SECOND, Timestamp},
};

/// So many wait at most; a record has a size that must not grow with the trouble of somebody's endpoint.
const MOST: usize = 64;

shape! {
    /// One event on its way.
    #[derive(Debug, Clone)]
    pub(super) struct OwnEvent {
        /// The `webhook-id`; empty until the record is written for the first time.
        pub id: String,
        pub kind: String,
        pub project_id: String,
        pub grant_id: String,
        /// What is sent, byte for byte the same each time. Ids only.
        pub body: String,
        pub at: Timestamp,
        /// Where the last attempt went.
        pub url: String,
        pub attempts: Vec<Attempt>,
        pub next_at: Timestamp,
        /// The project's user that it is about.
        pub user_id: Option<String>,
        /// So many attempts were made before it was sent once more.
        pub replayed_after: Option<u64>,
    }
}

/// Why a grant cannot be used, for those who are told.
pub(super) type Reason = (Refusal, Option<i64>);

impl Record {
    /// The project's endpoint shall hear that something happened to this grant.
    pub(super) fn tell(
        &mut self,
        kind: &str,
        grant: &Grant,
        reason: Option<Reason>,
        now: Timestamp,
    ) {
        let status = match grant.status {
            Status::Valid => "valid",
            Status::Invalid => "invalid",
        };
        let mut data = json!({
            "grant_id": grant.id,
            "integration_id": grant.integration_id,
            "provider": grant.provider,
            "account_id": grant.user_id,
            "grant_status": status,
        });
        if let (Some((refusal, age)), Some(data)) = (reason, data.as_object_mut()) {
            data.insert("reason".to_owned(), refusal.text().into());
            data.extend(age.map(|age| ("age".to_owned(), (age / SECOND).into())));
        }
        let body = json!({"type": kind, "timestamp": now.rfc3339(), "data": data}).to_string();
        let mut event = OwnEvent::new(kind, &grant.project_id, body, now);
        event.grant_id.clone_from(&grant.id);
        event.user_id = Some(grant.user_id.clone());
        self.events.get_or_insert_default().push(event);
    }

    /// A subscription that has failed since `since` is disabled, and the project's endpoint shall hear of it.
    pub(super) fn disable(&mut self, told: &Subscription, since: Timestamp, now: Timestamp) {
        let id = disabled_id(&told.id, since);
        if self.events.iter().flatten().any(|event| event.id == id) {
            return;
        }
        let kind = "subscription.disabled";
        let data = json!({
            "subscription_id": told.id,
            "trigger": told.trigger,
            "url": told.url,
            "failing_since": since.seconds(),
        });
        let body = json!({"type": kind, "timestamp": now.rfc3339(), "data": data}).to_string();
        let event = OwnEvent { id, ..OwnEvent::new(kind, &told.project_id, body, now) };
        self.events.get_or_insert_default().push(event);
        self.post(Letter::Disable { subscription_id: told.id.clone(), since, at: now });
    }

    /// The subscription was not disabled, or not by this connection: nobody is told.
    pub(super) fn not_disabled(&mut self, subscription_id: &str, since: Timestamp) {
        let id = disabled_id(subscription_id, since);
        self.events.iter_mut().for_each(|events| {
            events.retain(|event| event.id != id || !event.attempts.is_empty());
        });
    }

    /// One of our own events is sent once more.
    pub(super) fn replay(&mut self, row: Delivery, now: Timestamp) {
        let events = self.events.get_or_insert_default();
        if !events.iter().any(|event| event.id == row.id) {
            events.push(OwnEvent {
                id: row.id.clone(),
                grant_id: row.grant_id,
                user_id: row.user_id,
                at: row.created_at,
                url: row.url,
                attempts: read_text(row.attempts.as_bytes()).unwrap_or_default(),
                ..OwnEvent::new(&row.kind, &row.project_id, row.body.unwrap_or_default(), now)
            });
        }
        let Some(event) = events.iter_mut().find(|event| event.id == row.id) else { return };
        event.next_at = now;
        event.replayed_after = u64::try_from(event.attempts.len()).ok();
        let letter = event.letter(DeliveryStatus::Pending);
        self.post(letter);
    }

    /// Gives up what is too much: of the same grants as the newest the oldest, else the oldest of all. How many.
    pub(super) fn crowd_out(&mut self) -> usize {
        let Some(events) = &mut self.events else { return 0 };
        let mut dropped = Vec::new();
        while let Some(last) = events.last().filter(|_| events.len() > MOST) {
            let newest = &last.grant_id;
            let index = events.iter().position(|event| event.grant_id == *newest);
            let older = index.filter(|index| index + 1 < events.len());
            dropped.push(events.remove(older.unwrap_or(0)));
        }
        for event in &dropped {
            // Without what it says: a crowd's worth of that is too much for a record, too. And whose grant it is, the
            // tables know while it is there.
            let user_id = event.user_id.clone().filter(|_| event.kind == "grant.deleted");
            let event = OwnEvent { body: String::new(), user_id, ..event.clone() };
            self.post(event.letter(DeliveryStatus::Failed));
        }
        dropped.len()
    }

    /// What is to be sent by now.
    pub(super) fn due_events(&self, now: Timestamp) -> Vec<OwnEvent> {
        let due = self.events.iter().flatten().filter(|event| event.next_at <= now);
        due.cloned().collect()
    }

    /// Takes the outcome of one attempt in, which ended `now`.
    pub(super) fn attempted(&mut self, id: &str, url: &str, attempt: Attempt, now: Timestamp) {
        let events = self.events.get_or_insert_default();
        let Some(index) = events.iter().position(|event| event.id == id) else { return };
        let mut event = events.remove(index);
        let (delivered, gone) = (attempt.has_delivered(), attempt.is_gone());
        event.attempts.push(attempt);
        url.clone_into(&mut event.url);
        let made = made_since(&event.attempts, event.replayed_after.unwrap_or_default());
        let wait = wait_after(made).filter(|_| !gone);
        match (delivered, wait) {
            (true, _) => self.post(event.letter(DeliveryStatus::Delivered)),
            (false, None) => self.give_up(&event),
            (false, Some(wait)) => {
                event.next_at = now.plus(wait);
                let letter = event.letter(DeliveryStatus::Pending);
                self.events.get_or_insert_default().insert(index, event);
                self.post(letter);
            }
        }
    }

    /// There is no endpoint any more.
    pub(super) fn drop_events(&mut self) {
        for event in self.events.take().into_iter().flatten() {
            self.give_up(&event);
        }
    }

    fn give_up(&mut self, event: &OwnEvent) {
        // What was never sent has no row.
        if !event.attempts.is_empty() || event.replayed_after.is_some() {
            self.post(event.letter(DeliveryStatus::Failed));
        }
    }
}

/// Another connection may find the same: it is one event.
fn disabled_id(subscription_id: &str, since: Timestamp) -> String {
    derived_id("evt", &["subscription.disabled", subscription_id, &since.0.to_string()])
}

impl OwnEvent {
    /// One that is to be sent now, about no grant.
    fn new(kind: &str, project_id: &str, body: String, now: Timestamp) -> Self {
        Self {
            id: String::new(),
            kind: kind.to_owned(),
            project_id: project_id.to_owned(),
            grant_id: String::new(),
            body,
            at: now,
            url: String::new(),
            attempts: Vec::new(),
            next_at: now,
            user_id: None,
            replayed_after: None,
        }
    }

    fn letter(&self, status: DeliveryStatus) -> Letter {
        let row = self.row(status);
        if self.replayed_after.is_none() {
            return Letter::Delivery { row: Box::new(row) };
        }
        // It has a row unless that was erased.
        let Delivery { id, url, status, attempts, next_at, .. } = row;
        Letter::Progress { progress: Progress { id, url, status, attempts, next_at } }
    }

    /// Its row.
    fn row(&self, status: DeliveryStatus) -> Delivery {
        Delivery {
            id: self.id.clone(),
            project_id: self.project_id.clone(),
            kind: self.kind.clone(),
            grant_id: self.grant_id.clone(),
            url: self.url.clone(),
            status,
            attempts: String::from_utf8_lossy(&text(&self.attempts)).into_owned(),
            created_at: self.at,
            next_at: (status == DeliveryStatus::Pending).then_some(self.next_at),
            event_id: None,
            subscription_id: None,
            body: Some(self.body.clone()).filter(|body| !body.is_empty()),
            user_id: self.user_id.clone(),
            integration_id: None,
            provider_user_id: None,
        }
    }
}
