//! What Zoom signs the webhooks of an integration with: the secret token of its app, and for a day after a change the one
//! before. How they are stored is in `integration`.

use std::rc::Rc;

use serde_json::json;

use super::{copy, integration::Integration};
use crate::{
    host::{Host, HostError, Statement},
    secret::Text,
    time::{DAY, Timestamp},
};

/// The secret of before stays good for so long after a new one was set, in milliseconds.
const BEFORE_IS_GOOD_FOR: i64 = DAY;

/// What webhooks for an integration are checked with.
#[derive(Debug, Clone)]
pub struct WebhookSecrets {
    /// Whether the integration is being deleted.
    pub deleting: bool,
    /// What Zoom may sign with, and until when.
    secrets: Vec<(Rc<Text>, Option<Timestamp>)>,
}

impl WebhookSecrets {
    /// Opens those of an integration.
    pub fn of(integration: &Integration, host: &impl Host) -> Result<Self, HostError> {
        let until = integration.webhook_secret_changed_at.map(|at| at.plus(BEFORE_IS_GOOD_FOR));
        let before =
            integration.webhook_secret_before_sealed.as_deref().filter(|_| until.is_some());
        let now = integration.webhook_secret(host)?.map(|secret| (Rc::new(secret), None));
        let before = open(&integration.id, before, host)?.map(|secret| (Rc::new(secret), until));
        let secrets = now.into_iter().chain(before).collect();
        Ok(Self { deleting: integration.is_deleting(), secrets })
    }

    /// Those that are good at this time, the newest first.
    pub fn at(&self, now: Timestamp) -> impl Iterator<Item = &Rc<Text>> {
        let good = self.secrets.iter().filter(move |(_, until)| until.is_none_or(|end| now < end));
        good.map(|(secret, _)| secret)
    }
}

impl Integration {
    /// Opens what Zoom signs its webhooks with, if it was told.
    pub fn webhook_secret(&self, host: &impl Host) -> Result<Option<Text>, HostError> {
        open(&self.id, self.webhook_secret_sealed.as_deref(), host)
    }
}

fn open(id: &str, sealed: Option<&str>, host: &impl Host) -> Result<Option<Text>, HostError> {
    sealed.map(|sealed| copy::open(host, &record(id), sealed)).transpose()
}

/// The record under which the webhook secrets of an integration are sealed.
pub fn record(id: &str) -> String {
    format!("integration/{id}/webhook_secret")
}

/// Notes that we have shown Zoom that we have the secret.
pub fn validated(id: &str, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE integrations SET webhook_validated_at = ?2 WHERE id = ?1",
        [json!(id), json!(now)],
    )
}
