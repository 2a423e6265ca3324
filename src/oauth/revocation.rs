//! Token revocation (RFC 7009).

use http::StatusCode;
use thiserror::Error;

use super::{Client, client_request};
use crate::host::Request;

/// Why a revocation did not happen (yet).
#[derive(Debug, Error, PartialEq, Eq)]
pub enum RevocationError {
    /// The provider failed or was busy; try again.
    #[error("the provider answered {0}")]
    Unavailable(u16),
}

/// Asks the provider to forget a token (RFC 7009 §2.1).
pub fn revocation_request(endpoint: &str, client: &Client, token: &str) -> Request {
    client_request(endpoint, client, &[("token", token)])
}

/// Reads the answer (RFC 7009 §2.2). A 4xx means there is nothing left to revoke for us: it is final.
pub fn read_revocation_response(status: StatusCode) -> Result<(), RevocationError> {
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        Err(RevocationError::Unavailable(status.as_u16()))
    } else {
        Ok(())
    }
}
