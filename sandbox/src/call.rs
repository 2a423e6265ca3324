//! One request as a plain value: what was asked, when, and of which address. Knows no rule.

use axum::http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::answer::Problem;
use crate::clock::Millis;
use crate::kind::Kind;

/// A request, fully read.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) kind: Kind,
    pub(crate) method: Method,
    /// The path, byte for byte as sent.
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) now: Millis,
    /// The sandbox's own address.
    pub(crate) base_url: String,
}

impl Call {
    /// A header's text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The query's parameters.
    pub(crate) fn query(&self) -> Fields {
        Fields::read(self.query.as_bytes())
    }

    /// The form body's parameters, then the query's (Zoom's OAuth endpoints accept both).
    pub(crate) fn form_and_query(&self) -> Fields {
        let form = self.header("content-type").unwrap_or_default();
        let is_form = form.starts_with("application/x-www-form-urlencoded");
        let mut fields = Fields::read(if is_form { &self.body } else { b"" });
        fields.0.extend(self.query().0);
        fields
    }

    /// A part of the path, decoded once as every server does. `/v2/users/me` has 0 `v2`, 1 `users`.
    pub(crate) fn segment(&self, index: usize) -> String {
        let part = self.path.split('/').skip(1).nth(index).unwrap_or_default();
        decode(part)
    }

    /// The body as a JSON object (an empty body is an empty object).
    ///
    /// Zoom REST errors: 300, "Request Body should be a valid JSON object."
    pub(crate) fn json_object(&self) -> Result<Map<String, Value>, Problem> {
        let typed = self.header("content-type").unwrap_or_default();
        let is_json = typed.split(';').next().unwrap_or_default().trim() == "application/json";
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(object)) if is_json => Ok(object),
            _ => Err(Problem::new(400, 300, "Request Body should be a valid JSON object.")),
        }
    }
}

/// Percent-decodes once.
pub(crate) fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Name and value pairs in the order they were sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(pub(crate) Vec<(String, String)>);

impl Fields {
    /// Reads `application/x-www-form-urlencoded` text.
    pub(crate) fn read(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().collect())
    }

    /// The first value under a name; an empty value counts as absent (RFC 6749, 3.1).
    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, v)| v.as_str())
    }

    /// A name sent more than once, if there is one (RFC 6749, 3.1 and 3.2 forbid it).
    pub(crate) fn repeated(&self) -> Option<&str> {
        let mut seen = std::collections::BTreeSet::new();
        self.0.iter().map(|(key, _)| key.as_str()).find(|key| !seen.insert(*key))
    }
}
