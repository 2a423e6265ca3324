//! What one grant's user made of the project's workflows, for the project's server. The rules of a change are
//! `enablement`'s.

use http::StatusCode;
use serde_json::{Map, Value};

use super::{
    super::{
        call::Call,
        enablement::change,
        problem::{Code, Problem},
        wish::{EnablementPatch, Wish},
    },
    LONGEST_BODY, grant, success,
};
use crate::{
    host::{Host, Response},
    record::{
        enablement::{self, Offer},
        read_rows, rows,
        workflow::Candidate,
    },
    shape::shape,
    time::Timestamp,
};

shape! {
    /// A deployed workflow as one grant's user has it.
    pub(in super::super) struct ServerEnablement {
        /// The workflow.
        pub workflow_id: String,
        /// The name that people see.
        pub name: String,
        /// Whether it is switched on: by somebody, or by itself where nobody said.
        pub enabled: bool,
        /// Since when it runs (Unix seconds), where somebody turned it on.
        pub enabled_at: Option<i64>,
        /// What was filled in.
        pub settings: Map<String, Value>,
        /// The settings that have to be filled in before it runs.
        pub missing: Vec<String>,
        /// Whether it runs: switched on, filled in, and the grant can be used.
        pub on: bool,
    }
}

/// `GET /connect/grants/{grant}/workflows`
pub(super) async fn list(
    host: &impl Host,
    project_id: &str,
    grant_id: &str,
) -> Result<Response, Problem> {
    let grant = grant(host, project_id, grant_id).await?;
    let statements = vec![enablement::of_grant(grant_id), enablement::offers(project_id)];
    let mut answers = host.tables(statements).await?.into_iter();
    let mut next = || answers.next().unwrap_or_default().into_iter();
    let (workflows, offers) = (next(), next());
    let (workflows, offers) = (read_rows::<Candidate>(workflows)?, read_rows::<Offer>(offers)?);
    let usable = grant.is_usable(host.now());
    let all: Vec<ServerEnablement> = workflows
        .iter()
        .filter_map(|workflow| {
            let offer = offers.iter().find(|offer| offer.id == workflow.workflow_id)?;
            Some(shown(workflow, &offer.name, usable))
        })
        .collect();
    Ok(success(StatusCode::OK, &all))
}

/// `PATCH /connect/grants/{grant}/workflows/{workflow}`
pub(super) async fn patch(
    host: &impl Host,
    project_id: &str,
    grant_id: &str,
    workflow_id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let patch: EnablementPatch = call.json(LONGEST_BODY)?;
    let grant = grant(host, project_id, grant_id).await?;
    let named = enablement::some_offers(project_id, &vec![workflow_id.to_owned()]);
    let offers: Vec<Offer> = rows(host, named).await?;
    let offer = offers.first().ok_or(Code::WorkflowNotFound)?;
    let workflows = change(host, &grant, &Wish::one(workflow_id, patch)).await?;
    let changed = workflows.iter().find(|workflow| workflow.workflow_id == workflow_id);
    let changed = changed.ok_or(Code::WorkflowNotFound)?;
    let usable = grant.is_usable(host.now());
    Ok(success(StatusCode::OK, &shown(changed, &offer.name, usable)))
}

fn shown(workflow: &Candidate, name: &str, usable: bool) -> ServerEnablement {
    let on = usable && workflow.is_on();
    ServerEnablement {
        workflow_id: workflow.workflow_id.clone(),
        name: name.to_owned(),
        enabled: workflow.is_enabled(),
        enabled_at: workflow.enabled_at.filter(|_| workflow.is_on()).map(Timestamp::seconds),
        settings: workflow.filled_in(),
        missing: workflow.missing(),
        on,
    }
}
