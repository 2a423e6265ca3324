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
    // Only a refusal has to be read.
    let body = if answer.status.is_client_error() {
        let body = host.read_body(answer.body, BUFFER_LIMIT).await;
        body.map_err(|error| failed(error.to_string()))?.unwrap_or_default()
    } else {
        Vec::new()
    };
    read_revocation_response(answer.status, &body).map_err(|error| failed(error.to_string()))
}
