//! What a connection still owes others: rows of the tables, and tokens that the provider is to forget. Written with
//! their cause, done at once when possible, else by the alarm; doing one twice does no harm.

use serde_json::json;

use super::{letter::Letter, object::Inner, record::Record};
use crate::{
    host::{Cell, HostError},
    record::{copy, event, grant, read_row},
    shape::shape,
    time::Timestamp,
    zoom,
};

/// What Zoom said is erased in so many steps at once: who waits for the other letters does not wait for all of it.
const STEPS: usize = 4;
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
            let abandoned = self.edit(|record| record.next_round(now)).await?.unwrap_or_default();
            if abandoned > 0 {
                self.cell.log(
                    &json!({"level": "error", "what": "revocation_abandoned", "tokens": abandoned}),
                );
            }
        }
        let done = self.deliver().await.and(self.revoke().await);
        done.and(self.tell_owing().await)
    }

    /// Tells the tables since when something is owed, if it still is after a round; and that nothing is, if they believe
    /// that. What is done at once costs nothing.
    async fn tell_owing(&self) -> Result<(), HostError> {
        // Who is forgotten meanwhile is not to be written down again.
        let _round = self.round.lock().await;
        let record = self.load().await?;
        let since = record.owes_since;
        if record.told_owing == since {
            return Ok(());
        }
        let told = grant::owes(self.cell.name(), since, self.first_key()?);
        self.cell.tables(vec![told]).await?;
        self.edit(|record| record.told_owing = since).await?;
        Ok(())
    }

    /// Brings the outbox to the tables, in order, as one transaction; one after the other, so that an old letter never
    /// arrives behind a newer one. What takes many steps, erasing, goes on beside the others until it is done.
    pub(super) async fn deliver(&self) -> Result<(), HostError> {
        let _round = self.round.lock().await;
        let letters = self.load().await?.outbox;
        let Some(last) = letters.last().map(|(number, _)| *number) else {
            return Ok(());
        };
        let in_vain = self.bring(&letters).await?;
        for (_, letter) in &letters {
            if let Some(grant_id) = letter.deletes_copy_of() {
                // A letter is done when its copy is gone too.
                copy::delete_grant(self.cell.as_ref(), grant_id).await?;
            }
        }
        let erases = letters.iter().any(|(_, letter)| letter.erases());
        let gone = if erases { self.erase_events().await } else { Ok(true) };
        let (done, now) = (matches!(gone, Ok(true)), self.cell.now());
        self.edit(|record| {
            record.outbox.retain(|(number, one)| *number > last || (one.erases() && !done));
            for (subscription_id, since) in in_vain {
                record.not_disabled(subscription_id, since);
            }
            if matches!(gone, Ok(false)) {
                // Nothing has failed: it goes on at once.
                record.vain = 0;
                record.retry_at = Some(now);
            }
        })
        .await?;
        gone.map(|_| ())
    }

    /// Brings letters to the tables; those subscriptions that were to be disabled, and since when they fail, but were
    /// not: they took something meanwhile, or were changed.
    async fn bring<'a>(
        &self,
        letters: &'a [(u64, Letter)],
    ) -> Result<Vec<(&'a str, Timestamp)>, HostError> {
        let (now, name) = (self.cell.now(), self.cell.name());
        let (mut statements, mut disables) = (Vec::new(), Vec::new());
        for (number, letter) in letters {
            statements.extend(letter.statements(name, *number, now));
            if let Letter::Disable { subscription_id, since, .. } = letter {
                disables.push((statements.len() - 1, subscription_id.as_str(), *since));
            }
        }
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        let answers = self.cell.tables(statements).await?;
        let in_vain = |index: usize| answers.get(index).is_none_or(Vec::is_empty);
        disables.retain(|(index, ..)| in_vain(*index));
        Ok(disables.into_iter().map(|(_, id, since)| (id, since)).collect())
    }

    /// Goes on erasing what Zoom said; whether all of it is gone.
    async fn erase_events(&self) -> Result<bool, HostError> {
        shape! {
            struct Left {
                more: i64,
            }
        }
        for _ in 0..STEPS {
            let found = self.cell.tables(event::erase_of_connection(self.cell.name())).await?;
            let left = found.into_iter().flatten().next_back().map(read_row::<Left>).transpose()?;
            if left.is_none_or(|left| left.more == 0) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Has the provider forget the tokens that nobody uses any more. Of a pair one that lives is sent: what becomes of
    /// the other is the provider's to say (RFC 7009 §2.1).
    pub(super) async fn revoke(&self) -> Result<(), HostError> {
        let tokens = self.load().await?.revocations;
        if tokens.is_empty() {
            return Ok(());
        }
        let (client, _) = self.client().await?;
        for token in tokens {
            zoom::revoke(self.cell.as_ref(), &client, token.expose()).await?;
            self.edit(|record| {
                record.revocations.retain(|other| other.expose() != token.expose());
            })
            .await?;
        }
        Ok(())
    }
}

impl Record {
    /// Whether what Zoom said is still being erased: what it says now is not to be among it.
    pub(super) fn erases(&self) -> bool {
        self.outbox.iter().any(|(_, letter)| letter.erases())
    }

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
