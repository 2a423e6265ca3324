//! What Zoom's webhooks say to a connection: an event is kept, mark and text in one write, before anybody answers Zoom;
//! the alarm hands it on (`hand_on`). That the user removed the app ends every grant.

use std::rc::Rc;

use super::{Actor, Answer, Refusal, Replay, letter::Letter, object::Inner, record::Record, rows};
use crate::{
    host::{Cell, HostError},
    record::{delivery::Delivery, event::Event},
    time::Timestamp,
};

impl<C: Cell> Inner<C> {
    pub(super) async fn take_in_event(&self, event: &Event) -> Result<Answer, HostError> {
        let _turn = self.turn.lock().await;
        if !self.is_used().await? {
            return Ok(Answer::Refused { refusal: Refusal::NotMember });
        }
        self.wake_soon().await?;
        let taken = self.cell.rows(vec![rows::take_in(event)]).await?;
        Ok(Answer::Taken { again: taken.iter().flatten().next().is_none() })
    }

    /// Whether a grant uses this connection. The caller holds the turn.
    async fn is_used(&self) -> Result<bool, HostError> {
        if let Some(used) = self.used.get() {
            return Ok(used);
        }
        let record = self.load_written().await?;
        let used = record.is_some_and(|record| !record.members.is_empty());
        self.used.set(Some(used));
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

    pub(super) async fn replay(&self, replay: &Replay) -> Result<Answer, HostError> {
        let _turn = self.turn.lock().await;
        if self.load().await?.member(&replay.grant_id).is_none() {
            return Ok(Answer::Refused { refusal: Refusal::NotMember });
        }
        self.wake_soon().await?;
        self.cell.rows(rows::replay(replay, self.cell.now())).await?;
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

    /// `Left` when grants have ended by it; `Done` when a later consent stands, and when nobody was there.
    pub(super) async fn deauthorized(self: &Rc<Self>, at: Timestamp) -> Result<Answer, HostError> {
        if self.load_written().await?.is_none() {
            return Ok(Answer::Refused { refusal: Refusal::NotMember });
        }
        self.settle().await?;
        // A refresh under way would bring a pair that is dead already.
        self.landed().await;
        let now = self.cell.now();
        let left = self.edit(|record| record.deauthorize(at, now)).await?;
        self.copied.borrow_mut().clear();
        self.deliver().await?;
        Ok(if left { Answer::Left { revocation_pending: false } } else { Answer::Done {} })
    }
}

impl Record {
    /// The user has removed the app at this time: every grant leaves, and the provider has killed the tokens already.
    /// Nothing when a later consent stands. Whether a grant has left.
    fn deauthorize(&mut self, at: Timestamp, now: Timestamp) -> bool {
        let consents = self.members.iter().map(|member| member.connected_at);
        if consents.chain(self.consented_at).any(|consent| consent >= at) {
            return false;
        }
        let ids: Vec<_> = self.members.iter().map(|member| member.id.clone()).collect();
        for id in &ids {
            self.leave(id, &Actor::here("zoom"), now);
        }
        self.revocations.clear();
        // Also when everybody had left before: what came while they were here goes.
        self.post(Letter::EraseEvents {});
        !ids.is_empty()
    }
}
