//! A filter as bodies carry it: JSON that was read as one, kept as it was given. Here it gets its place in the document.

use serde_json::Value;

use crate::{
    shape::{Misfit, Shape},
    workflow::Filter,
};

/// A filter, as it was given.
pub(in super::super) struct GivenFilter(Value);

impl GivenFilter {
    /// Reads back what [`GivenFilter::text`] wrote.
    pub fn stored(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self)
    }

    /// What is stored.
    pub fn text(&self) -> String {
        self.0.to_string()
    }
}

impl Shape for GivenFilter {
    fn read(value: Value) -> Result<Self, Misfit> {
        Filter::parse(&value.to_string())?;
        Ok(Self(value))
    }

    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }

    #[cfg(feature = "documents")]
    fn schema() -> Value {
        let list = serde_json::json!({"$ref": "#/components/schemas/Filter"});
        serde_json::json!({
            "title": "Filter",
            "type": "object",
            "required": ["operator"],
            "properties": {
                "operator": {
                    "type": "string",
                    "description": "`OR` of `AND`s, an `AND` of conditions, or what one condition asks of its field: \
                        `$stringContains`, `$numberGreaterThan` …",
                },
                "conditions": {
                    "type": "array",
                    "items": list,
                    "description": "What `OR` and `AND` are made of; at most 100 conditions in all.",
                },
                "field": {
                    "type": "string",
                    "description": "Of a condition: a path into the trigger's output, such as \
                        `object.recording_files[0].file_type`.",
                },
                "value": {
                    "description": "Of a condition: what the field is compared with; of the kind that the operator \
                        compares.",
                },
            },
        })
    }
}
