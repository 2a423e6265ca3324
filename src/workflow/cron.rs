//! Cron expressions with five or six fields (seconds first), in a time zone. A time that the clocks of a day leave out is
//! taken at the next one that they show, one that they show twice the first time only.

use crate::{
    shape::Misfit,
    time::{HOUR, SECOND, Timestamp, civil},
};

/// 29 February comes after eight years at the latest: as many days, and some.
const DAYS: i64 = 9 * 366;
const SECONDS_OF_DAY: i64 = 86_400;
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// When something is due, again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    second: i64,
    minutes: Set,
    hours: Set,
    days: Set,
    months: Set,
    weekdays: Set,
}

/// Some of the numbers below 64; nothing: any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Set(Option<u64>);

/// What a field of an expression takes.
struct Field {
    first: u32,
    last: u32,
    names: &'static [&'static str],
    /// The number of the first name.
    from: u32,
    wanted: &'static str,
}

const MINUTE: Field = numbers(0, 59, "minutes from 0 to 59 are wanted");
const HOUR_OF_DAY: Field = numbers(0, 23, "hours from 0 to 23 are wanted");
const DAY: Field = numbers(1, 31, "days from 1 to 31 are wanted");
const MONTH: Field = Field {
    names: &MONTHS,
    from: 1,
    ..numbers(1, 12, "months from 1 to 12, or jan to dec, are wanted")
};
const WEEKDAY: Field =
    Field { names: &WEEKDAYS, ..numbers(0, 7, "days from 0 to 7, or sun to sat, are wanted") };

const fn numbers(first: u32, last: u32, wanted: &'static str) -> Field {
    Field { first, last, names: &[], from: 0, wanted }
}

impl Cron {
    /// Reads an expression.
    pub fn parse(text: &str) -> Result<Self, Misfit> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let (second, rest) = match fields.as_slice() {
            [second, rest @ ..] if rest.len() == 5 => (*second, rest),
            rest => ("0", rest),
        };
        let [minutes, hours, days, months, weekdays] = rest else {
            let wanted = "five or six fields such as 0 0 9 * * mon-fri are wanted";
            return Err(misfit(wanted, &fields.len().to_string()));
        };
        let digits = second.len() <= 2 && second.bytes().all(|byte| byte.is_ascii_digit());
        let second = second.parse().ok().filter(|second| digits && *second < 60);
        let weekdays = WEEKDAY.read(weekdays)?;
        Ok(Self {
            second: second
                .ok_or_else(|| misfit("one second from 0 to 59 is wanted first", text))?,
            minutes: MINUTE.read(minutes)?,
            hours: HOUR_OF_DAY.read(hours)?,
            days: DAY.read(days)?,
            months: MONTH.read(months)?,
            // 7 is Sunday as well.
            weekdays: Set(weekdays.0.map(|set| (set | set >> 7) & 0x7f)),
        })
    }

    /// The first time after this one; nothing when there is none in the next years. `offset` tells, for a time, how many
    /// seconds the zone's clocks are ahead of UTC then.
    pub fn next(
        &self,
        after: Timestamp,
        offset: impl Fn(Timestamp) -> Option<i64>,
    ) -> Option<Timestamp> {
        let mut from = after.seconds().saturating_add(offset(after)?).saturating_add(1);
        let end = from.saturating_add(DAYS * SECONDS_OF_DAY);
        loop {
            let local = self.next_local(from, end)?;
            let time = instant(local, &offset)?;
            if time > after {
                return Some(time);
            }
            // The clocks have shown it before.
            from = local.saturating_add(1);
        }
    }

    /// The first time that the clocks show, not before this one, in seconds.
    fn next_local(&self, from: i64, end: i64) -> Option<i64> {
        let (today, of_day) = (from.div_euclid(SECONDS_OF_DAY), from.rem_euclid(SECONDS_OF_DAY));
        if let Some(time) = self.time(of_day).filter(|_| self.has_day(today)) {
            return Some(today.saturating_mul(SECONDS_OF_DAY).saturating_add(time));
        }
        let last = end.div_euclid(SECONDS_OF_DAY);
        let day = (today.saturating_add(1)..=last).find(|day| self.has_day(*day))?;
        Some(day.saturating_mul(SECONDS_OF_DAY).saturating_add(self.time(0)?))
    }

    /// Whether a day, counted from 1970-01-01, is one of them. Where days of the month and of the week are both given, one
    /// of them is enough, as cron has it.
    fn has_day(&self, day: i64) -> bool {
        let (_, month, of_month) = civil(day);
        // 1970-01-01 was a Thursday.
        let of_week = day.saturating_add(4).rem_euclid(7);
        let (days, weekdays) = (self.days.has(of_month), self.weekdays.has(of_week));
        let both = self.days.0.is_some() && self.weekdays.0.is_some();
        self.months.has(month) && if both { days || weekdays } else { days && weekdays }
    }

    /// The first time of a day that is not before this second of it.
    fn time(&self, from: i64) -> Option<i64> {
        let (hour, minute, second) = (from / 3600, from / 60 % 60, from % 60);
        let minute = minute + i64::from(second > self.second);
        let in_hour = self.minutes.from(minute, 59).filter(|_| self.hours.has(hour));
        let (hour, minute) = match in_hour {
            Some(minute) => (hour, minute),
            None => (self.hours.from(hour + 1, 23)?, self.minutes.from(0, 59)?),
        };
        Some(hour * 3600 + minute * 60 + self.second)
    }
}

