//! Rate limits: per Zoom account and shared by all apps; a few per user and per meeting.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::answer::Problem;
use crate::clock::{DAY, Millis, SECOND, iso};
use crate::kind::Kind;
use crate::state::State;

/// The limits in force; `None` is no limit.
///
/// Zoom API, Rate limits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Light operations, per account: get, update, delete, registrants, users.
    pub light: Limit,
    /// Medium operations, per account: create and list meetings.
    pub medium: Limit,
    /// Meetings created or updated, per user and UTC day (Zoom: 100; off at the start).
    pub changes_per_user_per_day: Option<u32>,
    /// The same registrant added to the same meeting, per UTC day (Zoom: 3).
    pub same_registrant_per_day: Option<u32>,
}

/// The limits of one category; `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limit {
    /// Calls in one second.
    pub per_second: Option<u32>,
    /// Calls in one UTC day.
    pub per_day: Option<u32>,
}

impl Limits {
    /// Zoom's limits for Business accounts and above.
    pub fn business() -> Self {
        Self {
            light: Limit { per_second: Some(80), per_day: None },
            medium: Limit { per_second: Some(60), per_day: None },
            changes_per_user_per_day: None,
            same_registrant_per_day: Some(3),
        }
    }

    /// No limit at all: for tests with a clock that stands still, or with crowds of callers.
    pub fn none() -> Self {
        Self::default()
    }

    fn of(&self, kind: Kind) -> (&'static str, Limit) {
        match kind {
            Kind::CreateMeeting | Kind::ListMeetings => ("Medium", self.medium),
            _ => ("Light", self.light),
        }
    }
}

/// What was counted in the current second.
#[derive(Debug, Default)]
pub(crate) struct Seconds {
    second: i64,
    counts: BTreeMap<String, u32>,
}

/// What was counted on the current UTC day.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Today {
    day: i64,
    counts: BTreeMap<String, u32>,
}

impl Seconds {
    fn count(&mut self, key: &str, now: Millis) -> u32 {
        let second = now.div_euclid(SECOND);
        if self.second != second {
            (self.second, self.counts) = (second, BTreeMap::new());
        }
        increment(&mut self.counts, key)
    }
}

impl Today {
    pub(crate) fn count(&mut self, key: &str, now: Millis) -> u32 {
        let day = now.div_euclid(DAY);
        if self.day != day {
            (self.day, self.counts) = (day, BTreeMap::new());
        }
        increment(&mut self.counts, key)
    }
}

fn increment(counts: &mut BTreeMap<String, u32>, key: &str) -> u32 {
    let count = counts.entry(key.to_owned()).or_default();
    *count = count.saturating_add(1);
    *count
}

/// Counts one call of an account and refuses it above the limit.
///
/// Zoom API, Rate limits: the headers, and the two texts of 429.
pub(crate) fn admit(
    state: &mut State,
    account_id: &str,
    kind: Kind,
    now: Millis,
) -> Result<Vec<(&'static str, String)>, Problem> {
    let (category, limit) = state.records.settings.limits.of(kind);
    let key = format!("{category} {account_id}");
    let in_second = state.seconds.count(&key, now);
    let in_day = state.records.today.count(&key, now);
    let headers = |kind: &str, limit: u32, used: u32| {
        vec![
            ("x-ratelimit-category", category.to_owned()),
            ("x-ratelimit-type", kind.to_owned()),
            ("x-ratelimit-limit", limit.to_string()),
            ("x-ratelimit-remaining", limit.saturating_sub(used).to_string()),
        ]
    };
    if let Some(most) = limit.per_day.filter(|most| in_day > *most) {
        return Err(daily_limit(headers("Daily-limit", most, in_day), now));
    }
    if let Some(most) = limit.per_second.filter(|most| in_second > *most) {
        let mut headers = headers("QPS", most, in_second);
        headers.push(("x-ratelimit-reset", (now.div_euclid(SECOND) + 1).to_string()));
        let text = "You have reached the maximum per-second rate limit for this API. \
                    Try again later.";
        return Err(Problem::new(429, 429, text).with(headers));
    }
    Ok(match (limit.per_second, limit.per_day) {
        (Some(most), _) => headers("QPS", most, in_second),
        (None, Some(most)) => headers("Daily-limit", most, in_day),
        (None, None) => Vec::new(),
    })
}

/// On daily limits `Retry-After` is an ISO 8601 date and time, not seconds.
fn daily_limit(mut headers: Vec<(&'static str, String)>, now: Millis) -> Problem {
    let midnight = next_midnight(now);
    headers.push(("x-ratelimit-reset", midnight.div_euclid(SECOND).to_string()));
    headers.push(("retry-after", iso(midnight)));
    let text = "You have reached the maximum daily rate limit for this API. Refer to the \
                response header for details on when you can make another request.";
    Problem::new(429, 429, text).with(headers)
}

/// Zoom API, Rate limits: 100 meetings created or updated for a user in a UTC day.
pub(crate) fn admit_change(state: &mut State, user_id: &str, now: Millis) -> Result<(), Problem> {
    let used = state.records.today.count(&format!("changes {user_id}"), now);
    let most = state.records.settings.limits.changes_per_user_per_day;
    let Some(most) = most.filter(|most| used > *most) else {
        return Ok(());
    };
    let text = format!(
        "A maximum of {most} meetings can be created/updated for a single user in one day."
    );
    Err(Problem::new(429, 429, text).with(vec![("retry-after", iso(next_midnight(now)))]))
}

/// Zoom API, Rate limits: the same registrant three times a day for a meeting.
pub(crate) fn admit_registrant(
    state: &mut State,
    meeting_id: u64,
    email: &str,
    now: Millis,
) -> Result<(), Problem> {
    let key = format!("registrant {meeting_id} {}", email.to_ascii_lowercase());
    let used = state.records.today.count(&key, now);
    let most = state.records.settings.limits.same_registrant_per_day;
    let Some(most) = most.filter(|most| used > *most) else {
        return Ok(());
    };
    let text = format!(
        "You have exceeded the daily rate limit ({most}) of Add meeting registrant API requests \
         for this registrant."
    );
    Err(Problem::new(429, 429, text).with(vec![("retry-after", iso(next_midnight(now)))]))
}

fn next_midnight(now: Millis) -> Millis {
    (now.div_euclid(DAY) + 1) * DAY
}
