//! Token revocation (RFC 7009).

use http::StatusCode;
use thiserror::Error;

use super::{Client, TokenError, client_request, token::read_error};
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

/// Reads the answer (RFC 7009 §2.2). A 4xx means there is nothing left to revoke for us: it is final; unless it refuses
/// us and not the token: a 401, and `invalid_client` with any other (RFC 6749 §5.2).
pub fn read_revocation_response(status: StatusCode, body: &[u8]) -> Result<(), RevocationError> {
    let busy = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
    let error = || read_error(status, &String::from_utf8_lossy(body));
    let refuses_us = status == StatusCode::UNAUTHORIZED
        || (status.is_client_error() && error() == TokenError::ClientRefused);
    if busy || refuses_us { Err(RevocationError::Unavailable(status.as_u16())) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_answer_about_the_token_itself_is_final() {
        let unknown = r#"{"reason":"Invalid Token!","error":"invalid_grant"}"#;
        let refused = r#"{"reason":"Invalid client_id or client_secret","error":"invalid_client"}"#;
        for (status, body, is_final) in [
            (200, r#"{"status":"success"}"#, true),
            (400, unknown, true),
            (400, "", true),
            (404, "", true),
            (400, refused, false),
            (401, refused, false),
            (401, "", false),
            (401, unknown, false),
            (429, "", false),
            (500, "", false),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            let read = read_revocation_response(status, body.as_bytes());
            assert_eq!(read.is_ok(), is_final, "{status} {body}");
        }
    }
}
