//! An endpoint on this machine that records what it is sent, verifies nothing and answers as told.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use http_body_util::BodyExt;
use isthmus_sandbox::{EndpointConfig, EndpointState, NotAccepted, Sandbox, encrypted_token};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub(crate) const SECRET: &str = "4fv1RkqGQUq5sWbEz6hA5A";

/// How URL validation is answered, given the plain token.
pub(crate) type Validation = fn(&str) -> Response;

/// One request received.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Received {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// What is answered to events: a status, after so many milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) after_ms: u64,
}

#[derive(Clone)]
struct Shared {
    received: Arc<Mutex<Vec<Received>>>,
    answers: Arc<Mutex<Vec<Told>>>,
    validation: Arc<Mutex<Validation>>,
}

pub(crate) struct Receiver {
    pub(crate) url: String,
    shared: Shared,
    server: tokio::task::JoinHandle<()>,
}

/// The right answer to URL validation.
pub(crate) fn right(plain_token: &str) -> Response {
    let encrypted = encrypted_token(SECRET, plain_token);
    json!({"plainToken": plain_token, "encryptedToken": encrypted}).to_string().into_response()
}

impl Receiver {
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://127.0.0.1:{}/hook", listener.local_addr().unwrap().port());
        let shared = Shared {
            received: Arc::default(),
            answers: Arc::default(),
            validation: Arc::new(Mutex::new(right as Validation)),
        };
        let router = Router::new().fallback(any(receive)).with_state(shared.clone());
        let server = tokio::spawn(async move {
            // Dropped with the task: then every connection is closed.
            let mut connections = tokio::task::JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let service = hyper_util::service::TowerToHyperService::new(router.clone());
                let io = hyper_util::rt::TokioIo::new(stream);
                let http = hyper::server::conn::http1::Builder::new();
                connections.spawn(async move {
                    let _ = http.serve_connection(io, service).await;
                });
            }
        });
        Self { url, shared, server }
    }

    /// Nobody listens any more.
    pub(crate) async fn stop(self) {
        self.server.abort();
        let _ = self.server.await;
    }

    /// What the next events are answered, one each; afterwards 200.
    pub(crate) fn answer(&self, statuses: &[u16]) {
        let told = statuses.iter().map(|status| Told { status: *status, after_ms: 0 });
        self.shared.answers.lock().unwrap().extend(told);
    }

    pub(crate) fn answer_late(&self, after_ms: u64) {
        self.shared.answers.lock().unwrap().push(Told { status: 200, after_ms });
    }

    /// How URL validation is answered.
    pub(crate) fn validate_with(&self, answer: Validation) {
        *self.shared.validation.lock().unwrap() = answer;
    }

    /// Everything received, validations included.
    pub(crate) fn all(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    /// The events received since it was asked last.
    pub(crate) async fn events(&self, sandbox: &Sandbox) -> Vec<Received> {
        sandbox.webhooks_idle().await;
        let mut received = std::mem::take(&mut *self.shared.received.lock().unwrap());
        received.retain(|request| !request.body.contains("endpoint.url_validation"));
        received
    }

    /// The event of that name, the only one received since it was asked last.
    pub(crate) async fn event(&self, sandbox: &Sandbox, name: &str) -> Value {
        let events = self.events(sandbox).await;
        let names: Vec<Value> = events.iter().map(|e| e.json()["event"].clone()).collect();
        assert_eq!(names, [name]);
        events[0].json()
    }

    pub(crate) async fn register(&self, sandbox: &Sandbox) -> Result<EndpointState, NotAccepted> {
        sandbox.add_endpoint(self.config()).await
    }

    pub(crate) fn config(&self) -> EndpointConfig {
        EndpointConfig {
            url: self.url.clone(),
            secret_token: Some(SECRET.to_owned()),
            ..EndpointConfig::default()
        }
    }
}

async fn receive(State(shared): State<Shared>, request: axum::extract::Request) -> Response {
    let (parts, body) = request.into_parts();
    let body: Bytes = body.collect().await.unwrap().to_bytes();
    let received = Received {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    let json = serde_json::from_str::<Value>(&received.body).unwrap_or_default();
    shared.received.lock().unwrap().push(received);
    if json["event"] == "endpoint.url_validation" {
        let answer = *shared.validation.lock().unwrap();
        return answer(json["payload"]["plainToken"].as_str().unwrap());
    }
    let told = {
        let mut answers = shared.answers.lock().unwrap();
        if answers.is_empty() { Told { status: 200, after_ms: 0 } } else { answers.remove(0) }
    };
    tokio::time::sleep(std::time::Duration::from_millis(told.after_ms)).await;
    let mut response = StatusCode::from_u16(told.status).unwrap().into_response();
    response.headers_mut().insert("location", HeaderValue::from_static("/elsewhere"));
    response
}
