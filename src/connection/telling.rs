//! Sends the events that are due to the project's endpoint, signed, and takes down what came of it. Only the alarm does
//! this; when it dies between sending and writing, the event is sent again under the same id.

use http::Method;

use super::{object::Inner, record::Record, webhook::Event};
use crate::{
    address::event_address,
    host::{Body, Cell, HostError, Request, SendError},
    record::delivery::{self, Attempt, Endpoint},
    standard_webhooks::signed_headers,
    time::{MINUTE, Timestamp},
};

/// How long an endpoint may take, in milliseconds.
const DEADLINE_MS: u32 = 10_000;
/// After so long a round sends no further event, in milliseconds.
const LONGEST_ROUND: i64 = MINUTE;

impl<C: Cell> Inner<C> {
    /// Sends what is due, as far as one round goes: an endpoint that fails or is slow keeps nothing else waiting.
    pub(super) async fn tell_due(&self, now: Timestamp) -> Result<(), HostError> {
        let due = self.load().await?.due_events(now);
        if due.is_empty() {
            return Ok(());
        }
        // Whoever is told will look: what it is about has to be in the tables first.
        self.deliver().await?;
        for event in due {
            // It may go, or move, while others are told.
            let endpoint = delivery::endpoint(self.cell.as_ref(), &event.project_id).await?;
            let Some(endpoint) = endpoint else {
                self.edit(Record::drop_events).await?;
                break;
            };
            let attempt = self.attempt(&endpoint, &event).await;
            let (failed, at) = (!attempt.has_delivered(), self.cell.now());
            self.edit(|record| record.attempted(&event.id, &endpoint.url, attempt, at)).await?;
            if failed || at.since(now) >= LONGEST_ROUND {
                break;
            }
        }
        self.deliver().await
    }

    /// Without an endpoint nobody waits to be told.
    pub(super) async fn forget_untold(&self) -> Result<(), HostError> {
        let events = self.load().await?.events;
        if let Some(event) = events.iter().flatten().next()
            && delivery::endpoint(self.cell.as_ref(), &event.project_id).await?.is_none()
        {
            self.edit(Record::drop_events).await?;
        }
        Ok(())
    }

    async fn attempt(&self, endpoint: &Endpoint, event: &Event) -> Attempt {
        let at = self.cell.now();
        let failed = |error: &str| Attempt { at, status: None, error: Some(error.to_owned()) };
        let settings = self.cell.settings();
        let own = settings.public_url.as_deref().and_then(|url| url.split('/').nth(2));
        if event_address(&endpoint.url, own, settings.allow_loopback).is_err() {
            return failed("address_refused");
        }
        let secrets = endpoint.secrets.iter();
        let current = secrets.filter(|secret| secret.until.is_none_or(|until| at < until));
        let body = event.body.as_bytes();
        let signed = signed_headers(current.map(|secret| &secret.secret), &event.id, at, body);
        let Some(mut headers) = signed else {
            return failed("secret_unusable");
        };
        headers.set("content-type", "application/json");
        let request = Request {
            method: Method::POST,
            url: endpoint.url.clone(),
            headers,
            body: Body::Bytes(body.to_vec()),
            deadline_ms: DEADLINE_MS,
        };
        match self.cell.send(request).await {
            Ok(answer) => Attempt { at, status: Some(answer.status.as_u16()), error: None },
            Err(SendError::Timeout) => failed("timeout"),
            Err(_) => failed("unreachable"),
        }
    }
}
