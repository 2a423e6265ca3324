//! What a project used, day by day.

use http::StatusCode;

use super::{
    super::{
        call::Call,
        problem::{Code, Problem},
    },
    success,
};
use crate::{
    host::{Host, Response},
    record::{
        count,
        usage::{self, Metric, Used},
    },
    shape::shape,
    time::{DAY, Timestamp},
};

/// So many days are told of unless said.
const DAYS: i64 = 30;
/// So many at most.
const MOST_DAYS: i64 = 400;

shape! {
    /// What a project used.
    pub(in super::super) struct ServerUsage {
        /// Every day of the range, the oldest first.
        days: Vec<UsedDay>,
    }
}

shape! {
    /// What a project used on one day.
    #[derive(Debug, Default, PartialEq, Eq)]
    pub(in super::super) struct UsedDay {
        /// The day, UTC: `2026-11-22`.
        day: String,
        /// Calls of Zoom's API by pages and the server.
        requests: i64,
        /// Those of them that were answered with a failure.
        request_failures: i64,
        /// What Zoom said.
        events: i64,
        /// Runs that were called for.
        runs: i64,
        /// Runs that failed.
        run_failures: i64,
    }
}

/// `GET /connect/usage?days=…`
pub(super) async fn usage(
    host: &impl Host,
    project_id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let wanted = call.parameter("days").map_or(Ok(DAYS), |text| text.parse());
    let days = wanted.ok().filter(|days| (1..=MOST_DAYS).contains(days)).ok_or_else(|| {
        Problem::detailed(Code::InvalidRequest, format!("days: a number from 1 to {MOST_DAYS}"))
    })?;
    // What other isolates have counted comes within seconds.
    count::flush(host, 0).await?;
    let now = host.now();
    let first = now.plus(-(days - 1) * DAY);
    let used = usage::since(host, project_id, first).await?;
    Ok(success(StatusCode::OK, &ServerUsage { days: by_day(first, days, &used) }))
}

/// Every day of the range, also those on which nothing was used.
fn by_day(first: Timestamp, days: i64, used: &[Used]) -> Vec<UsedDay> {
    let name = |number: i64| usage::day(first.plus(number.saturating_mul(DAY)));
    (0..days).map(|number| of_day(name(number), used)).collect()
}

fn of_day(day: String, used: &[Used]) -> UsedDay {
    let n = |metric: Metric| {
        let of_day = used.iter().filter(|used| used.day == day && used.metric == metric);
        of_day.map(|used| used.n).sum()
    };
    UsedDay {
        requests: n(Metric::Requests),
        request_failures: n(Metric::RequestFailures),
        events: n(Metric::Events),
        runs: n(Metric::Runs),
        run_failures: n(Metric::RunFailures),
        day,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_without_use_is_there_too() {
        let used = |day: &str, metric, n| {
            let project_id = "p".to_owned();
            Used { project_id, day: day.to_owned(), metric, n }
        };
        let all = [
            used("2028-02-29", Metric::Requests, 3),
            used("2028-02-29", Metric::RequestFailures, 1),
            used("2028-02-27", Metric::Requests, 9),
        ];
        // The evening of 28 February 2028.
        let days = by_day(Timestamp(1_835_379_000_000), 3, &all);
        let names: Vec<_> = days.iter().map(|day| day.day.as_str()).collect();
        assert_eq!(names, ["2028-02-28", "2028-02-29", "2028-03-01"]);
        assert_eq!(days[1].requests + days[1].request_failures, 4);
        assert_eq!(days[0], UsedDay { day: "2028-02-28".to_owned(), ..UsedDay::default() });
    }
}
