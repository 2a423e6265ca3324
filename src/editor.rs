//! For a page on which workflows are written: what is wrong in a definition, what a template comes to, which variables there
//! are. JSON texts in and out; the very code that the edge runs, built for the page (feature `editor`).

use serde_json::{Map, Value};
use wasm_bindgen::prelude::*;

use crate::{
    shape::{Shape, read_text, shape, text},
    workflow::{Complaint, Definition, Template, check, variables},
    zoom::action::CATALOG,
};

shape! {
    /// What a template comes to: a value, or why there is none.
    struct Filled {
        value: Option<Value>,
        error: Option<Complaint>,
    }
}

/// What is wrong in a definition: a list of `{at, message}`, which is empty when nothing is.
#[wasm_bindgen(js_name = checkWorkflow)]
pub fn check_workflow(definition: &str) -> String {
    let complaints = match Definition::parse(definition, &CATALOG) {
        Ok(definition) => check(&definition, &CATALOG, None),
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
                "checkWorkflow" => check_workflow(&one),
                "fillTemplate" => fill_template(&one, &other),
                _ => workflow_variables(&one, step),
            };
            let answer: Value = serde_json::from_str(&answer).unwrap();
            assert_eq!(answer, case["answer"], "{one} {other}");
        }
    }

    #[test]
    fn what_is_no_json_is_a_complaint() {
        assert!(check_workflow("{").starts_with(r#"[{"at":"","message":"JSON is wanted, not"#));
        assert!(fill_template("{", "{}").starts_with(r#"{"error":{"at":"","message":"JSON"#));
        assert!(fill_template("1", "[]").starts_with(r#"{"error":{"at":"","message":"an object"#));
        assert_eq!(workflow_variables("{", "a"), "[]");
    }
}
