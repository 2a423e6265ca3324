//! stub
use serde_json::Value;

/// One trigger
#[derive(Debug)]
pub struct Trigger {
    /// id
    pub id: &'static str,
    /// event
    pub event: &'static str,
}

const TRIGGERS: [Trigger; 1] = [Trigger { id: "new_meeting", event: "meeting.created" }];

/// stub
pub fn by_event(event: &str) -> Option<&'static Trigger> {
    TRIGGERS.iter().find(|trigger| trigger.event == event)
}

/// stub
pub fn output(body: Value) -> Value {
    body
}
