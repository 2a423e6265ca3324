//! JSON shapes: one declaration reads a body, a row or a stored record (and says which field does not fit), writes it,
//! and describes it for the documentation (JSON Schema). Instead of serde's derives, whose readers cost the Worker a
//! kilobyte and more each, and which name a line and a column where people look for a field.

use serde_json::{Map, Value};
use thiserror::Error;

mod basic;
mod declare;

pub use basic::Given;
pub(crate) use declare::{choice, field_name, one_of, shape, words};

/// What can be read from JSON, written as JSON and described.
pub trait Shape: Sized {
    /// Reads one value.
    fn read(value: Value) -> Result<Self, Misfit>;

    /// Appends the value as JSON text.
    fn write(&self, out: &mut Vec<u8>);

    /// What a field stands for that is not there; nothing when it has to be.
    fn absent() -> Option<Self> {
        None
    }

    /// Whether a field of this value is left out when written.
    fn is_absent(&self) -> bool {
        false
    }

    /// The JSON Schema (2020-12) of every value.
    #[cfg(feature = "documents")]
    fn schema() -> Value;
}

/// Where a value is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}{wanted}, not {found}", if at.is_empty() { String::new() } else { format!("{at}: ") })]
pub struct Misfit {
    /// The path of the field: `settings.client_id`, `redirect_uris[1]`; empty for the whole.
    pub at: String,
    /// What would fit.
    pub wanted: &'static str,
    /// What is there.
    pub found: String,
}

impl Misfit {
    /// A value where something else is wanted.
    pub fn new(wanted: &'static str, found: &Value) -> Self {
        let found = match found {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "this number",
            Value::String(_) => "this text",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        Self { at: String::new(), wanted, found: found.to_owned() }
    }

    /// The same, seen from outside the field of this name (or `[index]`).
    #[must_use]
    pub fn within(mut self, name: &str) -> Self {
        let joint = if self.at.is_empty() || self.at.starts_with('[') { "" } else { "." };
        self.at = format!("{name}{joint}{}", self.at);
        self
    }
}

/// Reads a JSON text.
pub fn read_text<T: Shape>(text: &[u8]) -> Result<T, Misfit> {
    let value = serde_json::from_slice(text).map_err(|error| Misfit {
        at: String::new(),
        wanted: "JSON is wanted",
        found: format!("this ({error})"),
    })?;
    T::read(value)
}

/// Refuses a field of an object that is none of these: a name that is mistyped must not pass for one left out.
pub(crate) fn only(value: &Value, names: &[&str]) -> Result<(), Misfit> {
    let mut found = value.as_object().into_iter().flat_map(Map::keys);
    match found.find(|name| !names.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(Misfit {
            at: format!("{name:.64}"),
            wanted: "a known field is wanted",
            found: format!("this one (there are {})", names.join(", ")),
        }),
    }
}

/// Writes a JSON text.
pub fn text(value: &impl Shape) -> Vec<u8> {
    let mut out = Vec::new();
    value.write(&mut out);
    out
}

/// The fields of an object that is being read.
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    /// The fields of this value, if it is an object.
    pub fn of(value: Value) -> Result<Self, Misfit> {
        match value {
            Value::Object(fields) => Ok(Self(fields)),
            other => Err(Misfit::new("an object is wanted", &other)),
        }
    }

    /// Takes one field out.
    pub fn take<T: Shape>(&mut self, name: &str) -> Result<T, Misfit> {
        let value = match (self.0.remove(name), T::absent()) {
            (None, Some(absent)) => return Ok(absent),
            (value, _) => value.unwrap_or_default(),
        };
        T::read(value).map_err(|misfit| misfit.within(name))
    }

    /// The one field of an object that has only this.
    pub fn only(self) -> Option<(String, Value)> {
        self.0.into_iter().next()
    }
}

/// An object that is being written.
pub(crate) struct Writer<'a> {
    out: &'a mut Vec<u8>,
    next: u8,
}

impl<'a> Writer<'a> {
    /// Opens the object.
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, next: b'{' }
    }

    /// Appends one field, unless it is absent.
    pub fn field(&mut self, name: &str, value: &impl Shape) {
        if !value.is_absent() {
            self.name(name);
            value.write(self.out);
        }
    }

    fn name(&mut self, name: &str) {
        self.out.push(std::mem::replace(&mut self.next, b','));
        let _ = serde_json::to_writer(&mut *self.out, name);
        self.out.push(b':');
    }

    /// Closes the object.
    pub fn end(self) {
        if self.next == b'{' {
            self.out.push(b'{');
        }
        self.out.push(b'}');
    }
}

