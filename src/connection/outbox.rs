//! What a connection still owes others: rows of the tables, and tokens that the provider is to forget. Written with
//! their cause, done at once when possible, else by the alarm; doing one twice does no harm.

use serde_json::json;

use super::{letter::Letter, object::Inner, record::Record};
use crate::{
    host::{Cell, HostError},
    oauth::{read_revocation_response, revocation_request},
    record::copy,
    time::Timestamp,
    zoom,
};

/// After so many rounds in vain, about three days, a token is not revoked any more.
const ROUNDS: u32 = 72;

impl<C: Cell> Inner<C> {
    /// One round of the alarm.
    pub(super) async fn errands(&self, now: Timestamp) -> Result<(), HostError> {
        let record = self.load().await?;
        if !record.has_errands() {
            return Ok(());
        }
        if record.retry_at.is_none_or(|at| at <= now) {
            let abandoned = self.edit(|record| record.next_round(now)).await?;
            if abandoned > 0 {
                self.cell.log(
                    &json!({"level": "error", "what": "revocation_abandoned", "tokens": abandoned}),
                );
            }
        }
        self.deliver().await.and(self.revoke().await)
    }

    /// Brings the outbox to the tables, in order, as one transaction; one after the other, so that an old letter never
    /// arrives behind a newer one.
    pub(super) async fn deliver(&self) -> Result<(), HostError> {
        let _round = self.round.lock().await;
        let letters = self.load().await?.outbox;
        if letters.is_empty() {
            return Ok(());
        }
        let (now, name) = (self.cell.now(), self.cell.name());
        let statements =
            letters.iter().flat_map(|(number, letter)| letter.statements(name, *number, now));
        self.cell.tables(statements.collect()).await?;
        for (_, letter) in &letters {
            if let Some(grant_id) = letter.deletes_copy_of() {
                // A letter is done when its copy is gone too.
                copy::delete_grant(self.cell.as_ref(), grant_id).await?;
            }
        }
        let last = letters.last().map_or(0, |(number, _)| *number);
        self.edit(|record| record.outbox.retain(|(number, _)| *number > last)).await
    }

    /// Has the provider forget the tokens that nobody uses any more. Of a pair one that lives is sent: what becomes of
    /// the other is the provider's to say (RFC 7009 §2.1).
    pub(super) async fn revoke(&self) -> Result<(), HostError> {
        let tokens = self.load().await?.revocations;
        if tokens.is_empty() {
            return Ok(());
        }
        let (client, _) = self.client().await?;
        let endpoint = zoom::endpoints(self.cell.settings()).revocation;
        for token in tokens {
            let answer =
                self.cell.send(revocation_request(&endpoint, &client, token.expose())).await;
            let status =
                answer.map_err(|error| HostError::new("provider", error.to_string()))?.status;
            read_revocation_response(status)
                .map_err(|error| HostError::new("provider", error.to_string()))?;
            self.edit(|record| {
                record.revocations.retain(|other| other.expose() != token.expose());
            })
            .await?;
        }
        Ok(())
    }
}

impl Record {
    /// The alarm tries once more; how many tokens are given up.
    fn next_round(&mut self, now: Timestamp) -> usize {
        self.vain = self.vain.saturating_add(1);
        self.retry_at = Some(now.plus(self.patience()));
        if self.vain < ROUNDS || self.revocations.is_empty() {
            return 0;
        }
        let abandoned = std::mem::take(&mut self.revocations).len();
        self.post(Letter::Abandoned { at: now });
        abandoned
    }
}
