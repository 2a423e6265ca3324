//! Fields of Zoom's that are secrets although they look like data: whoever has one gets into a meeting or a recording.
//! Sent on to whom they belong; never shown.

use serde_json::Value;

/// What is shown instead.
const HIDDEN: &str = "[hidden]";

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

/// Hides every secret in something that Zoom sent.
pub fn mask(value: &mut Value) {
    mask_within("", value);
}

fn mask_within(name: &str, value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| mask_within(name, item)),
        Value::Object(fields) => {
            // With its own address a registrant comes in without being asked who it is.
            let registrant = matches!(name, "registrant" | "registrants")
                || fields.contains_key("registrant_id");
            for (name, value) in fields {
                let secret = SECRET.contains(&name.as_str())
                    || name == "join_url" && (registrant || has_query(value));
                if secret && !value.is_null() {
                    *value = HIDDEN.into();
                } else {
                    mask_within(name, value);
                }
            }
        }
        _ => {}
    }
}

/// With its passcode (`?pwd=`) an address lets in whoever has it.
fn has_query(value: &Value) -> bool {
    value.as_str().is_some_and(|url| url.contains('?'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_hidden_wherever_they_are() {
        let mut value = json!({"download_token": "t", "payload": {"object": {"password": "p", "join_url": "public",
            "start_url": null, "list": [{"h323_password": 7, "pstn_password": {"a": 1}}],
            "registrant": {"join_url": "u", "id": "r"}, "registrants": [{"join_url": "u"}]}}});
        mask(&mut value);
        let expected = json!({"download_token": HIDDEN, "payload": {"object": {"password": HIDDEN,
            "join_url": "public", "start_url": null,
            "list": [{"h323_password": HIDDEN, "pstn_password": HIDDEN}],
            "registrant": {"join_url": HIDDEN, "id": "r"}, "registrants": [{"join_url": HIDDEN}]}}});
        assert_eq!(value, expected);
        let mut answer = json!({"registrant_id": "r", "join_url": "u"});
        mask(&mut answer);
        assert_eq!(answer["join_url"], HIDDEN);
        let mut meeting =
            json!({"join_url": "https://zoom.us/j/9?pwd=c", "participant_pin_code": 3});
        mask(&mut meeting);
        assert_eq!(meeting, json!({"join_url": HIDDEN, "participant_pin_code": HIDDEN}));
    }

    #[test]
    fn no_example_shows_a_secret_once_masked() {
        for trigger in crate::zoom::trigger::TRIGGERS {
            let mut example = serde_json::from_str(trigger.example).unwrap();
            mask(&mut example);
            let shown = example.to_string();
            let secrets = [
                "PaSsWoRd",
                "132456",
                "abJhbGciOiJIUzUxMiJ9",
                "yNYIS408EJygs7rE5vVsJwXIz4",
                "c21EQzg0",
                "380303",
            ];
            assert!(!secrets.iter().any(|secret| shown.contains(secret)), "{}", trigger.id);
        }
    }
}
