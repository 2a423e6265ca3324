//! What of a workflow is at work: versions that never change. Runs that have begun stay with theirs.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    super::{
        super::{
            call::Call,
            problem::{Code, Problem},
            schedule,
        },
        LONGEST_BODY, actor, connectable, success,
    },
    checked::{Checked, checked, refusal},
    none, of_project, revision, shown,
};
use crate::{
    host::{Host, HostError, Response, Row, Statement},
    record::{
        read_row, rows, start,
        workflow::{self, Deployment, Workflow},
        workflow_secret::{self, WorkflowSecret},
    },
    workflow::{Definition, Setting, Variable, variables as known},
    zoom::action::CATALOG,
};

/// How often a workflow is read again that was changed while it was deployed.
const TRIES: usize = 4;

/// `POST /connect/workflows/{workflow}/deploy`, with the `revision` that is meant, if no other may be deployed.
pub(in super::super) async fn deploy(
    host: &impl Host,
    project_id: &str,
    id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let wanted = match call.body.bytes() {
        Some([]) => None,
        _ => revision(call.json::<Map<String, Value>>(LONGEST_BODY)?.remove("revision"))?,
    };
    for _ in 0..TRIES {
        let found = of_project(host, project_id, id).await?;
        if wanted.is_some_and(|wanted| wanted != found.revision) {
            break;
        }
        let fields = serde_json::from_str(&found.definition).unwrap_or_default();
        let checked = match checked(host, fields) {
            Ok(checked) => checked,
            Err(complaints) => return Ok(refusal(complaints, call)),
        };
        connectable(host, project_id, &checked.provider).await?;
        let deploy = workflow::deploy(&found, &deployment(&checked), &actor(call), host.now());
        if let Some(row) = change(host, &found, deploy).await? {
            return Ok(success(StatusCode::OK, &shown(host, read_row(row)?).await?));
        }
    }
    Err(Code::WorkflowChanged.into())
}

/// `POST /connect/workflows/{workflow}/undeploy`: nothing new begins; what has begun goes on.
pub(in super::super) async fn undeploy(
    host: &impl Host,
    project_id: &str,
    id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let found = of_project(host, project_id, id).await?;
    let undeploy = workflow::undeploy(project_id, id, &actor(call), host.now());
    let row = change(host, &found, undeploy).await?.ok_or_else(none)?;
    Ok(success(StatusCode::OK, &shown(host, read_row(row)?).await?))
}

/// `GET /connect/workflows/{workflow}/variables`: of a `step`, or else of one that is added at the end.
pub(in super::super) async fn variables(
    host: &impl Host,
    project_id: &str,
    id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let found = of_project(host, project_id, id).await?;
    let read = Definition::parse(&found.definition, &CATALOG)
        .map_err(|misfit| Problem::detailed(Code::WorkflowInvalid, misfit.to_string()))?;
    let mut all = known(&read, &CATALOG, &call.parameter("step").unwrap_or_default());
    let secrets = workflow_secret::all_of_project(project_id);
    let secrets: Vec<WorkflowSecret> = rows(host, secrets).await?;
    all.extend(secrets.iter().map(|secret| Variable::secret(&secret.name)));
    Ok(success(StatusCode::OK, &all))
}

/// Changes what of a workflow is deployed, and with it what the clock starts; the row that the last of the statements
/// answers.
pub(super) async fn change(
    host: &impl Host,
    workflow: &Workflow,
    mut statements: Vec<Statement>,
) -> Result<Option<Row>, HostError> {
    statements.insert(0, start::schedules_changed(&workflow.id));
    statements.push(start::schedules_changed(&workflow.id));
    let mut answers = host.tables(statements).await?;
    answers.pop();
    if let Err(error) = schedule::tell_some(host, Some(&workflow.integration_id)).await {
        // It is done; whoever was not told is found by the sweep.
        Problem::from(error).report(host);
    }
    Ok(answers.pop().and_then(|rows| rows.into_iter().next()))
}

/// What the tables find the workflow by once it is deployed.
fn deployment(Checked { definition, read, .. }: &Checked) -> Deployment {
    let filter = definition.get("trigger").and_then(|trigger| trigger.get("filter"));
    let filter = filter.filter(|filter| !filter.is_null());
    // What has a default is filled in already.
    let asked = |setting: &&Setting| setting.required && setting.default.is_none();
    let required: Vec<&str> =
        read.settings.iter().filter(asked).map(|setting| setting.id.as_str()).collect();
    Deployment {
        trigger_key: read.trigger.key(),
        filter: filter.map(Value::to_string),
        required: json!(required).to_string(),
        default_enabled: read.default_enabled,
    }
}
