//! Paths into JSON: `object.participant.email`, `object.recording_files[0]["download_url"]`. Where a value is, never what
//! is to be done with it.

use std::fmt;

use serde_json::{Map, Value};

use super::measure::looked;

/// A way from a JSON value to one inside of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path(pub(super) Vec<Part>);

/// One part of the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// Into an object.
    Name(String),
    /// Into a list.
    Index(usize),
}

impl Path {
    /// Reads a path; where it is none, the place in the text, in bytes.
    pub fn parse(text: &str) -> Result<Self, usize> {
        let (path, rest) = Self::begin(text)?;
        if rest.is_empty() { Ok(path) } else { Err(text.len() - rest.len()) }
    }

    /// Reads the path that a text begins with, and what follows it.
    pub(super) fn begin(text: &str) -> Result<(Self, &str), usize> {
        let (mut parts, mut rest) = (Vec::new(), text);
        while parts.is_empty() || rest.starts_with(['.', '[']) {
            let at = text.len() - rest.len();
            let (part, after) = part(rest, parts.is_empty()).ok_or(at)?;
            parts.push(part);
            rest = after;
        }
        Ok((Self(parts), rest))
    }

    /// What is there, if anything is. A name leads into objects only, a number into lists only.
    pub fn find<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(value, Part::of)
    }

    /// What is there in the fields of an object.
    pub(super) fn find_in<'a>(&self, fields: &'a Map<String, Value>) -> Option<&'a Value> {
        let (first, rest) = self.0.split_first()?;
        let Part::Name(name) = first else { return None };
        rest.iter().try_fold(fields.get(name)?, Part::of)
    }

    /// The name in this place of the way, if that is one.
    pub(super) fn name(&self, index: usize) -> Option<&str> {
        match self.0.get(index)? {
            Part::Name(name) => Some(name),
            Part::Index(_) => None,
        }
    }
}

impl Part {
    fn of<'a>(value: &'a Value, part: &Self) -> Option<&'a Value> {
        match part {
            Self::Name(name) => value.as_object()?.get(name),
            Self::Index(index) => value.as_array()?.get(*index),
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.0.iter().enumerate() {
            match part {
                Part::Index(index) => write!(out, "[{index}]")?,
                Part::Name(name) if is_plain(name) => {
                    let joint = if index == 0 { "" } else { "." };
                    write!(out, "{joint}{name}")?;
                }
                Part::Name(name) => write!(out, "[{}]", Value::from(name.as_str()))?,
            }
        }
        Ok(())
    }
}

/// Whether a name stands for itself in a path, without brackets.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.contains(ends) && !name.contains("??")
}

fn ends(character: char) -> bool {
    matches!(character, '.' | '[' | ']' | '"' | '\'' | '{' | '}')
        || character.is_whitespace()
        || character.is_control()
}

/// The first part of a text that is left of a path, and what follows it.
fn part(text: &str, first: bool) -> Option<(Part, &str)> {
    if let Some(inside) = text.strip_prefix('[') {
        return bracketed(inside);
    }
    let name = if first { text } else { text.strip_prefix('.')? };
    let most = name.find(ends).unwrap_or(name.len());
    looked(2 * most + 1);
    // `??` begins what stands for it when nothing is there.
    let (name, rest) = name.split_at(name.get(..most)?.find("??").unwrap_or(most));
    (!name.is_empty()).then(|| (Part::Name(name.to_owned()), rest))
}

/// What stands in brackets: a number, or a name as JSON writes texts.
fn bracketed(inside: &str) -> Option<(Part, &str)> {
    if inside.starts_with('"') {
        let mut texts = serde_json::Deserializer::from_str(inside).into_iter::<String>();
        let name = texts.next()?.ok()?;
        looked(texts.byte_offset());
        let rest = inside.get(texts.byte_offset()..)?;
        return Some((Part::Name(name), rest.strip_prefix(']')?));
    }
    looked(inside.find(']').unwrap_or(inside.len()));
    let (number, rest) = inside.split_once(']')?;
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    let index = number.parse().ok().filter(|_| digits)?;
    Some((Part::Index(index), rest))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_leads_through_objects_and_lists() {
        let value = json!({"a": {"b": [{"c d": 1, "é\"]": 2, "": 3}, null], "0": "x"}, "1": [[5]], "$a-b_": 6});
        for (path, found) in [
            ("a.b[0][\"c d\"]", Some(json!(1))),
            ("a[\"b\"][0][\"é\\\"]\"]", Some(json!(2))),
            ("a.b[0][\"\\u00e9\\\"]\"]", Some(json!(2))),
            ("a.b[0][\"\"]", Some(json!(3))),
            ("a.b[1]", Some(json!(null))),
            ("a.0", Some(json!("x"))),
            ("[\"1\"][0][0]", Some(json!(5))),
            ("$a-b_", Some(json!(6))),
            ("a.b[2]", None),
            ("a.b.0", None),
            ("a[0]", None),
            ("a.b[1].c", None),
            ("b", None),
        ] {
            assert_eq!(Path::parse(path).unwrap().find(&value), found.as_ref(), "{path}");
        }
        assert_eq!(Path::parse("[0]").unwrap().find(&json!([7])), Some(&json!(7)));
    }

    #[test]
    fn what_is_no_path_is_refused_with_the_place() {
        for (path, at) in [
            ("", 0),
            (".a", 0),
            ("a.", 1),
            ("a..b", 1),
            ("a b", 1),
            ("a[", 1),
            ("a[]", 1),
            ("a[-1]", 1),
            ("a[+1]", 1),
            ("a[1", 1),
            ("a[b]", 1),
            ("a[0]b", 4),
            ("a['b']", 1),
            ("a[\"b]", 1),
            ("a[\"b\"", 1),
            ("a[99999999999999999999999]", 1),
            ("é.{{x}}", 2),
        ] {
            assert_eq!(Path::parse(path), Err(at), "{path}");
        }
    }
}
