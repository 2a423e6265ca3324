//! What Zoom says when it refuses a call for now (Zoom: "Rate limits"): a 429 whose headers tell a second's limit from a
//! day's. `limit` keeps count of calls before they are made.

use http::StatusCode;

use super::limit::Category;
use crate::{
    headers::Headers,
    time::{DAY, MINUTE, SECOND, Timestamp},
};

/// For how long Zoom may send us away, in milliseconds: a day's limit ends within a day.
const LONGEST: i64 = DAY + 60 * MINUTE;

/// A call that Zoom did not carry out, for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limited {
    /// When to try again.
    pub until: Timestamp,
    /// Whether it is a day's limit.
    pub daily: bool,
    /// The calls of the account that it is about; nothing where it is about one user, meeting or registrant.
    pub category: Option<Category>,
}

/// Reads an answer; nothing when it is no such refusal. `weight` is what the call counts as for all we know.
pub fn read_limited(
    status: StatusCode,
    headers: &Headers,
    body: &[u8],
    weight: Category,
    now: Timestamp,
) -> Option<Limited> {
    let said = String::from_utf8_lossy(body.get(..2048).unwrap_or(body)).to_lowercase();
    // An old form of the limit for each user: 300 Multiple Choices.
    let of_old = status.as_u16() == 300 && said.contains("in one day");
    if status != StatusCode::TOO_MANY_REQUESTS && !of_old {
        return None;
    }
    let kind = headers.get("x-ratelimit-type");
    let of_day = |text: &str| text.to_lowercase().contains("daily");
    let daily =
        kind.map_or_else(|| of_old || said.contains("daily") || said.contains("day."), of_day);
    let of_account = kind.is_some() || said.contains("for this api");
    let until = until(headers, daily, now);
    Some(Limited { until, daily, category: of_account.then(|| category(headers, weight)) })
}

fn category(headers: &Headers, weight: Category) -> Category {
    match headers.get("x-ratelimit-category").map(str::to_ascii_lowercase).as_deref() {
        Some("light") => Category::Light,
        Some("medium") => Category::Medium,
        Some("heavy" | "resource-intensive") => Category::Heavy,
        _ => weight,
    }
}

/// `Retry-After` is a date and time with Zoom, and seconds with everybody else; `X-RateLimit-Reset` is seconds since 1970.
fn until(headers: &Headers, daily: bool, now: Timestamp) -> Timestamp {
    let after = headers.get("retry-after").map(str::trim);
    let date = after.and_then(Timestamp::parse_rfc3339);
    let seconds = |text: &str| text.parse().ok().map(|number: i64| number.saturating_mul(SECOND));
    let wait = || after.and_then(seconds).map(|wait| now.plus(wait));
    let reset = || headers.get("x-ratelimit-reset").and_then(seconds).map(Timestamp);
    let midnight = Timestamp((now.0.div_euclid(DAY).saturating_add(1)).saturating_mul(DAY));
    let unsaid = if daily { midnight } else { now.plus(SECOND) };
    let most = if daily { LONGEST } else { MINUTE };
    let until = date.or_else(wait).or_else(reset).unwrap_or(unsaid);
    until.max(now.plus(SECOND)).min(now.plus(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    // 2026-11-21T20:51:00Z
    const NOW: Timestamp = Timestamp(1_795_294_260_000);
    const MIDNIGHT: i64 = 3 * 60 * MINUTE + 9 * MINUTE;

    fn read(
        status: u16,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Option<(i64, bool, Option<Category>)> {
        let mut all = Headers::default();
        for (name, value) in headers {
            all.append(name, value);
        }
        let status = StatusCode::from_u16(status).unwrap();
        let read = read_limited(status, &all, body.as_bytes(), Category::Medium, NOW)?;
        Some((read.until.since(NOW), read.daily, read.category))
    }

    #[test]
    fn a_seconds_limit_is_over_when_its_header_says_so() {
        let text = r#"{"code":429,"message":"You have reached the maximum per-second rate limit for this API. Try again later."}"#;
        let medium = Some(Category::Medium);
        let reset = [("x-ratelimit-type", "QPS"), ("x-ratelimit-reset", "1795294262")];
        assert_eq!(read(429, &reset, text), Some((2000, false, medium)));
        assert_eq!(read(429, &[], text), Some((1000, false, medium)));
        assert_eq!(read(429, &[("retry-after", "3")], text), Some((3000, false, medium)));
        let light = [("x-ratelimit-type", "QPS"), ("x-ratelimit-category", "Light")];
        assert_eq!(read(429, &light, ""), Some((1000, false, Some(Category::Light))));
        let far = [("x-ratelimit-type", "QPS"), ("retry-after", "2027-01-01T00:00:00Z")];
        assert_eq!(read(429, &far, text), Some((MINUTE, false, medium)));
    }

    #[test]
    fn a_days_limit_is_over_at_the_date_of_retry_after_or_at_midnight() {
        let text = r#"{"code":429,"message":"You have reached the maximum daily rate limit for this API. Refer to the response header for details on when you can make another request."}"#;
        let medium = Some(Category::Medium);
        let date = [("x-ratelimit-type", "Daily-limit"), ("retry-after", "2026-11-22T00:00:00Z")];
        assert_eq!(read(429, &date, text), Some((MIDNIGHT, true, medium)));
        assert_eq!(read(429, &[], text), Some((MIDNIGHT, true, medium)));
        let past = [("x-ratelimit-type", "Daily-limit"), ("retry-after", "2026-11-20T00:00:00Z")];
        assert_eq!(read(429, &past, text), Some((1000, true, medium)));
    }

    #[test]
    fn a_limit_of_one_user_or_registrant_does_not_close_the_account() {
        let user = "A maximum of 100 meetings can be created/updated for a single user in one day.";
        assert_eq!(read(429, &[], user), Some((MIDNIGHT, true, None)));
        assert_eq!(read(300, &[], user), Some((MIDNIGHT, true, None)));
        let registrant = "You have exceeded the daily rate limit (3) of Add meeting registrant API requests for this registrant.";
        let date = [("retry-after", "2026-11-22T00:00:00Z")];
        assert_eq!(read(429, &date, registrant), Some((MIDNIGHT, true, None)));
        let concurrent = "Too many concurrent requests. A request to disable was made.";
        assert_eq!(read(429, &[], concurrent), Some((1000, false, None)));
        assert_eq!(read(300, &[], "Multiple choices"), None);
        assert_eq!(read(400, &[], user), None);
    }
}
