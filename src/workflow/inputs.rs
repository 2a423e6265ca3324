//! How the inputs of a step are to look, as far as they are known before anything is filled in; and that no secret is among
//! them as it is.

use serde_json::Value;

use super::{
    action::{Action, Kind},
    check::unknown_fields,
    definition::Does,
    placeholder::Piece,
    template::{Node, Template},
};
use crate::time::{DAY, HOUR, MINUTE, SECOND, Timestamp};

/// What is wrong, with its place in the inputs.
pub(super) type Wrong = Vec<(String, String)>;

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
/// What a step waits for at most, in milliseconds (Cloudflare Workflows, "Limits").
const LONGEST_DELAY: i64 = 365 * DAY;
const PROVIDER_REQUEST: [&str; 5] = ["method", "path", "params", "headers", "body"];
const REQUEST: [&str; 7] =
    ["method", "url", "params", "headers", "body_type", "body", "authorization"];

/// What is wrong in the inputs of a step.
pub(super) fn complaints(does: &Does, inputs: &Template) -> Wrong {
    match does {
        Does::Action { action, .. } => action_inputs(action, inputs),
        Does::ProviderRequest { kind, .. } => {
            let mut wrong = fields(inputs, &PROVIDER_REQUEST, &["method", "path"], kind);
            wrong.extend(sent(inputs));
            wrong
        }
        Does::Request { .. } => {
            let mut wrong = fields(inputs, &REQUEST, &["method", "url"], "request");
            wrong.extend(sent(inputs));
            wrong.extend(request(inputs));
            wrong
        }
        Does::Delay { .. } => {
            let mut wrong = fields(inputs, &["value", "unit"], &["value", "unit"], "delay");
            wrong.extend(delay(inputs));
            wrong
        }
        Does::Response { .. } => {
            let mut wrong = fields(inputs, &["status_code", "body"], &[], "response");
            let sound =
                |value: &Value| value.as_i64().is_some_and(|code| (200..600).contains(&code));
            wrong.extend(one(inputs, "status_code", "a status from 200 to 599 is wanted", sound));
            wrong
        }
        Does::Condition { .. } | Does::FanOut { .. } => Vec::new(),
    }
}

/// Fields that are not known, and those that are wanted and not there.
fn fields(inputs: &Template, names: &[&str], wanted: &[&str], whose: &str) -> Wrong {
    let found = inputs.0.names();
    let mut wrong = unknown_fields(found.iter().copied(), names, whose);
    for name in wanted {
        if inputs.at(&[name]).is_none_or(is_empty) {
            wrong.push(((*name).to_owned(), format!("{whose} needs it")));
        }
    }
    wrong
}

/// Whether nothing can come of it.
fn is_empty(node: &Node) -> bool {
    matches!(node, Node::Plain(Value::Null))
        || matches!(node, Node::Plain(Value::String(text)) if text.trim().is_empty())
}

/// An input that is known already, and does not fit.
fn one(
    inputs: &Template,
    name: &str,
    wanted: &str,
    fits: impl Fn(&Value) -> bool,
) -> Option<(String, String)> {
    match inputs.at(&[name])? {
        Node::Plain(Value::Null) | Node::One(_) | Node::Text(_) => None,
        Node::Plain(value) if fits(value) => None,
        Node::Plain(_) | Node::List(_) | Node::Object(_) => {
            Some((name.to_owned(), wanted.to_owned()))
        }
    }
}

fn action_inputs(action: &Action, inputs: &Template) -> Wrong {
    let names: Vec<&str> = action.inputs.iter().map(|input| input.name).collect();
    let required = action.inputs.iter().filter(|input| input.required).map(|input| input.name);
    let mut wrong = fields(inputs, &names, &required.collect::<Vec<_>>(), action.id);
    for input in action.inputs {
        let Some(node) = inputs.at(&[input.name]) else { continue };
        if let Some(wanted) = wanted(input.kind, node) {
            wrong.push((input.name.to_owned(), wanted));
        }
    }
    wrong
}

/// What is wanted, where something else stands.
fn wanted(kind: Kind, node: &Node) -> Option<String> {
    let value = match (node, kind) {
        (Node::One(_) | Node::Plain(Value::Null), _)
        | (Node::Object(_), Kind::Object)
        | (Node::List(_), Kind::List) => return None,
        (Node::Text(_), kind) if !matches!(kind, Kind::Object | Kind::List) => return None,
        (Node::Plain(value), _) => value,
        // It cannot be what is wanted, whatever is filled in.
        _ => &Value::Null,
    };
    let text = value.as_str();
    let plain = text.map_or_else(|| value.to_string(), str::to_owned);
    let (fits, wanted) = match kind {
        Kind::Text => (text.is_some() || value.is_number(), "a text is wanted"),
        Kind::Number => (plain.trim().parse::<i64>().is_ok(), "a whole number is wanted"),
        Kind::Boolean => (matches!(plain.as_str(), "true" | "false"), "true or false is wanted"),
        Kind::Email => (text.is_some_and(is_email), "an e-mail address is wanted"),
        Kind::DateTime => {
            (text.is_some_and(is_time), "a time such as 2026-11-22T08:00:00Z is wanted")
        }
        Kind::Choice(choices) => {
            let all: Vec<&str> = choices.iter().map(|(value, _)| *value).collect();
            let fits = all.contains(&plain.as_str());
            return (!fits).then(|| format!("one of {} is wanted", all.join(", ")));
        }
        Kind::Object => (false, "an object is wanted"),
        Kind::List => (false, "a list is wanted"),
    };
    // What is empty is left out.
    (!fits && !plain.is_empty()).then(|| wanted.to_owned())
}

