//! The sandbox's time: the machine's clock or a fixed one, moved forward by tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type Millis = i64;

/// One second, one minute, one day in milliseconds.
pub(crate) const SECOND: Millis = 1_000;
pub(crate) const MINUTE: Millis = 60 * SECOND;
pub(crate) const DAY: Millis = 24 * 60 * MINUTE;

/// The last second that Zoom's dates can name; a clock moved further stays here.
const END_OF_9999: Millis = 253_402_300_799_000;

/// What time it is. Clones share their offset: moving one moves all.
#[derive(Clone, Debug)]
pub struct Clock {
    fixed: Option<Millis>,
    offset: Arc<AtomicI64>,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self { fixed: None, offset: Arc::default() }
    }

    /// A clock that stands still at `at` (ms since 1970) until it is advanced.
    ///
    /// Limits per second count by this clock: while it stands, all calls fall into one second.
    pub fn fixed(at: Millis) -> Self {
        Self { fixed: Some(at), offset: Arc::default() }
    }

    /// Moves the clock, and all its clones, forward.
    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.offset.fetch_add(by, Ordering::SeqCst);
    }

    /// Now, in ms since 1970.
    pub fn now(&self) -> Millis {
        let base = self.fixed.unwrap_or_else(system_now);
        let now = base.saturating_add(self.offset.load(Ordering::SeqCst));
        now.clamp(0, END_OF_9999)
    }

    /// The time by which a receiver on this machine judges whether a request is fresh: the
    /// machine's, which moving this clock does not move; a fixed clock's own.
    pub(crate) fn receivers_now(&self) -> Millis {
        if self.fixed.is_some() { self.now() } else { system_now() }
    }
}

fn system_now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// `2025-01-20T00:00:00.000Z`: how Zoom writes some instants.
pub(crate) fn iso_millis(at: Millis) -> String {
    let whole = iso(at);
    format!("{}.{:03}Z", whole.trim_end_matches('Z'), at.rem_euclid(SECOND))
}

/// `2025-01-20T00:00:00Z`: how Zoom writes an instant (whole seconds, UTC).
pub(crate) fn iso(at: Millis) -> String {
    let second = at.div_euclid(SECOND);
    jiff::Timestamp::from_second(second).map(|t| t.to_string()).unwrap_or_default()
}
