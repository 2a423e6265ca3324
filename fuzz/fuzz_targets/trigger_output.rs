//! Any JSON as what Zoom sent: what the trigger carries is that with every meeting id as text and nothing else changed,
//! and once masked no secret of Zoom is in it.
#![no_main]

use isthmus::zoom::{secret_field, trigger};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

/// What nobody may see, by name.
const SECRET: [&str; 9] = [
    "start_url",
    "password",
    "encrypted_password",
    "h323_password",
    "pstn_password",
    "dynamic_host_key",
    "download_token",
    "recording_play_passcode",
    "participant_pin_code",
];

fuzz_target!(|input: &[u8]| {
    let Ok(body) = serde_json::from_slice::<Value>(input) else {
        return;
    };
    let output = trigger::output(body.clone());
    assert_carried(&mut Vec::new(), &sent(&body), &output);
    for mut shown in [output, body] {
        secret_field::mask(&mut shown);
        assert_hidden(&shown);
        let once = shown.clone();
        secret_field::mask(&mut shown);
        assert_eq!(once, shown, "masked twice is not masked once");
    }
});

/// What of a body goes into the output, as it was sent.
fn sent(body: &Value) -> Value {
    let Some(body) = body.as_object() else {
        return Value::Null;
    };
    let mut sent = body.get("payload").and_then(Value::as_object).cloned().unwrap_or_else(Map::new);
    for name in ["event", "event_ts", "download_token"] {
        sent.extend(body.get(name).map(|value| (name.to_owned(), value.clone())));
    }
    Value::Object(sent)
}

/// Everything is there as it was sent, but that numbers which are ids of meetings have become text.
fn assert_carried<'a>(path: &mut Vec<&'a str>, sent: &'a Value, given: &Value) {
    match (sent, given) {
        (Value::Object(sent), Value::Object(given)) => {
            assert!(sent.keys().eq(given.keys()), "other fields in {path:?}");
            for ((name, sent), given) in sent.iter().zip(given.values()) {
                path.push(name);
                assert_carried(path, sent, given);
                path.pop();
            }
        }
        (Value::Array(sent), Value::Array(given)) => {
            assert_eq!(sent.len(), given.len(), "another list in {path:?}");
            path.push("[]");
            sent.iter().zip(given).for_each(|(sent, given)| assert_carried(path, sent, given));
            path.pop();
        }
        (Value::Number(id), given) if is_id(path) => {
            assert_eq!(given, &Value::String(id.to_string()), "{path:?} is no text");
        }
        _ => assert_eq!(sent, given, "{path:?} is another one"),
    }
}

fn is_id(path: &[&str]) -> bool {
    matches!(path, [.., "meeting_id"] | ["object" | "old_object", "id"])
}

/// No secret is left in a value, at any depth.
fn assert_hidden(value: &Value) {
    match value {
        Value::Array(items) => items.iter().for_each(assert_hidden),
        Value::Object(fields) => {
            for (name, value) in fields {
                let secret = SECRET.contains(&name.as_str());
                assert!(!secret || is_hidden(value), "{name} is shown: {value}");
                assert_hidden(value);
                let url = value.get("join_url").filter(|_| name == "registrant");
                assert!(url.is_none_or(is_hidden), "a registrant's join_url is shown");
                let passcode =
                    name == "join_url" && value.as_str().is_some_and(|url| url.contains('?'));
                assert!(!passcode, "an address with its passcode is shown");
            }
        }
        _ => {}
    }
}

fn is_hidden(value: &Value) -> bool {
    value.is_null() || value == "[hidden]"
}
