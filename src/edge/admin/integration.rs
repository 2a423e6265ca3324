//! The operator's way to set up a project's integration, with the two addresses that Zoom has to know.

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
        read_row,
    },
    zoom,
};

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
    let change = body.wish().sealed(host, &id, now.as_ref())?;
    let place = Place { id: &id, project_id, provider, by: &by };
    let saved = host.tables(integration::put(place, &change, host.now())).await?;
    host.memory().forget_webhook(&id);
    let saved = saved.into_iter().flatten().next().ok_or(Code::IntegrationDeleting)?;
    let answer = integration_json(&read_row(saved)?, call.own_origin(host.settings()));
    Ok(json_answer(StatusCode::OK, &answer))
}

fn integration_json(integration: &Integration, origin: &str) -> Value {
    let id = &integration.id;
    json!({
        "id": id,
        "provider": integration.provider,
        "client_id": integration.client_id,
        "redirect_url": format!("{origin}/oauth"),
        "webhook_url": format!("{origin}/webhook/triggers/connect/zoom/{id}"),
    })
}
