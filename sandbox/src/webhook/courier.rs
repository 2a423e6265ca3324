//! The HTTP client of the webhooks: one POST, its status and the start of its answer. It follows
//! no redirect and repeats nothing by itself.

use std::error::Error;
use std::sync::OnceLock;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Request, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore};
use tokio::time::timeout;

/// How many requests are under way at once.
const MOST_AT_ONCE: usize = 64;
/// More of an answer is not read.
const MOST_ANSWER: usize = 64 * 1024;
/// A connection that was idle for longer is not used again: the other side may be closing it.
const IDLE: Duration = Duration::from_secs(1);

/// Sends requests, a bounded number at once.
pub(crate) struct Courier {
    client: Client<HttpConnector, Full<Bytes>>,
    pub(super) flights: Semaphore,
    /// Told whenever a delivery is settled.
    pub(super) settled: Notify,
    runtime: OnceLock<Handle>,
}

/// A status and the start of the body, or why there is no answer.
pub(super) type Reply = Result<(u16, Bytes), String>;

impl Courier {
    pub(crate) fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(MOST_AT_ONCE)
            .build(connector);
        Self {
            client,
            flights: Semaphore::new(MOST_AT_ONCE),
            settled: Notify::new(),
            runtime: OnceLock::new(),
        }
    }

    /// The runtime that sends: the caller's, or the one in which an endpoint was registered.
    pub(super) fn runtime(&self) -> Option<Handle> {
        let here = Handle::try_current().ok();
        if let Some(here) = &here {
            let _ = self.runtime.set(here.clone());
        }
        here.or_else(|| self.runtime.get().cloned())
    }

    /// Sends one POST.
    pub(super) async fn post(
        &self,
        url: &str,
        headers: HeaderMap,
        body: Bytes,
        limit: Duration,
    ) -> Reply {
        let no_answer = |_| format!("no answer within {} ms", limit.as_millis());
        timeout(limit, self.exchange(url, headers, body)).await.map_err(no_answer)?
    }

    async fn exchange(&self, url: &str, headers: HeaderMap, body: Bytes) -> Reply {
        let uri: Uri = url.parse().map_err(|error| format!("the URL is wrong: {error}"))?;
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        let response = self.client.request(request).await.map_err(|error| chain(&error))?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), MOST_ANSWER).collect().await;
        Ok((status, body.map(http_body_util::Collected::to_bytes).unwrap_or_default()))
    }
}

/// An error with its causes.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
