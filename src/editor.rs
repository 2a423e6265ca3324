//! For a page on which workflows are written: what is wrong in a definition, what a template comes to, which variables there
//! are. JSON texts in and out; the very code that the edge runs, built for the page (feature `editor`).

use serde_json::{Map, Value};
use wasm_bindgen::prelude::*;

use crate::{
    shape::{Shape, read_text, shape, text},
    workflow::{Complaint, Definition, Template, check, examples, variables},
    zoom::action::CATALOG,
};

shape! {
    /// What a template comes to: a value, or why there is none.
    struct Filled {
        value: Option<Value>,
        error: Option<Complaint>,
    }
}

/// What is wrong in a definition: a list of `{at, message}`, which is empty when nothing is. `secrets`: the names that the
/// project has, a list; nothing when they are not known.
#[wasm_bindgen(js_name = checkWorkflow)]
pub fn check_workflow(definition: &str, secrets: Option<String>) -> String {
    let secrets: Option<Vec<String>> = secrets.and_then(|names| read_text(names.as_bytes()).ok());
    let complaints = match Definition::parse(definition, &CATALOG) {
        Ok(definition) => check(&definition, &CATALOG, secrets.as_deref()),
        Err(misfit) => vec![misfit.into()],
    };
    json(&complaints)
}

/// What a template comes to with these values: `{value}`, or `{error: {at, message}}`.
#[wasm_bindgen(js_name = fillTemplate)]
pub fn fill_template(template: &str, values: &str) -> String {
    let filled = match filled(template, values) {
        Ok(value) => Filled { value: Some(value), error: None },
        Err(error) => Filled { value: None, error: Some(error) },
    };
    json(&filled)
}

/// The variables that a step can name: a list of `{path, kind, label, group, example}`; with no such step, what one can
/// name that is added at the end. An empty list while the definition cannot be read.
#[wasm_bindgen(js_name = workflowVariables)]
pub fn workflow_variables(definition: &str, step: &str) -> String {
    let read = Definition::parse(definition, &CATALOG);
    json(&read.map(|read| variables(&read, &CATALOG, step)).unwrap_or_default())
}

/// What the variables of a step come to in a preview: the values for `fillTemplate`, by their first names. An object
/// without fields while the definition cannot be read.
#[wasm_bindgen(js_name = exampleValues)]
pub fn example_values(definition: &str, step: &str) -> String {
    let read = Definition::parse(definition, &CATALOG);
    json(&read.map(|read| examples(&read, &CATALOG, step)).unwrap_or_default())
}

fn filled(template: &str, values: &str) -> Result<Value, Complaint> {
    let template: Value = read_text(template.as_bytes())?;
    let values: Map<String, Value> = read_text(values.as_bytes())?;
    Template::parse(&template)?.fill(&values).map_err(Complaint::from)
}

fn json(value: &impl Shape) -> String {
    String::from_utf8(text(value)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What the tests in a browser ask for as well (`tests/browser/editor.rs`).
    const CASES: &str = include_str!("../tests/browser/editor.json");

    #[test]
    fn each_case_has_its_answer() {
        let cases: Value = serde_json::from_str(CASES).unwrap();
        for case in cases.as_array().unwrap() {
            let [one, other] = ["one", "other"].map(|name| case[name].to_string());
            let step = case["other"].as_str().unwrap_or_default();
            let answer = match case["ask"].as_str().unwrap() {
                "checkWorkflow" => check_workflow(&one, None),
                "fillTemplate" => fill_template(&one, &other),
                _ => workflow_variables(&one, step),
            };
            let answer: Value = serde_json::from_str(&answer).unwrap();
            assert_eq!(answer, case["answer"], "{one} {other}");
        }
    }

    #[test]
    fn a_secret_that_is_not_there_is_a_complaint_where_the_names_are_known() {
        let definition = json!({
            "name": "Tell", "trigger": {"type": "request"},
            "steps": [{"id": "tell", "type": "request", "inputs": {
                "method": "POST", "url": "https://acme.example", "body": {"key": "{{secrets.backend}}"},
            }}],
        })
        .to_string();
        assert_eq!(check_workflow(&definition, None), "[]");
        assert_eq!(check_workflow(&definition, Some(r#"["backend"]"#.to_owned())), "[]");
        let complaints = check_workflow(&definition, Some("[]".to_owned()));
        assert!(complaints.contains("steps[0].inputs.body.key"), "{complaints}");
    }

    #[test]
    fn a_preview_is_filled_with_examples() {
        let definition = json!({
            "name": "Tell", "trigger": {"type": "zoom.new_meeting"},
            "steps": [{"id": "pause", "type": "delay", "inputs": {"value": 1, "unit": "days"}}],
        });
        let values = example_values(&definition.to_string(), "pause");
        let filled = fill_template(r#""{{trigger.object.id}}""#, &values);
        assert!(filled.starts_with(r#"{"value":""#), "{filled}");
        assert_eq!(example_values("{", "a"), "{}");
    }

    #[test]
    fn what_is_no_json_is_a_complaint() {
        assert!(
            check_workflow("{", None).starts_with(r#"[{"at":"","message":"JSON is wanted, not"#)
        );
        assert!(fill_template("{", "{}").starts_with(r#"{"error":{"at":"","message":"JSON"#));
        assert!(fill_template("1", "[]").starts_with(r#"{"error":{"at":"","message":"an object"#));
        assert_eq!(workflow_variables("{", "a"), "[]");
    }
}
