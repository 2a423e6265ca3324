//! `GET /connect/triggers`: what may happen at Zoom and be told, under the names that people see.

use serde_json::{Map, Value};

use super::{
    super::{
        call::Call,
        problem::{Code, Problem},
    },
    Page,
};
use crate::{
    host::Response,
    shape::shape,
    zoom::trigger::{TRIGGERS, Trigger, by_id},
};

shape! {
    /// Something that may happen at Zoom.
    pub(in super::super) struct ServerTrigger {
        /// The name that subscriptions know it by.
        pub id: String,
        /// The name that people see.
        pub label: String,
        /// Zoom's own word for it.
        pub event: String,
        /// What it carries.
        pub description: String,
        /// What Zoom may send: the whole message.
        pub example: Map<String, Value>,
    }
}

/// `GET /connect/triggers`
pub(super) fn list(call: &Call) -> Result<Response, Problem> {
    let page = Page::of(call)?;
    let number = |number: i64| usize::try_from(number).unwrap_or_default();
    let part = TRIGGERS.iter().skip(number(page.offset)).take(number(page.limit));
    Ok(page.answer(&part.map(shown).collect()))
}

/// The trigger of this id, or of Zoom's own word.
pub(super) fn known(id: &str) -> Result<&'static Trigger, Problem> {
    by_id(id).ok_or_else(|| Code::TriggerUnknown.into())
}

fn shown(trigger: &Trigger) -> ServerTrigger {
    ServerTrigger {
        id: trigger.id.to_owned(),
        label: trigger.label.to_owned(),
        event: trigger.event.to_owned(),
        description: trigger.description.to_owned(),
        example: serde_json::from_str(trigger.example).unwrap_or_default(),
    }
}
