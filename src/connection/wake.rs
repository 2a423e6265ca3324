//! The one alarm of a connection: when it is due (pure), and what it does: errands, expiry, starting runs, events,
//! keeping the pair alive, forgetting. It sets itself again before it works, and at its end sets exactly the next wake; it fails only when
//! neither could be set.
//!
//! Elsewhere an alarm is only ever set earlier, before the write that needs it: one that rings early does no harm, one
//! that is put off is work lost.

use std::{collections::HashMap, rc::Rc};

use futures_util::{TryFutureExt, future::join};
use serde_json::json;

use super::{
    object::{Inner, RECORD},
    pair::days,
    record::{Record, patience},
    refresh::LANDED,
    rows,
};
use crate::{
    host::{Cell, HostError},
    record::{grant, read_row},
    shape::shape,
    time::{MINUTE, SECOND, Timestamp},
};

/// Events are handed on for so long before some deliveries are made, in milliseconds.
const LONGEST_HANDING_ON: i64 = 5 * SECOND;
/// So many batches of events are handed on in one round, as one has a number of calls.
const MOST_BATCHES: usize = 8;
/// So many deliveries are made in one round: an invocation of a Worker has a number of calls.
const MOST_DELIVERIES: usize = 24;
/// After so long a round begins no further deliveries, in milliseconds.
const LONGEST_ROUND: i64 = 10 * SECOND;
/// An alarm that was due so long ago was lost: longer than one may run.
const LOST_AFTER: i64 = 15 * MINUTE;

/// The parts of the work that keep nothing else waiting when they fail.
const EXPIRE: &str = "expire";
const NEWCOMERS: &str = "newcomers";
const SCHEDULED: &str = "scheduled";
const TELL: &str = "tell";
const KEEP_ALIVE: &str = "keep_alive";
const FORGET: &str = "forget";

/// Those of them that failed: how often, and until when each rests.
pub(super) type Resting = HashMap<&'static str, (u32, Timestamp)>;

impl Record {
    /// When there is something to do next, if ever. An idle pair is renewed after `idle` milliseconds.
    pub(super) fn next_wake(&self, idle: i64, resting: &Resting) -> Option<Timestamp> {
        let event = self.events.iter().flatten().map(|event| event.next_at).min();
        let parts = [
            (EXPIRE, self.next_expiry()),
            (NEWCOMERS, self.newcomers.iter().flatten().map(|(_, at)| *at).min()),
            (TELL, event),
            (KEEP_ALIVE, self.keep_alive_at(idle)),
            (FORGET, self.erasing.filter(|_| !self.is_owing())),
        ];
        let rested = |(part, at)| rested(resting, part, at);
        let retry = self.retry_at.filter(|_| self.has_errands());
        parts.into_iter().filter_map(rested).chain(retry).min()
    }

    /// Gives what is left to do its time, and nothing else one.
    pub(super) fn plan_retry(&mut self, now: Timestamp) {
        let owed = self.owes_since.is_some();
        self.owes_since = self.owes().then(|| self.owes_since.unwrap_or(now));
        if !self.has_errands() {
            self.vain = 0;
            self.retry_at = None;
        } else if owed && !self.owes() {
            // The tables are to hear of it.
            self.vain = 0;
            self.retry_at = Some(now);
        } else if self.retry_at.is_none() {
            self.retry_at = Some(now.plus(self.patience()));
        }
    }

    /// When to set the alarm before this record is written, if it has to be.
    pub(super) fn earlier_wake(
        &self,
        idle: i64,
        resting: &Resting,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let stands =
            |next: Timestamp| self.armed.is_some_and(|at| at <= next && now.since(at) < LOST_AFTER);
        self.next_wake(idle, resting).filter(|next| !stands(*next))
    }
}

/// When a part of the work is due, unless it rests.
fn rested(resting: &Resting, part: &str, at: Option<Timestamp>) -> Option<Timestamp> {
    at.map(|at| resting.get(part).map_or(at, |(_, until)| at.max(*until)))
}

