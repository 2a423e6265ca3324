//! Points in time and spans, in whole milliseconds. Arithmetic saturates: a wrong clock must not panic.

use serde::Serialize;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// One second, in milliseconds.
pub const SECOND: i64 = 1000;
/// One minute, in milliseconds.
pub const MINUTE: i64 = 60 * SECOND;
/// One hour, in milliseconds.
pub const HOUR: i64 = 60 * MINUTE;
/// One day, in milliseconds.
pub const DAY: i64 = 24 * HOUR;

impl Timestamp {
    /// This time and so many milliseconds.
    #[must_use]
    pub const fn plus(self, milliseconds: i64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    /// Milliseconds from `earlier` until this time; negative when `earlier` is later.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Whole seconds since 1970, as JWTs count (RFC 7519 §2, `NumericDate`).
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(SECOND)
    }

    /// `2026-11-21T20:51:00.000Z`, the form JSON dates have in the protocols we serve.
    pub fn rfc3339(self) -> String {
        let (days, millis) = (self.0.div_euclid(DAY), self.0.rem_euclid(DAY));
        let (year, month, day) = civil(days);
        let (hour, minute) = (millis / HOUR, millis % HOUR / MINUTE);
        let (second, milli) = (millis % MINUTE / SECOND, millis % SECOND);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
    }

    /// Reads a date with time and offset (RFC 3339 §5.6): `2026-11-21T20:51:00Z`, `2026-11-21T21:51:00.25+01:00`.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let (date, time) = (text.get(..10)?, text.get(11..)?);
        let [year, month, day] = numbers(date, [4, 2, 2], '-')?;
        let [hour, minute, second] = numbers(time.get(..8)?, [2, 2, 2], ':')?;
        let sound = (1..=12).contains(&month)
            && (1..=days_of(year, month)).contains(&day)
            && hour < 24
            && minute < 60
            && second < 61
            && matches!(text.get(10..11)?, "T" | "t" | " ");
        let rest = time.get(8..)?;
        let fraction = rest.strip_prefix('.').unwrap_or_default();
        let length = fraction.bytes().take_while(u8::is_ascii_digit).count();
        let zone = if rest.starts_with('.') { fraction.get(length..)? } else { rest };
        if !sound || (rest.starts_with('.') && length == 0) {
            return None;
        }
        let thousandths = fraction.bytes().take(length).chain(*b"000").take(3);
        let millis = thousandths.fold(0, |all, digit| all * 10 + i64::from(digit - b'0'));
        let of_day = hour * HOUR + minute * MINUTE + second * SECOND + millis;
        Some(Self(days(year, month, day) * DAY + of_day - offset(zone)?))
    }
}

/// Numbers of so many digits each, with something between them.
fn numbers(text: &str, lengths: [usize; 3], between: char) -> Option<[i64; 3]> {
    let mut parts = text.split(between);
    let mut number = |length: usize| {
        let part = parts.next()?;
        let sound = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        if sound { part.parse().ok() } else { None }
    };
    let [first, second, third] = lengths;
    Some([number(first)?, number(second)?, number(third)?])
}

/// How far a zone is ahead of UTC: `Z`, `+01:00`.
fn offset(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = match zone.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let [hour, minute, _] = numbers(&format!("{}:00", zone.get(1..)?), [2, 2, 2], ':')?;
    (hour < 24 && minute < 60 && zone.len() == 6).then_some(sign * (hour * HOUR + minute * MINUTE))
}

fn days_of(year: i64, month: i64) -> i64 {
    let next = if month == 12 { days(year + 1, 1, 1) } else { days(year, month + 1, 1) };
    next - days(year, month, 1)
}

/// Days from 1970-01-01 until a date (Hinnant, as [`civil`]).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let shifted_month = (month + 9) % 12;
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of a day counted from 1970-01-01 (Hinnant, "chrono-compatible low-level date algorithms").
pub(crate) fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days.saturating_add(719_468);
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_json_dates() {
        assert_eq!(Timestamp(0).rfc3339(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Timestamp(951_782_400_123).rfc3339(), "2000-02-29T00:00:00.123Z");
        assert_eq!(Timestamp(1_795_294_260_000).rfc3339(), "2026-11-21T20:51:00.000Z");
    }

    #[test]
    fn a_clock_far_off_does_not_panic() {
        assert!(!Timestamp(i64::MAX).rfc3339().is_empty());
        assert!(!Timestamp(i64::MIN).rfc3339().is_empty());
        assert_eq!(Timestamp(i64::MAX).plus(1), Timestamp(i64::MAX));
    }
}