/// When the clocks of a zone show this, in seconds.
fn instant(local: i64, offset: &impl Fn(Timestamp) -> Option<i64>) -> Option<Timestamp> {
    let at = |seconds: i64| Timestamp(seconds.saturating_mul(SECOND));
    // Clocks are up to 14 hours ahead of UTC, and up to 12 behind.
    let (early, late) = (at(local).plus(-15 * HOUR), at(local).plus(13 * HOUR));
    let shown = |ahead: i64| {
        let time = at(local.saturating_sub(ahead));
        (offset(time) == Some(ahead)).then_some(time)
    };
    let (before, after) = (offset(early)?, offset(late)?);
    let first = [shown(before), shown(after)].into_iter().flatten().min();
    first.or_else(|| Some(at(change(early.seconds(), late.seconds(), after, offset))))
}

/// The first second, between these, from which on a zone is so far ahead.
fn change(
    mut before: i64,
    mut after: i64,
    ahead: i64,
    offset: &impl Fn(Timestamp) -> Option<i64>,
) -> i64 {
    while after.saturating_sub(before) > 1 {
        let middle = before + (after - before) / 2;
        if offset(Timestamp(middle.saturating_mul(SECOND))) == Some(ahead) {
            after = middle;
        } else {
            before = middle;
        }
    }
    after
}

impl Set {
    fn has(self, number: i64) -> bool {
        self.0.is_none_or(|set| (0..64).contains(&number) && set >> number & 1 == 1)
    }

    /// The first of them that is not below this one.
    fn from(self, number: i64, last: i64) -> Option<i64> {
        (number..=last).find(|number| self.has(*number))
    }
}

impl Field {
    fn read(&self, text: &str) -> Result<Set, Misfit> {
        if matches!(text, "*" | "?") {
            return Ok(Set(None));
        }
        let wrong = || misfit(self.wanted, text);
        let mut set = 0;
        for part in text.split(',') {
            set |= self.part(part).ok_or_else(wrong)?;
        }
        Ok(Set(Some(set)))
    }

    /// `5`, `mon`, `1-5`, `*/10`, `1-5/2`, `5/10`.
    fn part(&self, part: &str) -> Option<u64> {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(number(step).filter(|step| *step > 0)?)),
            None => (part, None),
        };
        let (first, last) = match range.split_once('-') {
            Some((first, last)) => (self.value(first)?, self.until(last)?),
            None if range == "*" => (self.first, self.last),
            None => (self.value(range)?, step.map_or(self.value(range)?, |_| self.last)),
        };
        let some = (first..=last).step_by(usize::try_from(step.unwrap_or(1)).ok()?);
        (first <= last).then(|| some.fold(0, |set, number| set | 1 << number))
    }

    fn value(&self, text: &str) -> Option<u32> {
        let name = self.names.iter().position(|name| text.eq_ignore_ascii_case(name));
        let named = name.and_then(|index| u32::try_from(index).ok()).map(|index| index + self.from);
        named.or_else(|| number(text)).filter(|number| (self.first..=self.last).contains(number))
    }

    /// The end of a range: Sunday comes last there.
    fn until(&self, text: &str) -> Option<u32> {
        let value = self.value(text)?;
        Some(if value == 0 && self.last == 7 { 7 } else { value })
    }
}

fn number(text: &str) -> Option<u32> {
    let digits = text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

fn misfit(wanted: &'static str, found: &str) -> Misfit {
    Misfit { at: String::new(), wanted, found: format!("{found:.64}") }
}

#[cfg(test)]
#[path = "cron_tests.rs"]
mod tests;
