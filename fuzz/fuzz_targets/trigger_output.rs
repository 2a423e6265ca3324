//! Any JSON as what Zoom sent: what the trigger carries has every meeting id as text, nothing else is lost, and once
//! masked no secret of Zoom is in it.
#![no_main]

use isthmus::zoom::{secret_field, trigger};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// What nobody may see, by name.
const SECRET: [&str; 8] = [
    "start_url",
    "password",
    "encrypted_password",
    "h323_password",
    "pstn_password",
    "dynamic_host_key",
    "download_token",
    "recording_play_passcode",
];

fuzz_target!(|input: &[u8]| {
    let Ok(body) = serde_json::from_slice::<Value>(input) else {
        return;
    };
    let mut output = trigger::output(body.clone());
    for place in ["/object/id", "/old_object/id"] {
        let id = output.pointer(place);
        assert!(!id.is_some_and(Value::is_number), "{place} is a number");
    }
    for name in ["event", "event_ts", "download_token"] {
        let sent = body.get(name);
        assert!(sent.is_none() || output.get(name) == sent, "{name} is another one");
    }
    assert_eq!(trigger::output(body.clone()), output, "the same body, another output");
    for mut shown in [output.take(), body] {
        secret_field::mask(&mut shown);
        assert_hidden(&shown);
        let once = shown.clone();
        secret_field::mask(&mut shown);
        assert_eq!(once, shown, "masked twice is not masked once");
    }
});

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
            }
        }
        _ => {}
    }
}

fn is_hidden(value: &Value) -> bool {
    value.is_null() || value == "[hidden]"
}
