//! The shapes that the others are made of: texts, numbers, lists, times.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Misfit, Shape, Writer};
use crate::time::Timestamp;

/// Appends what serde writes; it writes to memory, which does not fail.
fn append(out: &mut Vec<u8>, value: &impl serde::Serialize) {
    let _ = serde_json::to_writer(out, value);
}

impl Shape for String {
    fn read(value: Value) -> Result<Self, Misfit> {
        match value {
            Value::String(text) => Ok(text),
            other => Err(Misfit::new("a text is wanted", &other)),
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        append(out, &self.as_str());
    }

    #[cfg(feature = "documents")]
    fn schema() -> Value {
        serde_json::json!({"type": "string"})
    }
}

impl Shape for bool {
    fn read(value: Value) -> Result<Self, Misfit> {
        value.as_bool().ok_or_else(|| Misfit::new("true or false is wanted", &value))
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(if *self { b"true" } else { b"false" });
    }

    #[cfg(feature = "documents")]
    fn schema() -> Value {
        serde_json::json!({"type": "boolean"})
    }
}

fn integer(value: &Value) -> Result<i64, Misfit> {
    value.as_i64().ok_or_else(|| Misfit::new("a whole number is wanted", value))
}

macro_rules! integers {
    ($($type:ty)*) => {$(
        impl Shape for $type {
            fn read(value: Value) -> Result<Self, Misfit> {
                let number = integer(&value)?;
                Self::try_from(number).map_err(|_| Misfit::new("a smaller whole number is wanted", &value))
            }

            fn write(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(self.to_string().as_bytes());
            }

            #[cfg(feature = "documents")]
            fn schema() -> Value {
                serde_json::json!({"type": "integer"})
            }
        }
    )*};
}

integers! { i64 u64 u32 u16 }

impl Shape for f64 {
    fn read(value: Value) -> Result<Self, Misfit> {
        value.as_f64().ok_or_else(|| Misfit::new("a number is wanted", &value))
    }

    fn write(&self, out: &mut Vec<u8>) {
        append(out, &Value::from(*self));
    }

    #[cfg(feature = "documents")]
    fn schema() -> Value {
        serde_json::json!({"type": "number"})
    }
}

impl Shape for Timestamp {
    fn read(value: Value) -> Result<Self, Misfit> {
        integer(&value).map(Self)
    }

    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }

    #[cfg(feature = "documents")]
    fn schema() -> Value {
        serde_json::json!({"type": "integer", "description": "milliseconds since 1970"})
    }
}

impl Shape for Value {
    fn read(value: Value) -> Result<Self, Misfit> {
        Ok(value)
    }

    fn write(&self, out: &mut Vec<u8>) {
        append(out, self);
    }

    fn absent() -> Option<Self> {
        Some(Self::Null)
    }

    #[cfg(feature = "documents")]
    fn schema() -> Value {
        serde_json::json!({})
    }
}

impl Shape for Map<String, Value> {
    fn read(value: Value) -> Result<Self, Misfit> {
        match value {
            Value::Object(fields) => Ok(fields),
            other => Err(Misfit::new("an object is wanted", &other)),
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        append(out, self);
    }

    #[cfg(feature = "documents")]
    fn schema() -> Value {
        serde_json::json!({"type": "object"})
    }
}

impl<T: Shape> Shape for BTreeMap<String, T> {
    fn read(value: Value) -> Result<Self, Misfit> {
        let mut all = Self::new();
        for (name, value) in Map::read(value)? {
            let read = T::read(value).map_err(|misfit| misfit.within(&name))?;
            all.insert(name, read);
        }
        Ok(all)
    }

    fn write(&self, out: &mut Vec<u8>) {
        let mut object = Writer::new(out);
        for (name, value) in self {
            object.field(name, value);
        }
        object.end();
    }

    #[cfg(feature = "documents")]
    fn schema() -> Value {
        serde_json::json!({"type": "object", "additionalProperties": T::schema()})
    }
}

impl<T: Shape> Shape for Option<T> {
    fn read(value: Value) -> Result<Self, Misfit> {
        if value.is_null() { Ok(None) } else { T::read(value).map(Some) }
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Some(value) => value.write(out),
            None => out.extend_from_slice(b"null"),
        }
    }

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }

    #[cfg(feature = "documents")]
    fn schema() -> Value {
        T::schema()
    }
}

/// A field of a change: left as it is, taken away (`null`), or set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given<T> {
    /// Nothing was said about it.
    Nothing,
    /// It was said to be `null`.
    Null,
    /// It was said to be this.
    Value(T),
}

impl<T: Shape> Shape for Given<T> {
    fn read(value: Value) -> Result<Self, Misfit> {
        if value.is_null() { Ok(Self::Null) } else { T::read(value).map(Self::Value) }
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Value(value) => value.write(out),
            Self::Nothing | Self::Null => out.extend_from_slice(b"null"),
        }
    }

    fn absent() -> Option<Self> {
        Some(Self::Nothing)
    }

    fn is_absent(&self) -> bool {
        matches!(self, Self::Nothing)
    }

    #[cfg(feature = "documents")]
    fn schema() -> Value {
        let mut schema = T::schema();
        if schema.get("title").is_some() {
            return serde_json::json!({"anyOf": [schema, {"type": "null"}]});
        }
        if let Some(kind) = schema.get_mut("type") {
            *kind = serde_json::json!([kind.take(), "null"]);
        }
        schema
    }
}

impl<T: Shape> Shape for Box<T> {
    fn read(value: Value) -> Result<Self, Misfit> {
        T::read(value).map(Self::new)
    }

    fn write(&self, out: &mut Vec<u8>) {
        (**self).write(out);
    }

    #[cfg(feature = "documents")]
    fn schema() -> Value {
        T::schema()
    }
}

impl<T: Shape> Shape for Vec<T> {
    fn read(value: Value) -> Result<Self, Misfit> {
        let Value::Array(values) = value else {
            return Err(Misfit::new("a list is wanted", &value));
        };
        // Loops here: collecting results costs the Worker some kilobytes, being made anew for each type.
        let mut all = Self::with_capacity(values.len());
        for value in values {
            let index = all.len();
            all.push(T::read(value).map_err(|misfit| misfit.within(&format!("[{index}]")))?);
        }
        Ok(all)
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'[');
        for (index, value) in self.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            value.write(out);
        }
        out.push(b']');
    }

    #[cfg(feature = "documents")]
    fn schema() -> Value {
        serde_json::json!({"type": "array", "items": T::schema()})
    }
}

impl<A: Shape, B: Shape> Shape for (A, B) {
    fn read(value: Value) -> Result<Self, Misfit> {
        let mut values = Vec::<Value>::read(value)?.into_iter();
        let mut next = || values.next().unwrap_or_default();
        Ok((A::read(next())?, B::read(next())?))
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'[');
        self.0.write(out);
        out.push(b',');
        self.1.write(out);
        out.push(b']');
    }

    #[cfg(feature = "documents")]
    fn schema() -> Value {
        serde_json::json!({"type": "array", "prefixItems": [A::schema(), B::schema()]})
    }
}
