//! Reads the fields of a JSON object and notes which are wrong, so that an answer names them all.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use crate::answer::{FieldError, Problem};

/// A reader of one object. `null` counts as absent, as Zoom has it.
pub(crate) struct Reader<'a> {
    object: &'a Map<String, Value>,
    prefix: &'a str,
    pub(crate) errors: Vec<FieldError>,
}

impl<'a> Reader<'a> {
    /// `prefix` goes before the names in errors: empty, or `settings.`.
    pub(crate) fn new(object: &'a Map<String, Value>, prefix: &'a str) -> Self {
        Self { object, prefix, errors: Vec::new() }
    }

    pub(crate) fn value(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// Notes that a field is wrong.
    pub(crate) fn wrong(&mut self, name: &str) {
        self.errors.push(FieldError::invalid(format!("{}{name}", self.prefix)));
    }

    /// Notes that a field is missing.
    pub(crate) fn missing(&mut self, name: &str) {
        let field = format!("{}{name}", self.prefix);
        self.errors.push(FieldError { field, message: "This field is required.".to_owned() });
    }

    fn read<T>(&mut self, name: &str, as_wanted: impl Fn(&'a Value) -> Option<T>) -> Option<T> {
        let value = self.value(name)?;
        let read = as_wanted(value);
        if read.is_none() {
            self.wrong(name);
        }
        read
    }

    /// Text of at most `most` characters.
    pub(crate) fn text(&mut self, name: &str, most: usize) -> Option<String> {
        let fits = |value: &'a Value| value.as_str().filter(|text| text.chars().count() <= most);
        self.read(name, |value| fits(value).map(str::to_owned))
    }

    /// One of the given words.
    pub(crate) fn word(&mut self, name: &str, words: &[&str]) -> Option<String> {
        let known = |value: &'a Value| value.as_str().filter(|text| words.contains(text));
        self.read(name, |value| known(value).map(str::to_owned))
    }

    /// A whole number in a range.
    pub(crate) fn whole(&mut self, name: &str, range: RangeInclusive<i64>) -> Option<i64> {
        self.read(name, |value| value.as_i64().filter(|number| range.contains(number)))
    }

    /// One of the given whole numbers.
    pub(crate) fn choice(&mut self, name: &str, choices: &[i64]) -> Option<i64> {
        self.read(name, |value| value.as_i64().filter(|number| choices.contains(number)))
    }

    /// True or false.
    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        self.read(name, Value::as_bool)
    }

    /// An object.
    pub(crate) fn object(&mut self, name: &str) -> Option<&'a Map<String, Value>> {
        self.read(name, Value::as_object)
    }

    /// An array.
    pub(crate) fn array(&mut self, name: &str) -> Option<&'a Vec<Value>> {
        self.read(name, Value::as_array)
    }

    /// What was read, unless a field was wrong.
    pub(crate) fn finish<T>(self, read: T) -> Result<T, Problem> {
        if self.errors.is_empty() { Ok(read) } else { Err(Problem::validation(self.errors)) }
    }
}
