//! A small catalog and a definition, for the tests of this folder.

use serde_json::{Value, json};

use super::action::{Action, Catalog, Input, Kind, Place, Repeat, Source, Weight};

const fn input(name: &'static str, kind: Kind, required: bool) -> Input {
    Input { name, label: name, help: "", kind, place: Place::Query, required }
}

const fn action(
    id: &'static str,
    label: &'static str,
    inputs: &'static [Input],
    example: &'static str,
) -> Action {
    Action {
        id,
        label,
        description: "",
        method: "POST",
        path: "meetings",
        inputs,
        scopes: &[],
        example,
        pages: None,
        weight: Weight::Light,
        repeat: Repeat::Harmless,
    }
}

const CREATED: &str =
    r#"{"id":"85746065432","topic":"Demo","settings":{"use_pmi":false},"none":null}"#;
const LISTED: &str = r#"{"meetings":[{"id":"85746065432","topic":"Demo"}],"total_records":1}"#;

/// What a provider brings.
pub(super) const CATALOG: Catalog = Catalog {
    provider: "zoom",
    request: "zoom.request",
    actions: &[
        action(
            "zoom.create_meeting",
            "Create Meeting",
            &[
                input("topic", Kind::Text, true),
                input("duration", Kind::Number, false),
                input("start_time", Kind::DateTime, false),
                input("type", Kind::Choice(&[("1", "Instant"), ("2", "Scheduled")]), false),
                input("use_pmi", Kind::Boolean, false),
                input("contact", Kind::Email, false),
                input("recurrence", Kind::Object, false),
                input("invitees", Kind::List, false),
            ],
            CREATED,
        ),
        action("zoom.get_meetings", "Get Meetings", &[], LISTED),
        action(
            "zoom.delete_meeting",
            "Delete Meeting",
            &[input("meeting_id", Kind::Text, true)],
            "null",
        ),
    ],
    triggers: &[Source { id: "new_meeting", label: "New Meeting", example: new_meeting }],
};

fn new_meeting() -> Value {
    json!({"event": "meeting.created", "object": {"id": "85746065432", "topic": "Demo", "duration": 60}})
}

/// A definition with something of everything.
pub(super) fn everything() -> Value {
    json!({
        "name": "Assistant", "description": "Adds our assistant.", "integration": "zoom",
        "trigger": {"type": "zoom.new_meeting",
            "filter": {"field": "object.topic", "operator": "$stringContains", "value": "Demo"}},
        "settings": [
            {"id": "email", "label": "E-mail", "type": "email", "required": true},
            {"id": "size", "type": "choice", "default": 2, "choices": [{"value": 1}, {"value": 2, "label": "Two"}]},
        ],
        "default_enabled": true,
        "steps": [
            {"id": "create", "type": "zoom.create_meeting", "retry": true,
             "inputs": {"topic": "About {{trigger.object.topic}}", "duration": "{{trigger.object.duration}}"}},
            {"id": "check", "type": "condition",
             "if": {"field": "{{create.output.topic}}", "operator": "$exists"},
             "then": [{"id": "list", "type": "zoom.get_meetings"}],
             "else": [{"id": "pause", "type": "delay", "inputs": {"value": 5, "unit": "minutes"}}]},
            {"id": "all", "type": "zoom.get_meetings", "continue_on_error": true},
            {"id": "each", "type": "fan_out", "over": "{{all.output.meetings}}", "steps": [
                {"id": "remove", "type": "zoom.delete_meeting", "inputs": {"meeting_id": "{{each.instance.id}}"}},
            ]},
            {"id": "raw", "type": "zoom.request", "inputs": {"method": "GET", "path": "users/me"}},
            {"id": "tell", "type": "request", "inputs": {
                "method": "POST", "url": "https://acme.example/{{user.id}}", "body_type": "json",
                "headers": {"x-api-key": "{{secrets.key}}"},
                "body": {"name": "{{raw.output.body.display_name}}", "email": "{{settings.email}}"},
                "authorization": {"type": "bearer", "token": "{{secrets.backend}}"}}},
        ],
    })
}
