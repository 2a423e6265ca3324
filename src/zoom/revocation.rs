//! Has Zoom forget a token; what is sent, and what the answer means, is `oauth`'s.

use super::endpoints;
use crate::{
    host::{BUFFER_LIMIT, Host, HostError},
    oauth::{Client, read_revocation_response, revocation_request},
};

/// Revokes a token. An error: it may still be alive, and has to be revoked again.
pub async fn revoke(host: &impl Host, client: &Client, token: &str) -> Result<(), HostError> {
    let failed = |reason: String| HostError::new("provider", reason);
    let request = revocation_request(&endpoints(host.settings()).revocation, client, token);
    let answer = host.send(request).await.map_err(|error| failed(error.to_string()))?;
    let body = host.read_body(answer.body, BUFFER_LIMIT).await;
    let body = body.map_err(|error| failed(error.to_string()))?.unwrap_or_default();
    read_revocation_response(answer.status, &body).map_err(|error| failed(error.to_string()))
}
