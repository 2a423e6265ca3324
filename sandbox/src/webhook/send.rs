//! Raw bodies, signed and sent like any event: for load tests and for wrong requests on purpose.
//! And the methods that look at what was sent.

use std::collections::BTreeMap;

use axum::body::Bytes;
use serde_json::Value;

use crate::sandbox::{Sandbox, Unknown};
use crate::webhook::delivery::{Delivery, DeliveryCounts};

/// More are not queued at once.
const MOST: usize = 200_000;

/// Bodies to be sent as they are.
#[derive(Clone, Debug, Default)]
pub struct RawWebhooks {
    /// The app; the configured one when it is `None`.
    pub client_id: Option<String>,
    /// The URL or name of one of its endpoints; `None` is all of them.
    pub endpoint: Option<String>,
    /// The bodies, signed and sent byte for byte.
    pub bodies: Vec<String>,
    /// How often each is sent; each time is a delivery with its own request id.
    pub times: usize,
    /// Headers to add or replace, in lower case; `None` leaves one out. With another
    /// `x-zm-request-timestamp` the signature is made for that time.
    pub headers: BTreeMap<String, Option<String>>,
}

impl Sandbox {
    /// Queues raw bodies for the validated endpoints of an app, whatever events they chose, and
    /// whether or not anybody has consented. Answers how many deliveries that are.
    pub fn send_webhooks(&self, raw: &RawWebhooks) -> Result<usize, Unknown> {
        let client_id = raw.client_id.as_ref().unwrap_or(&self.app().client_id);
        self.change(|state| {
            let webhooks = &mut state.webhooks;
            let is_meant = |e: &&super::EndpointState| {
                e.validated && e.is(Some(client_id), raw.endpoint.as_deref())
            };
            let to: Vec<(String, String)> = webhooks
                .endpoints
                .iter()
                .filter(is_meant)
                .map(|endpoint| (endpoint.client_id.clone(), endpoint.url.clone()))
                .collect();
            if to.is_empty() {
                return Err(Unknown(format!("the app {client_id} has no such validated endpoint")));
            }
            let queued = raw.bodies.len().saturating_mul(raw.times).saturating_mul(to.len());
            if queued > MOST {
                return Err(Unknown(format!("{queued} are too many at once; at most {MOST}")));
            }
            for body in &raw.bodies {
                let (name, body) = (event_of(body), Bytes::from(body.clone()));
                for to in (0..raw.times).flat_map(|_| &to) {
                    webhooks.queue_with(&name, to, body.clone(), raw.headers.clone());
                }
            }
            Ok(queued)
        })
    }

    /// The deliveries: all that are pending and the last 20,000 others, oldest first.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.with(|state| state.webhooks.deliveries.all().cloned().collect())
    }

    /// How many deliveries are in each state.
    pub fn delivery_counts(&self) -> DeliveryCounts {
        self.with(|state| state.webhooks.deliveries.counts())
    }

    /// Forgets the deliveries that are settled, and the counts.
    pub fn forget_deliveries(&self) {
        self.with(|state| state.webhooks.deliveries.forget_settled());
    }
}

fn event_of(body: &str) -> String {
    let json: Value = serde_json::from_str(body).unwrap_or_default();
    json.get("event").and_then(Value::as_str).unwrap_or_default().to_owned()
}
