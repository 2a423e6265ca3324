//! A definition as it comes in: read, checked, and refused with everything that does not hold together in it. The rules
//! are `workflow`'s.

use serde_json::{Map, Value};

use super::{
    super::{
        super::{
            call::Call,
            problem::{Code, Problem},
        },
        refused,
    },
    text_of,
};
use crate::{
    host::{Host, Response},
    record::{
        rows,
        workflow_secret::{self, WorkflowSecret},
    },
    workflow::{Complaint, Definition, Trigger, check},
    zoom::action::CATALOG,
};

/// A definition that holds together.
pub(super) struct Checked {
    /// As it is stored.
    pub definition: Map<String, Value>,
    /// The same, read.
    pub read: Definition,
    pub provider: String,
}

/// Reads and checks what came; everything that is wrong, if something is.
pub(super) fn checked(
    host: &impl Host,
    mut definition: Map<String, Value>,
) -> Result<Checked, Vec<Complaint>> {
    let text = Value::Object(definition.clone()).to_string();
    let read =
        Definition::parse(&text, &CATALOG).map_err(|misfit| vec![Complaint::from(misfit)])?;
    let complaints = complaints(host, &read, None);
    if !complaints.is_empty() {
        return Err(complaints);
    }
    let provider = definition.entry("integration").or_insert_with(|| CATALOG.provider.into());
    let provider = provider.as_str().unwrap_or_default().to_owned();
    Ok(Checked { definition, read, provider })
}

/// Refuses a definition. The message is the first of what is wrong; all of it is beside.
pub(super) fn refusal(complaints: Vec<Complaint>, call: &Call) -> Response {
    let first = complaints.first().map(|first| match first.at.as_str() {
        "" => first.message.clone(),
        at => format!("{at}: {}", first.message),
    });
    let problem = Problem::detailed(Code::WorkflowInvalid, first.unwrap_or_default());
    refused(&problem, Some(complaints), &call.request_id)
}

/// What does not hold together in a definition that is stored: with what is missing around it.
pub(super) async fn complaints_of(
    host: &impl Host,
    project_id: &str,
    definition: &str,
) -> Result<Vec<Complaint>, Problem> {
    let read = match Definition::parse(definition, &CATALOG) {
        Ok(read) => read,
        Err(misfit) => return Ok(vec![misfit.into()]),
    };
    if !definition.contains("secrets") {
        return Ok(complaints(host, &read, None));
    }
    let there: Vec<WorkflowSecret> =
        rows(host, workflow_secret::all_of_project(project_id)).await?;
    let names: Vec<String> = there.into_iter().map(|secret| secret.name).collect();
    Ok(complaints(host, &read, Some(&names)))
}

fn complaints(host: &impl Host, read: &Definition, secrets: Option<&[String]>) -> Vec<Complaint> {
    let mut complaints = check(read, &CATALOG, secrets);
    let at = "trigger.timezone";
    if let Trigger::Schedule { zone, .. } = &read.trigger
        && !complaints.iter().any(|one| one.at == at)
        && host.utc_offset(zone, host.now()).is_none()
    {
        let message = format!("there is no time zone {zone:.64}; write one such as Europe/Berlin");
        complaints.insert(0, Complaint { at: at.to_owned(), message });
    }
    complaints
}

/// What starts a workflow with this definition: [`crate::workflow::Trigger::key`].
pub(super) fn key_of(definition: &Map<String, Value>) -> String {
    let trigger = definition.get("trigger").and_then(Value::as_object);
    let text = |name| trigger.map(|trigger| text_of(trigger, name)).unwrap_or_default();
    match text("type").as_str() {
        "event" => format!("event/{}", text("name")),
        other => other.to_owned(),
    }
}
