//! One HTTP exchange with the Worker. The only file with gloo-net.
//! What is asked is the caller's; what an answer means is `problem.rs`'s and the caller's.

use std::pin::Pin;

use gloo_net::http::Response;
use js_sys::{JSON, Object, Promise};
use wasm_bindgen::{JsCast, prelude::*};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, Request};

use super::field::{set, text};
use super::problem::Problem;

/// An exchange that takes longer than this many milliseconds is given up (proxied ones are not).
const PATIENCE: u32 = 20_000;

#[wasm_bindgen]
extern "C" {
    /// The page's `fetch`, looked up at each call, so that a page may wrap it. gloo-net's own `send` panics when such
    /// a wrapper rejects with something that is no Error; a panic would leave every promise of the SDK unsettled.
    #[wasm_bindgen(js_name = fetch)]
    fn fetch(request: &Request) -> Promise;
}

/// Work under way. Boxed where it is awaited in several places, so that its code is in the wasm once.
pub(super) type Pending<T> = Pin<Box<dyn Future<Output = T>>>;

/// What is sent.
pub(super) struct Exchange<'a> {
    /// An HTTP method, in capitals.
    pub(super) method: &'a str,
    /// An absolute URL.
    pub(super) url: &'a str,
    pub(super) headers: Headers,
    /// `undefined` for none, else whatever `fetch` takes.
    pub(super) body: JsValue,
    /// Whether the exchange is given up when it takes too long.
    pub(super) hurried: bool,
}

/// What came back.
pub(super) struct Answer {
    /// The HTTP status.
    pub(super) status: u16,
    /// The parsed body of a JSON answer, else its text; `undefined` when empty.
    pub(super) body: JsValue,
}

impl Answer {
    /// Whether the status is 2xx.
    pub(super) fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// An exchange under way.
pub(super) struct Started(Promise);

/// Sends. Fails only when there is nothing that could be sent.
pub(super) fn start(exchange: &Exchange) -> Result<Started, Problem> {
    let options = Object::new();
    set(&options, "method", &exchange.method.into());
    set(&options, "headers", &exchange.headers);
    set(&options, "body", &exchange.body);
    if exchange.hurried {
        set(&options, "signal", &AbortSignal::timeout_with_u32(PATIENCE));
    }
    let request = Request::new_with_str_and_init(exchange.url, options.unchecked_ref());
    let request = request.map_err(|cause| Problem::invalid_request(&reason(&cause)))?;
    Ok(Started(fetch(&request)))
}

impl Started {
    /// Reads the answer to the end. Fails only when there is none.
    pub(super) fn finish(self) -> Pending<Result<Answer, Problem>> {
        Box::pin(async move {
            let response = JsFuture::from(self.0).await.and_then(JsCast::dyn_into);
            let response: web_sys::Response =
                response.map_err(|cause| Problem::unreachable(&reason(&cause)))?;
            read(response.into()).await
        })
    }
}

async fn read(response: Response) -> Result<Answer, Problem> {
    let kind = response.headers().get("content-type").unwrap_or_default();
    let text = response.text().await;
    let text = text.map_err(|_| Problem::unreachable("the answer was cut off"))?;
    // By bytes, because text search costs the wasm its Unicode tables.
    let is_json = kind.as_bytes().windows(4).any(|part| part == b"json");
    let body = match JSON::parse(&text) {
        _ if text.is_empty() => JsValue::UNDEFINED,
        Ok(parsed) if is_json => parsed,
        _ => text.into(),
    };
    Ok(Answer { status: response.status(), body })
}

fn reason(cause: &JsValue) -> String {
    text(cause, "message").or_else(|| cause.as_string()).unwrap_or_default()
}
