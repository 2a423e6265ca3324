//! The events that the project's endpoint has still to be told, kept in the record beside their cause: what they say,
//! when they are tried, and what an attempt changes. Pure; `telling` sends them.

use http::StatusCode;
use serde_json::json;

use super::{Refusal, letter::Letter, record::Record};
use crate::{
    record::{
        delivery::{Attempt, Delivery, DeliveryStatus},
        grant::{Grant, Status},
    },
    shape::{shape, text},
    time::{HOUR, MINUTE, SECOND, Timestamp},
};

/// How long after each failed attempt the next one is made, in milliseconds (Standard Webhooks, "Retries").
const SCHEDULE: [i64; 7] =
    [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR];
/// So many wait at most; a record has a size that must not grow with the trouble of somebody's endpoint.
const MOST: usize = 64;

shape! {
    /// One event on its way.
    #[derive(Debug, Clone)]
    pub(super) struct Event {
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
        let event = Event {
            id: String::new(),
            kind: kind.to_owned(),
            project_id: grant.project_id.clone(),
            grant_id: grant.id.clone(),
            body,
            at: now,
            url: String::new(),
            attempts: Vec::new(),
            next_at: now,
        };
        self.events.get_or_insert_default().push(event);
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
            self.post(event.letter(DeliveryStatus::Failed));
        }
        dropped.len()
    }

    /// What is to be sent by now.
    pub(super) fn due_events(&self, now: Timestamp) -> Vec<Event> {
        let due = self.events.iter().flatten().filter(|event| event.next_at <= now);
        due.cloned().collect()
    }

    /// Takes the outcome of one attempt in, which ended `now`.
    pub(super) fn attempted(&mut self, id: &str, url: &str, attempt: Attempt, now: Timestamp) {
        let events = self.events.get_or_insert_default();
        let Some(index) = events.iter().position(|event| event.id == id) else { return };
        let mut event = events.remove(index);
        let (delivered, status) = (attempt.has_delivered(), attempt.status);
        event.attempts.push(attempt);
        url.clone_into(&mut event.url);
        // Whoever says that the address is gone wants no more.
        let gone = status == Some(StatusCode::GONE.as_u16());
        let wait = SCHEDULE.get(event.attempts.len().saturating_sub(1)).filter(|_| !gone);
        match (delivered, wait) {
            (true, _) => self.post(event.letter(DeliveryStatus::Delivered)),
            (false, None) => self.give_up(&event),
            (false, Some(wait)) => {
                event.next_at = now.plus(*wait);
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

    fn give_up(&mut self, event: &Event) {
        // What was never sent has no row.
        if !event.attempts.is_empty() {
            self.post(event.letter(DeliveryStatus::Failed));
        }
    }
}

impl Event {
    fn letter(&self, status: DeliveryStatus) -> Letter {
        Letter::Delivery { row: Box::new(self.row(status)) }
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
        }
    }
}
