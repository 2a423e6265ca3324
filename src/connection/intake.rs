//! What Zoom's webhooks say to a connection: an event is kept, mark and text in one write, before anybody answers Zoom;
//! the alarm hands it on (`hand_on`). That the user removed the app ends every grant.

use std::rc::Rc;

use super::{
    Actor, Answer, Refusal, Replay,
    letter::Letter,
    object::{Beside, Inner},
    record::Record,
    rows,
};
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
        // While the alarm is at work, it looks for what came at its end.
        if self.waking.try_lock().is_some() && !self.woken_soon.get() {
            self.cell.wake_at(self.cell.now()).await?;
            self.woken_soon.set(true);
        }
        let taken = self.cell.rows(vec![rows::take_in(event)]).await?;
        Ok(Answer::Taken { again: taken.iter().flatten().next().is_none() })
    }

    /// Whether a grant uses this connection. What was found counts until the record is written.
    async fn is_used(&self) -> Result<bool, HostError> {
        if let Some(used) = self.used.get() {
            return Ok(used);
        }
        let record = self.load_written().await?;
        let used = record.is_some_and(|record| !record.members.is_empty());
        self.used.set(Some(used));
        Ok(used)
    }

    pub(super) async fn replay(&self, replay: &Replay) -> Result<Answer, HostError> {
        let now = self.cell.now();
        if self.load().await?.member(&replay.grant_id).is_none() {
            return Ok(Answer::Refused { refusal: Refusal::NotMember });
        }
        self.cell.wake_at(now).await?;
        self.cell.rows(rows::replay(replay, now)).await?;
        // What was set may have rung before there was anything to do.
        self.cell.wake_at(now).await?;
        Ok(Answer::Done {})
    }

    pub(super) async fn replay_own(&self, delivery: Delivery) -> Result<Answer, HostError> {
        if self.load_written().await?.is_none() {
            return Ok(Answer::Refused { refusal: Refusal::NotMember });
        }
        let now = self.cell.now();
        self.edit(|record| record.replay(delivery, now)).await?;
        Ok(Answer::Done {})
    }

    pub(super) async fn deauthorized(self: &Rc<Self>, at: Timestamp) -> Result<Answer, HostError> {
        if self.load_written().await?.is_none() {
            return Ok(Answer::Refused { refusal: Refusal::NotMember });
        }
        self.settle().await?;
        // A refresh under way would bring a pair that is dead already.
        self.landed().await;
        let now = self.cell.now();
        let beside = Beside { rows: rows::erase(), ..Beside::default() };
        if !self.load().await?.is_deauthorized(at) {
            return Ok(Answer::Done {});
        }
        self.edit_and(beside, |record| record.deauthorize(now)).await?;
        self.copied.borrow_mut().clear();
        self.deliver().await?;
        Ok(Answer::Left { revocation_pending: false })
    }
}

impl Record {
    /// Whether the user's removal of the app at this time ends what the connection holds. A later consent stands.
    fn is_deauthorized(&self, at: Timestamp) -> bool {
        let consents = self.members.iter().map(|member| member.connected_at);
        let last = consents.chain(self.consented_at).max();
        last.is_some_and(|last| last < at) && !self.members.is_empty()
    }

    /// Every grant leaves. The provider has killed the tokens already.
    fn deauthorize(&mut self, now: Timestamp) {
        let ids: Vec<_> = self.members.iter().map(|member| member.id.clone()).collect();
        for id in ids {
            self.leave(&id, &Actor::here("zoom"), now);
        }
        self.revocations.clear();
        self.post(Letter::EraseEvents {});
    }
}
