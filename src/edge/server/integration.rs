//! Integrations, as a project's server sets them up: one for each provider.

use http::StatusCode;

use super::{
    super::{
        call::Call,
        deletion,
        integration_body::{IntegrationPatch, NewIntegration, ServerIntegration, shown},
        problem::{Code, Problem},
    },
    LONGEST_BODY, Page, actor, success,
};
use crate::{
    host::{Host, Response, Row},
    id::derived_uuid,
    record::{
        integration::{self, Integration, Place},
        read_row, rows,
    },
    shape::{shape, words},
    zoom,
};

/// `POST /connect/integrations`
pub(super) async fn create(
    host: &impl Host,
    project_id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let body: NewIntegration = call.json(LONGEST_BODY)?;
    if body.provider != zoom::PROVIDER {
        return Err(Code::ProviderUnknown.into());
    }
    let (provider, by) = (zoom::PROVIDER, actor(call));
    let id = derived_uuid(&["integration", project_id, provider]);
    let change = body.wish()?.sealed(host, &id, None)?;
    let place = Place { id: &id, project_id, provider, by: &by };
    let created = host.tables(integration::create(place, &change, host.now())).await?;
    host.memory().forget_webhook(&id);
    let Some(row) = created.into_iter().flatten().next() else {
        let there = integration::of_project(host, project_id, provider).await?;
        let deleting = there.is_some_and(|there| there.is_deleting());
        let code = if deleting { Code::IntegrationDeleting } else { Code::IntegrationExists };
        return Err(code.into());
    };
    Ok(success(StatusCode::CREATED, &shown(read_row(row)?, None)))
}

/// `GET /connect/integrations`
pub(super) async fn list(
    host: &impl Host,
    project_id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let page = Page::of(call)?;
    let part = integration::part_of_project(project_id, page.limit, page.offset);
    let mut items = Vec::new();
    for integration in rows::<Integration>(host, part).await? {
        items.push(with_progress(host, integration).await?);
    }
    Ok(page.answer(&items))
}

/// `GET /connect/integrations/{provider or id}`
pub(super) async fn one(host: &impl Host, project_id: &str, id: &str) -> Result<Response, Problem> {
    let found = found(host, project_id, id).await?;
    Ok(success(StatusCode::OK, &with_progress(host, found).await?))
}

/// `PATCH /connect/integrations/{provider or id}`
pub(super) async fn patch(
    host: &impl Host,
    project_id: &str,
    id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let body: IntegrationPatch = call.json(LONGEST_BODY)?;
    let found = found(host, project_id, id).await?;
    let change = body.wish().sealed(host, &found.id, Some(&found))?;
    let statements = integration::patch(&found.id, &change, &actor(call), host.now());
    let changed = host.tables(statements).await?.into_iter().flatten().next();
    host.memory().forget_webhook(&found.id);
    let changed: Row = changed.ok_or(Code::IntegrationDeleting)?;
    Ok(success(StatusCode::OK, &shown(read_row(changed)?, None)))
}

words! {
    /// How far a deletion is.
    #[derive(Debug, Clone, Copy)]
    pub(in super::super) enum DeletionStatus {
        /// It is gone.
        Deleted = "deleted",
        /// It goes: call again, or wait for the sweep.
        Deleting = "deleting",
    }
}

shape! {
    /// What has come of a deletion.
    pub(in super::super) struct Deletion {
        /// The integration.
        pub id: String,
        /// How far it is.
        pub status: DeletionStatus,
        /// The grants that have not left.
        pub grants_left: Option<i64>,
        /// The connections that are not forgotten: Zoom has still to be told.
        pub connections_left: Option<i64>,
    }
}

/// `DELETE /connect/integrations/{provider or id}`
pub(super) async fn delete(
    host: &impl Host,
    project_id: &str,
    id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let (id, by) = (found(host, project_id, id).await?.id, actor(call));
    host.tables(integration::begin_deletion(&id, &by, host.now())).await?;
    host.memory().forget_webhook(&id);
    let left = deletion::round(host, &id, &by).await?;
    let (http, status) = match left {
        None => (StatusCode::OK, DeletionStatus::Deleted),
        Some(_) => (StatusCode::ACCEPTED, DeletionStatus::Deleting),
    };
    let deletion = Deletion {
        id,
        status,
        grants_left: left.map(|left| left.grants_left),
        connections_left: left.map(|left| left.connections_left),
    };
    Ok(success(http, &deletion))
}

/// The project's integration, by id or provider; also one that is being deleted.
pub(super) async fn found(
    host: &impl Host,
    project_id: &str,
    id: &str,
) -> Result<Integration, Problem> {
    let found = integration::of_project(host, project_id, id).await?;
    found.ok_or_else(|| Code::IntegrationNotFound.into())
}

async fn with_progress(
    host: &impl Host,
    integration: Integration,
) -> Result<ServerIntegration, Problem> {
    let left =
        if integration.is_deleting() { deletion::left(host, &integration.id).await? } else { None };
    Ok(shown(integration, left))
}