impl<C: Cell> Inner<C> {
    /// Does what is due.
    pub(super) async fn wake(self: &Rc<Self>) -> Result<(), HostError> {
        let _waking = self.waking.lock().await;
        let left = self.next().await;
        if matches!(left, Ok(None)) {
            self.rings_soon.set(false);
            return Ok(());
        }
        // Who dies in the middle is woken again. When the record cannot be read, it is not known whether there is
        // something to do: then it is tried.
        let soon = self.cell.now().plus(patience(self.failed_rounds.get()));
        let armed = self.cell.wake_at(soon).await;
        let done = self.work().await;
        let failures = self.failed_rounds.get();
        self.failed_rounds.set(if done.is_ok() { 0 } else { failures.saturating_add(1) });
        let least = match done {
            Ok(true) => self.cell.now(),
            Ok(false) => self.cell.now().plus(SECOND),
            Err(_) => soon,
        };
        let rested = self.rest(least).await;
        // Nothing is waited for from here to the end: who comes next finds the alarm as it was set, and has it ring at
        // once unless it rests after a failure.
        let rests = |at: &Option<Timestamp>| at.is_some_and(|at| at <= soon);
        self.rings_soon.set(done.is_err() && rested.as_ref().is_ok_and(rests));
        let rested = rested.map(|_| ());
        let set = armed.clone().or(rested.clone());
        self.report("alarm", left.map(|_| ()).and(armed).and(done.map(|_| ())).and(rested));
        set
    }

    /// Does what is due, as far as one round goes; whether more of it is due.
    async fn work(self: &Rc<Self>) -> Result<bool, HostError> {
        let now = self.cell.now();
        self.part(EXPIRE, self.expire(now)).await;
        // Errands that fail have their own time, and keep nothing else waiting.
        self.report("errands", self.errands(now).await);
        self.part(NEWCOMERS, self.start_joined()).await;
        self.part(SCHEDULED, self.start_scheduled(now)).await;
        // Neither do the endpoints of subscriptions and that of the project wait for each other.
        let told = self.part(TELL, self.tell_due(now));
        let (passed_on, ()) = join(Box::pin(self.pass_on(now)), told).await;
        let marks = self.cell.rows(vec![rows::forget_seen(now)]).await;
        self.part(KEEP_ALIVE, self.keep_alive(now)).await;
        self.part(FORGET, self.forget().map_ok(|_| ())).await;
        marks?;
        passed_on
    }

    /// Does one part of the work, unless it failed and rests.
    async fn part(&self, part: &'static str, work: impl Future<Output = Result<(), HostError>>) {
        let failed = self.resting.borrow().get(part).copied();
        let now = self.cell.now();
        if failed.is_some_and(|(_, until)| now < until) {
            return;
        }
        let done = work.await;
        let failures = failed.map_or(0, |(failures, _)| failures);
        let rest = (failures.saturating_add(1), self.cell.now().plus(patience(failures)));
        match done {
            Ok(()) => self.resting.borrow_mut().remove(part),
            Err(_) => self.resting.borrow_mut().insert(part, rest),
        };
        self.report(part, done);
    }

    /// Hands on what came and makes the deliveries that are due, in turns: a slow endpoint keeps nothing that comes
    /// waiting. Whether there may be more.
    async fn pass_on(&self, began: Timestamp) -> Result<bool, HostError> {
        let (mut made, mut batches) = (0, 0);
        loop {
            let handed_on = self.hand_on_waiting(&mut batches).await;
            let some = self.notify().await?;
            let more = handed_on? || some > 0;
            made += some;
            let spent = made >= MOST_DELIVERIES || batches >= MOST_BATCHES && some == 0;
            if spent || !more || self.cell.now().since(began) >= LONGEST_ROUND {
                return Ok(more);
            }
        }
    }

    /// Hands on what waits, as far as one round goes; whether there may be more.
    async fn hand_on_waiting(&self, batches: &mut usize) -> Result<bool, HostError> {
        let began = self.cell.now();
        let mut more = true;
        while more && *batches < MOST_BATCHES && self.cell.now().since(began) < LONGEST_HANDING_ON {
            more = self.hand_on().await?;
            *batches += 1;
        }
        Ok(more)
    }

    /// When there is something to do next. What is written at the moment is waited for.
    async fn next(&self) -> Result<Option<Timestamp>, HostError> {
        let _turn = self.turn.lock().await;
        match self.load_written().await? {
            Some(record) => self.next_of(&record).await,
            None => Ok(None),
        }
    }

