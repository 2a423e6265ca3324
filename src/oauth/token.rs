//! The token request and its answer (RFC 6749 §4.1.3, §5, §6).

use http::StatusCode;
use thiserror::Error;

use super::{Client, client_request};
use crate::{
    host::Request,
    secret::{AccessToken, AuthorizationCode, CodeVerifier, RefreshToken},
    shape::{read_text, shape},
};

/// A successful token response (RFC 6749 §5.1).
#[derive(Debug)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: AccessToken,
    /// The next refresh token; when the provider sends none, the old one stays good.
    pub refresh_token: Option<RefreshToken>,
    /// How long the access token lives, in seconds.
    pub expires_in: u32,
    /// Space separated.
    pub scope: String,
    /// Zoom's addition: the API address of the user's region.
    pub api_url: Option<String>,
}

/// Why there is no token.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum TokenError {
    /// `invalid_grant` and its like: the code or refresh token we sent is not good (any more).
    #[error("the provider refused the grant: {0}")]
    Refused(String),
    /// `invalid_client`: our client id or secret is not good.
    #[error("the provider refused the client id or secret")]
    ClientRefused,
    /// The provider failed; nothing is known about the grant.
    #[error("the provider answered {0}")]
    Unavailable(u16),
    /// A 200 that is not a token response.
    #[error("the provider's answer is not a token response")]
    Malformed,
}

/// Exchanges a code (RFC 6749 §4.1.3, RFC 7636 §4.5).
pub fn code_token_request(
    endpoint: &str,
    client: &Client,
    code: &AuthorizationCode,
    redirect_uri: &str,
    verifier: &CodeVerifier,
) -> Request {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.expose()),
        ("redirect_uri", redirect_uri),
        ("code_verifier", verifier.expose()),
    ];
    client_request(endpoint, client, &form)
}

/// Asks for the next pair (RFC 6749 §6).
pub fn refresh_token_request(endpoint: &str, client: &Client, token: &RefreshToken) -> Request {
    let form = [("grant_type", "refresh_token"), ("refresh_token", token.expose())];
    client_request(endpoint, client, &form)
}

/// Reads the answer to either (RFC 6749 §5).
pub fn read_token_response(status: StatusCode, body: &str) -> Result<TokenResponse, TokenError> {
    shape! {
        struct Success {
            access_token: String,
            refresh_token: Option<String>,
            expires_in: Option<u32>,
            scope: Option<String>,
            api_url: Option<String>,
        }
    }
    if status != StatusCode::OK {
        return Err(read_error(status, body));
    }
    let success: Success = read_text(body.as_bytes()).map_err(|_| TokenError::Malformed)?;
    if success.access_token.is_empty() {
        return Err(TokenError::Malformed);
    }
    Ok(TokenResponse {
        access_token: AccessToken::new(success.access_token),
        refresh_token: success
            .refresh_token
            .filter(|token| !token.is_empty())
            .map(RefreshToken::new),
        // RFC 6749 §5.1 lets the provider leave it out; an hour is what Zoom documents.
        expires_in: success.expires_in.unwrap_or(3600),
        scope: success.scope.unwrap_or_default(),
        api_url: success.api_url,
    })
}

pub(super) fn read_error(status: StatusCode, body: &str) -> TokenError {
    shape! {
        struct Failure {
            error: Option<String>,
        }
    }
    let failure = read_text(body.as_bytes()).unwrap_or(Failure { error: None });
    // Only the registered error codes are kept: a body may repeat what we sent.
    let error = failure.error.filter(|error| {
        error.len() <= 40 && error.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    });
    match (status.as_u16(), error) {
        (_, Some(error)) if error == "invalid_client" => TokenError::ClientRefused,
        (400, error) => TokenError::Refused(error.unwrap_or_else(|| "invalid_request".to_owned())),
        (401, None) => TokenError::ClientRefused,
        (401 | 403, Some(error)) => TokenError::Refused(error),
        (status, _) => TokenError::Unavailable(status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{host::Body, secret::ClientSecret};

    fn client() -> Client {
        Client { id: "id".to_owned(), secret: ClientSecret::new("secret") }
    }

    #[test]
    fn the_token_request_is_a_form_with_basic_authentication() {
        let request = code_token_request(
            "https://zoom.us/oauth/token",
            &client(),
            &AuthorizationCode::new("c/1"),
            "https://edge.example/oauth",
            &CodeVerifier::new("v"),
        );
        assert_eq!(request.headers.get("authorization"), Some("Basic aWQ6c2VjcmV0"));
        let Body::Bytes(body) = request.body else { panic!("a form") };
        assert_eq!(
            String::from_utf8(body).unwrap(),
            "grant_type=authorization_code&code=c%2F1&redirect_uri=https%3A%2F%2Fedge.example%2Foauth&code_verifier=v"
        );
    }

    #[test]
    fn zooms_answer_is_read() {
        let body = r#"{"access_token":"a","token_type":"bearer","refresh_token":"r","expires_in":3599,"scope":"user:read meeting:write","api_url":"https://api-eu.zoom.us"}"#;
        let response = read_token_response(StatusCode::OK, body).unwrap();
        assert_eq!(response.access_token.expose(), "a");
        assert_eq!(response.refresh_token.unwrap().expose(), "r");
        assert_eq!(
            (response.expires_in, response.scope.as_str()),
            (3599, "user:read meeting:write")
        );
        assert_eq!(response.api_url.as_deref(), Some("https://api-eu.zoom.us"));
    }

    #[test]
    fn failures_say_whose_fault_they_are() {
        let read = |status, body| {
            read_token_response(StatusCode::from_u16(status).unwrap(), body).unwrap_err()
        };
        let refused = |error: &str| TokenError::Refused(error.to_owned());
        let zoom = r#"{"reason":"Invalid Token!","error":"invalid_grant"}"#;
        assert_eq!(read(400, zoom), refused("invalid_grant"));
        assert_eq!(read(401, r#"{"error":"invalid_client"}"#), TokenError::ClientRefused);
        assert_eq!(read(400, r#"{"error":"invalid_client"}"#), TokenError::ClientRefused);
        assert_eq!(read(400, "<html>"), refused("invalid_request"));
        assert_eq!(read(500, zoom), TokenError::Unavailable(500));
        assert_eq!(read(429, ""), TokenError::Unavailable(429));
        assert_eq!(read(200, "{}"), TokenError::Malformed);
        assert_eq!(read(200, "<html>"), TokenError::Malformed);
    }
}
