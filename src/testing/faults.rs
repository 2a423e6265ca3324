//! What can go wrong at a host's door, on request: a call that fails, an answer that is lost after the effect, a crash
//! at the n-th point. Points are counted before and after each effect, so that "between any two calls" is a number.

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, VecDeque},
};

use tokio::sync::Notify;

/// One fault of one kind of call (`tables`, `load_copy`, `save_copy`, `delete_copy`, `ask`, `send`, `send_and_land`,
/// `read`, `write`, `wake_at`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The call fails and has no effect.
    Fail,
    /// The call has its effect and then fails all the same.
    LoseAnswer,
}

/// The process died here; nothing of it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crash;

/// The faults that are planned, and the count of points passed.
#[derive(Debug, Default)]
pub(super) struct Faults {
    next: RefCell<HashMap<&'static str, VecDeque<Fault>>>,
    always: RefCell<HashMap<&'static str, Fault>>,
    passed: Cell<u64>,
    crash_at: Cell<Option<u64>>,
    crashed: Cell<bool>,
    pub(super) death: Notify,
}

impl Faults {
    pub(super) fn once(&self, call: &'static str, fault: Fault) {
        self.next
            .borrow_mut()
            .entry(call)
            .or_default()
            .push_back(fault);
    }

    pub(super) fn always(&self, call: &'static str, fault: Option<Fault>) {
        match fault {
            Some(fault) => self.always.borrow_mut().insert(call, fault),
            None => self.always.borrow_mut().remove(call),
        };
    }

    /// The fault of this call, if one is planned.
    pub(super) fn take(&self, call: &'static str) -> Option<Fault> {
        let next = self
            .next
            .borrow_mut()
            .get_mut(call)
            .and_then(VecDeque::pop_front);
        next.or_else(|| self.always.borrow().get(call).copied())
    }

    pub(super) fn crash_at(&self, point: Option<u64>) {
        self.crash_at.set(point);
        self.passed.set(0);
        self.crashed.set(false);
    }

    pub(super) fn passed(&self) -> u64 {
        self.passed.get()
    }

    /// One point: goes on, or never again.
    pub(super) async fn point(&self) {
        self.passed.set(self.passed.get() + 1);
        if self.crash_at.get() == Some(self.passed.get()) {
            self.crashed.set(true);
            self.death.notify_waiters();
        }
        if self.crashed.get() {
            std::future::pending::<()>().await;
        }
    }
}
