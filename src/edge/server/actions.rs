//! What a step can be, and what each kind takes: the provider's actions, then what every workflow has. The actions are
//! declared in `zoom::action`; the other kinds are `workflow::definition`'s, told of here.

use serde_json::Value;

use super::{
    super::{call::Call, problem::Problem},
    Page,
};
use crate::{
    host::Response,
    shape::shape,
    workflow::{Action, Input, Kind},
    zoom::action::ACTIONS,
};

shape! {
    /// A kind of step.
    pub(in super::super) struct ServerAction {
        /// The step's `type`.
        pub id: String,
        /// The name that people see.
        pub label: String,
        /// What it does.
        pub description: String,
        /// What it takes.
        pub inputs: Vec<ServerInput>,
        /// The scopes that allow it; one of them is enough.
        pub scopes: Vec<String>,
        /// What `{{<step>.output}}` is then: an example.
        pub output: Value,
    }
}

shape! {
    /// What a step takes.
    pub(in super::super) struct ServerInput {
        /// Its name in the step's `inputs`; in the step itself where the help says so.
        pub name: String,
        /// The name that people see.
        pub label: String,
        /// What to fill in.
        pub help: String,
        /// `text`, `number`, `boolean`, `email`, `datetime`, `choice`, `object`, `list`
        pub kind: String as "type",
        /// Whether it has to be there.
        pub required: bool,
        /// Of a `choice`: what there is.
        pub choices: Option<Vec<ServerChoice>>,
    }
}

shape! {
    /// One of several values.
    pub(in super::super) struct ServerChoice {
        /// The value; where it is a number, a number does as well.
        pub value: String,
        /// What people see.
        pub label: String,
    }
}

/// `GET /connect/actions`
pub(super) fn list(call: &Call) -> Result<Response, Problem> {
    let page = Page::of(call)?;
    let number = |number: i64| usize::try_from(number).unwrap_or_default();
    let all = ACTIONS.iter().map(action).chain(GENERAL.iter().map(general));
    let part = all.skip(number(page.offset)).take(number(page.limit));
    Ok(page.answer(&part.collect()))
}

/// A kind of step that every workflow has: its type, label, description, inputs, and its output as JSON.
type General = (&'static str, &'static str, &'static str, &'static [Field], &'static str);
/// Name, label, help, kind, whether it has to be there.
type Field = (&'static str, &'static str, &'static str, Kind, bool);

const METHOD: Field = ("method", "Method", "The HTTP method.", Kind::Choice(METHODS), true);
const METHODS: &[(&str, &str)] =
    &[("GET", "GET"), ("POST", "POST"), ("PUT", "PUT"), ("PATCH", "PATCH"), ("DELETE", "DELETE")];
const PARAMS: Field = ("params", "Query", "What is appended as the query.", Kind::Object, false);
const HEADERS: Field = ("headers", "Headers", "Further headers.", Kind::Object, false);
const ANSWER: &str =
    r#"{"status_code": 200, "headers": {"content-type": "application/json"}, "body": {}}"#;

const GENERAL: &[General] = &[
    (
        "zoom.request",
        "Zoom Request",
        "Calls any address of Zoom's API with the connected account.",
        &[
            METHOD,
            ("path", "Path", "Below /v2/: users/me/meetings", Kind::Text, true),
            PARAMS,
            HEADERS,
            ("body", "Body", "JSON.", Kind::Object, false),
        ],
        ANSWER,
    ),
    (
        "request",
        "Request",
        "Calls an https address on the internet, your backend for one.",
        &[
            METHOD,
            ("url", "URL", "https, port 443, a host name.", Kind::Text, true),
            PARAMS,
            HEADERS,
            ("body_type", "Kind of body", "JSON unless said.", Kind::Choice(BODY_TYPES), false),
            ("body", "Body", "An object; of kind text: a text.", Kind::Object, false),
            (
                "authorization",
                "Authorization",
                "{\"type\": \"bearer\", \"token\"} or {\"type\": \"basic\", \"username\", \"password\"}; \
                 secrets as {{secrets.name}}.",
                Kind::Object,
                false,
            ),
        ],
        ANSWER,
    ),
    (
        "condition",
        "Condition",
        "Goes one way or the other; then the run goes on behind it.",
        &[
            ("if", "If", "In the step itself: an OR of ANDs of conditions.", Kind::Object, true),
            ("then", "Then", "In the step itself: the steps when it holds.", Kind::List, false),
            ("else", "Else", "In the step itself: those when it does not.", Kind::List, false),
        ],
        r#"{"choice": "yes"}"#,
    ),
    (
        "fan_out",
        "Fan Out",
        "Does its steps for each item of a list, side by side, and waits for all of them.",
        &[
            (
                "over",
                "Over",
                "In the step itself: the list; an item is {{<step>.instance}}.",
                Kind::List,
                true,
            ),
            ("steps", "Steps", "In the step itself: what is done for each.", Kind::List, true),
        ],
        r#"{"items": 3, "failed": 0}"#,
    ),
    (
        "delay",
        "Delay",
        "Waits.",
        &[
            ("value", "How long", "So many of the unit.", Kind::Number, true),
            ("unit", "Unit", "Of what.", Kind::Choice(UNITS), true),
        ],
        "{}",
    ),
    (
        "response",
        "Response",
        "Answers the request that started the run; only with the request trigger.",
        &[
            ("status_code", "Status", "200 to 599; 200 unless said.", Kind::Number, false),
            ("body", "Body", "JSON.", Kind::Object, false),
        ],
        r#"{"status_code": 200, "body": {}}"#,
    ),
];
const BODY_TYPES: &[(&str, &str)] = &[("json", "JSON"), ("form", "Form"), ("text", "Text")];
const UNITS: &[(&str, &str)] =
    &[("seconds", "Seconds"), ("minutes", "Minutes"), ("hours", "Hours"), ("days", "Days")];

fn action(action: &Action) -> ServerAction {
    let of = |one: &Input| input((one.name, one.label, one.help, one.kind, one.required));
    ServerAction {
        id: action.id.to_owned(),
        label: action.label.to_owned(),
        description: action.description.to_owned(),
        inputs: action.inputs.iter().map(of).collect(),
        scopes: action.scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        output: output(action.example),
    }
}

fn general(&(id, label, description, inputs, example): &General) -> ServerAction {
    ServerAction {
        id: id.to_owned(),
        label: label.to_owned(),
        description: description.to_owned(),
        inputs: inputs.iter().map(|field| input(*field)).collect(),
        scopes: Vec::new(),
        output: output(example),
    }
}

fn input((name, label, help, kind, required): Field) -> ServerInput {
    let choice = |(value, label): &(&str, &str)| ServerChoice {
        value: (*value).to_owned(),
        label: (*label).to_owned(),
    };
    ServerInput {
        name: name.to_owned(),
        label: label.to_owned(),
        help: help.to_owned(),
        kind: kind.name().to_owned(),
        required,
        choices: match kind {
            Kind::Choice(all) => Some(all.iter().map(choice).collect()),
            _ => None,
        },
    }
}

/// Where nothing comes back, a step has an output without fields.
fn output(example: &str) -> Value {
    let value: Value = serde_json::from_str(example).unwrap_or_default();
    if value.is_null() { Value::Object(serde_json::Map::new()) } else { value }
}
