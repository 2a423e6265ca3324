//! `{{ }}`: placeholders in JSON that are filled in with values. No code, no second look at what was filled in. One
//! placeholder is `placeholder`'s; which values there are is `check`'s.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use thiserror::Error;

use super::{
    alias::Steps,
    measure::{looked, measure},
    placeholder::{Piece, Placeholder, pieces},
};
use crate::shape::Misfit;

/// Longer templates are refused, in bytes of their JSON.
const LONGEST: usize = 64 * 1024;
/// Nothing longer comes of one, in bytes of its JSON.
const LARGEST: usize = 1024 * 1024;

/// JSON with placeholders in its texts, read once. The names of fields stand as they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Template(pub(super) Node);

/// A value of a template.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// As it is.
    Plain(Value),
    /// One placeholder: what it finds, of whatever type.
    One(Placeholder),
    /// A text with placeholders in it.
    Text(Vec<Piece>),
    /// A list.
    List(Vec<Node>),
    /// An object.
    Object(Vec<(String, Node)>),
}

/// What placeholders find: `trigger`, `settings`, `user`, `secrets`, and each step's id with `output` (or `instance`).
pub type Values = Map<String, Value>;

/// Why a template cannot be filled.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum FillError {
    /// Nothing is there.
    #[error("{}{{{{{path}}}}} is not there", place(at))]
    Missing {
        /// The place in the template.
        at: String,
        /// What was looked for.
        path: String,
    },
    /// It would be too long, or too deep.
    #[error("{}what is filled in is too large (at most 1 MiB, 32 deep)", place(at))]
    TooLarge {
        /// The place in the template.
        at: String,
    },
}

fn place(at: &str) -> String {
    if at.is_empty() { String::new() } else { format!("{at}: ") }
}

impl FillError {
    /// The same, seen from outside the field of this name (or `[index]`).
    #[must_use]
    pub fn within(mut self, name: &str) -> Self {
        let (Self::Missing { at, .. } | Self::TooLarge { at }) = &mut self;
        *at = joined(name, at);
        self
    }

    /// The place, and the same without it.
    pub(super) fn apart(mut self) -> (String, Self) {
        let (Self::Missing { at, .. } | Self::TooLarge { at }) = &mut self;
        (std::mem::take(at), self)
    }
}

fn joined(name: &str, at: &str) -> String {
    let joint = if at.is_empty() || at.starts_with('[') { "" } else { "." };
    format!("{name}{joint}{at}")
}

impl Template {
    /// Reads JSON; what is no placeholder although it looks like one is named with its place.
    pub fn parse(value: &Value) -> Result<Self, Misfit> {
        Self::read(value, &[])
    }

    /// Reads JSON in a workflow with these steps.
    pub(super) fn read(value: &Value, steps: Steps) -> Result<Self, Misfit> {
        let too_large = |wanted| Misfit { at: String::new(), wanted, found: "this".to_owned() };
        let mut left = LONGEST;
        measure(value, 0, &mut left)
            .map_err(|_| too_large("at most 64 KiB are wanted, at most 32 deep"))?;
        node(value, steps).map(Self)
    }

    /// The JSON with every placeholder filled in.
    pub fn fill(&self, values: &Values) -> Result<Value, FillError> {
        let mut left = LARGEST;
        fill(&self.0, values, 0, &mut left)
    }

    /// What it needs: the first part of each path, and of `secrets` the name too (`secrets.backend`).
    pub fn roots(&self) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        walk(&self.0, &mut |one| {
            all.insert(one.root());
        });
        all
    }

    /// Every placeholder, with its place.
    pub(super) fn placeholders(&self) -> Vec<(String, &Placeholder)> {
        let mut all = Vec::new();
        collect(&self.0, "", &mut all);
        all
    }

    /// The JSON that this was read from, each placeholder in its plainest form.
    pub fn written(&self) -> Value {
        written(&self.0)
    }

    /// What stands at a way through objects, such as `authorization.token`.
    pub(super) fn at(&self, way: &[&str]) -> Option<&Node> {
        way.iter().try_fold(&self.0, |node, name| node.field(name))
    }
}

impl Node {
    /// The fields of an object; none, when it is no object.
    pub fn fields(&self) -> &[(String, Self)] {
        match self {
            Self::Object(fields) => fields,
            _ => &[],
        }
    }

    /// The names of its fields.
    pub fn names(&self) -> Vec<&str> {
        self.fields().iter().map(|(name, _)| name.as_str()).collect()
    }

    /// A field of an object.
    fn field(&self, name: &str) -> Option<&Self> {
        self.fields().iter().find(|(one, _)| one == name).map(|(_, node)| node)
    }
}

