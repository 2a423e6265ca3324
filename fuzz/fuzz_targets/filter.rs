//! Any text as a subscription's filter: it is read or refused, and what was read answers for any payload, as
//! given and as stored. Input: the
//! filter, and after the last line break the payload, if that is JSON; otherwise a meeting.
#![no_main]

use isthmus::workflow::Filter;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

/// A longer filter is refused, in bytes.
const LONGEST: usize = 8 * 1024;

fuzz_target!(|input: &str| {
    let (filter, payload) = input.rsplit_once('\n').unwrap_or((input, ""));
    let payload = serde_json::from_str(payload).unwrap_or_else(|_| meeting());
    let Ok(read) = Filter::parse(filter) else {
        return;
    };
    assert!(filter.len() <= LONGEST, "a filter of {} bytes was taken", filter.len());
    // What is stored is its JSON written anew, which may be longer.
    let stored = serde_json::from_str::<Value>(filter).expect("what was read is JSON").to_string();
    let again = match Filter::parse(&stored) {
        Ok(again) => again,
        Err(_) if stored.len() > LONGEST => return,
        Err(misfit) => panic!("as stored it is refused: {misfit}\n{stored}"),
    };
    for value in [&payload, &Value::Null] {
        assert_eq!(read.matches(value), again.matches(value), "as stored it is another: {stored}");
    }
});

fn meeting() -> Value {
    json!({"event": "meeting.created", "object": {
        "id": "1234567890", "topic": "Demo", "duration": 60, "start_time": "2021-07-13T21:44:51Z",
        "settings": {"use_pmi": false, "a b": ["x", "y"]}, "occurrences": [{"duration": 60}],
    }})
}
