//! Requests to the outside: `fetch` with a deadline, and the token request whose answer is durable before we read it.
//! All run in `outside.js`, so that they end well although the wasm instance died meanwhile.

use isthmus::{
    host::{Body, Landing, Request, Response, SendError},
    seal::LandingKey,
};
use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use worker::Env;

use crate::{tables, wire};

#[wasm_bindgen(module = "/src/outside.js")]
extern "C" {
    #[wasm_bindgen(js_name = sendRequest)]
    fn send_request(request: Array) -> Promise;

    #[wasm_bindgen(js_name = readBody)]
    fn read_stream(stream: JsValue, limit: f64) -> Promise;

    #[wasm_bindgen(js_name = landInObject)]
    fn land_in_object(request: Array, seal: Array, state: &JsValue, key: &str, id: &str)
    -> Promise;

    #[wasm_bindgen(js_name = landInTable)]
    fn land_in_table(
        request: Array,
        seal: Array,
        context: &JsValue,
        database: JsValue,
        sql: &str,
        params: &str,
    ) -> Promise;
}

/// Sends a request and reads a small answer.
pub(crate) async fn send(request: Request) -> Result<Response, SendError> {
    let sent = wire::settled(send_request(wire::outgoing(request))).await;
    sent.map(|parts| wire::answer(&parts)).map_err(|thrown| failed(&thrown))
}

/// Reads a body whole; nothing when it is longer than `limit` bytes.
pub(crate) async fn read_body(body: Body, limit: usize) -> Result<Option<Vec<u8>>, SendError> {
    let stream = match body {
        Body::Empty => return Ok(Some(Vec::new())),
        Body::Bytes(bytes) => return Ok(Some(bytes).filter(|bytes| bytes.len() <= limit)),
        stream @ Body::Stream(_) => wire::body_value(stream),
    };
    #[allow(clippy::cast_precision_loss, reason = "an address space of 32 bits")]
    let read = wire::settled(read_stream(stream, limit as f64)).await;
    let bytes = read.map_err(|thrown| failed(&thrown))?;
    Ok(bytes.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec))
}

/// Sends a token request; the sealed answer is in `landing` before this returns.
pub(crate) async fn send_and_land(
    env: &Env,
    context: &JsValue,
    request: Request,
    landing: Landing,
) -> Result<Response, SendError> {
    let request = wire::outgoing(request);
    let landed = match landing {
        Landing::Object { key, seal, id } => {
            land_in_object(request, seal_parts(&seal), context, key, &id)
        }
        Landing::Table { sql, params, seal } => {
            let database = tables::database(env).map_err(|thrown| failed(&thrown))?;
            let params = serde_json::Value::from(params).to_string();
            land_in_table(request, seal_parts(&seal), context, database, sql, &params)
        }
    };
    let landed = wire::settled(landed).await;
    landed.map(|parts| wire::answer(&parts)).map_err(|thrown| failed(&thrown))
}

fn seal_parts(seal: &LandingKey) -> Array {
    Array::of4(
        &seal.key_id.as_str().into(),
        &Uint8Array::from(seal.key.as_slice()),
        &Uint8Array::from(seal.nonce.as_slice()),
        &seal.record.as_str().into(),
    )
}

/// What `outside.js` throws: `timeout`, `not landed: …`, or another word.
fn failed(thrown: &JsValue) -> SendError {
    let reason = wire::reason(thrown);
    match reason.strip_prefix("not landed: ") {
        Some(reason) => SendError::NotLanded(reason.to_owned()),
        None if reason == "timeout" => SendError::Timeout,
        None => SendError::Unreachable(reason),
    }
}
