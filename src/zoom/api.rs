//! Calls of Zoom's REST API: which address, which path, which headers, and when Zoom means "this token is dead".

use http::{Method, StatusCode};
use percent_encoding::percent_decode_str;
use thiserror::Error;

use crate::{
    headers::Headers,
    host::{Body, Request},
    secret::AccessToken,
    shape::{read_text, shape},
};

/// How long Zoom may take until its answer begins, in milliseconds.
const DEADLINE_MS: u32 = 30_000;

/// A path below `/v2/`, with its query: checked, and kept byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiPath(std::borrow::Cow<'static, str>);

/// Why a path is not sent.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PathError {
    /// Nothing to call.
    #[error("the path is empty: name what to call, like users/me/meetings")]
    Empty,
    /// `https://…` or `//host`.
    #[error("the path must be relative to Zoom's API, like users/me/meetings, without a host")]
    Absolute,
    /// `.` or `..`, raw or encoded.
    #[error("the path must not contain . or .. segments, also not encoded")]
    Dots,
    /// A control character, a space or a backslash.
    #[error("the path holds a character that has to be percent-encoded")]
    Character,
}

impl ApiPath {
    /// `users/me`.
    pub const ACCOUNT: Self = Self(std::borrow::Cow::Borrowed("users/me"));

    /// Checks what follows `/proxy/zoom/` in the request, query included. One leading slash is dropped.
    pub fn new(text: &str) -> Result<Self, PathError> {
        let text = text.strip_prefix('/').unwrap_or(text);
        let path = text.split(['?', '#']).next().unwrap_or_default();
        if text
            .contains(|letter: char| letter.is_ascii_control() || letter == ' ' || letter == '\\')
        {
            return Err(PathError::Character);
        }
        if path.is_empty() {
            return Err(PathError::Empty);
        }
        // Zoom asks for double encoding in some meeting ids, so somebody behind us may decode twice.
        let once = percent_decode_str(path).decode_utf8_lossy().into_owned();
        let twice = percent_decode_str(&once).decode_utf8_lossy().into_owned();
        for form in [path, &once, &twice] {
            let mut segments = form.split(['/', '\\']);
            if segments.any(|segment| segment == "." || segment == "..") {
                return Err(PathError::Dots);
            }
        }
        let scheme = path.split('/').next().is_some_and(|first| first.ends_with(':'));
        if path.starts_with('/') || scheme {
            return Err(PathError::Absolute);
        }
        Ok(Self(text.split('#').next().unwrap_or_default().to_owned().into()))
    }
}

/// Zoom's API address for a token: its `api_url` if that is https under `zoom.us`, else the configured one.
pub fn api_base(api_url: Option<&str>, configured: &str) -> String {
    let trusted = api_url.map(|url| url.trim_end_matches('/')).filter(|url| {
        url.strip_prefix("https://").is_some_and(|host| {
            let plain = host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
            plain && (host == "zoom.us" || host.ends_with(".zoom.us"))
        })
    });
    trusted.unwrap_or(configured).to_owned()
}

/// A call of Zoom's API with the caller's headers, less those that are not the caller's to send.
pub fn api_request(
    method: Method,
    base: &str,
    path: &ApiPath,
    caller: Option<&Headers>,
    body: Body,
    token: &AccessToken,
) -> Request {
    let mut headers = Headers::default();
    for (name, value) in caller.into_iter().flat_map(Headers::iter).filter(|(name, _)| passes(name))
    {
        // The browser package that this edge must serve sends `auto` and means JSON.
        let auto = name == "content-type" && value == "auto";
        headers.append(name, if auto { "application/json" } else { value });
    }
    headers.set("authorization", &format!("Bearer {}", token.expose()));
    let url = format!("{base}/v2/{}", path.0);
    Request { method, url, headers, body, deadline_ms: DEADLINE_MS }
}

