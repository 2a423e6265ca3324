//! The calls of Zoom's API that steps stand for, as values: an action with what was filled in, or any address of the API;
//! and what a call touches there. Pure: `attempt` makes them.

use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::unfit::{Unfit, fields, fitted, header, pairs, plain};
use crate::{
    headers::Headers,
    workflow::{Action, Place, Weight},
    zoom::ApiPath,
};

/// What stands in a path unencoded (RFC 3986 §2.3).
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// One call of Zoom's API.
#[derive(Debug, Clone)]
pub(super) struct ZoomCall {
    pub method: Method,
    /// Without its query.
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: Headers,
    pub body: Option<Value>,
    pub weight: Weight,
}

impl ZoomCall {
    /// A call that reads.
    pub fn get(path: String, weight: Weight) -> Self {
        let (method, headers) = (Method::GET, Headers::default());
        Self { method, path, query: Vec::new(), headers, body: None, weight }
    }

    /// The same with one more in its query, instead of what it had.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.query.retain(|(other, _)| other != name);
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Path and query, checked.
    pub fn address(&self) -> Result<ApiPath, Unfit> {
        let mut address = self.path.clone();
        if !self.query.is_empty() {
            address.push(if address.contains('?') { '&' } else { '?' });
            address.push_str(&serde_urlencoded::to_string(&self.query).unwrap_or_default());
        }
        ApiPath::new(&address).map_err(|error| Unfit::new("path", &error.to_string()))
    }

    /// The meeting that it is about, where its path names one.
    pub fn meeting_id(&self) -> Option<String> {
        let mut parts = self.path.trim_start_matches('/').split(['/', '?']);
        let id = parts.next().filter(|first| *first == "meetings").and_then(|_| parts.next())?;
        (!id.is_empty()).then(|| id.to_owned())
    }

    /// Whether it makes a meeting.
    pub fn makes_meeting(&self) -> bool {
        let path = self.path.trim_start_matches('/').split('?').next().unwrap_or_default();
        let mut parts = path.trim_end_matches('/').split('/');
        let is_list = parts.next() == Some("users")
            && parts.next().is_some()
            && parts.next() == Some("meetings")
            && parts.next().is_none();
        self.method == Method::POST && is_list
    }
}

/// An action with what was filled in.
pub(super) fn action_call(action: &Action, inputs: Value) -> Result<ZoomCall, Unfit> {
    let mut inputs = fields("inputs", Some(inputs))?;
    let method = Method::from_bytes(action.method.as_bytes()).unwrap_or(Method::GET);
    let mut call = ZoomCall { method, ..ZoomCall::get(action.path.to_owned(), action.weight) };
    let mut body = Map::new();
    for input in action.inputs {
        let name = input.name;
        let value = fitted(name, input.kind, inputs.remove(name).unwrap_or_default())?;
        let empty =
            value.as_ref().and_then(Value::as_str).is_some_and(|text| text.trim().is_empty());
        let Some(value) = value.filter(|_| !(input.required && empty)) else {
            if input.required {
                return Err(Unfit::new(name, "a value is wanted, and there is none"));
            }
            continue;
        };
        match input.place {
            Place::Path => {
                let id = in_path(&plain(&value).unwrap_or_default());
                call.path = call.path.replace(&format!("{{{name}}}"), &id);
            }
            Place::Query => call.query.push((name.to_owned(), plain(&value).unwrap_or_default())),
            Place::Body(way) => put(&mut body, way, value),
        }
    }
    if matches!(action.method, "POST" | "PATCH" | "PUT") {
        call.body = Some(Value::Object(body));
    }
    Ok(call)
}

/// An id as a part of a path. Zoom shows ids of meetings with spaces, and wants a UUID with slashes encoded twice.
fn in_path(id: &str) -> String {
    let id: String = id.split_whitespace().collect();
    let once = utf8_percent_encode(&id, IN_PATH).to_string();
    let twice = id.starts_with('/') || id.contains("//");
    if twice { utf8_percent_encode(&once, IN_PATH).to_string() } else { once }
}

/// Puts a value at a way through objects; into an object that is there, an object is merged.
fn put(object: &mut Map<String, Value>, way: &str, value: Value) {
    let (first, rest) =
        way.split_once('.').map_or((way, None), |(first, rest)| (first, Some(rest)));
    let field = object.entry(first.to_owned()).or_insert(Value::Null);
    match (rest, value) {
        (Some(rest), value) => {
            if !field.is_object() {
                *field = Value::Object(Map::new());
            }
            if let Some(inner) = field.as_object_mut() {
                put(inner, rest, value);
            }
        }
        (None, Value::Object(new)) => match field.as_object_mut() {
            Some(there) => there.extend(new),
            None => *field = Value::Object(new),
        },
        (None, value) => *field = value,
    }
}

/// A call at any address of the API: `method`, `path`, `params`, `headers`, `body`.
pub(super) fn request_call(inputs: Value) -> Result<ZoomCall, Unfit> {
    let mut inputs = fields("inputs", Some(inputs))?;
    let text = |value: Option<Value>| value.as_ref().and_then(plain).unwrap_or_default();
    let method = method(&text(inputs.remove("method")))?;
    let path = text(inputs.remove("path")).trim().to_owned();
    let mut call = ZoomCall { method, ..ZoomCall::get(path, Weight::Light) };
    call.weight = weight(&call);
    call.query = pairs("params", inputs.remove("params"))?;
    for (name, value) in pairs("headers", inputs.remove("headers"))? {
        let (name, value) = header("headers", &name, &value)?;
        call.headers.set(&name, &value);
    }
    let body = inputs.remove("body").filter(|body| !body.is_null());
    let bodiless = matches!(call.method, Method::GET | Method::HEAD);
    call.body = match body {
        Some(Value::Object(fields)) if fields.is_empty() && call.method != Method::POST => None,
        Some(_) if bodiless => {
            return Err(Unfit::new("body", "GET and HEAD have none: use params"));
        }
        body => body,
    };
    if call.body.is_some() {
        call.headers.set("content-type", "application/json");
    }
    call.address()?;
    Ok(call)
}

/// A method by its name, `GET` where there is none.
pub(super) fn method(name: &str) -> Result<Method, Unfit> {
    Ok(match name.to_ascii_uppercase().as_str() {
        "" | "GET" => Method::GET,
        "POST" => Method::POST,
        "PUT" => Method::PUT,
        "PATCH" => Method::PATCH,
        "DELETE" => Method::DELETE,
        "HEAD" => Method::HEAD,
        _ => return Err(Unfit::new("method", "GET, POST, PUT, PATCH, DELETE or HEAD is wanted")),
    })
}

/// What a call at any address counts as, as far as that is known (Zoom: "Rate limits").
fn weight(call: &ZoomCall) -> Weight {
    let path = call.path.trim_start_matches('/');
    let mut parts = path.split(['/', '?']).filter(|part| !part.is_empty());
    match (parts.next(), parts.next(), parts.next()) {
        (Some("report" | "metrics"), _, _) => Weight::Heavy,
        (Some("users"), Some(_), Some("meetings" | "webinars" | "recordings"))
        | (Some("users"), None, None) => Weight::Medium,
        _ => Weight::Light,
    }
}

#[cfg(test)]
#[path = "zoom_call_tests.rs"]
mod tests;
