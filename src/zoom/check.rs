//! Whether Zoom knows an app as it is set up here: what it can be asked without a person, and what its answers mean.
//!
//! What Zoom says, as people have reported it: to wrong credentials `400 {"reason":"Invalid client_id or
//! client_secret","error":"invalid_client"}`; to right ones with a code that there is not `400 {"reason":"Invalid
//! authorization code","error":"invalid_grant"}` (`invalid_request` before 2022); at the consent page to a redirect URL
//! that is not registered the error 4700, "Invalid redirect: …", and to an unknown client id 4702. Who is not signed in
//! at Zoom may be sent to the sign-in first: then nothing is known.

use http::{Method, StatusCode};

use super::endpoints;
use crate::{
    headers::Headers,
    host::{Body, Request, Response},
    oauth::{
        AuthorizationRequest, Client, DEADLINE_MS, authorization_url, code_challenge,
        code_token_request,
    },
    secret::{AuthorizationCode, CodeVerifier, State},
    settings::Settings,
    shape::{read_text, shape},
};

/// A code that Zoom never gave to anybody.
const NO_CODE: &str = "isthmus-check";
/// The verifier that belongs to nothing, as long as one has to be.
const NO_VERIFIER: &str = "isthmus-check-isthmus-check-isthmus-check-1";

/// What Zoom says to client id and secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credentials {
    /// They are an app's.
    Accepted,
    /// They are not.
    Refused,
    /// They are an app's, and the redirect URL is not its.
    RedirectRefused,
    /// Nothing that tells.
    Unclear(u16),
}

/// What Zoom says to the beginning of a consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// There is no app with this client id.
    ClientUnknown,
    /// The redirect URL is not one of the app's.
    RedirectRefused,
    /// The scopes are not those of the app.
    ScopesRefused,
    /// Nothing that tells.
    Unclear,
}

/// Asks for tokens with a code that there is not.
pub fn credentials_request(settings: &Settings, client: &Client, redirect_uri: &str) -> Request {
    let (code, verifier) = (AuthorizationCode::new(NO_CODE), CodeVerifier::new(NO_VERIFIER));
    code_token_request(&endpoints(settings).token, client, &code, redirect_uri, &verifier)
}

/// Reads the answer.
pub fn read_credentials(status: StatusCode, body: &[u8]) -> Credentials {
    shape! {
        struct Failure {
            error: Option<String>,
            reason: Option<String>,
        }
    }
    let failure = read_text(body).unwrap_or(Failure { error: None, reason: None });
    let reason = failure.reason.unwrap_or_default().to_ascii_lowercase();
    match failure.error.as_deref() {
        Some("invalid_client") => Credentials::Refused,
        Some("invalid_grant" | "invalid_request") if reason.contains("redirect") => {
            Credentials::RedirectRefused
        }
        Some("invalid_grant") => Credentials::Accepted,
        Some("invalid_request") if reason.contains("code") => Credentials::Accepted,
        None if status == StatusCode::UNAUTHORIZED => Credentials::Refused,
        _ => Credentials::Unclear(status.as_u16()),
    }
}

/// Asks for the consent page, as a browser does in which nobody is signed in.
pub fn consent_request(
    settings: &Settings,
    client_id: &str,
    redirect_uri: &str,
    scope: &str,
) -> Request {
    let request = AuthorizationRequest {
        client_id,
        redirect_uri,
        state: &State::new(NO_CODE),
        code_challenge: &code_challenge(&CodeVerifier::new(NO_VERIFIER)),
        scope,
    };
    let url = authorization_url(&endpoints(settings).authorization, &request);
    page_request(url)
}

/// Where Zoom sends such a browser next: the same page asks it to sign in, or says what is wrong. Nothing when that is
/// not on Zoom's own site.
pub fn next_page(settings: &Settings, answer: &Response) -> Option<Request> {
    let base = &settings.zoom_oauth_url;
    let location = answer.headers.get("location").filter(|_| answer.status.is_redirection())?;
    let own = location.starts_with('/') && !location.starts_with("//");
    let url = if own { format!("{base}{location}") } else { location.to_owned() };
    let on_site = url.strip_prefix(base.as_str()).is_some_and(|rest| rest.starts_with('/'));
    on_site.then(|| page_request(url))
}

