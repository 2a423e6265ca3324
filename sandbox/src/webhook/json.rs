//! JSON as Zoom writes it: fields in the order given, astral characters (emoji) as `\uD83D\uDE00`
//! escapes, everything else beyond ASCII raw. Whoever parses a body and writes it again gets other
//! bytes, and another signature.

use std::io;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;
use serde_json::ser::{Formatter, Serializer as Writer};

/// A JSON value whose objects keep the order of their fields.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Plain(Value),
    Object(Vec<(String, Json)>),
    List(Vec<Json>),
}

impl<T: Into<Value>> From<T> for Json {
    fn from(value: T) -> Self {
        Self::Plain(value.into())
    }
}

impl FromIterator<Json> for Json {
    fn from_iter<I: IntoIterator<Item = Json>>(items: I) -> Self {
        Self::List(items.into_iter().collect())
    }
}

impl Json {
    /// An object without fields.
    pub(crate) fn object() -> Self {
        Self::Object(Vec::new())
    }

    /// The object with one more field.
    pub(crate) fn and(mut self, name: &str, value: impl Into<Json>) -> Self {
        if let Self::Object(fields) = &mut self {
            fields.push((name.to_owned(), value.into()));
        }
        self
    }

    /// The object with one more field, if there is a value for it.
    pub(crate) fn and_some(self, name: &str, value: Option<impl Into<Json>>) -> Self {
        match value {
            Some(value) => self.and(name, value),
            None => self,
        }
    }

    /// Whether it is an object without fields.
    pub(crate) fn is_empty_object(&self) -> bool {
        matches!(self, Self::Object(fields) if fields.is_empty())
    }

    /// The bytes that Zoom sends.
    pub(crate) fn text(&self) -> String {
        let mut bytes = Vec::new();
        // Neither writing to memory nor these types can fail.
        let _ = self.serialize(&mut Writer::with_formatter(&mut bytes, Mixed));
        String::from_utf8(bytes).unwrap_or_default()
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Plain(value) => value.serialize(serializer),
            Self::List(items) => items.serialize(serializer),
            Self::Object(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (name, value) in fields {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

/// Zoom's mixed escaping.
struct Mixed;

impl Formatter for Mixed {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(|c: char| c.len_utf16() == 2) {
            let (before, from) = rest.split_at(at);
            writer.write_all(before.as_bytes())?;
            let mut chars = from.chars();
            for unit in chars.next().unwrap_or_default().encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04X}")?;
            }
            rest = chars.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::Json;

    #[test]
    fn fields_keep_their_order_and_only_astral_characters_are_escaped() {
        let json = Json::object()
            .and("z", "Über 🚒 \"q\" \\ 漢 😀\n")
            .and("a", [Json::object().and("b", 1)].into_iter().collect::<Json>())
            .and_some("none", None::<bool>);
        let expected = r#"{"z":"Über \uD83D\uDE92 \"q\" \\ 漢 \uD83D\uDE00\n","a":[{"b":1}]}"#;
        assert_eq!(json.text(), expected);
        let read: serde_json::Value = serde_json::from_str(&json.text()).unwrap();
        assert_eq!(read["z"], "Über 🚒 \"q\" \\ 漢 😀\n");
    }
}
