//! The operators of conditions: what each compares, with what, and when it holds. A number in the data counts as its text
//! where texts are compared, and a text that is a number as that number: Zoom writes one field now so, now so.

use std::{borrow::Cow, cmp::Ordering};

use serde_json::Value;

use crate::{shape::Misfit, time::Timestamp};

/// What is asked of a value.
#[derive(Debug)]
pub(super) enum Test {
    /// A text, against another one.
    Text(fn(&str, &str) -> bool, String),
    /// A text, whether it is one of some.
    OneOf(Vec<String>),
    /// A number, against another one.
    Number(fn(Ordering) -> bool, f64),
    /// A point in time, against another one.
    Time(fn(Ordering) -> bool, Timestamp),
    /// True or false, exactly.
    Is(bool),
    /// Anything, `null` too.
    Exists,
    /// Anything but `null`.
    NotNull,
    /// A list, whether this is in it; where this is a list, anything, whether it is in that.
    In(Value),
    /// A list, whether it is empty.
    Empty(bool),
}

/// Which test an operator makes of its value.
#[derive(Clone, Copy)]
enum Kind {
    Text(fn(&str, &str) -> bool),
    OneOf,
    Number(fn(Ordering) -> bool),
    Time(fn(Ordering) -> bool),
    Is(bool),
    Exists,
    NotNull,
    In,
    Empty(bool),
}

/// Each operator with its test, and whether that is to hold or not to hold.
const OPERATORS: [(&str, Kind, bool); 31] = [
    ("$stringContains", Kind::Text(contains), true),
    ("$stringDoesNotContain", Kind::Text(contains), false),
    ("$stringExactlyMatches", Kind::Text(same), true),
    ("$stringDoesNotExactlyMatch", Kind::Text(same), false),
    ("$stringIsIn", Kind::OneOf, true),
    ("$stringIsNotIn", Kind::OneOf, false),
    ("$stringStartsWith", Kind::Text(starts_with), true),
    ("$stringDoesNotStartWith", Kind::Text(starts_with), false),
    ("$stringEndsWith", Kind::Text(ends_with), true),
    ("$stringDoesNotEndWith", Kind::Text(ends_with), false),
    ("$stringGreaterThan", Kind::Text(after), true),
    ("$stringLessThan", Kind::Text(before), true),
    ("$numberGreaterThan", Kind::Number(Ordering::is_gt), true),
    ("$numberLessThan", Kind::Number(Ordering::is_lt), true),
    ("$numberEquals", Kind::Number(Ordering::is_eq), true),
    ("$numberDoesNotEqual", Kind::Number(Ordering::is_eq), false),
    ("$numberLessThanOrEqualTo", Kind::Number(Ordering::is_le), true),
    ("$numberGreaterThanOrEqualTo", Kind::Number(Ordering::is_ge), true),
    ("$dateTimeAfter", Kind::Time(Ordering::is_gt), true),
    ("$dateTimeBefore", Kind::Time(Ordering::is_lt), true),
    ("$dateTimeEquals", Kind::Time(Ordering::is_eq), true),
    ("$booleanTrue", Kind::Is(true), true),
    ("$booleanFalse", Kind::Is(false), true),
    ("$exists", Kind::Exists, true),
    ("$doesNotExist", Kind::Exists, false),
    ("$isNotUndefinedOrNull", Kind::NotNull, true),
    ("$isUndefinedOrNull", Kind::NotNull, false),
    ("$arrayIsIn", Kind::In, true),
    ("$arrayIsNotIn", Kind::In, false),
    ("$arrayIsEmpty", Kind::Empty(true), true),
    ("$arrayIsNotEmpty", Kind::Empty(false), true),
];

fn contains(text: &str, part: &str) -> bool {
    text.contains(part)
}

fn same(text: &str, other: &str) -> bool {
    text == other
}

fn starts_with(text: &str, start: &str) -> bool {
    text.starts_with(start)
}

fn ends_with(text: &str, end: &str) -> bool {
    text.ends_with(end)
}

fn after(text: &str, other: &str) -> bool {
    text > other
}

fn before(text: &str, other: &str) -> bool {
    text < other
}

/// The test of an operator with its value, and whether it is to hold or not to; nothing when there is no such operator.
pub(super) fn test(operator: &str, value: Option<&Value>) -> Option<Result<(Test, bool), Misfit>> {
    let (_, kind, holds) = OPERATORS.iter().find(|(name, ..)| *name == operator)?;
    let value = value.unwrap_or(&Value::Null);
    Some(kind.with(value).map(|test| (test, *holds)).map_err(|misfit| misfit.within("value")))
}

impl Kind {
    fn with(self, value: &Value) -> Result<Test, Misfit> {
        let wanted = |wanted| Misfit::new(wanted, value);
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Ok(match self {
            Self::Text(compare) => {
                Test::Text(compare, text(value).ok_or_else(|| wanted("a text is wanted"))?)
            }
            Self::OneOf => {
                let texts = value.as_array().and_then(|texts| texts.iter().map(text).collect());
                Test::OneOf(texts.ok_or_else(|| wanted("a list of texts is wanted"))?)
            }
            Self::Number(compare) => {
                Test::Number(compare, value.as_f64().ok_or_else(|| wanted("a number is wanted"))?)
            }
            Self::Time(compare) => {
                let why = "a time such as \"2026-11-22T08:00:00Z\" is wanted";
                Test::Time(compare, time(value).ok_or_else(|| wanted(why))?)
            }
            Self::In if value.is_null() => return Err(wanted("a value is wanted")),
            Self::In => Test::In(value.clone()),
            Self::Is(wanted) => Test::Is(wanted),
            Self::Exists => Test::Exists,
            Self::NotNull => Test::NotNull,
            Self::Empty(wanted) => Test::Empty(wanted),
        })
    }
}

impl Test {
    /// Whether it holds of what was found. Nothing is never greater, less or equal, nor in anything.
    pub(super) fn holds(&self, found: Option<&Value>) -> bool {
        let Some(found) = found else { return false };
        match self {
            Self::Text(compare, other) => text(found).is_some_and(|text| compare(&text, other)),
            Self::OneOf(all) => text(found).is_some_and(|text| all.iter().any(|one| *one == text)),
            Self::Number(compare, other) => {
                number(found).and_then(|number| number.partial_cmp(other)).is_some_and(compare)
            }
            Self::Time(compare, other) => time(found).is_some_and(|time| compare(time.cmp(other))),
            Self::Is(wanted) => found.as_bool() == Some(*wanted),
            Self::Exists => true,
            Self::NotNull => !found.is_null(),
            Self::In(value) => has(found, value) || has(value, found),
            Self::Empty(wanted) => found.as_array().is_some_and(|list| list.is_empty() == *wanted),
        }
    }
}

fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        _ => None,
    }
}

fn number(value: &Value) -> Option<f64> {
    let number = value.as_f64().or_else(|| value.as_str()?.parse().ok())?;
    number.is_finite().then_some(number)
}

/// A text with an offset, or milliseconds since 1970.
fn time(value: &Value) -> Option<Timestamp> {
    value.as_i64().map(Timestamp).or_else(|| Timestamp::parse_rfc3339(value.as_str()?))
}

fn has(list: &Value, value: &Value) -> bool {
    let same = |one: &Value| match (one.as_f64(), value.as_f64()) {
        (Some(one), Some(other)) => one.partial_cmp(&other) == Some(Ordering::Equal),
        _ => one == value,
    };
    list.as_array().is_some_and(|list| list.iter().any(same))
}