fn page_request(url: String) -> Request {
    let mut headers = Headers::default();
    headers.set("accept", "text/html, application/json");
    Request { method: Method::GET, url, headers, body: Body::Empty, deadline_ms: DEADLINE_MS }
}

/// Reads a page of Zoom's: its error pages are JSON, or HTML with the same words.
pub fn read_consent(body: &[u8]) -> Consent {
    let text = String::from_utf8_lossy(body);
    let says = |words: &str| text.contains(words);
    if says("Invalid redirect") {
        Consent::RedirectRefused
    } else if says("Invalid client_id") || says("Invalid client id") {
        Consent::ClientUnknown
    } else if says("Invalid scope") {
        Consent::ScopesRefused
    } else {
        Consent::Unclear
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings::new(|_| None)
    }

    fn credentials(status: u16, body: &str) -> Credentials {
        read_credentials(StatusCode::from_u16(status).unwrap(), body.as_bytes())
    }

    #[test]
    fn wrong_credentials_are_told_from_a_code_that_there_is_not() {
        use Credentials::{Accepted, RedirectRefused, Refused, Unclear};
        for (status, body, expected) in [
            (
                400,
                r#"{"reason":"Invalid client_id or client_secret","error":"invalid_client"}"#,
                Refused,
            ),
            (
                401,
                r#"{"reason":"Invalid client_id or client_secret","error":"invalid_client"}"#,
                Refused,
            ),
            (401, "", Refused),
            (400, r#"{"reason":"Invalid authorization code","error":"invalid_grant"}"#, Accepted),
            (
                400,
                r#"{"reason":"Invalid authorization code x","error":"invalid_request"}"#,
                Accepted,
            ),
            (
                400,
                r#"{"reason":"Redirect URI mismatch.","error":"invalid_request"}"#,
                RedirectRefused,
            ),
            (
                400,
                r#"{"reason":"unsupported grant type","error":"unsupported_grant_type"}"#,
                Unclear(400),
            ),
            (400, r#"{"reason":"Missing grant type.","error":"invalid_request"}"#, Unclear(400)),
            (400, "<html>", Unclear(400)),
            (200, r#"{"access_token":"a"}"#, Unclear(200)),
            (429, "", Unclear(429)),
            (503, "<html>", Unclear(503)),
        ] {
            assert_eq!(credentials(status, body), expected, "{status} {body}");
        }
    }

    #[test]
    fn an_error_page_says_what_is_wrong_and_any_other_page_nothing() {
        for (body, expected) in [
            (
                r#"{"status":false,"errorCode":4700,"errorMessage":"Invalid redirect: https://x","result":null}"#,
                Consent::RedirectRefused,
            ),
            ("<p>Invalid redirect: https://x (4,700)</p>", Consent::RedirectRefused),
            (
                r#"{"status":false,"errorCode":4702,"errorMessage":"Invalid client_id: x","result":null}"#,
                Consent::ClientUnknown,
            ),
            (r#"{"errorCode":4700,"errorMessage":"Invalid scope: a b"}"#, Consent::ScopesRefused),
            ("<title>Sign In | Zoom</title>", Consent::Unclear),
            ("", Consent::Unclear),
        ] {
            assert_eq!(read_consent(body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn a_sign_in_is_followed_on_zooms_own_site_alone() {
        let to = |location: &str| {
            let mut headers = Headers::default();
            headers.set("location", location);
            let answer = Response { status: StatusCode::FOUND, headers, body: Body::Empty };
            next_page(&settings(), &answer).map(|request| request.url)
        };
        let sign_in = Some("https://zoom.us/oauth/signin?x=1".to_owned());
        assert_eq!(to("/oauth/signin?x=1"), sign_in);
        assert_eq!(to("https://zoom.us/oauth/signin?x=1"), sign_in);
        for elsewhere in
            ["//evil.example/", "https://zoom.us.evil.example/", "http://zoom.us/", "x"]
        {
            assert_eq!(to(elsewhere), None, "{elsewhere}");
        }
        let page =
            Response { status: StatusCode::OK, headers: Headers::default(), body: Body::Empty };
        assert!(next_page(&settings(), &page).is_none());
    }
}
