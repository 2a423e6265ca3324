//! Wrong admin secrets: from one address, and from all together. After some, the next may be tried only after a wait that
//! doubles with each. A wrong one is told so only after it is counted, so that many at once are not more than they should be.

use std::net::Ipv6Addr;

use serde_json::json;

use super::{event::json_list, rows};
use crate::{
    host::{Host, HostError, Statement},
    shape::shape,
    time::{DAY, MINUTE, SECOND, Timestamp},
};

/// The row of all together.
pub const ALL: &str = "*";
/// The first wait, in milliseconds.
const FIRST_WAIT: i64 = 10 * SECOND;

shape! {
    /// What is known of wrong secrets: one row of `sign_in_failures`. Nothing known is zero.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Failures {
        /// The address that they came from, or [`ALL`].
        pub origin: String,
        /// So many, one after the other.
        pub failures: i64,
        /// When the last one came, and the wait after it.
        pub until: Timestamp,
    }
}

/// How many wrong ones are free, and the longest wait, in milliseconds. Everybody's together are let more: people who
/// mistype shall not wait for somebody who guesses from many places.
const fn patience(origin: &str) -> (i64, i64) {
    if matches!(origin.as_bytes(), b"*") { (50, MINUTE) } else { (5, 15 * MINUTE) }
}

impl Failures {
    /// How long to wait before the next attempt, in milliseconds. A clock that was put back does not make it longer.
    pub fn wait(&self, now: Timestamp) -> i64 {
        let (_, longest) = patience(&self.origin);
        let left = self.until.since(now);
        if (0..=longest).contains(&left) { left } else { 0 }
    }

    /// With one more wrong one. After a quiet day, it is the first.
    #[must_use]
    pub fn one_more(&self, now: Timestamp) -> Self {
        let before = if now.since(self.until) < DAY { self.failures } else { 0 };
        let failures = before.saturating_add(1);
        let (free, longest) = patience(&self.origin);
        let wait = match u32::try_from(failures.saturating_sub(free)) {
            Ok(over) => FIRST_WAIT.saturating_mul(1 << over.min(16)).min(longest),
            Err(_) => 0,
        };
        Self { origin: self.origin.clone(), failures, until: now.plus(wait) }
    }
}

/// Where an attempt is counted: its address, the first half of it where that is IPv6 (a person has all of the other
/// half), and one place for all whose address is not known.
pub fn bucket(address: Option<&str>) -> String {
    let address = address.filter(|text| *text != ALL).unwrap_or("unknown");
    match address.parse::<Ipv6Addr>().map(|address| address.segments()) {
        Ok([a, b, c, d, ..]) => format!("{a:x}:{b:x}:{c:x}:{d:x}::"),
        Err(_) => address.to_owned(),
    }
}

/// What is known of these, in their order.
pub async fn known(host: &impl Host, origins: [&str; 2]) -> Result<[Failures; 2], HostError> {
    let statement = Statement::new(
        "SELECT origin, failures, until FROM sign_in_failures WHERE origin IN (SELECT value FROM json_each(?1))",
        [json!(json!(origins).to_string())],
    );
    let found: Vec<Failures> = rows(host, statement).await?;
    Ok(origins.map(|origin| {
        let nothing = Failures { origin: origin.to_owned(), failures: 0, until: Timestamp(0) };
        found.iter().find(|row| row.origin == origin).cloned().unwrap_or(nothing)
    }))
}

/// Puts these in the place of those, if those are still what is known; a row for each then.
pub fn replace(known: &Vec<Failures>, by: &Vec<Failures>) -> Statement {
    Statement::new(
        "INSERT INTO sign_in_failures (origin, failures, until)
         SELECT value ->> 'origin', value ->> 'failures', value ->> 'until' FROM json_each(?2)
         WHERE NOT EXISTS (SELECT 1 FROM json_each(?1) AS known
           LEFT JOIN sign_in_failures AS other ON other.origin = known.value ->> 'origin'
           WHERE coalesce(other.failures, 0) <> known.value ->> 'failures'
             OR coalesce(other.until, 0) <> known.value ->> 'until')
         ON CONFLICT (origin) DO UPDATE SET failures = excluded.failures, until = excluded.until RETURNING origin",
        [json_list(known), json_list(by)],
    )
}

/// Forgets what is known of one address.
pub fn forget(origin: &str) -> Statement {
    Statement::new("DELETE FROM sign_in_failures WHERE origin = ?1", [json!(origin)])
}

/// Forgets what is of no meaning any more.
pub fn forget_old(now: Timestamp) -> Statement {
    Statement::new("DELETE FROM sign_in_failures WHERE until < ?1", [json!(now.plus(-DAY))])
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_294_260_000);

    fn after(origin: &str, wrong: usize) -> Failures {
        let nothing = Failures { origin: origin.to_owned(), failures: 0, until: Timestamp(0) };
        (0..wrong).fold(nothing, |known, _| known.one_more(NOW))
    }

    #[test]
    fn waits_double_after_some_wrong_secrets_and_have_a_longest() {
        let wait = |wrong| after("192.0.2.7", wrong).wait(NOW) / SECOND;
        let waits: Vec<_> = [1, 4, 5, 6, 7, 10, 11, 12, 1000].map(wait).into();
        assert_eq!(waits, [0, 0, 10, 20, 40, 320, 640, 900, 900]);
        let of_all = |wrong| after(ALL, wrong).wait(NOW) / SECOND;
        assert_eq!([49, 50, 51, 53, 1000].map(of_all), [0, 10, 20, 60, 60]);
    }

    #[test]
    fn one_person_is_counted_at_one_place() {
        assert_eq!(bucket(Some("192.0.2.7")), "192.0.2.7");
        let home = bucket(Some("2001:db8:1:2::7"));
        assert_eq!(home, bucket(Some("2001:db8:1:2:ffff::1")));
        assert_ne!(home, bucket(Some("2001:db8:1:3::7")));
        assert_eq!(bucket(None), bucket(Some(ALL)));
    }

    #[test]
    fn a_wait_is_over_in_time_and_a_quiet_day_begins_anew() {
        let known = after("192.0.2.7", 6);
        assert_eq!(known.wait(NOW.plus(19_999)), 1);
        assert_eq!(known.wait(NOW.plus(20_000)), 0);
        assert_eq!(known.one_more(NOW.plus(DAY)).failures, 7);
        assert_eq!(known.one_more(NOW.plus(DAY + MINUTE)).failures, 1);
        assert_eq!(known.wait(NOW.plus(-DAY)), 0);
    }
}
