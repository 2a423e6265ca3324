//! The log of deliveries, and when another attempt is due. Times here are the machine's: retries
//! do not follow the sandbox's clock. Bodies and secrets are not kept.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use axum::body::Bytes;
use serde::Serialize;

use crate::clock::{Clock, Millis};
use crate::webhook::endpoint::Rules;

/// How many settled deliveries are remembered; those that are pending are all there.
const REMEMBERED: usize = 20_000;

/// One event on its way to one endpoint.
#[derive(Clone, Debug, Serialize)]
pub struct Delivery {
    /// Counts up from 1.
    pub number: u64,
    /// The event's name; empty when a raw body has none.
    pub event: String,
    /// The app.
    pub client_id: String,
    /// The endpoint.
    pub url: String,
    /// `x-zm-request-id`, the same in each attempt.
    pub request_id: String,
    /// When it was queued.
    pub queued_at: Millis,
    /// How it stands.
    pub state: DeliveryState,
    /// The attempts made so far.
    pub attempts: Vec<Attempt>,
}

/// How a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It is under way, or another attempt is due.
    Pending,
    /// The endpoint answered 2xx.
    Delivered,
    /// The endpoint refused it, or the last attempt has failed.
    GivenUp,
}

impl DeliveryState {
    /// Its name in JSON and on pages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::GivenUp => "given_up",
        }
    }
}

/// One attempt.
#[derive(Clone, Debug, Serialize)]
pub struct Attempt {
    /// When it began.
    pub at: Millis,
    /// What the endpoint answered.
    pub status: Option<u16>,
    /// Why there is no answer.
    pub error: Option<String>,
    /// How long it took.
    pub took_ms: u64,
}

/// How many deliveries are in each state since the log was cleared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DeliveryCounts {
    /// Under way.
    pub pending: usize,
    /// Answered 2xx.
    pub delivered: usize,
    /// Given up.
    pub given_up: usize,
}

/// What is sent.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(super) number: u64,
    pub(super) client_id: String,
    pub(super) url: String,
    pub(super) request_id: String,
    pub(super) body: Bytes,
    pub(super) headers: BTreeMap<String, Option<String>>,
}

/// The log.
#[derive(Debug, Default)]
pub(crate) struct Deliveries {
    known: BTreeMap<u64, Delivery>,
    settled: VecDeque<u64>,
    counts: DeliveryCounts,
    last: u64,
}

impl Deliveries {
    /// An empty log whose numbers go on.
    pub(super) fn cleared(&self) -> Self {
        Self { last: self.last, ..Self::default() }
    }

    /// Writes a new delivery down; its number and request id.
    pub(super) fn open(&mut self, event: &str, client_id: &str, url: &str) -> (u64, String) {
        self.last += 1;
        self.counts.pending += 1;
        let request_id = mint_request_id();
        let delivery = Delivery {
            number: self.last,
            event: event.to_owned(),
            client_id: client_id.to_owned(),
            url: url.to_owned(),
            request_id: request_id.clone(),
            queued_at: Clock::system().now(),
            state: DeliveryState::Pending,
            attempts: Vec::new(),
        };
        self.known.insert(self.last, delivery);
        (self.last, request_id)
    }

    pub(super) fn is_pending(&self, number: u64) -> bool {
        self.known.get(&number).is_some_and(|known| known.state == DeliveryState::Pending)
    }

    /// Notes an attempt; how long to wait before the next one, if there is to be one.
    ///
    /// Zoom: Using webhooks, notification delivery: only a status of 500 and above and a failed
    /// transport are tried again.
    pub(super) fn attempted(
        &mut self,
        number: u64,
        attempt: Attempt,
        rules: &Rules,
    ) -> Option<Duration> {
        let delivery = self.known.get_mut(&number)?;
        if delivery.state != DeliveryState::Pending {
            return None;
        }
        let pause = rules.retries.get(delivery.attempts.len()).copied();
        let status = attempt.status;
        delivery.attempts.push(attempt);
        match status {
            Some(200..=299) => self.settle(number, DeliveryState::Delivered),
            None | Some(500..) if pause.is_some() => return pause,
            _ => self.settle(number, DeliveryState::GivenUp),
        }
        None
    }

    /// Gives up what is on its way to an endpoint that is gone.
    pub(super) fn give_up(&mut self, client_id: &str, url: &str) {
        let is_meant = |d: &&Delivery| {
            d.state == DeliveryState::Pending && (&*d.client_id, &*d.url) == (client_id, url)
        };
        let numbers: Vec<u64> = self.known.values().filter(is_meant).map(|d| d.number).collect();
        for number in numbers {
            self.settle(number, DeliveryState::GivenUp);
        }
    }

    fn settle(&mut self, number: u64, state: DeliveryState) {
        if let Some(delivery) = self.known.get_mut(&number) {
            delivery.state = state;
            self.settled.push_back(number);
            self.counts.pending = self.counts.pending.saturating_sub(1);
            match state {
                DeliveryState::Delivered => self.counts.delivered += 1,
                _ => self.counts.given_up += 1,
            }
        }
        if self.settled.len() > REMEMBERED
            && let Some(oldest) = self.settled.pop_front()
        {
            self.known.remove(&oldest);
        }
    }

    /// Forgets what is settled.
    pub(super) fn forget_settled(&mut self) {
        self.known.retain(|_, delivery| delivery.state == DeliveryState::Pending);
        self.settled.clear();
        self.counts = DeliveryCounts { pending: self.counts.pending, ..Default::default() };
    }

    /// Oldest first.
    pub(crate) fn all(&self) -> impl DoubleEndedIterator<Item = &Delivery> {
        self.known.values()
    }

    pub(crate) fn counts(&self) -> DeliveryCounts {
        self.counts
    }
}

/// A UUID (version 4) with underscores.
pub(super) fn mint_request_id() -> String {
    let bits: u128 = rand::random();
    let bits = (bits & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let text = format!("{bits:032x}");
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let parts = [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)];
    parts.join("_")
}
