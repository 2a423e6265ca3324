//! What is known of a value before there is one: an example, or that it may be anything. What a path finds in it, or what
//! it should have been.

use serde_json::Value;

use super::{
    nearest::nearest,
    path::{Part, Path},
};

/// What is known of a value.
#[derive(Debug, Clone)]
pub(super) enum Form {
    /// Nothing.
    Anything,
    /// It is like this one.
    Like(Value),
    /// It is an object with these fields; whether it may have more.
    Fields(Vec<(String, Form)>, bool),
}

/// What is known of a value inside of another one.
#[derive(Debug, Clone, Copy)]
pub(super) enum Known<'a> {
    /// Nothing.
    Anything,
    /// It is like this one.
    Like(&'a Value),
    /// It is an object.
    Object,
}

/// Why a path finds nothing.
#[derive(Debug)]
pub(super) struct Missing {
    /// Whether it may be there after all: only an example says no.
    pub perhaps: bool,
    /// The path that was probably meant.
    pub meant: Option<Path>,
    /// What there is in its place.
    pub names: Vec<String>,
}

impl Form {
    /// An object with these fields and no others.
    pub fn fields<const N: usize>(fields: [(&str, Self); N]) -> Self {
        Self::Fields(fields.map(|(name, form)| (name.to_owned(), form)).into(), false)
    }

    /// What is known, without what may be besides.
    pub fn known(&self) -> Known<'_> {
        match self {
            Self::Anything | Self::Like(Value::Null) => Known::Anything,
            Self::Like(value) => Known::Like(value),
            Self::Fields(..) => Known::Object,
        }
    }

    /// What a path finds, from its part of this number on.
    pub fn look(&self, path: &Path, from: usize) -> Result<Known<'_>, Missing> {
        let (mut form, mut parts) = (self, path.0.iter().enumerate().skip(from));
        while let Self::Fields(fields, open) = form {
            let Some((index, part)) = parts.next() else { break };
            let found = match part {
                Part::Name(name) => fields.iter().find(|(one, _)| one == name),
                Part::Index(_) => None,
            };
            match found {
                Some((_, inner)) => form = inner,
                None if *open => return Ok(Known::Anything),
                None => {
                    let names = fields.iter().map(|(name, _)| name.clone()).collect();
                    return Err(missing(path, index, names, false));
                }
            }
        }
        match form.known() {
            Known::Like(value) => parts
                .try_fold(value, |value, (index, part)| like(value, path, index, part))
                .or_else(|missing| missing.map_or(Ok(&Value::Null), Err))
                .map(|value| if value.is_null() { Known::Anything } else { Known::Like(value) }),
            known => Ok(known),
        }
    }

    /// What is known of each item, if this may be a list.
    pub fn item(known: Known) -> Option<Self> {
        match known {
            Known::Anything => Some(Self::Anything),
            Known::Like(Value::Array(items)) => {
                Some(items.first().map_or(Self::Anything, |item| Self::Like(item.clone())))
            }
            Known::Like(_) | Known::Object => None,
        }
    }
}

/// What a part of a path finds in what is like this; an error that is nothing: it may be anything.
fn like<'a>(
    value: &'a Value,
    path: &Path,
    index: usize,
    part: &Part,
) -> Result<&'a Value, Option<Missing>> {
    match (value, part) {
        (Value::Null, _) => Err(None),
        (Value::Array(items), Part::Index(_)) => items.first().ok_or(None),
        (Value::Array(_), Part::Name(_)) => {
            let mut meant = path.clone();
            meant.0.insert(index, Part::Index(0));
            Err(Some(Missing { perhaps: false, meant: Some(meant), names: Vec::new() }))
        }
        (Value::Object(fields), Part::Name(name)) if fields.contains_key(name) => {
            fields.get(name).ok_or(None)
        }
        (Value::Object(fields), _) => {
            Err(Some(missing(path, index, fields.keys().cloned().collect(), true)))
        }
        _ => Err(Some(missing(path, index, Vec::new(), false))),
    }
}

fn missing(path: &Path, index: usize, names: Vec<String>, perhaps: bool) -> Missing {
    let near = path.name(index).and_then(|name| nearest(name, &names));
    let meant = near.map(|near| {
        let parts = path.0.iter().enumerate().map(|(place, part)| {
            if place == index { Part::Name(near.to_owned()) } else { part.clone() }
        });
        Path(parts.collect())
    });
    Missing { perhaps, meant, names }
}
