//! What can go wrong at a host's door, on request: a call that fails, an answer that is lost after the effect, a crash
//! at the n-th point. Points are counted before and after each effect, so that "between any two calls" is a number.

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, VecDeque},
    time::Duration,
};

use tokio::sync::Notify;

/// One fault of one kind of call (`tables`, `load_copy`, `save_copy`, `delete_copy`, `ask`, `send`, `send_and_land`,
/// `read`, `write`, `rows`, `wake_at`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The call fails and has no effect.
    Fail,
    /// The call has its effect and then fails all the same.
    LoseAnswer,
    /// The call has its effect five seconds later.
    Late,
}

/// How late a late call is. Shorter than any deadline.
const LATE_BY: Duration = Duration::from_secs(5);

/// The process died here; nothing of it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crash;

/// The faults that are planned, and the count of points passed.
#[derive(Debug, Default)]
pub(super) struct Faults {
    next: RefCell<HashMap<&'static str, VecDeque<Option<Fault>>>>,
    always: RefCell<HashMap<&'static str, Fault>>,
    passed: Cell<u64>,
    crash_at: Cell<Option<u64>>,
    crashed: Cell<bool>,
    /// Where the random order of the tasks stands; zero: they take turns.
    order: Cell<u64>,
    pub(super) death: Notify,
}

impl Faults {
    /// Plans a fault for the call of this kind that comes after `before` others.
    pub(super) fn after(&self, before: usize, call: &'static str, fault: Fault) {
        let mut next = self.next.borrow_mut();
        let planned = next.entry(call).or_default();
        planned.resize(planned.len() + before, None);
        planned.push_back(Some(fault));
    }

    /// No fault is planned any more; how many were left that were to happen once.
    pub(super) fn clear(&self) -> usize {
        self.always.borrow_mut().clear();
        let planned = std::mem::take(&mut *self.next.borrow_mut());
        planned.into_values().flatten().flatten().count()
    }

    pub(super) fn shuffle(&self, seed: u64) {
        self.order.set(seed);
    }

    pub(super) fn always(&self, call: &'static str, fault: Option<Fault>) {
        match fault {
            Some(fault) => self.always.borrow_mut().insert(call, fault),
            None => self.always.borrow_mut().remove(call),
        };
    }

    /// The fault of this call, if one is planned; waits for a late one.
    pub(super) async fn take(&self, call: &'static str) -> Option<Fault> {
        let planned = self.next.borrow_mut().get_mut(call).and_then(VecDeque::pop_front);
        let fault = planned.flatten().or_else(|| self.always.borrow().get(call).copied());
        if fault == Some(Fault::Late) {
            tokio::time::sleep(LATE_BY).await;
        }
        fault
    }

    pub(super) fn crash_at(&self, point: Option<u64>) {
        self.crash_at.set(point);
        self.passed.set(0);
        self.crashed.set(false);
    }

    pub(super) fn passed(&self) -> u64 {
        self.passed.get()
    }

    /// One point: others have their turn, then this goes on, or never again.
    pub(super) async fn point(&self) {
        for _ in 0..self.turns() {
            tokio::task::yield_now().await;
        }
        self.passed.set(self.passed.get() + 1);
        if self.crash_at.get() == Some(self.passed.get()) {
            self.crashed.set(true);
            self.death.notify_waiters();
        }
        if self.crashed.get() {
            std::future::pending::<()>().await;
        }
    }

    /// How often others have their turn before this goes on: once, or at random (xorshift).
    fn turns(&self) -> u64 {
        let mut order = self.order.get();
        if order == 0 {
            return 1;
        }
        order ^= order << 13;
        order ^= order >> 7;
        order ^= order << 17;
        self.order.set(order);
        order % 8
    }
}
