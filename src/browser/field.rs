//! Reads JavaScript values that came from a page or from the Worker: absent and wrongly typed both read as nothing.

use js_sys::{Array, JSON, Reflect};
use wasm_bindgen::prelude::*;

/// A property of an object; `undefined` of anything else.
pub(super) fn field(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// A text property.
pub(super) fn text(value: &JsValue, name: &str) -> Option<String> {
    field(value, name).as_string()
}

/// A property that is truthy.
pub(super) fn is_set(value: &JsValue, name: &str) -> bool {
    field(value, name).is_truthy()
}

/// A value that is a list, else an empty one.
pub(super) fn as_list(value: JsValue) -> Array {
    if Array::is_array(&value) { value.unchecked_into() } else { Array::new() }
}

/// The member of a list whose `id`-like property has this value.
pub(super) fn member(list: &Array, name: &str, value: &str) -> Option<JsValue> {
    list.iter().find(|member| text(member, name).as_deref() == Some(value))
}

/// Sets a property of an object that this crate made or parsed; nothing else is ever frozen.
pub(super) fn set(object: &JsValue, name: &str, value: &JsValue) {
    let _ = Reflect::set(object, &JsValue::from_str(name), value);
}

/// The text of a value as JSON; nothing for `undefined` and for what JSON cannot hold.
pub(super) fn json(value: &JsValue) -> Option<String> {
    JSON::stringify(value).ok()?.as_string()
}

/// A deep copy of a value that came from JSON.
pub(super) fn copy(value: &JsValue) -> JsValue {
    json(value).and_then(|text| JSON::parse(&text).ok()).unwrap_or(JsValue::UNDEFINED)
}
