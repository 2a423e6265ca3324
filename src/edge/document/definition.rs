//! The bodies that carry a definition, as the document shows them: its parts. What each may hold is in `docs/workflows.md`;
//! what reads it is `workflow`.

use serde_json::{Map, Value};

use crate::shape::shape;

shape! {
    /// A definition.
    pub(super) struct NewWorkflow {
        /// The name that people see.
        name: String,
        /// What it is for.
        description: Option<String>,
        /// The integration: `zoom`.
        integration: Option<String>,
        /// What starts a run: `type`, and what goes with that.
        trigger: Map<String, Value>,
        /// What users fill in.
        settings: Option<Vec<Map<String, Value>>>,
        /// Whether it is on for those who never said.
        default_enabled: Option<bool>,
        /// What is done, one after the other: `id`, `type`, `inputs` …
        steps: Vec<Map<String, Value>>,
    }
}

shape! {
    /// The whole definition.
    pub(super) struct WorkflowPatch {
        /// The revision that the change was made from; with another one it is refused.
        revision: Option<i64>,
        /// The name that people see.
        name: String,
        /// What it is for.
        description: Option<String>,
        /// The integration: `zoom`.
        integration: Option<String>,
        /// What starts a run.
        trigger: Map<String, Value>,
        /// What users fill in.
        settings: Option<Vec<Map<String, Value>>>,
        /// Whether it is on for those who never said.
        default_enabled: Option<bool>,
        /// What is done, one after the other.
        steps: Vec<Map<String, Value>>,
    }
}

shape! {
    /// What is to be deployed.
    pub(super) struct Deploy {
        /// The revision that is meant; with another one it is refused.
        revision: Option<i64>,
    }
}
