//! One setting of a workflow, as Paragon's Connect protocol shows it to pages: an input that users fill in.

use serde_json::{Map, Value, json};

use crate::workflow::{Setting, SettingKind};

/// The input.
pub(super) fn input(setting: &Setting) -> Value {
    let mut input = Map::new();
    let mut put = |name: &str, value: Value| input.insert(name.to_owned(), value);
    put("id", json!(setting.id));
    put("title", json!(setting.label));
    put("type", json!(kind(&setting.kind)));
    put("required", json!(setting.required));
    if let Some(default) = &setting.default {
        put("defaultValue", default.clone());
    }
    if !setting.help.is_empty() {
        put("tooltip", json!(setting.help));
    }
    if let SettingKind::Choice(choices) = &setting.kind {
        let choice = |(value, label): &(Value, String)| json!({"value": value, "label": label});
        put("key", json!(setting.id));
        put("customDropdownOptions", choices.iter().map(choice).collect());
    }
    Value::Object(input)
}

fn kind(kind: &SettingKind) -> &'static str {
    match kind {
        SettingKind::Text => "TEXT_NO_VARS",
        SettingKind::Number => "NUMBER",
        SettingKind::Boolean => "BOOLEAN_INPUT",
        SettingKind::Email => "EMAIL",
        SettingKind::Url => "URL",
        SettingKind::Choice(_) => "CUSTOM_DROPDOWN",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::settings;

    #[test]
    fn a_page_is_shown_what_it_needs_to_draw_an_input() {
        let list = json!([
            {"id": "s", "label": "Which", "type": "choice", "required": true, "default": "a",
                "help": "Choose.", "choices": [{"value": "a", "label": "A"}, {"value": 2}]},
            {"id": "n", "type": "number"},
        ]);
        let inputs: Vec<Value> = settings(Some(&list)).unwrap().iter().map(input).collect();
        let choices = json!([{"value": "a", "label": "A"}, {"value": 2, "label": "2"}]);
        assert_eq!(
            json!(inputs),
            json!([
                {"id": "s", "title": "Which", "type": "CUSTOM_DROPDOWN", "required": true,
                    "defaultValue": "a", "tooltip": "Choose.", "key": "s",
                    "customDropdownOptions": choices},
                {"id": "n", "title": "n", "type": "NUMBER", "required": false},
            ])
        );
    }
}
