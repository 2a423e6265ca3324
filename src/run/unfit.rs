//! What was filled in, read as what it has to be: a number as text, a text as number, one of some words. Whatever does not
//! fit is named.

use serde_json::{Map, Number, Value};

use crate::workflow::Kind;

/// Why a value does not fit: `start_time: a date and time is wanted`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unfit(pub String);

impl Unfit {
    pub fn new(name: &str, wanted: &str) -> Self {
        Self(format!("{name}: {wanted}"))
    }
}

/// Reads a value as this kind; nothing when it says nothing.
pub(super) fn fitted(name: &str, kind: Kind, value: Value) -> Result<Option<Value>, Unfit> {
    let says_nothing = match &value {
        Value::Null => true,
        Value::String(text) => text.is_empty() && kind != Kind::Text,
        _ => false,
    };
    if says_nothing {
        return Ok(None);
    }
    let fitted = match kind {
        Kind::Text => plain(&value).map(Value::String),
        Kind::Number => whole(&value),
        Kind::Boolean => boolean(&value),
        Kind::Email => plain(&value)
            .map(|text| text.trim().to_owned())
            .filter(|text| is_email(text))
            .map(Value::String),
        Kind::DateTime => plain(&value).filter(|text| is_date(text)).map(Value::String),
        Kind::Choice(choices) => chosen(choices, &value),
        Kind::Object => Some(value).filter(Value::is_object),
        Kind::List => Some(value).filter(Value::is_array),
    };
    fitted.map(Some).ok_or_else(|| Unfit::new(name, wanted(kind)))
}

fn wanted(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "a text is wanted",
        Kind::Number => "a whole number is wanted",
        Kind::Boolean => "true or false is wanted",
        Kind::Email => "an e-mail address is wanted",
        Kind::DateTime => "a date and time is wanted, like 2026-11-21T20:51:00Z",
        Kind::Choice(_) => "one of the choices is wanted",
        Kind::Object => "an object is wanted",
        Kind::List => "a list is wanted",
    }
}

/// A text, number or boolean as text.
pub(super) fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

fn whole(value: &Value) -> Option<Value> {
    let number = match value {
        Value::Number(number) => whole_number(number),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.map(Value::from)
}

#[expect(clippy::cast_possible_truncation, reason = "it is whole, and small enough")]
fn whole_number(number: &Number) -> Option<i64> {
    let float = || number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 9e15);
    number.as_i64().or_else(|| float().map(|float| float as i64))
}

fn boolean(value: &Value) -> Option<Value> {
    let text = plain(value)?.to_ascii_lowercase();
    text.trim().parse::<bool>().ok().map(Value::Bool)
}

fn is_email(text: &str) -> bool {
    let parts = text.rsplit_once('@');
    parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
        && !text.contains(|letter: char| letter.is_whitespace() || letter.is_control())
}

/// A date, with or without a time.
fn is_date(text: &str) -> bool {
    let (date, time) = text.split_at_checked(10).unwrap_or((text, ""));
    let mut bytes = date.bytes().enumerate();
    let is_day = date.len() == 10
        && bytes.all(
            |(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() },
        );
    is_day && (time.is_empty() || time.starts_with(['T', 't', ' ']))
}

/// One of some choices; where all of them are numbers, a number.
fn chosen(choices: &[(&str, &str)], value: &Value) -> Option<Value> {
    let text = plain(value)?;
    let (found, _) = choices.iter().find(|(choice, _)| *choice == text)?;
    let numbers = choices.iter().all(|(choice, _)| choice.parse::<i64>().is_ok());
    Some(if numbers { Value::from(found.parse::<i64>().ok()?) } else { Value::from(*found) })
}

/// A header's name in lower case and its value, as they can be sent (RFC 9110 §5.1, §5.5); what is in ISO 8859-1 can.
pub(super) fn header(at: &str, name: &str, value: &str) -> Result<(String, String), Unfit> {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(token) {
        return Err(Unfit::new(&format!("{at}.{name:.64}"), "a name of a header is wanted"));
    }
    let value = value.trim();
    let sound =
        |letter: char| u32::from(letter) <= 0xff && (letter == '\t' || !letter.is_control());
    if !value.chars().all(sound) {
        let wanted = "a text in one line is wanted, of letters that a header takes (ISO 8859-1)";
        return Err(Unfit::new(&format!("{at}.{name:.64}"), wanted));
    }
    Ok((name.to_ascii_lowercase(), value.to_owned()))
}