    /// When there is something to do next, in this record or in the rows.
    async fn next_of(&self, record: &Record) -> Result<Option<Timestamp>, HostError> {
        let of_rows = self.next_of_rows().await?;
        let of_record = record.next_wake(self.idle(), &self.resting.borrow());
        Ok(of_record.into_iter().chain(of_rows).min())
    }

    /// When there is something to do next about the rows.
    pub(super) async fn next_of_rows(&self) -> Result<Option<Timestamp>, HostError> {
        shape! {
            struct Next {
                at: Option<Timestamp>,
                scheduled: Option<Timestamp>,
            }
        }
        let found = self.cell.rows(vec![rows::next_wake()]).await?;
        let next = found.into_iter().flatten().next().map(read_row::<Next>).transpose()?;
        let resting = self.resting.borrow();
        let both = |next: Next| [next.at, rested(&resting, SCHEDULED, next.scheduled)];
        Ok(next.and_then(|next| both(next).into_iter().flatten().min()))
    }

    /// Sets the next wake, at `least` the time given; which it is.
    async fn rest(&self, least: Timestamp) -> Result<Option<Timestamp>, HostError> {
        let _turn = self.turn.lock().await;
        let Some(mut record) = self.load_written().await? else {
            return Ok(None);
        };
        let next = self.next_of(&record).await?.map(|next| next.max(least));
        if record.armed != next {
            record.armed = next;
            // Before the alarm is set: should that fail, the one set at the beginning rings, which is earlier.
            self.write(&record, Vec::new(), Vec::new()).await?;
        }
        if let Some(at) = next {
            self.cell.wake_at(at).await?;
        }
        Ok(next)
    }

    async fn expire(&self, now: Timestamp) -> Result<(), HostError> {
        let next = self.load().await?.next_expiry();
        if next.is_none_or(|at| at > now) {
            return Ok(());
        }
        // A refresh under way would bring a pair that nobody revokes.
        self.landed().await;
        self.edit(|record| record.expire(now)).await?;
        Ok(())
    }

    async fn keep_alive(self: &Rc<Self>, now: Timestamp) -> Result<(), HostError> {
        let record = self.load().await?;
        if record.keep_alive_at(self.idle()).is_none_or(|at| at > now) {
            return Ok(());
        }
        // What the provider said is in the record, and when it is tried again.
        self.settle().await?;
        self.refreshed(record.version, false).await.map(|_| ())
    }

    /// Forgets a connection that is to be erased and owes nothing; whether it is forgotten.
    pub(super) async fn forget(&self) -> Result<bool, HostError> {
        // What is said about one who joins meanwhile comes to the tables afterwards.
        let _round = self.round.lock().await;
        let found = self.load_written().await?;
        let done = |record: &Record| {
            record.erasing.is_some() && record.members.is_empty() && !record.is_owing()
        };
        if !found.as_ref().is_none_or(done) {
            return Ok(false);
        }
        let seen = found.as_ref().map(|record| record.posted);
        self.cell.tables(grant::forget_connection(self.cell.name())).await?;
        let _turn = self.turn.lock().await;
        let now_there = self.load_written().await?;
        let still = now_there.as_ref().is_none_or(done);
        if still && now_there.as_ref().map(|record| record.posted) == seen {
            // Who was only asked leaves nothing behind.
            if now_there.is_some() || self.cell.read(LANDED).await?.is_some() {
                self.cell.write(vec![(RECORD, None), (LANDED, None)], rows::forget()).await?;
            }
            self.opened.replace(None);
            return Ok(true);
        }
        // Somebody joined meanwhile: the tables have to learn of the connection again.
        if let Some(mut record) = now_there {
            record.registered = None;
            self.save(record, Vec::new()).await?;
        }
        Ok(false)
    }

    /// After how long an idle pair is renewed, in milliseconds.
    pub(super) fn idle(&self) -> i64 {
        days(self.cell.settings().keep_alive_days)
    }

    pub(super) fn report(&self, what: &str, result: Result<(), HostError>) {
        if let Err(error) = result {
            let reason = error.to_string();
            self.cell.log(&json!({"level": "warn", "what": what, "reason": reason}));
        }
    }
}
