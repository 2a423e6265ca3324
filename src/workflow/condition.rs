//! Conditions over what a trigger carries, in disjunctive form: one of some groups, each of which wants all of its
//! conditions. Read once, with the place of whatever does not fit; then asked of one value after the other. What an
//! operator means is in `operator`.

use serde_json::Value;

use super::{
    operator::{Test, test},
    path::Path,
};
use crate::shape::{Misfit, only};

/// Longer filters are refused, in bytes.
const LONGEST: usize = 8 * 1024;
/// So many conditions at most.
const MOST: usize = 100;

/// Which values are wanted: those of which one group's conditions all hold.
#[derive(Debug)]
pub struct Filter(Vec<Vec<Condition>>);

#[derive(Debug)]
struct Condition {
    field: Path,
    test: Test,
    /// Whether the test is to hold, or not to.
    holds: bool,
}

impl Filter {
    /// Reads a filter out of its JSON: `OR` of `AND`s, an `AND`, or one condition.
    pub fn parse(text: &str) -> Result<Self, Misfit> {
        if text.len() > LONGEST {
            return Err(too_much("at most 8192 bytes are wanted", text.len()));
        }
        let value: Value = serde_json::from_str(text).map_err(|error| Misfit {
            at: String::new(),
            wanted: "JSON is wanted",
            found: format!("this ({error})"),
        })?;
        groups(&value, &condition).map(Self)
    }

    /// Whether this value is wanted.
    pub fn matches(&self, value: &Value) -> bool {
        self.0.iter().any(|group| group.iter().all(|condition| condition.matches(value)))
    }
}

impl Condition {
    fn matches(&self, value: &Value) -> bool {
        self.test.holds(self.field.find(value)) == self.holds
    }
}

fn too_much(wanted: &'static str, found: usize) -> Misfit {
    Misfit { at: String::new(), wanted, found: found.to_string() }
}

/// Reads a test in disjunctive form, each condition by `read`.
pub(super) fn groups<T>(
    value: &Value,
    read: &impl Fn(&Value) -> Result<T, Misfit>,
) -> Result<Vec<Vec<T>>, Misfit> {
    let groups = match operator(value)? {
        "OR" => each(value, |one| group(one, read))?,
        _ => vec![group(value, read)?],
    };
    let conditions = groups.iter().map(Vec::len).sum();
    if conditions > MOST {
        return Err(too_much("at most 100 conditions are wanted", conditions));
    }
    Ok(groups)
}

/// The operator of a group or a condition.
fn operator(value: &Value) -> Result<&str, Misfit> {
    if !value.is_object() {
        return Err(Misfit::new("an object is wanted", value));
    }
    let found = value.get("operator").unwrap_or(&Value::Null);
    found.as_str().ok_or_else(|| Misfit::new("a text is wanted", found).within("operator"))
}

/// Each of the conditions of a group, read.
fn each<T>(value: &Value, read: impl Fn(&Value) -> Result<T, Misfit>) -> Result<Vec<T>, Misfit> {
    only(value, &["operator", "conditions"])?;
    let found = value.get("conditions").unwrap_or(&Value::Null);
    let list = found.as_array().filter(|list| !list.is_empty());
    let list = list.ok_or_else(|| {
        Misfit::new("a list with a condition in it is wanted", found).within("conditions")
    })?;
    let mut all = Vec::new();
    for (index, one) in list.iter().enumerate() {
        let place = |misfit: Misfit| misfit.within(&format!("[{index}]")).within("conditions");
        all.push(read(one).map_err(place)?);
    }
    Ok(all)
}

/// An `AND`, or one condition in place of it.
fn group<T>(value: &Value, read: &impl Fn(&Value) -> Result<T, Misfit>) -> Result<Vec<T>, Misfit> {
    match operator(value)? {
        "AND" => each(value, read),
        _ => Ok(vec![read(value)?]),
    }
}

fn condition(value: &Value) -> Result<Condition, Misfit> {
    let (test, holds) = compared(value, value.get("value"))?;
    Ok(Condition { field: field(value.get("field"))?, test, holds })
}

/// What a condition asks, with this in place of its value; whether it is to hold.
pub(super) fn compared(condition: &Value, value: Option<&Value>) -> Result<(Test, bool), Misfit> {
    let name = operator(condition)?;
    let refused =
        |wanted| Misfit { at: "operator".to_owned(), wanted, found: format!("{name:.64}") };
    let read = match name {
        // Only the form that every reader of conditions knows.
        "OR" => return Err(refused("OR is wanted outermost only")),
        "AND" => return Err(refused("AND is wanted outermost, or right inside OR")),
        name => test(name, value)
            .ok_or_else(|| refused("an operator such as $stringContains is wanted"))??,
    };
    only(condition, &["operator", "field", "value"])?;
    Ok(read)
}

pub(super) fn field(value: Option<&Value>) -> Result<Path, Misfit> {
    let value = value.unwrap_or(&Value::Null);
    let wanted = "a path such as object.participant.email is wanted";
    let text = value.as_str().ok_or_else(|| Misfit::new(wanted, value).within("field"))?;
    Path::parse(text).map_err(|at| Misfit {
        at: "field".to_owned(),
        wanted,
        found: this_text(text, at),
    })
}

/// A text that does not fit, and from which byte on.
pub(super) fn this_text(text: &str, at: usize) -> String {
    let place = text.get(..at).map_or(0, |before| before.chars().count()) + 1;
    format!("this text (see its character {place})")
}

#[cfg(test)]
#[path = "condition_tests.rs"]
mod tests;
