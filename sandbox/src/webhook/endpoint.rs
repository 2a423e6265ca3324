//! The endpoints of the apps, their secret tokens and the rules of sending. In memory only: the
//! state file holds no secret, so whoever starts a sandbox registers the endpoints again.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use axum::body::Bytes;
use serde::{Deserialize, Serialize};

use crate::clock::Millis;
use crate::config::{AppConfig, Config};
use crate::webhook::delivery::{Deliveries, Job};

/// Zoom disables an endpoint after so many failed validations in a row.
const MOST_FAILURES: u32 = 6;

/// An event subscription, as it is asked for.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointConfig {
    /// The app; the configured one when it is `None`.
    pub client_id: Option<String>,
    /// Where the events go: plain http.
    pub url: String,
    /// Replaces the app's secret token.
    pub secret_token: Option<String>,
    /// The names of the events; `None` is all.
    pub events: Option<Vec<String>>,
    /// A subscription of the same app and name is replaced. The URL when it is `None`.
    pub name: Option<String>,
}

/// An endpoint that was validated at least once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EndpointState {
    /// The app.
    pub client_id: String,
    /// The subscription's name.
    pub name: String,
    /// Where the events go.
    pub url: String,
    /// The names of the events; `None` is all.
    pub events: Option<Vec<String>>,
    /// Whether it receives anything: false after six failed validations in a row.
    pub validated: bool,
    /// When it was validated last, in ms since 1970.
    pub validated_at: Millis,
    /// How many validations have failed since.
    pub failed_validations: u32,
    /// What was wrong with the last one that failed.
    pub last_failure: Option<String>,
}

/// How webhooks are sent.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    /// The pauses before the second and each further attempt.
    pub(crate) retries: Vec<Duration>,
    /// How long an endpoint may take.
    pub(crate) timeout: Duration,
    /// Whether a further attempt is sent with the first one's timestamp and signature.
    pub(crate) retry_keeps_timestamp: bool,
}

/// Everything about webhooks.
#[derive(Default)]
pub(crate) struct Webhooks {
    secret_tokens: BTreeMap<String, String>,
    pub(crate) endpoints: Vec<EndpointState>,
    pub(crate) rules: Rules,
    pub(crate) deliveries: Deliveries,
    queued: Vec<Job>,
}

impl Default for Rules {
    /// Zoom's: 5, 20 and 60 minutes; three seconds.
    fn default() -> Self {
        let retries = [5, 20, 60].map(Duration::from_mins);
        Self {
            retries: retries.to_vec(),
            timeout: Duration::from_secs(3),
            retry_keeps_timestamp: false,
        }
    }
}

impl fmt::Debug for EndpointConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndpointConfig")
            .field("client_id", &self.client_id)
            .field("url", &self.url)
            .field("events", &self.events)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhooks").field("endpoints", &self.endpoints).finish_non_exhaustive()
    }
}

impl EndpointState {
    fn listens_to(&self, event: &str) -> bool {
        let is_chosen = |events: &Vec<String>| events.iter().any(|name| name == event);
        self.validated && self.events.as_ref().is_none_or(is_chosen)
    }

    /// Whether it is one of those meant: `None` means all.
    pub(super) fn is(&self, client_id: Option<&str>, named: Option<&str>) -> bool {
        client_id.is_none_or(|id| id == self.client_id)
            && named.is_none_or(|text| text == self.url || text == self.name)
    }

    /// Notes how a validation went.
    pub(super) fn validated(&mut self, result: Result<(), String>, now: Millis) {
        match result {
            Ok(()) => {
                (self.validated, self.validated_at) = (true, now);
                (self.failed_validations, self.last_failure) = (0, None);
            }
            Err(reason) => {
                self.failed_validations += 1;
                self.validated &= self.failed_validations < MOST_FAILURES;
                self.last_failure = Some(reason);
            }
        }
    }
}

impl Webhooks {
    /// No endpoint yet; the configured app's secret token.
    pub(crate) fn new(config: &Config) -> Self {
        let rules = Rules {
            retries: config.webhook_retries.clone(),
            timeout: config.webhook_timeout,
            ..Rules::default()
        };
        let mut webhooks = Self { rules, ..Self::default() };
        webhooks.configure(&config.app);
        webhooks
    }

    /// The same without endpoints and deliveries; numbers go on, so that what is still in flight
    /// is not taken for something new.
    pub(crate) fn cleared(&self, config: &Config) -> Self {
        Self { deliveries: self.deliveries.cleared(), ..Self::new(config) }
    }

    /// Takes an app's secret token.
    pub(crate) fn configure(&mut self, app: &AppConfig) {
        self.secret_tokens.insert(app.client_id.clone(), app.secret_token.clone());
    }

    /// An app's secret token; empty when it has none.
    pub(super) fn secret_token(&self, client_id: &str) -> &str {
        self.secret_tokens.get(client_id).map_or("", String::as_str)
    }

    /// Takes a validated endpoint in; one with the same app and name is replaced.
    pub(super) fn accept(&mut self, endpoint: EndpointState, secret_token: String) {
        self.secret_tokens.insert(endpoint.client_id.clone(), secret_token);
        let is_same = |known: &&mut EndpointState| {
            (&known.client_id, &known.name) == (&endpoint.client_id, &endpoint.name)
        };
        match self.endpoints.iter_mut().find(is_same) {
            Some(known) => *known = endpoint,
            None => self.endpoints.push(endpoint),
        }
    }

    /// Removes endpoints and gives up what is on its way to them.
    pub(super) fn remove(&mut self, client_id: Option<&str>, named: Option<&str>) -> usize {
        let before = self.endpoints.len();
        let (gone, kept) = self.endpoints.drain(..).partition(|e| e.is(client_id, named));
        self.endpoints = kept;
        let gone: Vec<EndpointState> = gone;
        for endpoint in gone {
            if !self.endpoints.iter().any(|e| e.is(Some(&endpoint.client_id), Some(&endpoint.url)))
            {
                self.deliveries.give_up(&endpoint.client_id, &endpoint.url);
            }
        }
        before - self.endpoints.len()
    }

    /// The apps and addresses that wait for an event.
    pub(crate) fn listening(&self, event: &str) -> Vec<(String, String)> {
        let listening = self.endpoints.iter().filter(|endpoint| endpoint.listens_to(event));
        listening.map(|endpoint| (endpoint.client_id.clone(), endpoint.url.clone())).collect()
    }

    /// Writes a delivery down; [`Self::take_queued`] hands it to whoever sends.
    pub(crate) fn queue(&mut self, event: &str, to: &(String, String), body: Bytes) {
        self.queue_with(event, to, body, BTreeMap::new());
    }

    /// The same with headers added, replaced or, where there is no value, left out.
    pub(super) fn queue_with(
        &mut self,
        event: &str,
        (client_id, url): &(String, String),
        body: Bytes,
        headers: BTreeMap<String, Option<String>>,
    ) {
        let (number, request_id) = self.deliveries.open(event, client_id, url);
        let (client_id, url) = (client_id.clone(), url.clone());
        self.queued.push(Job { number, client_id, url, request_id, body, headers });
    }

    /// What was queued since it was asked last.
    pub(crate) fn take_queued(&mut self) -> Vec<Job> {
        std::mem::take(&mut self.queued)
    }
}
