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
        let is_good = until.is_some_and(|until| host.now() < until);
        let before = integration.webhook_secret_before_sealed.as_deref().filter(|_| is_good);
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
    /// Opens what Zoom signs its webhooks with, if it was told and can be read.
    pub fn webhook_secret(&self, host: &impl Host) -> Result<Option<Text>, HostError> {
        open(&self.id, self.webhook_secret_sealed.as_deref(), host)
    }
}

/// Opens one. One that is broken is none: it has to be set anew, and until then the other one counts.
fn open(id: &str, sealed: Option<&str>, host: &impl Host) -> Result<Option<Text>, HostError> {
    let opened = sealed.map(|sealed| copy::open(host, &record(id), sealed)).transpose();
    if let Err(HostError { part: "seal", reason }) = opened {
        host.log(&json!({"level": "error", "what": "webhook_secret_broken", "integration": id,
            "reason": reason}));
        return Ok(None);
    }
    opened
}

/// The record under which the webhook secrets of an integration are sealed.
pub fn record(id: &str) -> String {
    format!("integration/{id}/webhook_secret")
}

/// Forgets secrets of before that are not good any more.
pub fn forget_old(now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE integrations SET webhook_secret_before_sealed = NULL, webhook_secret_changed_at = NULL
         WHERE webhook_secret_changed_at <= ?1",
        [json!(now.plus(-BEFORE_IS_GOOD_FOR))],
    )
}

/// Notes that we have shown Zoom that we have the secret.
pub fn validated(id: &str, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE integrations SET webhook_validated_at = ?2 WHERE id = ?1",
        [json!(id), json!(now)],
    )
}