/// Whether a caller's header goes on to Zoom: what describes the content and what it accepts, nothing of the hop,
/// the browser or ourselves.
fn passes(name: &str) -> bool {
    let described = matches!(
        name,
        "accept"
            | "accept-language"
            | "content-type"
            | "if-match"
            | "if-none-match"
            | "if-modified-since"
            | "range"
    );
    let extra = name.starts_with("x-")
        && !["x-isthmus-", "x-paragon-", "x-forwarded-", "x-real-ip"]
            .iter()
            .any(|own| name.starts_with(own));
    described || extra
}

/// Whether Zoom says that the access token is dead: a 401, or its code 124 (Zoom: "API error codes").
pub fn token_refused(status: StatusCode, body: &[u8]) -> bool {
    shape! {
        struct Failure {
            code: i64,
        }
    }
    status == StatusCode::UNAUTHORIZED
        || (status.is_client_error()
            && read_text::<Failure>(body).is_ok_and(|failure| failure.code == 124))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_path_is_kept_byte_for_byte() {
        for path in [
            "users/me/meetings?type=upcoming&page_size=300",
            "meetings/%252Fabc%252F%252Fdef%3D%3D",
            "meetings/123/registrants?x=a%20b/../c",
            "users/a.b@c.example",
        ] {
            assert_eq!(ApiPath::new(path).unwrap().0, path);
        }
        assert_eq!(ApiPath::new("/users/me").unwrap().0, "users/me");
    }

    #[test]
    fn a_path_that_could_leave_the_api_is_refused() {
        for (path, error) in [
            ("", PathError::Empty),
            ("/", PathError::Empty),
            ("../oauth/token", PathError::Dots),
            ("users/./me", PathError::Dots),
            ("users/%2e%2e/x", PathError::Dots),
            ("users/%2E./x", PathError::Dots),
            ("users/%252e%252e/x", PathError::Dots),
            ("..%2fusers", PathError::Dots),
            ("a%5C..%5Cb", PathError::Dots),
            ("//evil.example/x", PathError::Absolute),
            ("https://evil.example/x", PathError::Absolute),
            ("users\\me", PathError::Character),
            ("users/me\r\nx: y", PathError::Character),
        ] {
            assert_eq!(ApiPath::new(path), Err(error), "{path}");
        }
    }

    #[test]
    fn only_zooms_own_hosts_are_taken_from_a_token() {
        let configured = "https://api.zoom.us";
        let base = |url| api_base(Some(url), configured);
        assert_eq!(base("https://api-eu.zoom.us/"), "https://api-eu.zoom.us");
        for other in [
            "http://api-eu.zoom.us",
            "https://zoom.us.evil.example",
            "https://evilzoom.us",
            "https://a@b.zoom.us",
            "https://evil.example/.zoom.us",
            "https://evil.example?.zoom.us",
        ] {
            assert_eq!(base(other), configured, "{other}");
        }
        assert_eq!(api_base(None, configured), configured);
    }

    #[test]
    fn cookies_authorization_and_our_own_headers_stay_behind() {
        let mut headers = Headers::default();
        let ours = [
            "cookie",
            "authorization",
            "x-isthmus-project",
            "x-paragon-credential",
            "connection",
            "host",
            "origin",
        ];
        for name in ours {
            headers.set(name, "theirs");
        }
        headers.set("content-type", "auto");
        headers.set("x-zoom-thing", "1");
        let token = AccessToken::new("t");
        let request =
            api_request(Method::POST, "b", &ApiPath::ACCOUNT, Some(&headers), Body::Empty, &token);
        let mut names: Vec<_> = request.headers.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        assert_eq!(names, ["authorization", "content-type", "x-zoom-thing"]);
        assert_eq!(request.headers.get("authorization"), Some("Bearer t"));
        assert_eq!(request.headers.get("content-type"), Some("application/json"));
    }

    #[test]
    fn a_dead_token_is_recognised_by_status_or_code() {
        assert!(token_refused(StatusCode::UNAUTHORIZED, b""));
        assert!(token_refused(StatusCode::BAD_REQUEST, br#"{"code":124,"message":"x"}"#));
        assert!(!token_refused(StatusCode::BAD_REQUEST, br#"{"code":300}"#));
        assert!(!token_refused(StatusCode::OK, br#"{"code":124}"#));
    }
}
