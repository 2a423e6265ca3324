//! Workflows: defined, checked, deployed. What one is made of is in `workflow`; how a definition is read and checked here
//! is in `checked`, what a deployed one is found by in `deployed`.

mod checked;
mod deployed;

use http::StatusCode;
use serde_json::{Map, Value};

use self::checked::{Checked, checked, complaints_of, key_of, refusal};
pub(super) use self::deployed::{deploy, undeploy, variables};
use super::{
    super::{
        call::Call,
        problem::{Code, Problem},
    },
    LONGEST_BODY, Page, actor, connectable, field, success,
};
use crate::{
    host::{Host, Response},
    id::random_uuid,
    record::{
        first_row, read_row, rows,
        run::{self, Run},
        workflow::{self, Listed, Version, Workflow, WorkflowStatus},
    },
    shape::{Given, Shape, shape},
    workflow::Complaint,
};

/// The engine is told of so many runs that are over; the others find out by themselves.
const TOLD: usize = 20;

shape! {
    /// A workflow.
    pub(in super::super) struct ServerWorkflow {
        /// The id.
        pub id: String,
        /// The name that people see.
        pub name: String,
        /// The provider: `zoom`.
        pub integration: String,
        /// The integration.
        pub integration_id: String,
        /// Whether it is deployed.
        pub status: WorkflowStatus,
        /// The deployed version; `null`: none.
        pub version: Given<i64>,
        /// Rises with each change of the definition.
        pub revision: i64,
        /// Whether what is edited is not what is deployed; `false` while nothing is.
        pub changed: bool,
        /// What starts it, as it is edited: `zoom.new_meeting`, `event/<name>`, `request`, `integration_enabled`,
        /// `schedule`.
        pub trigger: String,
        /// When it was made (Unix seconds).
        pub created_at: i64,
        /// The last change (Unix seconds).
        pub updated_at: i64,
        /// What it is made of, as it is edited; not in a list.
        pub definition: Option<Map<String, Value>>,
        /// What does not hold together (yet): a secret that is missing, say; not in a list.
        pub complaints: Option<Vec<Complaint>>,
    }
}

shape! {
    /// A workflow that has gone.
    pub(in super::super) struct DeletedWorkflow {
        /// The workflow.
        pub id: String,
        /// `deleted`.
        pub status: String,
    }
}

/// `POST /connect/workflows`: the body is the definition.
pub(super) async fn create(
    host: &impl Host,
    project_id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let Checked { definition, read, provider } = match checked(host, call.json(LONGEST_BODY)?) {
        Ok(checked) => checked,
        Err(complaints) => return Ok(refusal(complaints, call)),
    };
    let integration = connectable(host, project_id, &provider).await?;
    let now = host.now();
    let new = Workflow {
        id: random_uuid(host),
        project_id: project_id.to_owned(),
        integration_id: integration.id,
        name: read.name,
        definition: Value::Object(definition).to_string(),
        revision: 1,
        version: None,
        versions: 0,
        trigger_key: None,
        filter: None,
        required: "[]".to_owned(),
        default_enabled: 0,
        created_at: now,
        updated_at: now,
    };
    let created = host.tables(workflow::create(&new, &actor(call))).await?;
    let created = created.into_iter().flatten().next().ok_or(Code::TooManyWorkflows)?;
    Ok(success(StatusCode::CREATED, &shown(host, read_row(created)?).await?))
}

/// `GET /connect/workflows`
pub(super) async fn list(
    host: &impl Host,
    project_id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let page = Page::of(call)?;
    let status = field::word(call, "status")?;
    let trigger = field::filter(call, "trigger")?;
    let part =
        workflow::of_project(project_id, status, trigger.as_deref(), page.limit, page.offset);
    let found: Vec<Listed> = rows(host, part).await?;
    Ok(page.answer(&found.into_iter().map(listed).collect()))
}

/// `GET /connect/workflows/{workflow}`
pub(super) async fn one(host: &impl Host, project_id: &str, id: &str) -> Result<Response, Problem> {
    let found = of_project(host, project_id, id).await?;
    Ok(success(StatusCode::OK, &shown(host, found).await?))
}

