//! Isthmus on Cloudflare: the events of the runtime, each handed on in a line or two. `host` is the world as the
//! journeys see it, `object` and `limiter` the Durable Objects, `steps` the engine as a run sees it, `wire` requests and
//! answers; `../entry.mjs` stands around all of it.

mod clock;
mod copies;
mod crypto;
#[cfg(feature = "faults")]
mod faults;
mod host;
mod isolate;
mod limiter;
mod object;
mod outside;
mod runs;
mod steps;
mod tables;
mod wire;

use std::rc::Rc;

use isthmus::{edge, host::Cell, record::count};
use wasm_bindgen::prelude::*;
use web_sys::{Request, Response};
use worker::{Env, worker_sys::Context};

use crate::host::{Cloud, Host};

/// One HTTP request from the internet. Written out: `worker::event` would bring `worker::Response`, 4 kB for nothing.
#[wasm_bindgen]
pub async fn fetch(request: Request, env: Env, context: Context) -> Result<Response, JsValue> {
    let host = Rc::new(Cloud::new(env, context.into(), None));
    let request = wire::read(request).await?;
    #[cfg(feature = "faults")]
    if let Some(answer) = faults::route(&host, &request).await {
        return wire::response(answer);
    }
    let answer = edge::handle(&*host, request).await;
    if let Some(wait) = count::wait_to_settle(&*host) {
        // Nobody waits for it.
        let later = Rc::clone(&host);
        host.keep(Box::pin(async move { count::settle(&*later, wait).await }));
    }
    wire::response(answer)
}

/// The cron, every five minutes: one round of what is done from time to time. It never fails: the next one goes on.
#[wasm_bindgen]
pub async fn scheduled(_event: JsValue, env: Env, context: Context) {
    let host = Cloud::new(env, context.into(), None);
    host.log(&edge::scheduled(&host).await);
}
