//! The copies: KV, binding `COPIES`; the calls themselves are in `copies.js`. A read may be a minute old anywhere but
//! where it was written.

use isthmus::host::HostError;
use js_sys::{Promise, Reflect};
use wasm_bindgen::prelude::*;
use worker::Env;

use crate::wire;

const PART: &str = "copies";
/// KV refuses a shorter life, in seconds.
const SHORTEST_LIFE: u32 = 60;

#[wasm_bindgen(module = "/src/copies.js")]
extern "C" {
    #[wasm_bindgen(js_name = loadCopy)]
    fn load_copy(store: JsValue, key: &str) -> Promise;

    #[wasm_bindgen(js_name = saveCopy)]
    fn save_copy(store: JsValue, key: &str, value: &str, seconds: u32) -> Promise;

    #[wasm_bindgen(js_name = deleteCopy)]
    fn delete_copy(store: JsValue, key: &str) -> Promise;
}

/// The copy under this key, as this place on Earth last saw it.
pub(crate) async fn load(env: &Env, key: &str) -> Result<Option<String>, HostError> {
    done(load_copy(store(env)?, key)).await.map(|value| value.as_string())
}

/// Saves a copy for so many seconds.
pub(crate) async fn save(env: &Env, key: &str, value: &str, seconds: u32) -> Result<(), HostError> {
    if seconds < SHORTEST_LIFE {
        return Err(HostError::new(PART, format!("a copy lives at least {SHORTEST_LIFE} s")));
    }
    done(save_copy(store(env)?, key, value, seconds)).await.map(|_| ())
}

/// Deletes a copy; other places may see it a while longer.
pub(crate) async fn delete(env: &Env, key: &str) -> Result<(), HostError> {
    done(delete_copy(store(env)?, key)).await.map(|_| ())
}

fn store(env: &Env) -> Result<JsValue, HostError> {
    Reflect::get(env, &JsValue::from("COPIES")).map_err(|error| wire::host_error(PART, &error))
}

async fn done(promise: Promise) -> Result<JsValue, HostError> {
    wire::settled(promise).await.map_err(|error| wire::host_error(PART, &error))
}
