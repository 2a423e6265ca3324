//! What `{{secrets.name}}` stands for: written, never shown.

use http::StatusCode;

use super::{
    super::{
        call::Call,
        problem::{Code, Problem},
    },
    Page, actor, field, success,
};
use crate::{
    host::{Host, Response},
    record::{
        read_row, rows,
        workflow_secret::{self, WorkflowSecret},
    },
    secret::Text,
    shape::shape,
};

/// A name has at most so many characters.
const LONGEST_NAME: usize = 64;
/// A value has at most so many bytes.
const LONGEST_VALUE: usize = 8 * 1024;
/// A body: its value may be written with escapes.
const LONGEST_BODY: usize = 6 * LONGEST_VALUE + 64;

shape! {
    /// `PUT /connect/workflow-secrets/{name}`
    pub(in super::super) struct NewWorkflowSecret {
        /// What `{{secrets.name}}` stands for; at most 8 KiB.
        pub value: Text,
    }
}

shape! {
    /// A workflow secret; its value is never shown.
    pub(in super::super) struct ServerWorkflowSecret {
        /// Its name in `{{secrets.…}}`.
        pub name: String,
        /// When it was set first (Unix seconds).
        pub created_at: i64,
        /// When it was set last (Unix seconds).
        pub updated_at: i64,
    }
}

shape! {
    /// A workflow secret that has gone.
    pub(in super::super) struct DeletedWorkflowSecret {
        /// Its name.
        pub name: String,
        /// `deleted`.
        pub status: String,
    }
}

/// `GET /connect/workflow-secrets`
pub(super) async fn list(
    host: &impl Host,
    project_id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let page = Page::of(call)?;
    let part = workflow_secret::of_project(project_id, page.limit, page.offset);
    let found: Vec<WorkflowSecret> = rows(host, part).await?;
    Ok(page.answer(&found.into_iter().map(shown).collect()))
}

/// `PUT /connect/workflow-secrets/{name}`
pub(super) async fn put(
    host: &impl Host,
    project_id: &str,
    name: &str,
    call: &Call,
) -> Result<Response, Problem> {
    if !is_name(name) {
        let wanted = "a letter is wanted, then at most 63 letters, digits or underscores";
        return Err(field::misfit("name", wanted));
    }
    let NewWorkflowSecret { value } = call.json(LONGEST_BODY)?;
    if value.expose().is_empty() {
        return Err(field::misfit("value", "a text that is not empty is wanted"));
    }
    if value.expose().len() > LONGEST_VALUE {
        return Err(Problem::detailed(Code::PayloadTooLarge, "value: at most 8 KiB"));
    }
    let (id, now) = (workflow_secret::id(project_id, name), host.now());
    let new = WorkflowSecret {
        value_sealed: workflow_secret::seal_value(host, &id, &value)?,
        id,
        project_id: project_id.to_owned(),
        name: name.to_owned(),
        created_at: now,
        updated_at: now,
    };
    let set = host.tables(workflow_secret::put(&new, &actor(call))).await?;
    let set = set.into_iter().flatten().next().ok_or_else(|| {
        let why = "a project has 200 workflow secrets at most: delete one first";
        Problem::detailed(Code::InvalidRequest, why)
    })?;
    Ok(success(StatusCode::OK, &shown(read_row(set)?)))
}

/// `DELETE /connect/workflow-secrets/{name}`
pub(super) async fn delete(
    host: &impl Host,
    project_id: &str,
    name: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let id = workflow_secret::id(project_id, name);
    let statements = workflow_secret::delete(&id, &actor(call), host.now());
    if host.tables(statements).await?.into_iter().flatten().next().is_none() {
        return Err(Code::WorkflowSecretNotFound.into());
    }
    let deleted = DeletedWorkflowSecret { name: name.to_owned(), status: "deleted".to_owned() };
    Ok(success(StatusCode::OK, &deleted))
}

/// What can stand behind `secrets.`: nothing that would have to be quoted there.
fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.len() <= LONGEST_NAME
}

fn shown(secret: WorkflowSecret) -> ServerWorkflowSecret {
    ServerWorkflowSecret {
        name: secret.name,
        created_at: secret.created_at.seconds(),
        updated_at: secret.updated_at.seconds(),
    }
}
