//! What is answered: a plain value, and Zoom's two shapes of a failure (REST and OAuth).

use std::borrow::Cow;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use crate::meeting::merge;

/// One answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names are in lower case.
    pub(crate) headers: Vec<(Cow<'static, str>, String)>,
    pub(crate) body: String,
}

impl Answer {
    /// JSON.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json;charset=UTF-8", body.to_string())
    }

    /// A page. Nothing on it may be cached, framed or load anything from elsewhere.
    pub(crate) fn html(status: u16, body: String) -> Self {
        let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
        Self::text(status, "text/html; charset=utf-8", body)
            .with("cache-control", "no-store")
            .with("content-security-policy", policy)
    }

    /// A body of the given media type.
    pub(crate) fn text(status: u16, media_type: &str, body: String) -> Self {
        Self { status, headers: Vec::new(), body }.with("content-type", media_type)
    }

    /// 204 without a body.
    pub(crate) fn empty() -> Self {
        Self { status: 204, headers: Vec::new(), body: String::new() }
    }

    /// 302 to `location`.
    pub(crate) fn redirect(location: &str) -> Self {
        Self { status: 302, headers: Vec::new(), body: String::new() }
            .with("location", location)
            .with("cache-control", "no-store")
    }

    /// The same with one more header.
    pub(crate) fn with(mut self, name: impl Into<Cow<'static, str>>, value: &str) -> Self {
        self.headers.push((name.into(), value.to_owned()));
        self
    }

    /// A header's text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
    }

    /// As an HTTP response.
    pub(crate) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        let status = StatusCode::from_u16(self.status);
        *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in self.headers {
            let name = HeaderName::from_bytes(name.as_bytes());
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&value)) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

/// A failure of the REST API: `{"code", "message"}`, with `errors` when fields are wrong.
///
/// Zoom API, Error definitions.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    status: u16,
    code: u32,
    message: String,
    errors: Vec<FieldError>,
    headers: Vec<(&'static str, String)>,
}

/// One wrong field: its dotted name and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldError {
    pub(crate) field: String,
    pub(crate) message: String,
}

impl FieldError {
    /// A field with Zoom's usual text.
    pub(crate) fn invalid(field: impl Into<String>) -> Self {
        Self { field: field.into(), message: "Invalid field.".to_owned() }
    }
}

impl Problem {
    /// HTTP status, Zoom's code, text.
    pub(crate) fn new(status: u16, code: u32, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), errors: Vec::new(), headers: Vec::new() }
    }

    /// 400, code 300, "Validation Failed." with the fields.
    pub(crate) fn validation(errors: Vec<FieldError>) -> Self {
        Self { errors, ..Self::new(400, 300, "Validation Failed.") }
    }

    /// 404, code 2300: no such endpoint.
    pub(crate) fn no_endpoint() -> Self {
        Self::new(404, 2300, "This API endpoint is not recognized.")
    }

    /// The same with headers.
    pub(crate) fn with(mut self, headers: Vec<(&'static str, String)>) -> Self {
        self.headers = headers;
        self
    }

    /// As an answer.
    pub(crate) fn answer(self) -> Answer {
        let mut body = json!({"code": self.code, "message": self.message});
        if !self.errors.is_empty() {
            let errors =
                self.errors.iter().map(|e| json!({"field": e.field, "message": e.message}));
            merge(&mut body, json!({"errors": errors.collect::<Value>()}));
        }
        let mut answer = Answer::json(self.status, &body);
        answer.headers.extend(self.headers.into_iter().map(|(name, value)| (name.into(), value)));
        answer
    }
}

/// A failure of the token and revocation endpoints: `{"reason", "error"}`.
///
/// Zoom: OAuth error messages; RFC 6749, 5.2 for the words in `error`.
pub(crate) fn oauth_problem(status: u16, error: &str, reason: &str) -> Answer {
    Answer::json(status, &json!({"reason": reason, "error": error}))
        .with("cache-control", "no-store")
}
