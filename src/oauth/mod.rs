//! The messages of OAuth 2.0 as pairs of pure functions: build the request, read the answer. Knows no provider and
//! sends nothing.

mod authorization;
mod pkce;
mod revocation;
mod token;

pub use authorization::{AuthorizationRequest, Redirect, authorization_url, read_redirect};
pub use pkce::{code_challenge, code_verifier};
pub use revocation::{RevocationError, read_revocation_response, revocation_request};
pub use token::{
    TokenError, TokenResponse, code_token_request, read_token_response, refresh_token_request,
};

use crate::secret::ClientSecret;

/// Who we are at the provider (RFC 6749 §2.3.1).
#[derive(Debug)]
pub struct Client {
    /// The client identifier, public.
    pub id: String,
    /// The client secret.
    pub secret: ClientSecret,
}

/// The endpoints of one provider (RFC 6749 §3, RFC 7009 §2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// Where the user's browser goes.
    pub authorization: String,
    /// Where codes and refresh tokens are exchanged.
    pub token: String,
    /// Where tokens are revoked.
    pub revocation: String,
}

/// How long a token or revocation request may take, in milliseconds.
pub const DEADLINE_MS: u32 = 10_000;

/// A form POST with the client's Basic authentication (RFC 6749 §2.3.1).
fn client_request(endpoint: &str, client: &Client, form: &[(&str, &str)]) -> crate::host::Request {
    use base64ct::{Base64, Encoding};

    let pair = zeroize::Zeroizing::new(format!("{}:{}", client.id, client.secret.expose()));
    let mut headers = crate::headers::Headers::default();
    headers.set("authorization", &format!("Basic {}", Base64::encode_string(pair.as_bytes())));
    headers.set("content-type", "application/x-www-form-urlencoded");
    headers.set("accept", "application/json");
    crate::host::Request {
        method: http::Method::POST,
        url: endpoint.to_owned(),
        headers,
        body: crate::host::Body::Bytes(
            serde_urlencoded::to_string(form).unwrap_or_default().into_bytes(),
        ),
        deadline_ms: DEADLINE_MS,
    }
}
