//! What Zoom's webhooks say to a connection: an event is kept, mark and text in one write, before anybody answers Zoom;
//! the alarm hands it on (`hand_on`). That the user removed the app ends every grant.

use std::rc::Rc;

use super::{Actor, Answer, Refusal, Replay, letter::Letter, object::Inner, record::Record, rows};
use crate::{
    host::{Cell, HostError, Row, Statement},
    record::{delivery::Delivery, event::Event},
    time::Timestamp,
};

impl<C: Cell> Inner<C> {
    pub(super) async fn take_in_event(&self, event: &Event) -> Result<Answer, HostError> {
        let _turn = self.turn.lock().await;
        if !self.is_used().await? {
            return Ok(Answer::Refused { refusal: Refusal::NotMember });
        }
        let sealed = self.under_first_key(&event.id, &event.sealed)?;
        let event = Event { sealed, ..event.clone() };
        let taken = self.write_rows(vec![rows::take_in(&event)]).await?;
        Ok(Answer::Taken { again: taken.iter().flatten().next().is_none() })
    }

    /// Whether a grant uses this connection. The caller holds the turn.
    async fn is_used(&self) -> Result<bool, HostError> {
        if let Some(used) = self.used.get() {
            return Ok(used);
        }
        let record = self.load_written().await?.filter(|record| !record.members.is_empty());
        let used = record.is_some();
        self.used.set(Some(used));
        if let Some(mut record) = record
            && record.seal_with(self.first_key()?)
        {
            self.save(record, Vec::new()).await?;
        }
        Ok(used)
    }

    /// Has the alarm ring at once. While it is at work it need not: it looks for what came at its end. The caller holds
    /// the turn.
    async fn wake_soon(&self) -> Result<(), HostError> {
        let at_work = self.waking.try_lock().is_none();
        if !at_work && !self.rings_soon.get() {
            self.cell.wake_at(self.cell.now()).await?;
            self.rings_soon.set(true);
        }
        Ok(())
    }

    /// Writes rows that the alarm is to look at soon. The caller holds the turn.
    pub(super) async fn write_rows(
        &self,
        statements: Vec<Statement>,
    ) -> Result<Vec<Vec<Row>>, HostError> {
        self.wake_soon().await?;
        let written = self.cell.rows(statements).await;
        if written.is_err() {
            // Whoever sets the alarm next sees nothing there that wants it as early.
            self.rings_soon.set(false);
        }
        written
    }

    pub(super) async fn replay(&self, replay: &Replay) -> Result<Answer, HostError> {
        let _turn = self.turn.lock().await;
        if !self.is_used().await? || self.load().await?.member(&replay.grant_id).is_none() {
            return Ok(Answer::Refused { refusal: Refusal::NotMember });
        }
        let mut replay = replay.clone();
        replay.event.sealed = self.under_first_key(&replay.event.id, &replay.event.sealed)?;
        self.write_rows(rows::replay(&replay, self.cell.now())).await?;
        Ok(Answer::Done {})
    }

    pub(super) async fn replay_own(&self, delivery: Delivery) -> Result<Answer, HostError> {
        if self.load_written().await?.is_none() {
            return Ok(Answer::Refused { refusal: Refusal::NotMember });
        }
        let now = self.cell.now();
        self.edit(|record| record.replay(delivery, now)).await?;
        // The alarm does it when this fails.
        self.report("replay", self.deliver().await);
        Ok(Answer::Done {})
    }

    /// `Left` when grants have ended by it, also when it is repeated; `Done` when a later consent stands, and when
    /// nobody was there.
    pub(super) async fn deauthorized(self: &Rc<Self>, at: Timestamp) -> Result<Answer, HostError> {
        if self.load_written().await?.is_none() {
            return Ok(Answer::Refused { refusal: Refusal::NotMember });
        }
        self.settle().await?;
        // A refresh under way would bring a pair that is dead already.
        self.landed().await;
        let Some(left) = self.remove(at).await? else {
            return Ok(Answer::Refused { refusal: Refusal::NotMember });
        };
        self.copied.borrow_mut().clear();
        self.deliver().await?;
        Ok(if left { Answer::Left { revocation_pending: false } } else { Answer::Done {} })
    }

    async fn remove(&self, at: Timestamp) -> Result<Option<bool>, HostError> {
        let _turn = self.turn.lock().await;
        let Some(mut record) = self.load_written().await? else {
            return Ok(None);
        };
        let before = record.removed_at;
        let left = record.deauthorize(at, self.cell.now());
        if left.is_some() {
            self.save(record, Vec::new()).await?;
        }
        // Zoom repeats what has not come to its end.
        Ok(Some(left.unwrap_or(before == Some(at))))
    }
}

impl Record {
    /// The user has removed the app at this time: every grant leaves, and the provider has killed the tokens already.
    /// Nothing changes when a later consent stands, and when it is known. Else, whether a grant has left.
    fn deauthorize(&mut self, at: Timestamp, now: Timestamp) -> Option<bool> {
        let consents = self.members.iter().map(|member| member.connected_at);
        if consents.chain(self.consented_at).any(|consent| consent >= at) {
            return None;
        }
        let known = self.removed_at >= Some(at);
        if known && self.members.is_empty() {
            return None;
        }
        self.removed_at = self.removed_at.max(Some(at));
        let ids: Vec<_> = self.members.iter().map(|member| member.id.clone()).collect();
        for id in &ids {
            self.leave(id, &Actor::here("zoom"), now);
        }
        self.revocations.clear();
        // Also when everybody had left before: what came while they were here goes.
        self.post(Letter::EraseEvents {});
        Some(!ids.is_empty())
    }
}