/// The fields of an object; `null` has none.
pub(super) fn fields(name: &str, value: Option<Value>) -> Result<Map<String, Value>, Unfit> {
    match value.unwrap_or_default() {
        Value::Null => Ok(Map::new()),
        Value::Object(fields) => Ok(fields),
        _ => Err(Unfit::new(name, "an object is wanted")),
    }
}

/// The pairs that an object of plain values stands for: of a list one for each item, of `null` none.
pub(super) fn pairs(name: &str, value: Option<Value>) -> Result<Vec<(String, String)>, Unfit> {
    let mut all = Vec::new();
    for (key, value) in fields(name, value)? {
        let values = match value {
            Value::Null => continue,
            Value::Array(items) => items,
            one => vec![one],
        };
        for value in values {
            let wanted = "a text, a number or a list of these is wanted";
            let text = plain(&value).ok_or_else(|| Unfit::new(&format!("{name}.{key}"), wanted))?;
            all.push((key.clone(), text));
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TYPES: Kind = Kind::Choice(&[("1", "One"), ("2", "Two")]);
    const WORDS: Kind = Kind::Choice(&[("1-20", "Few"), ("both", "Both")]);

    fn fit(kind: Kind, value: Value) -> Option<Value> {
        fitted("x", kind, value).unwrap_or(Some(json!("unfit")))
    }

    #[test]
    fn values_are_read_as_what_they_have_to_be() {
        for (kind, given, read) in [
            (Kind::Text, json!(93_840_203_456_u64), json!("93840203456")),
            (Kind::Text, json!(""), json!("")),
            (Kind::Number, json!("60"), json!(60)),
            (Kind::Number, json!(60.0), json!(60)),
            (Kind::Boolean, json!("True"), json!(true)),
            (Kind::Email, json!(" a@b.example "), json!("a@b.example")),
            (Kind::DateTime, json!("2026-11-21T20:51:00"), json!("2026-11-21T20:51:00")),
            (Kind::DateTime, json!("2026-11-21"), json!("2026-11-21")),
            (TYPES, json!("2"), json!(2)),
            (TYPES, json!(2), json!(2)),
            (WORDS, json!("1-20"), json!("1-20")),
            (Kind::Object, json!({"a": 1}), json!({"a": 1})),
            (Kind::List, json!([1]), json!([1])),
        ] {
            assert_eq!(fit(kind, given.clone()), Some(read), "{kind:?} {given}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_and_what_says_nothing_is_left_out() {
        for (kind, given) in [
            (Kind::Text, json!({})),
            (Kind::Text, json!([])),
            (Kind::Number, json!("6.5")),
            (Kind::Number, json!(6.5)),
            (Kind::Number, json!(1e300)),
            (Kind::Boolean, json!("yes")),
            (Kind::Email, json!("ada")),
            (Kind::Email, json!("a@b c")),
            (Kind::DateTime, json!("tomorrow")),
            (Kind::DateTime, json!("2026-11-2é1")),
            (TYPES, json!(3)),
            (Kind::Object, json!([])),
            (Kind::List, json!({})),
        ] {
            assert!(fitted("x", kind, given.clone()).is_err(), "{kind:?} {given}");
        }
        for kind in [Kind::Number, Kind::Boolean, Kind::Email, Kind::DateTime, TYPES, Kind::Object]
        {
            assert_eq!((fit(kind, json!("")), fit(kind, json!(null))), (None, None), "{kind:?}");
        }
        let unfit = fitted("duration", Kind::Number, json!("x")).unwrap_err();
        assert_eq!(unfit.0, "duration: a whole number is wanted");
    }

    #[test]
    fn objects_of_plain_values_are_pairs() {
        let value = json!({"a": [1, "2"], "b": null, "c": true});
        let read = pairs("params", Some(value)).unwrap();
        let read: Vec<_> = read.iter().map(|(key, text)| (key.as_str(), text.as_str())).collect();
        assert_eq!(read, [("a", "1"), ("a", "2"), ("c", "true")]);
        assert_eq!(
            pairs("params", Some(json!({"a": {}}))).unwrap_err().0,
            "params.a: a text, a number or a list of these is wanted"
        );
        assert!(pairs("params", Some(json!("x"))).is_err());
        assert!(pairs("params", None).unwrap().is_empty());
    }
}
