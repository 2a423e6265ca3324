//! Metadata: a user's as a page writes it (the names under which it is kept, whether it is news), an integration's as
//! a page is shown it.

use js_sys::Object;
use wasm_bindgen::{JsCast, JsValue};

use super::field::{copy, field, json, set};

/// The metadata under the names in which it is kept.
pub(super) fn normalized(metadata: &JsValue) -> Object {
    let kept = Object::new();
    write(&kept, metadata);
    kept
}

/// What is kept when `written` is added to `kept`; nothing when that changes nothing.
pub(super) fn added(written: &Object, kept: &JsValue) -> Option<JsValue> {
    let both = if kept.is_object() { copy(kept) } else { Object::new().into() };
    write(&both, written);
    let is_news = Object::keys(written).length() > 0 && json(&both) != json(kept);
    is_news.then_some(both)
}

fn write(kept: &JsValue, metadata: &JsValue) {
    if !metadata.is_object() {
        return;
    }
    let names = Object::keys(metadata.unchecked_ref::<Object>());
    for name in names.iter().filter_map(|name| name.as_string()) {
        set(kept, name_of(&name), &field(metadata, &name));
    }
}

/// What pages are shown of an integration: type, name, icon, colour.
pub(super) fn shown(integration: &JsValue) -> JsValue {
    let shown = JsValue::from(Object::new());
    for name in ["type", "name", "brandColor", "icon"] {
        set(&shown, name, &field(integration, name));
    }
    shown
}

/// The name under which an entry is kept: trimmed; name and e-mail in one spelling.
fn name_of(name: &str) -> &str {
    let name = name.trim_ascii();
    if name.eq_ignore_ascii_case("name") {
        "Name"
    } else if name.eq_ignore_ascii_case("email") {
        "Email"
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::name_of;

    #[test]
    fn names_are_trimmed_and_the_two_known_ones_spelled_alike() {
        for (name, kept) in
            [(" name ", "Name"), ("EMAIL", "Email"), (" Plan ", "Plan"), ("apiKey", "apiKey")]
        {
            assert_eq!(name_of(name), kept);
        }
    }
}
