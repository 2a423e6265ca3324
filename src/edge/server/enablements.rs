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
    host::{Host, HostError, Response},
    record::{
        enablement::{self, Offer},
        read_rows, rows,
        workflow::Candidate,
    },
    shape::shape,
    time::Timestamp,
    workflow::{Setting, SettingKind},
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
        /// What there is to fill in: the deployed version's `settings`.
        pub inputs: Vec<ServerSetting>,
        /// The settings that have to be filled in before it runs.
        pub missing: Vec<String>,
        /// Whether it runs: switched on, filled in, and the grant can be used.
        pub on: bool,
    }
}

shape! {
    /// Something that users fill in.
    pub(in super::super) struct ServerSetting {
        /// Its name in `settings`.
        pub id: String,
        /// What people see.
        pub label: String,
        /// `text`, `number`, `boolean`, `email`, `url` or `choice`.
        pub kind: String as "type",
        /// Whether a run needs it.
        pub required: bool,
        /// What it is for those who say nothing.
        pub default: Option<Value>,
        /// What to fill in; empty where nobody said.
        pub help: String,
        /// What can be chosen.
        pub choices: Option<Vec<ServerSettingChoice>>,
    }
}

shape! {
    /// Something that can be chosen.
    pub(in super::super) struct ServerSettingChoice {
        /// What is stored.
        pub value: Value,
        /// What people see.
        pub label: String,
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
    let shown = |workflow: &Candidate| {
        let offer = offers.iter().find(|offer| offer.id == workflow.workflow_id)?;
        Some(shown(workflow, offer, usable))
    };
    let all: Vec<_> = workflows.iter().filter_map(shown).collect::<Result<_, _>>()?;
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
    Ok(success(StatusCode::OK, &shown(changed, offer, usable)?))
}

fn shown(workflow: &Candidate, offer: &Offer, usable: bool) -> Result<ServerEnablement, HostError> {
    let on = usable && workflow.is_on();
    Ok(ServerEnablement {
        workflow_id: workflow.workflow_id.clone(),
        name: offer.name.clone(),
        enabled: workflow.is_enabled(),
        enabled_at: workflow.enabled_at.filter(|_| workflow.is_on()).map(Timestamp::seconds),
        settings: workflow.filled_in(),
        inputs: offer.settings()?.into_iter().map(to_fill_in).collect(),
        missing: workflow.missing(),
        on,
    })
}

fn to_fill_in(setting: Setting) -> ServerSetting {
    let kind = match &setting.kind {
        SettingKind::Text => "text",
        SettingKind::Number => "number",
        SettingKind::Boolean => "boolean",
        SettingKind::Email => "email",
        SettingKind::Url => "url",
        SettingKind::Choice(_) => "choice",
    };
    let choices = match setting.kind {
        SettingKind::Choice(choices) => Some(choices),
        _ => None,
    };
    let choice = |(value, label)| ServerSettingChoice { value, label };
    ServerSetting {
        id: setting.id,
        label: setting.label,
        kind: kind.to_owned(),
        required: setting.required,
        default: setting.default,
        help: setting.help,
        choices: choices.map(|all| all.into_iter().map(choice).collect()),
    }
}
