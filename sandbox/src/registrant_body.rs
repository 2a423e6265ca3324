//! The body of add registrant, checked field by field.

use serde_json::{Map, Value};

use crate::answer::Problem;
use crate::body::Reader;

/// What a registrant filled in.
#[derive(Clone, Debug)]
pub(crate) struct Registration {
    pub(crate) email: String,
    pub(crate) auto_approve: bool,
    /// Every field that is shown again, e-mail included.
    pub(crate) fields: Map<String, Value>,
}

/// The free texts and how long each may be.
const TEXTS: [(&str, usize); 13] = [
    ("first_name", 64),
    ("last_name", 64),
    ("email", 128),
    ("address", 256),
    ("city", 128),
    ("state", 128),
    ("zip", 32),
    ("country", 64),
    ("phone", 64),
    ("comments", 2_000),
    ("industry", 128),
    ("job_title", 128),
    ("org", 128),
];

/// The fields with a fixed set of words. Zoom's two lists of sizes differ between request and
/// answer; both are taken.
const WORDS: [(&str, &[&str]); 3] = [
    (
        "purchasing_time_frame",
        &["", "Within a month", "1-3 months", "4-6 months", "More than 6 months", "No timeframe"],
    ),
    (
        "role_in_purchase_process",
        &["", "Decision Maker", "Evaluator/Recommender", "Influencer", "Not involved"],
    ),
    (
        "no_of_employees",
        &[
            "",
            "1-20",
            "21-50",
            "51-100",
            "101-250",
            "101-500",
            "251-500",
            "500-1,000",
            "501-1,000",
            "1,001-5,000",
        ],
    ),
];

/// Zoom API, Meetings: Add a meeting registrant, request body.
pub(crate) fn read(body: &Map<String, Value>) -> Result<Registration, Problem> {
    let mut reader = Reader::new(body, "");
    let fields = read_fields(&mut reader);
    reader.text("language", 16);
    let auto_approve = reader.flag("auto_approve").unwrap_or_default();
    for name in ["first_name", "email"] {
        if reader.value(name).and_then(Value::as_str).is_none_or(str::is_empty) {
            reader.missing(name);
        }
    }
    let email = fields.get("email").and_then(Value::as_str).unwrap_or_default().to_owned();
    if !email.is_empty() && !is_address(&email) {
        reader.wrong("email");
    }
    reader.finish(Registration { email, auto_approve, fields })
}

fn read_fields(reader: &mut Reader<'_>) -> Map<String, Value> {
    let mut fields = Map::new();
    for (name, most) in TEXTS {
        keep(&mut fields, name, reader.text(name, most));
    }
    for (name, words) in WORDS {
        keep(&mut fields, name, reader.word(name, words));
    }
    if let Some(questions) = reader.array("custom_questions") {
        fields.insert("custom_questions".to_owned(), Value::Array(questions.clone()));
    }
    fields
}

fn keep(fields: &mut Map<String, Value>, name: &str, value: Option<String>) {
    if let Some(value) = value {
        fields.insert(name.to_owned(), Value::String(value));
    }
}

fn is_address(text: &str) -> bool {
    let has_parts = |(local, domain): (&str, &str)| !local.is_empty() && domain.contains('.');
    text.rsplit_once('@').is_some_and(has_parts) && !text.contains(char::is_whitespace)
}
