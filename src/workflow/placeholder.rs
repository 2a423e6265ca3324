//! One placeholder in a text: `{{path}}`, `{{path ?? <JSON>}}`, and `{{"text"}}`, which is that text. Read in one go from
//! left to right: nothing is looked at again.

use std::fmt;

use serde_json::Value;

use super::{
    alias::{self, Steps},
    condition::this_text,
    measure::looked,
    path::Path,
    template::{FillError, Values},
};
use crate::shape::Misfit;

/// What is to be filled in.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placeholder {
    /// Where it is found.
    pub path: Path,
    /// What stands for it when nothing is there, or `null`.
    pub default: Option<Value>,
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    /// As it is.
    Text(String),
    /// What is filled in.
    Value(Placeholder),
}

/// What does not fit: so many bytes before the end of the text, and what would.
struct Wrong(usize, &'static str);

/// Reads a text.
pub(super) fn pieces(text: &str, steps: Steps) -> Result<Vec<Piece>, Misfit> {
    let (mut pieces, mut plain, mut rest) = (Vec::new(), String::new(), text);
    while let Some((before, inside)) = rest.split_once("{{") {
        looked(before.len() + 2);
        plain.push_str(before);
        let (piece, after) = piece(inside, steps).map_err(|Wrong(left, wanted)| Misfit {
            at: String::new(),
            wanted,
            found: this_text(text, text.len().saturating_sub(left)),
        })?;
        match piece {
            Piece::Text(literal) => plain.push_str(&literal),
            Piece::Value(_) => {
                push(&mut pieces, std::mem::take(&mut plain));
                pieces.push(piece);
            }
        }
        rest = after;
    }
    looked(rest.len());
    plain.push_str(rest);
    push(&mut pieces, plain);
    Ok(pieces)
}

fn push(pieces: &mut Vec<Piece>, text: String) {
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
}

/// What begins after `{{`, and what follows its `}}`.
fn piece<'a>(text: &'a str, steps: Steps) -> Result<(Piece, &'a str), Wrong> {
    let inside = trimmed(text);
    if inside.starts_with('"') {
        let (literal, after) = json::<String>(inside)?;
        return Ok((Piece::Text(literal), end(after)?));
    }
    let wanted = "a placeholder such as {{trigger.object.id}} is wanted";
    let (path, after) =
        Path::begin(inside).map_err(|at| Wrong(inside.len().saturating_sub(at), wanted))?;
    let path = alias::resolve(path, steps).map_err(|wanted| Wrong(inside.len(), wanted))?;
    if path.name(0) == Some("secrets") && path.name(1).is_none() {
        return Err(Wrong(inside.len(), "the name of a secret is wanted: {{secrets.name}}"));
    }
    let after = trimmed(after);
    let Some(default) = after.strip_prefix("??") else {
        return Ok((Piece::Value(Placeholder { path, default: None }), end(after)?));
    };
    let (default, after) = json(trimmed(default))?;
    Ok((Piece::Value(Placeholder { path, default: Some(default) }), end(after)?))
}

/// The JSON that a text begins with, and what follows it.
fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<(T, &str), Wrong> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<T>();
    let read = values.next().and_then(Result::ok);
    looked(values.byte_offset());
    let after = text.get(values.byte_offset()..).unwrap_or_default();
    let wrong = Wrong(text.len(), "JSON such as \"text\", 5 or null is wanted");
    read.map(|value| (value, after)).ok_or(wrong)
}

fn trimmed(text: &str) -> &str {
    let rest = text.trim_start();
    looked(text.len() - rest.len() + 1);
    rest
}

fn end(text: &str) -> Result<&str, Wrong> {
    let text = trimmed(text);
    text.strip_prefix("}}").ok_or(Wrong(text.len(), "}} is wanted"))
}

impl Placeholder {
    /// What is there.
    pub fn find<'a>(&'a self, values: &'a Values) -> Result<&'a Value, FillError> {
        match (self.path.find_in(values), &self.default) {
            (None | Some(Value::Null), Some(default)) => Ok(default),
            (Some(value), _) => Ok(value),
            (None, None) => {
                Err(FillError::Missing { at: String::new(), path: self.path.to_string() })
            }
        }
    }

    /// What it needs.
    pub fn root(&self) -> String {
        match (self.path.name(0), self.path.name(1)) {
            (Some("secrets"), Some(name)) => format!("secrets.{name}"),
            (name, _) => name.unwrap_or_default().to_owned(),
        }
    }
}

impl fmt::Display for Placeholder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.default {
            None => write!(out, "{{{{{}}}}}", self.path),
            Some(default) => write!(out, "{{{{{} ?? {default}}}}}", self.path),
        }
    }
}

impl fmt::Display for Piece {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(one) => one.fmt(out),
            // A text that ends in a brace would make the next placeholder begin too early.
            Self::Text(text) => {
                let text = text.replace("{{", "{{\"{{\"}}");
                match text.strip_suffix('{') {
                    Some(before) => write!(out, "{before}{{{{\"{{\"}}}}"),
                    None => out.write_str(&text),
                }
            }
        }
    }
}
