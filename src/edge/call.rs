//! One request that came in, as the journeys read it; and the few forms an answer has.

use base64ct::{Base64, Encoding};
use http::{Method, StatusCode};
use zeroize::Zeroizing;

use super::problem::{Code, Problem};
use crate::{
    headers::Headers,
    host::{Body, Request, Response},
    secret::{ProjectSecret, UserToken},
    settings::Settings,
    shape::{Shape, read_text, text},
};

/// A browser's name is kept up to so many characters.
const LONGEST_USER_AGENT: usize = 512;

/// One incoming request, taken apart.
#[derive(Debug)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// `https://host[:port]`, as the request named us.
    origin: String,
    /// The path, byte for byte, with its leading slash.
    pub path: String,
    /// The query, without its question mark.
    pub query: Option<String>,
    /// The headers.
    pub headers: Headers,
    /// The body.
    pub body: Body,
    /// What its answer carries as `x-request-id`, and its line in the log.
    pub request_id: String,
}

impl Call {
    /// Takes a request apart.
    pub fn new(request: Request, request_id: &str) -> Self {
        let url = request.url.split('#').next().unwrap_or_default();
        let start = url.find("://").map_or(0, |at| at + 3);
        let end = url.get(start..).and_then(|rest| rest.find(['/', '?']));
        let split = end.map_or(url.len(), |at| start + at);
        let (origin, rest) = url.split_at(split);
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (rest, None),
        };
        Self {
            method: request.method,
            origin: origin.to_owned(),
            path: if path.is_empty() { "/".to_owned() } else { path.to_owned() },
            query,
            headers: request.headers,
            body: request.body,
            request_id: request_id.to_owned(),
        }
    }

    /// Our own origin, as people and Zoom see it.
    pub fn own_origin<'a>(&'a self, settings: &'a Settings) -> &'a str {
        settings.public_url.as_deref().unwrap_or(&self.origin)
    }

    /// Where Zoom sends people back to.
    pub fn own_redirect_uri(&self, settings: &Settings) -> String {
        format!("{}/oauth", self.own_origin(settings))
    }

    /// Where Zoom sends an integration's events.
    pub fn own_webhook_url(&self, settings: &Settings, integration: &str) -> String {
        format!("{}/webhook/triggers/connect/zoom/{integration}", self.own_origin(settings))
    }

    /// The origin of the operator's pages: the console's own when it has one, else the one that this request came to.
    pub fn console_origin<'a>(&'a self, settings: &'a Settings) -> &'a str {
        settings.console_url.as_deref().unwrap_or(&self.origin)
    }

    /// The hosts that are known to be ours: those of the settings, and the one that this request came to.
    pub fn own_hosts<'a>(&'a self, settings: &'a Settings) -> Vec<&'a str> {
        let mut hosts = settings.own_hosts();
        hosts.extend(self.origin.split_once("://").map(|(_, host)| host));
        hosts
    }

    /// Whether the request came to this origin.
    pub fn came_to(&self, origin: &str) -> bool {
        self.origin == origin
    }

    /// Whether a page of this origin sent it, as the browser tells (WHATWG Fetch, `Origin`; W3C Fetch Metadata): not a page
    /// of somebody else who made this browser send it with its cookies.
    pub fn is_of_page(&self, origin: &str) -> bool {
        let from_there = match self.header("origin") {
            Some(told) => told == origin,
            None => matches!(self.method, Method::GET | Method::HEAD),
        };
        from_there && self.header("sec-fetch-site").is_none_or(|site| site == "same-origin")
    }

    /// A header that is there and not empty; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).filter(|text| !text.is_empty())
    }

    /// The first value of a query parameter that is not empty.
    pub fn parameter(&self, name: &str) -> Option<String> {
        self.parameters(name).into_iter().find(|value| !value.is_empty())
    }

    /// Every value of a query parameter, empty ones too.
    pub fn parameters(&self, name: &str) -> Vec<String> {
        let query = self.query.as_deref().unwrap_or_default();
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
        pairs.into_iter().filter(|(key, _)| key == name).map(|(_, value)| value).collect()
    }

    /// The bearer token (RFC 6750 §2.1).
    pub fn bearer(&self) -> Option<UserToken> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| UserToken::new(token.trim()))
    }

    /// Client id and client secret of HTTP Basic authentication (RFC 7617 §2, RFC 6749 §2.3.1).
    pub fn basic(&self) -> Option<(String, ProjectSecret)> {
        let (scheme, encoded) = self.header("authorization")?.split_once(' ')?;
        let decoded = Base64::decode_vec(encoded.trim()).ok()?;
        let text = Zeroizing::new(String::from_utf8(decoded).ok()?);
        let (id, secret) = text.split_once(':')?;
        let basic = scheme.eq_ignore_ascii_case("basic");
        basic.then(|| (id.to_owned(), ProjectSecret::new(secret)))
    }

    /// The address that the call came from, as Cloudflare tells it.
    pub fn client_ip(&self) -> Option<String> {
        self.header("cf-connecting-ip").map(|ip| ip.chars().take(64).collect())
    }

    /// The browser, as it names itself.
    pub fn user_agent(&self) -> Option<String> {
        let name = self.header("user-agent")?;
        Some(name.chars().take(LONGEST_USER_AGENT).collect())
    }

    /// A cookie's value.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let mut pairs = self.headers.get_all("cookie").flat_map(|text| text.split(';'));
        pairs.find_map(|pair| {
            pair.trim().split_once('=').filter(|(other, _)| *other == name).map(|(_, value)| value)
        })
    }

    /// The body's bytes, if they are at most `limit`.
    pub fn bytes(&self, limit: usize) -> Result<&[u8], Problem> {
        let bytes = self.body.bytes().ok_or(Code::PayloadTooLarge)?;
        if bytes.len() > limit { Err(Code::PayloadTooLarge.into()) } else { Ok(bytes) }
    }

    /// The body as JSON of at most `limit` bytes; the message of a failure names the place.
    pub fn json<T: Shape>(&self, limit: usize) -> Result<T, Problem> {
        read_text(self.bytes(limit)?)
            .map_err(|misfit| Problem::detailed(Code::InvalidRequest, misfit.to_string()))
    }

    /// The body as a form of at most 4 KiB.
    pub fn form(&self) -> Result<Vec<(String, String)>, Problem> {
        serde_urlencoded::from_bytes(self.bytes(4096)?)
            .map_err(|_| Problem::detailed(Code::InvalidRequest, "the body is not a form"))
    }
}