/// Whether somebody can be written to there, as far as that can be seen.
pub(super) fn is_email(text: &str) -> bool {
    let (name, domain) = text.split_once('@').unwrap_or_default();
    let sound = |part: &str| !part.is_empty() && !part.contains(['@', ' ', ',', ';', '<', '>']);
    sound(name) && sound(domain) && domain.contains('.')
}

/// With an offset, or local.
fn is_time(text: &str) -> bool {
    let local = || Timestamp::parse_rfc3339(&format!("{text}Z"));
    Timestamp::parse_rfc3339(text).or_else(local).is_some()
}

/// What both kinds of requests have.
fn sent(inputs: &Template) -> Wrong {
    let mut wrong = Vec::new();
    let method = |value: &Value| value.as_str().is_some_and(|text| METHODS.contains(&text));
    wrong.extend(one(inputs, "method", "one of GET, POST, PUT, PATCH, DELETE is wanted", method));
    for name in ["params", "headers"] {
        if let Some(
            Node::Plain(Value::String(_) | Value::Number(_) | Value::Bool(_)) | Node::List(_),
        ) = inputs.at(&[name])
        {
            wrong.push((name.to_owned(), "an object is wanted".to_owned()));
        }
    }
    for (name, node) in inputs.at(&["headers"]).map(Node::fields).unwrap_or_default() {
        if is_secret_header(name) && is_literal(node) {
            wrong.push((format!("headers.{name}"), SECRET.to_owned()));
        }
    }
    wrong
}

const SECRET: &str = "a secret does not belong in a definition; store it under a name of your choice and write {{secrets.name}}";

fn request(inputs: &Template) -> Wrong {
    let mut wrong = Vec::new();
    let url = |value: &Value| {
        value.as_str().is_some_and(|url| url.starts_with("https://") || url.starts_with("http://"))
    };
    wrong.extend(one(inputs, "url", "an address that begins with https:// is wanted", url));
    let form = |value: &Value| matches!(value.as_str(), Some("json" | "form" | "text"));
    wrong.extend(one(inputs, "body_type", "one of json, form, text is wanted", form));
    match inputs.at(&["authorization"]) {
        None | Some(Node::Plain(Value::Null)) => {}
        Some(node) => wrong.extend(authorization(node)),
    }
    wrong
}

fn authorization(node: &Node) -> Wrong {
    let at = |name: &str| format!("authorization.{name}");
    let kind = node.fields().iter().find(|(name, _)| name == "type").map(|(_, node)| node);
    let known: &[&str] = match kind {
        Some(Node::Plain(Value::String(kind))) if kind == "bearer" => &["type", "token"],
        Some(Node::Plain(Value::String(kind))) if kind == "basic" => {
            &["type", "username", "password"]
        }
        _ => return vec![(at("type"), "bearer or basic is wanted".to_owned())],
    };
    let found: Vec<&str> = node.names();
    let mut wrong = unknown_fields(found.iter().copied(), known, "authorization");
    for (name, _) in &mut wrong {
        *name = at(name);
    }
    for name in known {
        match node.fields().iter().find(|(one, _)| one == name).map(|(_, node)| node) {
            None => wrong.push((at(name), "authorization needs it".to_owned())),
            Some(node) if matches!(*name, "token" | "password") && is_literal(node) => {
                wrong.push((at(name), SECRET.to_owned()));
            }
            Some(_) => {}
        }
    }
    wrong
}

fn is_secret_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    ["authorization", "api-key", "apikey", "token", "secret", "password", "cookie"]
        .iter()
        .any(|part| name.contains(part))
}

/// Whether a secret stands there as it is. What names its kind may stand beside a placeholder: `Bearer {{secrets.x}}`.
fn is_literal(node: &Node) -> bool {
    let beside = |text: &str| {
        text.len() <= 32 && !text.contains(|one: char| one.is_ascii_digit() || !one.is_ascii())
    };
    let defaults = |default: &Option<Value>| {
        default.as_ref().is_some_and(|value| !value.is_null() && value.as_str() != Some(""))
    };
    match node {
        Node::Plain(value) => !value.is_null() && value.as_str() != Some(""),
        Node::One(one) => defaults(&one.default),
        Node::Text(pieces) => pieces.iter().any(|piece| match piece {
            Piece::Text(text) => !beside(text),
            Piece::Value(one) => defaults(&one.default),
        }),
        Node::List(_) | Node::Object(_) => true,
    }
}

fn delay(inputs: &Template) -> Wrong {
    let mut wrong = Vec::new();
    let units = [("seconds", SECOND), ("minutes", MINUTE), ("hours", HOUR), ("days", DAY)];
    let unit = |value: &Value| units.iter().find(|(name, _)| value.as_str() == Some(name));
    let known = |value: &Value| unit(value).is_some();
    wrong.extend(one(inputs, "unit", "one of seconds, minutes, hours, days is wanted", known));
    let longest = match inputs.at(&["unit"]) {
        Some(Node::Plain(value)) => unit(value).map_or(i64::MAX, |(_, one)| LONGEST_DELAY / one),
        _ => i64::MAX,
    };
    let fits = |value: &Value| {
        let plain = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        plain.trim().parse::<i64>().is_ok_and(|value| (1..=longest).contains(&value))
    };
    wrong.extend(one(inputs, "value", "a whole number is wanted, and at most 365 days", fits));
    wrong
}
