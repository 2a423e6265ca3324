//! The test of a Condition step: one of some groups, each of which wants all of its conditions, over values that
//! placeholders name. What an operator means is in `operator`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    alias::Steps,
    condition::{compared, field, groups},
    operator::Test,
    template::{Node, Template, Values},
};
use crate::shape::Misfit;

/// Longer tests are refused, in bytes of their JSON.
const LONGEST: usize = 8 * 1024;

/// Which way a run goes.
#[derive(Debug)]
pub struct Branch(Vec<Vec<Compared>>);

/// One value, and what is asked of it.
#[derive(Debug)]
struct Compared {
    at: String,
    field: Template,
    with: With,
}

/// What a value is compared with.
#[derive(Debug)]
enum With {
    /// What the definition says; whether the test is to hold, or not to.
    Fixed(Test, bool),
    /// What placeholders find: the condition, and what fills its value.
    Filled(Value, Template),
}

impl Branch {
    /// Reads a test: `OR` of `AND`s, an `AND`, or one condition; `field` is a placeholder or a path.
    pub fn parse(value: &Value) -> Result<Self, Misfit> {
        Self::read(value, &[])
    }

    /// Reads a test in a workflow with these steps.
    pub(super) fn read(value: &Value, steps: Steps) -> Result<Self, Misfit> {
        let length = value.to_string().len();
        if length > LONGEST {
            let wanted = "at most 8192 bytes are wanted";
            return Err(Misfit { at: String::new(), wanted, found: length.to_string() });
        }
        let mut groups = groups(value, &|one| Compared::read(one, steps))?;
        let mut all = Vec::new();
        places(value, "", &mut all);
        groups.iter_mut().flatten().zip(all).for_each(|(one, at)| one.at = at);
        Ok(Self(groups))
    }

    /// Whether it holds. What is not there is nothing to its operator, not an error.
    pub fn holds(&self, values: &Values) -> bool {
        self.0.iter().any(|group| group.iter().all(|one| one.holds(values)))
    }

    /// What it needs, as [`super::Template::roots`].
    pub fn roots(&self) -> BTreeSet<String> {
        self.templates().into_iter().flat_map(|(_, template)| template.roots()).collect()
    }

    /// What is filled in, with its place.
    pub(super) fn templates(&self) -> Vec<(String, &Template)> {
        let mut all = Vec::new();
        for one in self.0.iter().flatten() {
            let joint = if one.at.is_empty() { "" } else { "." };
            if let With::Filled(_, value) = &one.with {
                all.push((format!("{}{joint}value", one.at), value));
            }
            all.push((format!("{}{joint}field", one.at), &one.field));
        }
        all
    }
}

/// The places of the conditions in a test.
fn places(value: &Value, at: &str, all: &mut Vec<String>) {
    match value.get("conditions").and_then(Value::as_array) {
        None => all.push(at.to_owned()),
        Some(list) => {
            let joint = if at.is_empty() { "" } else { "." };
            for (index, one) in list.iter().enumerate() {
                places(one, &format!("{at}{joint}conditions[{index}]"), all);
            }
        }
    }
}

impl Compared {
    fn read(condition: &Value, steps: Steps) -> Result<Self, Misfit> {
        let given = condition.get("value");
        let with = match Template::read(given.unwrap_or(&Value::Null), steps) {
            Ok(value) if !value.placeholders().is_empty() => {
                // Which operators there are is known before anything is filled in.
                let sample = [Value::from(""), Value::from(0), Value::Array(Vec::new())];
                let fits = sample.iter().map(|value| compared(condition, Some(value)));
                fits.reduce(Result::or).transpose()?;
                With::Filled(condition.clone(), value)
            }
            // A text that looks like a placeholder and is none is not compared with as it stands.
            Err(misfit) => return Err(misfit.within("value")),
            Ok(value) => {
                let (test, holds) = compared(condition, given.map(|_| value.plain()).as_ref())?;
                With::Fixed(test, holds)
            }
        };
        Ok(Self { at: String::new(), field: field_template(condition.get("field"), steps)?, with })
    }

    fn holds(&self, values: &Values) -> bool {
        let found = self.field.fill(values).ok();
        match &self.with {
            With::Fixed(test, holds) => test.holds(found.as_ref()) == *holds,
            With::Filled(condition, value) => {
                let value = value.fill(values).unwrap_or_default();
                later(condition, &value)
                    .is_some_and(|(test, holds)| test.holds(found.as_ref()) == holds)
            }
        }
    }
}

/// What a condition asks with a value that was filled in; a text that is a number counts as that, and the other way
/// round. Nothing when it is of another kind than the operator compares with: that never holds.
fn later(condition: &Value, value: &Value) -> Option<(Test, bool)> {
    let other = match value {
        Value::Number(number) => Value::from(number.to_string()),
        Value::String(text) => text.trim().parse::<f64>().map_or(Value::Null, Value::from),
        _ => Value::Null,
    };
    compared(condition, Some(value)).or_else(|_| compared(condition, Some(&other))).ok()
}