/// The schema of an object, titled with the name of its type: each field with its attributes as written, its schema, and whether it has to be there.
#[cfg(feature = "documents")]
pub(crate) fn object_schema(name: &str, fields: &[(&str, &str, Value, bool)]) -> Value {
    let described = |(name, attributes, schema, _): &(&str, &str, Value, bool)| {
        let mut schema = schema.clone();
        if let (Some(members), false) = (schema.as_object_mut(), attributes.is_empty()) {
            members.insert("description".to_owned(), doc_text(attributes).into());
        }
        ((*name).to_owned(), schema)
    };
    let required: Vec<&str> = fields.iter().filter(|field| field.3).map(|field| field.0).collect();
    let properties: Map<String, Value> = fields.iter().map(described).collect();
    let mut schema = serde_json::json!({"title": name, "type": "object", "properties": properties});
    if let (Some(members), false) = (schema.as_object_mut(), required.is_empty()) {
        members.insert("required".to_owned(), required.into());
    }
    schema
}

/// The text of doc comments, out of `#[doc = r" …"]`: raw literals, as the compiler writes them.
#[cfg(feature = "documents")]
fn doc_text(attributes: &str) -> String {
    let lines = attributes.split("#[doc").skip(1).filter_map(|rest| {
        // A long one is on a line of its own.
        let (before, text) = rest.split_once('"')?;
        let fence = before.trim_start_matches([' ', '\n', '=', 'r']);
        text.split_once(&format!("\"{fence}]")).map(|(line, _)| line.trim())
    });
    lines.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Misfit, Shape, choice, read_text, shape, text, words};

    words! {
        /// A colour.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Colour { /// Red.
            Red = "red", /// Blue.
            Blue = "blue" }
    }

    shape! {
        /// One point.
        #[derive(Debug, PartialEq)]
        pub struct Point {
            /// Across.
            pub x: i64,
            /// What it is painted in.
            pub colour: Option<Colour>,
            /// Its kind.
            pub kind: Vec<String> as "type",
        }
    }

    choice! {
        /// A drawing.
        #[derive(Debug, PartialEq)]
        pub enum Drawing {
            /// A line.
            Line as "line" { /// Its ends.
                ends: Vec<Point> },
            /// Nothing.
            Empty as "empty" {},
        }
    }

    fn misfit(text: &str) -> String {
        read_text::<Drawing>(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn what_is_written_reads_back() {
        let point = Point { x: -7, colour: Some(Colour::Blue), kind: vec!["a\"b".to_owned()] };
        let drawing = Drawing::Line { ends: vec![point] };
        let written = String::from_utf8(text(&drawing)).unwrap();
        let expected = r#"{"line":{"ends":[{"x":-7,"colour":"blue","type":["a\"b"]}]}}"#;
        assert_eq!(written, expected);
        assert_eq!(read_text::<Drawing>(written.as_bytes()), Ok(drawing));
        assert_eq!(text(&Drawing::Empty {}), b"{\"empty\":{}}");
    }

    #[test]
    fn absent_and_null_are_the_same_where_a_field_may_be_missing() {
        for body in [json!({"x": 1, "type": []}), json!({"x": 1, "colour": null, "type": []})] {
            assert_eq!(Point::read(body).unwrap().colour, None);
        }
    }

    #[test]
    fn a_misfit_names_the_field() {
        let wrong = r#"{"line":{"ends":[{"x":1,"type":[]},{"x":"1","type":[]}]}}"#;
        assert_eq!(misfit(wrong), "line.ends[1].x: a whole number is wanted, not this text");
        let missing = r#"{"line":{"ends":[{"x":1}]}}"#;
        assert_eq!(misfit(missing), "line.ends[0].type: a list is wanted, not nothing");
        let word = r#"{"line":{"ends":[{"x":1,"type":[],"colour":"green"}]}}"#;
        assert_eq!(misfit(word), "line.ends[0].colour: one of red, blue is wanted, not this text");
        assert_eq!(misfit("[]"), "an object is wanted, not a list");
        assert!(misfit("{").starts_with("JSON is wanted, not this (EOF"), "{}", misfit("{"));
        assert_eq!(misfit(r#"{"circle":{}}"#), "one of line, empty is wanted, not an object");
    }

    #[cfg(feature = "documents")]
    #[test]
    fn a_schema_says_what_the_comments_say() {
        shape! {
            struct Described {
                /// The "name"
                /// people see [1].
                name: String,
                plain: i64,
                /// What is said in so many words that the compiler, when it writes them down, takes another line for them.
                long: i64,
            }
        }
        let properties = &Described::schema()["properties"];
        assert_eq!(properties["name"]["description"], "The \"name\" people see [1].");
        assert_eq!(properties["plain"], json!({"type": "integer"}));
        assert!(properties["long"]["description"].as_str().unwrap().ends_with("for them."));
    }

    #[test]
    fn a_list_of_misfits_is_seen_from_outside() {
        let inner = Misfit::new("a text is wanted", &json!(1)).within("[2]").within("names");
        assert_eq!(inner.to_string(), "names[2]: a text is wanted, not this number");
    }
}
