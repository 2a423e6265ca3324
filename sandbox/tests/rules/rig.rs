//! What the tests hold: a sandbox with a registered app, and short ways to call it.

use axum::body::Body;
use axum::http::{HeaderMap, Request};
use base64ct::{Base64, Encoding};
use http_body_util::BodyExt;
use isthmus_sandbox::{AppConfig, Clock, Config, Decision, Sandbox};
use serde_json::Value;
use tower::ServiceExt;

pub(crate) const ADA: &str = "ada@acme.example";
pub(crate) const ALAN: &str = "alan@acme.example";
pub(crate) const GRACE: &str = "grace@globex.example";
pub(crate) const REDIRECT: &str = "https://app.example/oauth";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// 2026-01-05T10:00:00Z, a Monday.
pub(crate) const MONDAY: i64 = 1_767_607_200_000;

/// A sandbox at a fixed time, without a network.
pub(crate) struct Rig {
    pub(crate) sandbox: Sandbox,
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    /// `null` when the body is not JSON.
    pub(crate) json: Value,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// The two tokens of a pair.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

pub(crate) fn config() -> Config {
    Config {
        app: AppConfig { redirect_uris: vec![REDIRECT.to_owned()], ..AppConfig::default() },
        clock: Clock::fixed(MONDAY),
        ..Config::default()
    }
}

/// The sandbox's app, as the token endpoint wants it.
pub(crate) fn basic(client_id: &str, secret: &str) -> String {
    format!("Basic {}", Base64::encode_string(format!("{client_id}:{secret}").as_bytes()))
}

pub(crate) fn our_app() -> String {
    basic("sandbox-client-id", "sandbox-client-secret")
}

/// The value of a parameter in a URL's query.
pub(crate) fn parameter(url: &str, name: &str) -> Option<String> {
    let query = url.split_once('?')?.1;
    form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

pub(crate) fn encoded(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

impl Rig {
    pub(crate) fn new() -> Self {
        Self { sandbox: Sandbox::new(config()) }
    }

    /// Calls the router once.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Got {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = self.sandbox.router().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        let json = serde_json::from_str(&text).unwrap_or_default();
        Got { status: parts.status.as_u16(), headers: parts.headers, text, json }
    }

    pub(crate) async fn read(&self, path: &str) -> Got {
        self.send("GET", path, &[], "").await
    }

    /// The authorization URL of the app, with more parameters.
    pub(crate) fn authorize_url(&self, more: &[(&str, &str)]) -> String {
        let mut pairs = vec![
            ("response_type", "code"),
            ("client_id", "sandbox-client-id"),
            ("redirect_uri", REDIRECT),
            ("state", "xyz&1"),
        ];
        pairs.extend_from_slice(more);
        format!("{}/oauth/authorize?{}", self.sandbox.base_url(), encoded(&pairs))
    }

    /// A code for a user who allowed.
    pub(crate) fn code(&self, user: &str, more: &[(&str, &str)]) -> String {
        let url = self.sandbox.consent(&self.authorize_url(more), user, Decision::Allow).unwrap();
        parameter(&url, "code").unwrap()
    }

    /// A token request of the sandbox's app.
    pub(crate) async fn token(&self, pairs: &[(&str, &str)]) -> Got {
        let app = our_app();
        let headers = [("authorization", app.as_str()), ("content-type", FORM)];
        self.send("POST", "/oauth/token", &headers, &encoded(pairs)).await
    }

    pub(crate) async fn exchange(&self, code: &str) -> Got {
        let grant = ("grant_type", "authorization_code");
        self.token(&[grant, ("code", code), ("redirect_uri", REDIRECT)]).await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Got {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    pub(crate) async fn revoke(&self, token: &str) -> Got {
        let app = our_app();
        let headers = [("authorization", app.as_str()), ("content-type", FORM)];
        self.send("POST", "/oauth/revoke", &headers, &encoded(&[("token", token)])).await
    }

    /// A user who has connected.
    pub(crate) async fn connect(&self, user: &str) -> Tokens {
        let got = self.exchange(&self.code(user, &[])).await;
        assert_eq!(got.status, 200, "{}", got.text);
        tokens(&got)
    }

    /// A REST call.
    pub(crate) async fn api(&self, method: &str, path: &str, token: &str, body: &Value) -> Got {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(method, &format!("/v2{path}"), &headers, &body).await
    }

    pub(crate) async fn whoami(&self, token: &str) -> Got {
        self.api("GET", "/users/me", token, &Value::Null).await
    }

    /// A control.
    pub(crate) async fn control(&self, path: &str, body: &Value) -> Got {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send("POST", &format!("/_sandbox/{path}"), &[], &body).await
    }
}

pub(crate) fn tokens(got: &Got) -> Tokens {
    Tokens {
        access: got.json["access_token"].as_str().unwrap().to_owned(),
        refresh: got.json["refresh_token"].as_str().unwrap().to_owned(),
    }
}

/// Zoom's code and text of a REST failure.
pub(crate) fn problem(got: &Got) -> (u16, i64, &str) {
    let code = got.json["code"].as_i64().unwrap_or_default();
    (got.status, code, got.json["message"].as_str().unwrap_or_default())
}

/// The names of the wrong fields in a validation failure.
pub(crate) fn wrong_fields(got: &Got) -> Vec<&str> {
    let errors = got.json["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    errors.iter().map(|error| error["field"].as_str().unwrap()).collect()
}