fn field_template(value: Option<&Value>, steps: Steps) -> Result<Template, Misfit> {
    match value {
        Some(Value::String(text)) if text.contains("{{") => {
            Template::read(&Value::from(text.as_str()), steps)
                .map_err(|misfit| misfit.within("field"))
        }
        value => {
            let path = field(value)?;
            Template::read(&Value::from(format!("{{{{{path}}}}}")), steps)
                .map_err(|misfit| misfit.within("field"))
        }
    }
}

impl Template {
    /// The JSON of a template without placeholders.
    fn plain(&self) -> Value {
        debug_assert!(!matches!(self.0, Node::One(_) | Node::Text(_)));
        self.fill(&Values::new()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn values() -> Values {
        let values = json!({
            "trigger": {"object": {"topic": "Demo", "n": "5", "none": null}},
            "settings": {"word": "em", "most": 4},
            "list": {"output": {"meetings": []}},
        });
        values.as_object().unwrap().clone()
    }

    fn one(field: &str, operator: &str, value: Value) -> Value {
        let mut one = json!({"field": field, "operator": operator});
        one["value"] = value;
        one
    }

    fn holds(value: &Value) -> bool {
        Branch::parse(value).unwrap_or_else(|misfit| panic!("{misfit}")).holds(&values())
    }

    #[test]
    fn a_condition_asks_what_a_placeholder_or_a_path_finds() {
        for (condition, wanted) in [
            (one("{{trigger.object.topic}}", "$stringContains", json!("em")), true),
            (one("trigger.object.topic", "$stringContains", json!("EM")), false),
            (one("{{1.output.object.topic}}", "$stringContains", json!("em")), true),
            (one("{{list.output.meetings}}", "$arrayIsEmpty", json!(null)), true),
            (one("x {{trigger.object.topic}}", "$stringExactlyMatches", json!("x Demo")), true),
            (one("{{a.b ?? 5}}", "$numberEquals", json!(5)), true),
            (one("{{trigger.object.n}}", "$numberGreaterThan", json!(4.5)), true),
        ] {
            assert_eq!(holds(&condition), wanted, "{condition}");
        }
    }

    #[test]
    fn what_is_not_there_is_nothing_to_its_operator() {
        assert!(holds(&one("{{a.b}}", "$doesNotExist", json!(null))));
        assert!(!holds(&one("{{trigger.object.none}}", "$doesNotExist", json!(null))));
        assert!(holds(&one("{{a.b}}", "$stringDoesNotContain", json!("x"))));
        assert!(!holds(&one("{{a.b}}", "$stringContains", json!(""))));
    }

    #[test]
    fn a_value_may_be_filled_in_too() {
        for (condition, wanted) in [
            (one("trigger.object.topic", "$stringContains", json!("{{settings.word}}")), true),
            (one("trigger.object.n", "$numberGreaterThan", json!("{{settings.most}}")), true),
            (one("trigger.object.n", "$stringExactlyMatches", json!("{{settings.most}}")), false),
            (one("settings.most", "$numberLessThan", json!("{{trigger.object.n}}")), true),
            (one("settings.most", "$numberLessThan", json!("{{settings.word}}")), false),
            (one("settings.word", "$stringIsIn", json!(["a", "{{settings.word}}"])), true),
            (one("settings.most", "$numberDoesNotEqual", json!("{{not.there}}")), false),
        ] {
            assert_eq!(holds(&condition), wanted, "{condition}");
        }
    }

    #[test]
    fn one_group_of_which_all_hold_is_enough() {
        let yes = one("{{user.id ?? \"a\"}}", "$exists", json!(null));
        let no = one("{{settings.word}}", "$booleanTrue", json!(null));
        let and = |all: &[&Value]| json!({"operator": "AND", "conditions": all});
        let or = |all: &[Value]| json!({"operator": "OR", "conditions": all});
        assert!(holds(&or(&[and(&[&yes, &no]), and(&[&yes, &yes])])));
        assert!(!holds(&or(&[and(&[&yes, &no]), no.clone()])));
        assert!(holds(&and(&[&yes])));
    }

    #[test]
    fn what_it_needs_is_in_fields_and_in_values() {
        let branch = Branch::parse(&one("a.b", "$stringIsIn", json!(["{{secrets.x}}"]))).unwrap();
        assert_eq!(Vec::from_iter(branch.roots()), ["a", "secrets.x"]);
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_place() {
        let misfit = |value: Value| Branch::parse(&value).unwrap_err().to_string();
        assert!(misfit(one("{{a", "$exists", json!(null))).starts_with("field: }} is wanted"));
        assert!(misfit(one("a..b", "$exists", json!(null))).starts_with("field: a path"));
        assert!(misfit(one("a", "$exist", json!("{{b}}"))).starts_with("operator: an operator"));
        assert!(misfit(one("a", "$stringContains", json!("{{"))).starts_with("value: a place"));
        assert!(misfit(one("a", "$stringContains", json!(5))).starts_with("value: a text"));
        let and = json!({"operator": "AND", "conditions": [one("5.x", "$exists", json!(null))]});
        assert!(misfit(and).starts_with("conditions[0].field: the number or the id of a step"));
    }
}