/// `PATCH /connect/workflows/{workflow}`: the body is the whole definition, and the `revision` that it was made from, if
/// another change must not be lost.
pub(super) async fn patch(
    host: &impl Host,
    project_id: &str,
    id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let mut body: Map<String, Value> = call.json(LONGEST_BODY)?;
    let revision = revision(body.remove("revision"))?;
    let Checked { definition, read, provider } = match checked(host, body) {
        Ok(checked) => checked,
        Err(complaints) => return Ok(refusal(complaints, call)),
    };
    connectable(host, project_id, &provider).await?;
    let found = of_project(host, project_id, id).await?;
    let definition = Value::Object(definition).to_string();
    let new = Workflow { name: read.name, definition, ..found };
    let changed = host.tables(workflow::change(&new, revision, &actor(call), host.now())).await?;
    let changed = changed.into_iter().flatten().next().ok_or(Code::WorkflowChanged)?;
    Ok(success(StatusCode::OK, &shown(host, read_row(changed)?).await?))
}

/// `DELETE /connect/workflows/{workflow}`: its live runs are over too.
pub(super) async fn delete(
    host: &impl Host,
    project_id: &str,
    id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let found = of_project(host, project_id, id).await?;
    let live: Vec<Run> = rows(host, run::live_of_workflow(id, TOLD)).await?;
    let delete = workflow::delete(project_id, id, &actor(call), host.now());
    deployed::change(host, &found, delete).await?.ok_or_else(none)?;
    for run in live {
        // When the engine cannot be told, a run finds out before its next step.
        let _ = host.end_run(&run.id).await;
    }
    let deleted = DeletedWorkflow { id: id.to_owned(), status: "deleted".to_owned() };
    Ok(success(StatusCode::OK, &deleted))
}

/// The project's workflow of this id; another's is not there.
pub(super) async fn of_project(
    host: &impl Host,
    project_id: &str,
    id: &str,
) -> Result<Workflow, Problem> {
    let found = first_row(host, workflow::one(project_id, id)).await?;
    found.ok_or_else(none)
}

fn none() -> Problem {
    Problem::detailed(Code::WorkflowNotFound, "there is none of this id")
}

/// The revision that a change was made from.
fn revision(given: Option<Value>) -> Result<Option<i64>, Problem> {
    let read = given.map_or(Ok(None), Option::<i64>::read);
    read.map_err(|misfit| {
        Problem::detailed(Code::InvalidRequest, misfit.within("revision").to_string())
    })
}

/// A workflow as it is shown, with what does not hold together in it.
async fn shown(host: &impl Host, one: Workflow) -> Result<ServerWorkflow, Problem> {
    let definition: Map<String, Value> = serde_json::from_str(&one.definition).unwrap_or_default();
    let complaints = complaints_of(host, &one.project_id, &one.definition).await?;
    let changed = match one.version {
        Some(version) => {
            let deployed: Option<Version> =
                first_row(host, workflow::version(&one.id, version)).await?;
            deployed.is_none_or(|deployed| deployed.definition != one.definition)
        }
        None => false,
    };
    let listed = Listed {
        changed: i64::from(changed),
        trigger: key_of(&definition),
        provider: text_of(&definition, "integration"),
        id: one.id,
        name: one.name,
        integration_id: one.integration_id,
        revision: one.revision,
        version: one.version,
        created_at: one.created_at,
        updated_at: one.updated_at,
    };
    let (definition, complaints) = (Some(definition), Some(complaints));
    Ok(ServerWorkflow { definition, complaints, ..self::listed(listed) })
}

fn listed(one: Listed) -> ServerWorkflow {
    let deployed = one.version.is_some();
    ServerWorkflow {
        id: one.id,
        name: one.name,
        integration: one.provider,
        integration_id: one.integration_id,
        status: if deployed { WorkflowStatus::Deployed } else { WorkflowStatus::Draft },
        version: one.version.map_or(Given::Null, Given::Value),
        revision: one.revision,
        changed: one.changed != 0,
        trigger: one.trigger,
        created_at: one.created_at.seconds(),
        updated_at: one.updated_at.seconds(),
        definition: None,
        complaints: None,
    }
}

fn text_of(fields: &Map<String, Value>, name: &str) -> String {
    fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
