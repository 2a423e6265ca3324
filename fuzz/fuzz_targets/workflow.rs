//! Any text as a cron expression; any JSON as a template and as a definition: either is read or refused, and what was read is filled within its limits,
//! reads back as it is written, and is checked without an end. Input: the JSON, and after the last line break the values
//! that are filled in, if they are an object; otherwise a meeting.
#![no_main]

use std::collections::BTreeSet;

use isthmus::{
    time::Timestamp,
    workflow::{Complaint, Cron, Definition, Template, Values, check, variables},
    zoom::action::CATALOG,
};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

/// Nothing longer may come of a template, in bytes.
const LARGEST: usize = 1024 * 1024;
/// Nor anything deeper.
const DEEPEST: usize = 32;

fuzz_target!(|input: &str| {
    let (text, values) = input.rsplit_once('\n').unwrap_or((input, ""));
    let _ = Cron::parse(text).map(|cron| cron.next(Timestamp(0), |_| Some(3600)));
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        return;
    };
    let values: Value = serde_json::from_str(values).unwrap_or_default();
    template(&value, values.as_object().unwrap_or(&meeting()));
    definition(text, &value);
});

fn template(value: &Value, values: &Values) {
    let Ok(read) = Template::parse(value) else {
        return;
    };
    // What is written may be longer: braces that stand for themselves.
    if let Ok(again) = Template::parse(&read.written()) {
        assert_eq!(again, read, "as written it is another: {}", read.written());
        assert_eq!(again.fill(values), read.fill(values));
    }
    let needed: BTreeSet<String> = read.roots();
    let some = values.iter().filter(|(name, _)| *name == "secrets" || needed.contains(*name));
    let some: Values = some.map(|(name, value)| (name.clone(), value.clone())).collect();
    let filled = read.fill(values);
    assert_eq!(filled, read.fill(&some), "it needs more than its roots {needed:?}");
    if let Ok(filled) = filled {
        assert!(depth(&filled) <= DEEPEST, "too deep");
        assert!(filled.to_string().len() <= LARGEST, "too long");
    }
}

fn definition(text: &str, value: &Value) {
    let read = match Definition::parse(text, &CATALOG) {
        Ok(read) => read,
        Err(misfit) => {
            let complaint = Complaint::from(misfit);
            assert!(!complaint.message.is_empty());
            return;
        }
    };
    let stored = Definition::parse(&value.to_string(), &CATALOG);
    let names = ["backend".to_owned()];
    for secrets in [None, Some(names.as_slice())] {
        let complaints = check(&read, &CATALOG, secrets);
        // Names that escape in another way change lengths, not what is wrong.
        if let Ok(stored) = &stored {
            assert_eq!(complaints, check(stored, &CATALOG, secrets), "stored it is another");
        }
    }
    for (_, step) in read.all_steps() {
        for variable in variables(&read, &CATALOG, &step.id) {
            let template = Value::from(format!("{{{{{}}}}}", variable.path));
            assert!(Template::parse(&template).is_ok(), "{template} cannot be written");
        }
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}

fn meeting() -> Values {
    let values = json!({
        "trigger": {"event": "meeting.created", "object": {"id": "85746065432", "topic": "{{a}}"}},
        "settings": {"email": "ada@acme.example"},
        "secrets": {"backend": "s"},
        "a": {"output": {"list": [1, null, {"c d": true}]}},
    });
    values.as_object().cloned().unwrap_or_default()
}
