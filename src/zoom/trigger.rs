//! The triggers: what Zoom says by webhook, under the names that people see, and what each brings into a filter or a
//! workflow. `webhook` says whom an event is for.

use serde_json::{Map, Value};

use crate::workflow::Source;

/// Something that may happen at Zoom and start something here.
#[derive(Debug)]
pub struct Trigger {
    /// The name in our API.
    pub id: &'static str,
    /// The name that people see.
    pub label: &'static str,
    /// Zoom's word for what happened.
    pub event: &'static str,
    /// What it carries.
    pub description: &'static str,
    /// The scopes with which Zoom sends it, one of them is enough: the classic one, then the granular one.
    pub scopes: &'static [&'static str],
    /// A payload as Zoom sends it: JSON text.
    pub example: &'static str,
}

/// The scopes of what is about a meeting itself.
const MEETING: &[&str] = &["meeting:read", "meeting:read:meeting"];
/// The scopes of what is about somebody who registered.
const REGISTRANT: &[&str] = &["meeting:read", "meeting:read:registrant"];
/// The scopes of what is about somebody in a meeting.
const PARTICIPANT: &[&str] = &["meeting:read", "meeting:read:participant"];
/// The scopes of what is about a recording.
const RECORDING: &[&str] = &["recording:read", "cloud_recording:read:recording"];

macro_rules! triggers {
    ($($id:literal $label:literal $event:literal $scopes:ident $description:literal;)*) => {
        /// All of them.
        pub const TRIGGERS: &[Trigger] = &[$(Trigger {
            id: $id,
            label: $label,
            event: $event,
            description: $description,
            scopes: $scopes,
            example: include_str!(concat!("trigger/", $id, ".json")),
        }),*];

        /// The same, as workflows see them.
        pub(super) const SOURCES: &[Source] = &[$(Source {
            id: $id,
            label: $label,
            example: || example(include_str!(concat!("trigger/", $id, ".json"))),
        }),*];
    };
}

triggers! {
    "new_meeting" "New Meeting" "meeting.created" MEETING
        "A meeting was scheduled: the meeting, and who scheduled it.";
    "meeting_updated" "Meeting Updated" "meeting.updated" MEETING
        "A meeting was changed: only what is different, in `object` as it is, in `old_object` as it was.";
    "meeting_ended" "Meeting Ended" "meeting.ended" MEETING
        "A meeting is over: the meeting, and when it ended.";
    "new_meeting_registrant" "New Meeting Registrant" "meeting.registration_created" REGISTRANT
        "Somebody registered for a meeting: the meeting, and the registrant in `object.registrant`.";
    "meeting_participant_joined" "Meeting Participant Joined" "meeting.participant_joined" PARTICIPANT
        "Somebody came into a meeting: the meeting, and who in `object.participant`.";
    "meeting_participant_left" "Meeting Participant Left" "meeting.participant_left" PARTICIPANT
        "Somebody left a meeting: the meeting, and who and why in `object.participant`.";
    "new_recording" "New Recording" "recording.completed" RECORDING
        "A recording can be downloaded: its files in `object.recording_files`, and a `download_token` for a day.";
    "recording_started" "Recording Started" "recording.started" RECORDING
        "A meeting is being recorded: the meeting, and since when in `object.recording_file`.";
    "recording_transcript_completed" "Recording Transcript Completed" "recording.transcript_completed" RECORDING
        "A transcript can be downloaded: it is in `object.recording_files`, with a `download_token` for a day.";
}

fn example(text: &str) -> Value {
    output(serde_json::from_str(text).unwrap_or_default())
}

/// The trigger that stands for Zoom's event of this name.
pub fn by_event(event: &str) -> Option<&'static Trigger> {
    TRIGGERS.iter().find(|trigger| trigger.event == event)
}

/// The trigger of this id; Zoom's name of its event does too.
pub fn by_id(id: &str) -> Option<&'static Trigger> {
    TRIGGERS.iter().find(|trigger| trigger.id == id || trigger.event == id)
}

/// What a trigger brings, out of what Zoom sent: everything in `payload`, and beside it `event`, `event_ts` and
/// `download_token`. Ids of meetings are text, whatever Zoom made of them.
pub fn output(body: Value) -> Value {
    let Value::Object(mut body) = body else {
        return Value::Null;
    };
    let mut output = match body.remove("payload") {
        Some(Value::Object(payload)) => payload,
        _ => Map::new(),
    };
    for name in ["event", "event_ts", "download_token"] {
        output.extend(body.remove_entry(name));
    }
    for name in ["object", "old_object"] {
        if let Some(id) = output.get_mut(name).and_then(|object| object.get_mut("id")) {
            as_text(id);
        }
    }
    let mut output = Value::Object(output);
    meeting_ids_as_text(&mut output);
    output
}

fn meeting_ids_as_text(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(meeting_ids_as_text),
        Value::Object(fields) => {
            fields.get_mut("meeting_id").into_iter().for_each(as_text);
            fields.values_mut().for_each(meeting_ids_as_text);
        }
        _ => {}
    }
}

fn as_text(id: &mut Value) {
    if id.is_number() {
        *id = Value::String(id.to_string());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_trigger_is_found_by_its_id_and_by_zooms_name_and_has_an_example_of_itself() {
        for trigger in TRIGGERS {
            let example: Value = serde_json::from_str(trigger.example).unwrap();
            assert_eq!(example["event"], trigger.event);
            let found = [by_id(trigger.id), by_id(trigger.event), by_event(trigger.event)];
            assert!(found.iter().flatten().all(|found| found.id == trigger.id));
            assert!(found.iter().all(Option::is_some) && by_event(trigger.id).is_none());
        }
        assert_eq!(TRIGGERS.len(), 9);
    }

    #[test]
    fn ids_of_meetings_are_text_in_the_output_of_every_trigger() {
        for trigger in TRIGGERS {
            let output = output(serde_json::from_str(trigger.example).unwrap());
            let id = output["object"]["id"].as_str();
            assert!(matches!(id, Some("1234567890" | "94890226305")), "{}: {id:?}", trigger.id);
            assert_eq!(output["event"], trigger.event);
            assert!(output["event_ts"].is_u64() && output["account_id"].is_string());
        }
    }

    #[test]
    fn the_output_keeps_what_else_was_sent() {
        let body = json!({"event": "e", "event_ts": 1, "download_token": "t", "other": 1, "payload":
            {"event": "other", "object": {"id": 7, "n": 7, "files": [{"meeting_id": 8, "id": 9}]},
             "old_object": {"id": 7}}});
        let expected = json!({"event": "e", "event_ts": 1, "download_token": "t", "object":
            {"id": "7", "n": 7, "files": [{"meeting_id": "8", "id": 9}]}, "old_object": {"id": "7"}});
        assert_eq!(output(body), expected);
        assert_eq!(output(json!({"event": "e", "payload": [1]})), json!({"event": "e"}));
        assert_eq!(output(json!([1])), Value::Null);
    }
}
