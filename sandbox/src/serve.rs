//! TCP: serves the router over HTTP/1, and drops the connection of a call whose answer is lost.

use std::convert::Infallible;
use std::{fmt, io};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tower::ServiceExt;

use crate::router::LOST_HEADER;
use crate::sandbox::Sandbox;

/// Makes hyper close a connection without an answer.
#[derive(Debug)]
struct Lost;

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer was lost, as a test asked")
    }
}

impl std::error::Error for Lost {}

impl Sandbox {
    /// Serves until it is dropped or aborted; then every connection is closed. Takes its address
    /// from the listener when the configuration names none. Fails when the listener does.
    pub async fn serve(self, listener: TcpListener) -> io::Result<()> {
        self.listens_at(format!("http://localhost:{}", listener.local_addr()?.port()));
        let router = self.router();
        let mut connections = JoinSet::new();
        loop {
            let (stream, _) = listener.accept().await?;
            connections.spawn(connection(stream, router.clone()));
            while connections.try_join_next().is_some() {}
        }
    }
}

async fn connection(stream: TcpStream, router: Router) {
    let service = service_fn(move |request| respond(router.clone(), request));
    // An error here is a caller that went away, or the loss that was asked for.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn respond(router: Router, request: Request<Incoming>) -> Result<Response<Body>, Lost> {
    let answered: Result<_, Infallible> = router.oneshot(request.map(Body::new)).await;
    let Ok(response) = answered;
    if response.headers().contains_key(LOST_HEADER) { Err(Lost) } else { Ok(response) }
}
