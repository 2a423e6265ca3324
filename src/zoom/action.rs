//! The actions: the calls of Zoom's API that a step can make (Zoom: "Meetings" of the REST API), each declared once; and
//! what an answer is as the output of a step.

mod input;

use serde_json::Value;

#[allow(clippy::wildcard_imports, reason = "seventy names, all of them used")]
use self::input::*;
use super::trigger::SOURCES;
use crate::workflow::{Action, Catalog, Repeat, Weight};

/// What Zoom brings to workflows.
pub const CATALOG: Catalog = Catalog {
    provider: super::PROVIDER,
    request: "zoom.request",
    actions: ACTIONS,
    triggers: SOURCES,
};

/// What can be said of a meeting, after what comes first.
macro_rules! meeting {
    ($($first:expr),*) => {
        &[
            $($first,)*
            AGENDA, MEETING_TYPE, START_TIME, DURATION, TIMEZONE, PASSWORD, RECURRENCE, SCHEDULE_FOR,
            TEMPLATE_ID, PRE_SCHEDULE, TRACKING_FIELDS, SETTINGS, APPROVAL_TYPE, REGISTRATION_TYPE,
            CLOSE_REGISTRATION, CONFIRMATION_EMAIL, REGISTRANTS_NOTIFICATION, HOST_VIDEO,
            PARTICIPANT_VIDEO, JOIN_BEFORE_HOST, JBH_TIME, MUTE_UPON_ENTRY, WAITING_ROOM, USE_PMI,
            AUDIO_KIND, AUTO_RECORDING, ALTERNATIVE_HOSTS, MEETING_INVITEES, MEETING_AUTHENTICATION,
            ENCRYPTION_TYPE, CALENDAR_TYPE, CONTACT_NAME, CONTACT_EMAIL, PRIVATE_MEETING,
        ]
    };
}

/// All of them.
pub const ACTIONS: &[Action] = &[
    Action {
        id: "zoom.create_meeting",
        label: "Create Meeting",
        description: "Schedules a meeting of the connected user.",
        method: "POST",
        path: "users/me/meetings",
        inputs: meeting![required(TOPIC), DEFAULT_PASSWORD],
        scopes: &["meeting:write", "meeting:write:meeting"],
        example: include_str!("action/create_meeting.json"),
        pages: None,
        weight: Weight::Medium,
        repeat: Repeat::Twice,
    },
    Action {
        id: "zoom.update_meeting",
        label: "Update Meeting",
        description: "Changes a meeting; what is not filled in stays as it is.",
        method: "PATCH",
        path: "meetings/{meeting_id}",
        inputs: meeting![required(MEETING_ID), OCCURRENCE_ID, TOPIC],
        scopes: &["meeting:write", "meeting:update:meeting"],
        example: "null",
        pages: None,
        weight: Weight::Light,
        repeat: Repeat::Harmless,
    },
    Action {
        id: "zoom.get_meetings",
        label: "Get Meetings",
        description: "Lists the meetings of the connected user, all pages.",
        method: "GET",
        path: "users/me/meetings",
        inputs: &[LIST_TYPE, FROM, TO, LIST_TIMEZONE],
        scopes: &["meeting:read", "meeting:read:list_meetings"],
        example: include_str!("action/get_meetings.json"),
        pages: Some("meetings"),
        weight: Weight::Medium,
        repeat: Repeat::Harmless,
    },
    Action {
        id: "zoom.get_meeting_by_id",
        label: "Get Meeting by ID",
        description: "Reads one meeting with all its settings.",
        method: "GET",
        path: "meetings/{meeting_id}",
        inputs: &[required(MEETING_ID), OCCURRENCE_ID, SHOW_PREVIOUS],
        scopes: &["meeting:read", "meeting:read:meeting"],
        example: include_str!("action/get_meeting_by_id.json"),
        pages: None,
        weight: Weight::Light,
        repeat: Repeat::Harmless,
    },
    Action {
        id: "zoom.delete_meeting",
        label: "Delete Meeting",
        description: "Deletes a meeting, or one occurrence of it.",
        method: "DELETE",
        path: "meetings/{meeting_id}",
        inputs: &[required(MEETING_ID), OCCURRENCE_ID, REMIND_HOST, REMIND_REGISTRANTS],
        scopes: &["meeting:write", "meeting:delete:meeting"],
        example: "null",
        pages: None,
        weight: Weight::Light,
        repeat: Repeat::Harmless,
    },
    Action {
        id: "zoom.add_meeting_registrant",
        label: "Add Meeting Registrant",
        description: "Registers somebody for a meeting that takes registrations.",
        method: "POST",
        path: "meetings/{meeting_id}/registrants",
        inputs: &[
            required(MEETING_ID),
            required(EMAIL),
            required(FIRST_NAME),
            LAST_NAME,
            OCCURRENCE_IDS,
            AUTO_APPROVE,
            LANGUAGE,
            PHONE,
            ORG,
            JOB_TITLE,
            INDUSTRY,
            EMPLOYEES,
            PURCHASING_TIME_FRAME,
            PURCHASE_ROLE,
            ADDRESS,
            CITY,
            STATE,
            ZIP,
            COUNTRY,
            COMMENTS,
            CUSTOM_QUESTIONS,
        ],
        scopes: &["meeting:write", "meeting:write:registrant"],
        example: include_str!("action/add_meeting_registrant.json"),
        pages: None,
        weight: Weight::Light,
        repeat: Repeat::Twice,
    },
    Action {
        id: "zoom.get_meeting_registrants",
        label: "Get Meeting Registrants",
        description: "Lists who is registered for a meeting, all pages.",
        method: "GET",
        path: "meetings/{meeting_id}/registrants",
        inputs: &[required(MEETING_ID), OCCURRENCE_ID, STATUS],
        scopes: &["meeting:read", "meeting:read:list_registrants"],
        example: include_str!("action/get_meeting_registrants.json"),
        pages: Some("registrants"),
        weight: Weight::Light,
        repeat: Repeat::Harmless,
    },
    Action {
        id: "zoom.delete_meeting_registrant",
        label: "Delete Meeting Registrant",
        description: "Takes somebody off the list of a meeting's registrants.",
        method: "DELETE",
        path: "meetings/{meeting_id}/registrants/{registrant_id}",
        inputs: &[required(MEETING_ID), required(REGISTRANT_ID), OCCURRENCE_ID],
        scopes: &["meeting:write", "meeting:delete:registrant"],
        example: "null",
        pages: None,
        weight: Weight::Light,
        repeat: Repeat::Harmless,
    },
];

