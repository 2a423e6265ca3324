//! The three declarations: `shape!` for an object, `words!` for one of some texts, `choice!` for one of some objects
//! (`{"name": {…}}`). What stands in them is what the type is; nothing is hidden.

/// The name of a field in JSON.
macro_rules! field_name {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $json:literal) => {
        $json
    };
}

/// Declares an object: `field: Type`, or `field: Type as "name in JSON"`.
macro_rules! shape {
    ($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$field_meta:meta])* $field_vis:vis $field:ident : $type:ty $(as $json:literal)?),* $(,)?
    }) => {
        $(#[$meta])*
        $vis struct $name { $($(#[$field_meta])* $field_vis $field: $type),* }

        impl $crate::shape::Shape for $name {
            fn read(value: serde_json::Value) -> Result<Self, $crate::shape::Misfit> {
                let mut fields = $crate::shape::Fields::of(value)?;
                Ok(Self { $($field: fields.take($crate::shape::field_name!($field $($json)?))?),* })
            }

            fn write(&self, out: &mut Vec<u8>) {
                let mut object = $crate::shape::Writer::new(out);
                $(object.field($crate::shape::field_name!($field $($json)?), &self.$field);)*
                object.end();
            }

            #[cfg(feature = "documents")]
            fn schema() -> serde_json::Value {
                $crate::shape::object_schema(stringify!($name), &[$((
                    $crate::shape::field_name!($field $($json)?),
                    stringify!($(#[$field_meta])*),
                    <$type as $crate::shape::Shape>::schema(),
                    <$type as $crate::shape::Shape>::absent().is_none(),
                )),*])
            }
        }
    };
}

/// Declares one of some texts.
macro_rules! words {
    ($(#[$meta:meta])* $vis:vis enum $name:ident {
        $($(#[$word_meta:meta])* $variant:ident = $word:literal),* $(,)?
    }) => {
        $(#[$meta])*
        $vis enum $name { $($(#[$word_meta])* $variant),* }

        impl $name {
            /// The word itself.
            $vis const fn text(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.text())
            }
        }

        impl $crate::shape::Shape for $name {
            fn read(value: serde_json::Value) -> Result<Self, $crate::shape::Misfit> {
                match value.as_str() {
                    $(Some($word) => Ok(Self::$variant),)*
                    _ => Err($crate::shape::Misfit::new(
                        $crate::shape::one_of!($($word)*), &value,
                    )),
                }
            }

            fn write(&self, out: &mut Vec<u8>) {
                out.push(b'"');
                out.extend_from_slice(self.text().as_bytes());
                out.push(b'"');
            }

            #[cfg(feature = "documents")]
            fn schema() -> serde_json::Value {
                serde_json::json!({"title": stringify!($name), "type": "string", "enum": [$($word),*]})
            }
        }
    };
}

/// Declares one of some objects, each under its name.
macro_rules! choice {
    ($(#[$meta:meta])* $vis:vis enum $name:ident {
        $($(#[$variant_meta:meta])* $variant:ident as $word:literal {
            $($(#[$field_meta:meta])* $field:ident : $type:ty),* $(,)?
        }),* $(,)?
    }) => {
        $(#[$meta])*
        $vis enum $name { $($(#[$variant_meta])* $variant { $($(#[$field_meta])* $field: $type),* }),* }

        impl $crate::shape::Shape for $name {
            #[allow(unused_mut, unused_variables, reason = "a choice may have no fields")]
            fn read(value: serde_json::Value) -> Result<Self, $crate::shape::Misfit> {
                let fields = $crate::shape::Fields::of(value)?;
                let (word, value) = fields.only().unwrap_or_default();
                match word.as_str() {
                    $($word => {
                        let read = || -> Result<Self, $crate::shape::Misfit> {
                            let mut fields = $crate::shape::Fields::of(value)?;
                            Ok(Self::$variant { $($field: fields.take(stringify!($field))?),* })
                        };
                        read().map_err(|misfit| misfit.within($word))
                    })*
                    _ => Err($crate::shape::Misfit::new(
                        $crate::shape::one_of!($($word)*),
                        &serde_json::Value::Object(serde_json::Map::new()),
                    )),
                }
            }

            #[allow(unused_mut, unused_variables, reason = "a choice may have no fields")]
            fn write(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$variant { $($field),* } => {
                        out.extend_from_slice(concat!("{\"", $word, "\":").as_bytes());
                        let mut object = $crate::shape::Writer::new(out);
                        $(object.field(stringify!($field), $field);)*
                        object.end();
                        out.push(b'}');
                    })*
                }
            }

            #[cfg(feature = "documents")]
            fn schema() -> serde_json::Value {
                serde_json::json!({"type": "object"})
            }
        }
    };
}

/// `one of a, b is wanted`.
macro_rules! one_of {
    ($first:literal $($word:literal)*) => {
        concat!("one of ", $first, $(", ", $word,)* " is wanted")
    };
}

pub(crate) use {choice, field_name, one_of, shape, words};
