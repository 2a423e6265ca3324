//! The occurrences of a recurring meeting with a fixed time (type 8): dates from a rule. Pure.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::answer::FieldError;
use crate::body::Reader;
use crate::clock::Millis;
use crate::webhook::Json;

/// Zoom API, Create a meeting: `end_times` is at most 60.
const MOST_OCCURRENCES: i64 = 60;
/// Zoom's page names no default; seven keeps an answer readable.
const DEFAULT_OCCURRENCES: i64 = 7;
/// Ends the search when a rule never matches (30 February).
const MOST_STEPS: i64 = 1_000;

/// The rule: Zoom API, Create a meeting, `recurrence`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Recurrence {
    #[serde(rename = "type")]
    kind: i64,
    repeat_interval: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    weekly_days: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    monthly_day: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    monthly_week: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    monthly_week_day: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_times: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_date_time: Option<String>,
}

/// Reads the rule; wrong fields are named with `recurrence.` before them.
pub(crate) fn read(object: &Map<String, Value>) -> Result<Recurrence, Vec<FieldError>> {
    let mut reader = Reader::new(object, "recurrence.");
    if reader.value("type").is_none() {
        reader.missing("type");
    }
    let kind = reader.choice("type", &[1, 2, 3]).unwrap_or(1);
    let most = match kind {
        1 => 99,
        2 => 50,
        _ => 10,
    };
    let recurrence = Recurrence {
        kind,
        repeat_interval: reader.whole("repeat_interval", 1..=most).unwrap_or(1),
        weekly_days: reader.text("weekly_days", 13),
        monthly_day: reader.whole("monthly_day", 1..=31),
        monthly_week: reader.choice("monthly_week", &[-1, 1, 2, 3, 4]),
        monthly_week_day: reader.whole("monthly_week_day", 1..=7),
        end_times: reader.whole("end_times", 1..=MOST_OCCURRENCES),
        end_date_time: reader.text("end_date_time", 30),
    };
    if recurrence.weekly_days.as_deref().is_some_and(|days| weekdays(days).is_none()) {
        reader.wrong("weekly_days");
    }
    let end = recurrence.end_date_time.as_deref();
    if end.is_some_and(|end| end.parse::<Timestamp>().is_err()) {
        reader.wrong("end_date_time");
    }
    if reader.errors.is_empty() { Ok(recurrence) } else { Err(reader.errors) }
}

/// `"1,3"` (Sunday and Tuesday) as days after Sunday.
fn weekdays(text: &str) -> Option<Vec<i64>> {
    let day = |part: &str| part.trim().parse::<i64>().ok().filter(|day| (1..=7).contains(day));
    let mut days: Vec<i64> = text.split(',').map(day).collect::<Option<_>>()?;
    days.sort_unstable();
    days.dedup();
    Some(days.into_iter().map(|day| day - 1).collect())
}

impl Recurrence {
    /// As events tell it.
    pub(crate) fn told(&self) -> Json {
        Json::object()
            .and("type", self.kind)
            .and("repeat_interval", self.repeat_interval)
            .and_some("weekly_days", self.weekly_days.as_deref())
            .and_some("monthly_day", self.monthly_day)
            .and_some("monthly_week", self.monthly_week)
            .and_some("monthly_week_day", self.monthly_week_day)
            .and_some("end_times", self.end_times)
            .and_some("end_date_time", self.end_date_time.as_deref())
    }

    /// When the occurrences start, beginning at `start`, at the same local time each day.
    pub(crate) fn starts(&self, start: Millis, timezone: &str) -> Vec<Millis> {
        let zone = TimeZone::get(timezone).unwrap_or(TimeZone::UTC);
        let Ok(first) = Timestamp::from_millisecond(start) else {
            return Vec::new();
        };
        let first = first.to_zoned(zone.clone()).datetime();
        let end = self.end_date_time.as_deref().and_then(|end| end.parse::<Timestamp>().ok());
        let most = match (self.end_times, end) {
            (Some(times), _) => times,
            (None, Some(_)) => MOST_OCCURRENCES,
            (None, None) => DEFAULT_OCCURRENCES,
        };
        let dates = (0..MOST_STEPS).flat_map(|step| self.dates_of_step(first.date(), step));
        dates
            .filter(|date| *date >= first.date())
            .filter_map(|date| date.to_datetime(first.time()).to_zoned(zone.clone()).ok())
            .map(|at| at.timestamp())
            .take_while(|at| end.is_none_or(|end| *at <= end))
            .take(usize::try_from(most).unwrap_or_default())
            .map(Timestamp::as_millisecond)
            .collect()
    }

    /// The dates of the n-th day, week or month counted from the first, at the rule's interval.
    fn dates_of_step(&self, first: Date, step: i64) -> Vec<Date> {
        let step = step * self.repeat_interval;
        match self.kind {
            1 => after(first, Span::new().try_days(step)).into_iter().collect(),
            2 => {
                let today = i64::from(first.weekday().to_sunday_zero_offset());
                let days = self.weekly_days.as_deref().and_then(weekdays);
                let days = days.unwrap_or_else(|| vec![today]);
                let date = |day| after(first, Span::new().try_days(step * 7 + day - today));
                days.into_iter().filter_map(date).collect()
            }
            _ => {
                let month = after(first.first_of_month(), Span::new().try_months(step));
                month.and_then(|month| self.date_in_month(month, first)).into_iter().collect()
            }
        }
    }

    fn date_in_month(&self, month: Date, first: Date) -> Option<Date> {
        if let (Some(week), Some(day)) = (self.monthly_week, self.monthly_week_day) {
            let day = Weekday::from_sunday_zero_offset(i8::try_from(day - 1).ok()?).ok()?;
            return month.nth_weekday_of_month(i8::try_from(week).ok()?, day).ok();
        }
        let day = self.monthly_day.unwrap_or_else(|| i64::from(first.day()));
        Date::new(month.year(), month.month(), i8::try_from(day).ok()?).ok()
    }
}

fn after(date: Date, span: Result<Span, jiff::Error>) -> Option<Date> {
    span.ok().and_then(|span| date.checked_add(span).ok())
}