/// An answer of Zoom's as the output of a step: ids are text, and where nothing came back, an object with nothing in it.
pub fn output(answer: Value) -> Value {
    let mut output = if answer.is_null() { Value::Object(serde_json::Map::new()) } else { answer };
    ids_as_text(&mut output);
    output
}

fn ids_as_text(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(ids_as_text),
        Value::Object(fields) => {
            for (name, value) in fields {
                if matches!(name.as_str(), "id" | "meeting_id") && value.is_number() {
                    *value = Value::String(value.to_string());
                } else {
                    ids_as_text(value);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::workflow::Place;

    #[test]
    fn each_action_has_sound_inputs_and_an_example_of_its_output() {
        for action in ACTIONS {
            let id = action.id;
            let place = |name: &str| format!("{{{name}}}");
            for input in action.inputs {
                let same = action.inputs.iter().filter(|other| other.name == input.name);
                assert_eq!(same.count(), 1, "{id} {}", input.name);
                let in_path = action.path.contains(&place(input.name));
                assert_eq!(input.place == Place::Path, in_path, "{id} {}", input.name);
                assert!(in_path <= input.required, "{id} {}", input.name);
                assert!(input.help.ends_with(['.', '…']) && !input.label.is_empty());
            }
            assert_eq!(
                action.path.matches('{').count(),
                action.inputs.iter().filter(|i| i.place == Place::Path).count()
            );
            let example: Value = serde_json::from_str(action.example).unwrap();
            let whole = if example.is_null() { json!({}) } else { example.clone() };
            assert_eq!(output(example.clone()), whole, "{id}: an example is an output");
            assert!(action.pages.is_none_or(|list| example[list].is_array()));
            assert_eq!(action.scopes.len(), 2);
            assert_eq!(CATALOG.action(id).map(|found| found.id), Some(id));
        }
        assert_eq!((ACTIONS.len(), CATALOG.triggers.len()), (8, 9));
    }

    #[test]
    fn each_trigger_is_in_the_catalog_with_what_it_brings() {
        for source in CATALOG.triggers {
            assert!((source.example)()["object"]["id"].is_string(), "{}", source.id);
        }
    }

    #[test]
    fn ids_are_text_and_nothing_is_an_object_in_an_output() {
        assert_eq!(output(Value::Null), json!({}));
        let answer = json!({"id": 93_840_203_456_u64, "pmi": 7, "meetings": [{"id": 8, "meeting_id": 9, "uuid": "u"}]});
        let expected = json!({"id": "93840203456", "pmi": 7, "meetings": [{"id": "8", "meeting_id": "9", "uuid": "u"}]});
        assert_eq!(output(answer), expected);
    }
}
