//! Token revocation (RFC 7009).

use http::StatusCode;
use thiserror::Error;

use super::{Client, client_request};
use crate::host::Request;

/// Why a revocation did not happen (yet).
#[derive(Debug, Error, PartialEq, Eq)]
pub enum RevocationError {
    /// The provider failed, was busy, or does not know us (any more); try again.
    #[error("the provider answered {0}")]
    Unavailable(u16),
}

/// Asks the provider to forget a token (RFC 7009 §2.1).
pub fn revocation_request(endpoint: &str, client: &Client, token: &str) -> Request {
    client_request(endpoint, client, &[("token", token)])
}

/// Reads the answer (RFC 7009 §2.2). A 4xx means there is nothing left to revoke for us: it is final; but for a 401,
/// which refuses us and not the token (RFC 6749 §5.2, `invalid_client`).
pub fn read_revocation_response(status: StatusCode) -> Result<(), RevocationError> {
    let busy = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
    if busy || status == StatusCode::UNAUTHORIZED {
        Err(RevocationError::Unavailable(status.as_u16()))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_answer_about_the_token_itself_is_final() {
        for (status, is_final) in
            [(200, true), (400, true), (404, true), (401, false), (429, false), (500, false)]
        {
            let read = read_revocation_response(StatusCode::from_u16(status).unwrap());
            assert_eq!(read.is_ok(), is_final, "{status}");
        }
    }
}
