//! The functions for a page on which workflows are written answer in a page as they do natively (`src/editor.rs` asks for
//! the same).

use isthmus::editor::{check_workflow, fill_template, workflow_variables};
use js_sys::{Array, JSON, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::json;

#[wasm_bindgen_test]
fn the_editor_answers_in_a_page_as_it_does_natively() {
    let cases = JSON::parse(include_str!("editor.json")).expect("JSON");
    for case in Array::from(&cases).iter() {
        let field = |name: &str| Reflect::get(&case, &name.into()).unwrap_or_default();
        let (one, other) = (json(&field("one")), field("other"));
        let answer = match field("ask").as_string().as_deref() {
            Some("checkWorkflow") => check_workflow(&one, None),
            Some("fillTemplate") => fill_template(&one, &json(&other)),
            _ => workflow_variables(&one, &other.as_string().unwrap_or_default()),
        };
        assert_eq!(sorted(&answer), sorted(&json(&field("answer"))), "{one}");
    }
}

/// A JSON text with the fields of each object in the order of their names.
fn sorted(text: &str) -> String {
    let sort = js_sys::Function::new_with_args(
        "text",
        "return JSON.stringify(JSON.parse(text), (_, value) => value && typeof value === 'object' \
         && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort()) : value)",
    );
    let sorted = sort.call1(&JsValue::NULL, &text.into()).expect("JSON");
    sorted.as_string().expect("a text")
}
