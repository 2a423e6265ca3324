//! One attempt to tell an endpoint of something: its address checked, signed (Standard Webhooks), sent. And when the next
//! one is made.

use http::Method;

use super::object::Inner;
use crate::{
    address::event_address,
    host::{Body, Cell, Request, SendError},
    record::delivery::{Attempt, Endpoint},
    standard_webhooks::signed_headers,
    time::{HOUR, MINUTE, SECOND},
};

/// How long after each failed attempt the next one is made, in milliseconds (Standard Webhooks, "Retries").
const SCHEDULE: [i64; 7] =
    [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR];
/// So many attempts of a delivery stay on record: the last ones.
pub(super) const ATTEMPTS_KEPT: usize = 32;
/// How long an endpoint may take, in milliseconds.
const DEADLINE_MS: u32 = 10_000;

/// How long to wait after so many failed attempts, in milliseconds; nothing after the last one.
pub(super) fn wait_after(attempts: usize) -> Option<i64> {
    SCHEDULE.get(attempts.saturating_sub(1)).copied()
}

/// How many of these attempts count for the schedule: those after the first so many.
pub(super) fn made_since(attempts: &[Attempt], replayed_after: u64) -> usize {
    attempts.len().saturating_sub(usize::try_from(replayed_after).unwrap_or_default())
}

impl<C: Cell> Inner<C> {
    pub(super) async fn attempt(&self, endpoint: &Endpoint, id: &str, body: &[u8]) -> Attempt {
        let at = self.cell.now();
        let failed = |error: &str| Attempt::failed(at, error);
        let settings = self.cell.settings();
        if event_address(&endpoint.url, &settings.own_hosts(), settings.allow_loopback).is_err() {
            return failed("address_refused");
        }
        let secrets = endpoint.secrets.iter();
        let current = secrets.filter(|secret| secret.until.is_none_or(|until| at < until));
        let signed = signed_headers(current.map(|secret| &secret.secret), id, at, body);
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