/// An answer with a JSON body.
pub fn json_answer(status: StatusCode, value: &impl Shape) -> Response {
    json_text_answer(status, text(value))
}

/// An answer with a body that is JSON already.
pub fn json_text_answer(status: StatusCode, json: Vec<u8>) -> Response {
    let mut answer = empty_answer(status);
    answer.headers.set("content-type", "application/json");
    answer.body = Body::Bytes(json);
    answer
}

/// An answer without a body. Never stored by a cache, never sniffed.
pub fn empty_answer(status: StatusCode) -> Response {
    let mut answer = Response { status, headers: Headers::default(), body: Body::Empty };
    answer.headers.set("cache-control", "no-store");
    answer.headers.set("x-content-type-options", "nosniff");
    answer
}

/// Sends the browser elsewhere, without saying where it came from.
pub fn redirect_answer(url: &str) -> Response {
    let mut answer = empty_answer(StatusCode::SEE_OTHER);
    answer.headers.set("location", url);
    answer.headers.set("referrer-policy", "no-referrer");
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(url: &str) -> Call {
        let mut headers = Headers::default();
        headers.set("cookie", "a=1; __Host-x=2; b=3=4");
        headers.set("authorization", "bearer t.o.k");
        let (method, body) = (Method::GET, Body::Empty);
        Call::new(Request { method, url: url.to_owned(), headers, body, deadline_ms: 0 }, "r")
    }

    #[test]
    fn a_url_is_taken_apart_and_its_path_kept() {
        let taken = call("http://127.0.0.1:8787/a/%2F%252f?x=1&y=a%20b#f");
        assert_eq!(
            (taken.origin.as_str(), taken.path.as_str()),
            ("http://127.0.0.1:8787", "/a/%2F%252f")
        );
        assert_eq!(taken.query.as_deref(), Some("x=1&y=a%20b"));
        assert_eq!(taken.parameter("y").as_deref(), Some("a b"));
        assert_eq!(call("https://h?x=1").path, "/");
        assert_eq!(call("https://h").path, "/");
    }

    #[test]
    fn cookies_and_the_bearer_token_are_found() {
        let taken = call("https://h/");
        assert_eq!(taken.cookie("__Host-x"), Some("2"));
        assert_eq!(taken.cookie("b"), Some("3=4"));
        assert_eq!(taken.cookie("c"), None);
        assert_eq!(taken.bearer().unwrap().expose(), "t.o.k");
    }
}
