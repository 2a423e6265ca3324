//! Requests and answers as the runtime has them, and as our code has them. `wire.js` reads and makes them; here they
//! get their types.

use std::rc::Rc;

use http::{Method, StatusCode};
use isthmus::{
    headers::Headers,
    host::{Body, HostError, Request, Response, Stream},
};
use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(module = "/src/wire.js")]
extern "C" {
    #[wasm_bindgen(js_name = readRequest)]
    fn read_request(request: web_sys::Request) -> Promise;

    #[wasm_bindgen(js_name = makeResponse, catch)]
    fn make_response(
        status: u16,
        headers: Array,
        body: JsValue,
    ) -> Result<web_sys::Response, JsValue>;
}

/// Reads a request that came in, its body as far as it is small.
pub(crate) async fn read(request: web_sys::Request) -> Result<Request, JsValue> {
    let parts = Array::from(&settled(read_request(request)).await?);
    let text = |index| parts.get(index).as_string().unwrap_or_default();
    let body = match body(parts.get(3)) {
        // Some clients send a body of no bytes where they mean none.
        Body::Bytes(bytes) if bytes.is_empty() => Body::Empty,
        body => body,
    };
    Ok(Request {
        method: Method::from_bytes(text(0).as_bytes()).unwrap_or_default(),
        url: text(1),
        headers: headers(&parts.get(2)),
        body,
        deadline_ms: 0,
    })
}

/// The answer for the runtime to give.
pub(crate) fn response(response: Response) -> Result<web_sys::Response, JsValue> {
    let status = response.status.as_u16();
    make_response(status, header_texts(&response.headers), body_value(response.body))
}

/// Reads an answer from outside: `[status, headers, body]`.
pub(crate) fn answer(parts: &JsValue) -> Response {
    let parts = Array::from(parts);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a status")]
    let status = parts.get(0).as_f64().unwrap_or_default() as u16;
    Response {
        status: StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY),
        headers: headers(&parts.get(1)),
        body: body(parts.get(2)),
    }
}

/// A request to send: `[method, url, headers, body, deadline]`.
pub(crate) fn outgoing(request: Request) -> Array {
    Array::of5(
        &request.method.as_str().into(),
        &request.url.into(),
        &header_texts(&request.headers),
        &body_value(request.body),
        &request.deadline_ms.into(),
    )
}

/// What became of a promise. Every wait of ours goes through here: one state machine instead of a dozen.
pub(crate) async fn settled(promise: Promise) -> Result<JsValue, JsValue> {
    JsFuture::from(promise).await
}

/// An error of one part of the host, from what JavaScript threw.
pub(crate) fn host_error(part: &'static str, thrown: &JsValue) -> HostError {
    HostError::new(part, reason(thrown))
}

/// What JavaScript threw, in words.
pub(crate) fn reason(thrown: &JsValue) -> String {
    let text = thrown.as_string().or_else(|| {
        let error = thrown.dyn_ref::<js_sys::Error>()?;
        Some(error.message().into())
    });
    text.unwrap_or_else(|| "it failed without a word".to_owned())
}

fn headers(pairs: &JsValue) -> Headers {
    let mut texts = Array::from(pairs).into_iter().map(|text| text.as_string().unwrap_or_default());
    let mut headers = Headers::default();
    while let (Some(name), Some(value)) = (texts.next(), texts.next()) {
        headers.append(&name, &value);
    }
    headers
}

fn header_texts(headers: &Headers) -> Array {
    headers.iter().flat_map(|(name, value)| [JsValue::from(name), JsValue::from(value)]).collect()
}

fn body(value: JsValue) -> Body {
    if value.is_null() || value.is_undefined() {
        return Body::Empty;
    }
    match value.dyn_into::<Uint8Array>() {
        Ok(bytes) => Body::Bytes(bytes.to_vec()),
        Err(stream) => Body::Stream(Stream(Rc::new(stream))),
    }
}

/// A body as JavaScript knows it: null, bytes, or a stream.
pub(crate) fn body_value(body: Body) -> JsValue {
    match body {
        Body::Empty => JsValue::NULL,
        Body::Bytes(bytes) => Uint8Array::from(bytes.as_slice()).into(),
        Body::Stream(Stream(stream)) => {
            stream.downcast_ref::<JsValue>().cloned().unwrap_or(JsValue::NULL)
        }
    }
}
