//! The operator's way to set up a project's integration, with the two addresses that Zoom has to know, and what else is
//! on offer.

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    super::{
        call::{Call, json_answer},
        integration_body::OperatorIntegration,
        problem::{Code, Problem},
    },
    LONGEST_BODY, actor, current_project,
};
use crate::{
    host::{Host, Response},
    id::derived_uuid,
    record::{
        integration::{self, Integration, Place},
        integration_use::{GrantCount, grant_counts},
        project::MOST_GRANTS,
        read_row, read_rows,
    },
    settings::Settings,
    zoom,
};

/// A project has one integration of each provider: no list of them is longer than this.
const MOST: i64 = 200;

/// `GET projects/{project}/integrations`: those that are set up, and what can be.
pub(super) async fn list(host: &impl Host, id: &str, call: &Call) -> Result<Response, Problem> {
    current_project(host, id).await?;
    let statements = vec![integration::part_of_project(id, MOST, 0), grant_counts(id, MOST_GRANTS)];
    let mut answers = host.tables(statements).await?.into_iter().map(Vec::into_iter);
    let mut next = || answers.next().unwrap_or_default();
    let integrations: Vec<Integration> = read_rows(next())?;
    let counts: Vec<GrantCount> = read_rows(next())?;
    let settings = host.settings();
    let shown = integrations.iter().map(|one| integration_json(one, &counts, call, settings));
    // The app at Zoom wants both addresses before it is known here.
    let future = derived_uuid(&["integration", id, zoom::PROVIDER]);
    let answer = json!({"integrations": shown.collect::<Vec<_>>(), "catalog": [{
        "provider": zoom::PROVIDER,
        "name": zoom::NAME,
        "description": zoom::DESCRIPTION,
        "brand_color": zoom::BRAND_COLOR,
        "redirect_url": call.own_redirect_uri(settings),
        "webhook_url": call.own_webhook_url(settings, &future),
    }]});
    Ok(json_answer(StatusCode::OK, &answer))
}

/// `PUT projects/{project}/integrations/zoom`: set up, or changed where the body says something.
pub(super) async fn put(
    host: &impl Host,
    project_id: &str,
    provider: &str,
    call: &Call,
) -> Result<Response, Problem> {
    if provider != zoom::PROVIDER {
        return Err(Problem::detailed(Code::NotFound, "the provider is `zoom`"));
    }
    let body: OperatorIntegration = call.json(LONGEST_BODY)?;
    current_project(host, project_id).await?;
    let (id, by) = (derived_uuid(&["integration", project_id, provider]), actor(call));
    let now = integration::by_id(host, &id).await?;
    let wish = body.wish();
    if now.is_none() {
        wish.is_whole()?;
    }
    let change = wish.sealed(host, &id, now.as_ref())?;
    let mut statements = if now.is_some() {
        integration::patch(&id, &change, &by, host.now())
    } else {
        let place = Place { id: &id, project_id, provider, by: &by };
        integration::put(place, &change, host.now())
    };
    statements.push(grant_counts(project_id, MOST_GRANTS));
    let mut answers = host.tables(statements).await?;
    host.memory().forget_webhook(&id);
    let counts: Vec<GrantCount> = read_rows(answers.pop().unwrap_or_default().into_iter())?;
    let saved = answers.into_iter().flatten().next().ok_or(Code::IntegrationDeleting)?;
    let shown = integration_json(&read_row(saved)?, &counts, call, host.settings());
    Ok(json_answer(StatusCode::OK, &shown))
}

/// What the operator sees of one: everything but the secrets.
fn integration_json(
    integration: &Integration,
    counts: &[GrantCount],
    call: &Call,
    settings: &Settings,
) -> Value {
    let id = &integration.id;
    let grants = counts.iter().find(|count| count.integration_id == *id).map_or(0, |count| count.n);
    json!({
        "id": id,
        "provider": integration.provider,
        "name": integration.shown_name(),
        "description": integration.description,
        "overview": integration.overview,
        "accent_color": integration.accent_color,
        "client_id": integration.client_id,
        "has_client_secret": true,
        "has_webhook_secret": integration.webhook_secret_sealed.is_some(),
        "scopes": integration.scopes(),
        "plan": integration.plan,
        "redirect_uris": integration.redirect_uris(),
        "expires_in": integration.expires_in,
        "redirect_url": call.own_redirect_uri(settings),
        "webhook_url": call.own_webhook_url(settings, id),
        "webhook_validated_at": integration.webhook_validated_at,
        "status": if integration.is_deleting() { "deleting" } else { "active" },
        "grants": grants,
        "created_at": integration.created_at,
        "updated_at": integration.updated_at,
    })
}