fn node(value: &Value, steps: Steps) -> Result<Node, Misfit> {
    Ok(match value {
        Value::String(text) => text_node(pieces(text, steps)?),
        Value::Array(items) => {
            let mut nodes = Vec::new();
            for (index, item) in items.iter().enumerate() {
                nodes.push(
                    node(item, steps).map_err(|misfit| misfit.within(&format!("[{index}]")))?,
                );
            }
            Node::List(nodes)
        }
        Value::Object(fields) => {
            let mut nodes = Vec::new();
            for (name, value) in fields {
                let value = node(value, steps).map_err(|misfit| misfit.within(name))?;
                nodes.push((name.clone(), value));
            }
            Node::Object(nodes)
        }
        plain => Node::Plain(plain.clone()),
    })
}

fn text_node(mut pieces: Vec<Piece>) -> Node {
    match (pieces.pop(), pieces.is_empty()) {
        (None, _) => Node::Plain(Value::from("")),
        (Some(Piece::Text(text)), true) => Node::Plain(Value::String(text)),
        (Some(Piece::Value(one)), true) => Node::One(one),
        (Some(last), false) => {
            pieces.push(last);
            Node::Text(pieces)
        }
    }
}

fn fill(node: &Node, values: &Values, depth: usize, left: &mut usize) -> Result<Value, FillError> {
    match node {
        Node::Plain(value) => copy(value, depth, left),
        Node::One(one) => copy(one.find(values)?, depth, left),
        Node::Text(pieces) => text(pieces, values, left).map(Value::String),
        Node::List(nodes) => {
            take(left, nodes.len() + 1)?;
            let item = |(index, node)| {
                fill(node, values, depth + 1, left)
                    .map_err(|error| error.within(&format!("[{index}]")))
            };
            nodes.iter().enumerate().map(item).collect::<Result<_, _>>().map(Value::Array)
        }
        Node::Object(nodes) => {
            take(left, 1)?;
            let mut fields = Map::new();
            for (name, node) in nodes {
                take(left, name.len() + 4)?;
                let value = fill(node, values, depth + 1, left);
                fields.insert(name.clone(), value.map_err(|error| error.within(name))?);
            }
            Ok(Value::Object(fields))
        }
    }
}

fn text(pieces: &[Piece], values: &Values, left: &mut usize) -> Result<String, FillError> {
    let mut text = String::new();
    take(left, 2)?;
    for piece in pieces {
        match piece {
            Piece::Text(part) => {
                take(left, part.len())?;
                text.push_str(part);
            }
            Piece::Value(one) => match one.find(values)? {
                Value::Null => {}
                Value::String(part) => {
                    take(left, part.len())?;
                    text.push_str(part);
                }
                other => {
                    measure(other, 0, left).map_err(|_| TOO_LARGE)?;
                    text.push_str(&other.to_string());
                }
            },
        }
    }
    Ok(text)
}

const TOO_LARGE: FillError = FillError::TooLarge { at: String::new() };

fn take(left: &mut usize, bytes: usize) -> Result<(), FillError> {
    looked(bytes);
    *left = left.checked_sub(bytes).ok_or(TOO_LARGE)?;
    Ok(())
}

fn copy(value: &Value, depth: usize, left: &mut usize) -> Result<Value, FillError> {
    measure(value, depth, left).map_err(|_| TOO_LARGE)?;
    Ok(value.clone())
}

fn walk<'a>(node: &'a Node, see: &mut impl FnMut(&'a Placeholder)) {
    match node {
        Node::Plain(_) => {}
        Node::One(one) => see(one),
        Node::Text(pieces) => pieces.iter().for_each(|piece| match piece {
            Piece::Value(one) => see(one),
            Piece::Text(_) => {}
        }),
        Node::List(nodes) => nodes.iter().for_each(|node| walk(node, see)),
        Node::Object(nodes) => nodes.iter().for_each(|(_, node)| walk(node, see)),
    }
}

fn collect<'a>(node: &'a Node, at: &str, all: &mut Vec<(String, &'a Placeholder)>) {
    match node {
        Node::List(nodes) => {
            for (index, node) in nodes.iter().enumerate() {
                collect(node, &format!("{at}[{index}]"), all);
            }
        }
        Node::Object(nodes) => {
            let joint = if at.is_empty() { "" } else { "." };
            for (name, node) in nodes {
                // Cut, so that a long name does not stand in the place of everything inside of it.
                collect(node, &format!("{at}{joint}{name:.64}"), all);
            }
        }
        node => walk(node, &mut |one| all.push((at.to_owned(), one))),
    }
}

fn written(node: &Node) -> Value {
    match node {
        Node::Plain(Value::String(text)) => Piece::Text(text.clone()).to_string().into(),
        Node::Plain(value) => value.clone(),
        Node::One(one) => one.to_string().into(),
        Node::Text(pieces) => pieces.iter().map(ToString::to_string).collect::<String>().into(),
        Node::List(nodes) => nodes.iter().map(written).collect(),
        Node::Object(nodes) => {
            nodes.iter().map(|(name, node)| (name.clone(), written(node))).collect()
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[path = "template_properties.rs"]
mod properties;
#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;
