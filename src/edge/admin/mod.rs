//! The operator's routes, under the admin secret: projects with their keys, origins, client secrets and event endpoint,
//! their Zoom integration, the master keys in use, the sweep, what is counted. What is minted is shown once. No route here or elsewhere
//! makes a user token.

mod client_secret;
mod event_endpoint;
mod health;
mod integration;
mod keys;
mod metrics;
mod project;
mod signing_key;

use http::{Method, StatusCode};

use super::{
    call::{Call, empty_answer, json_answer},
    operator,
    problem::{Code, Problem},
    route::AdminRoute,
    sweep::{sweep, sweep_at_start},
    user::confirmed_project,
};
use crate::{
    connection::Actor,
    host::{Host, Response},
    record::project::Project,
};

/// Bodies here are at most this long, in bytes.
const LONGEST_BODY: usize = 64 * 1024;

/// Answers one request of the operator.
pub(super) async fn admin(
    host: &impl Host,
    route: &AdminRoute,
    call: &Call,
) -> Result<Response, Problem> {
    match route {
        AdminRoute::SignIn => return operator::sign_in(host, call).await,
        AdminRoute::SignedIn => return operator::signed_in(host, call).await,
        AdminRoute::SignOut => return operator::sign_out(host, call).await,
        _ => operator::admit(host, call).await?,
    }
    match route {
        AdminRoute::Projects => project::list(host, call).await,
        AdminRoute::NewProject => project::create(host, call).await,
        AdminRoute::Project(id) => project::one(host, id).await,
        AdminRoute::PatchProject(id) => project::patch(host, id, call).await,
        AdminRoute::NewSigningKey(id) => signing_key::create(host, id, call).await,
        AdminRoute::DeleteSigningKey(id, key) => signing_key::delete(host, id, key, call).await,
        AdminRoute::Integrations(id) => integration::list(host, id, call).await,
        AdminRoute::PutIntegration(id, provider) => {
            integration::put(host, id, provider, call).await
        }
        AdminRoute::NewClientSecret(id) => client_secret::create(host, id, call).await,
        AdminRoute::ClientSecrets(id) => client_secret::list(host, id).await,
        AdminRoute::DeleteClientSecret(id, secret) => {
            client_secret::delete(host, id, secret, call).await
        }
        AdminRoute::PutEventEndpoint(id) => event_endpoint::put(host, id, call).await,
        AdminRoute::EventEndpoint(id) => event_endpoint::one(host, id).await,
        AdminRoute::DeleteEventEndpoint(id) => event_endpoint::delete(host, id, call).await,
        AdminRoute::Keys => keys::keys(host).await,
        AdminRoute::Health => health::health(host).await,
        AdminRoute::Metrics => metrics::metrics(host).await,
        AdminRoute::Sweep => {
            let all_runs = call.parameter("runs").is_some_and(|which| which == "all");
            let swept = if all_runs { sweep_at_start(host).await? } else { sweep(host).await? };
            Ok(json_answer(StatusCode::OK, &swept))
        }
        AdminRoute::SignIn | AdminRoute::SignedIn | AdminRoute::SignOut => {
            Err(Code::NotFound.into())
        }
        AdminRoute::Nowhere if call.method == Method::OPTIONS => Err(Code::MethodNotAllowed.into()),
        AdminRoute::Nowhere => Err(Code::NotFound.into()),
    }
}

/// Who the audit trail names for a call of the operator.
fn actor(call: &Call) -> Actor {
    Actor { who: "admin".to_owned(), origin: call.client_ip() }
}

/// The project as the source has it now, whatever was remembered of it.
async fn current_project(host: &impl Host, id: &str) -> Result<Project, Problem> {
    host.memory().forget(id);
    confirmed_project(host, id).await
}

/// An answer without a body.
fn no_content() -> Response {
    empty_answer(StatusCode::NO_CONTENT)
}
