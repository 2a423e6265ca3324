//! The engine of runs: Cloudflare Workflows, binding `RUNS`; the calls themselves are in `runs.js`.

use isthmus::host::{EngineState, HostError};
use js_sys::{Array, Promise, Reflect};
use wasm_bindgen::prelude::*;
use worker::Env;

use crate::wire;

const PART: &str = "engine";

#[wasm_bindgen(module = "/src/runs.js")]
extern "C" {
    #[wasm_bindgen(js_name = startRuns)]
    fn start_runs(engine: JsValue, ids: Array) -> Promise;

    #[wasm_bindgen(js_name = engineState)]
    fn engine_state(engine: JsValue, id: &str) -> Promise;

    #[wasm_bindgen(js_name = reviveRun)]
    fn revive_run(engine: JsValue, id: &str) -> Promise;

    #[wasm_bindgen(js_name = endRun)]
    fn end_run(engine: JsValue, id: &str) -> Promise;
}

/// Has the engine begin with runs, at most 100.
pub(crate) async fn start(env: &Env, ids: &[String]) -> Result<(), HostError> {
    if ids.is_empty() {
        return Ok(());
    }
    let ids = ids.iter().map(JsValue::from).collect();
    done(start_runs(engine(env)?, ids)).await.map(|_| ())
}

/// What the engine knows of a run.
pub(crate) async fn state(env: &Env, id: &str) -> Result<EngineState, HostError> {
    let word = done(engine_state(engine(env)?, id)).await?.as_string();
    Ok(match word.as_deref() {
        None => EngineState::Unknown,
        Some("complete" | "errored" | "terminated") => EngineState::Ended,
        Some(_) => EngineState::Live,
    })
}

/// Has the engine begin anew with a run, wherever it is.
pub(crate) async fn revive(env: &Env, id: &str) -> Result<(), HostError> {
    done(revive_run(engine(env)?, id)).await.map(|_| ())
}

/// Has the engine end a run.
pub(crate) async fn end(env: &Env, id: &str) -> Result<(), HostError> {
    done(end_run(engine(env)?, id)).await.map(|_| ())
}

fn engine(env: &Env) -> Result<JsValue, HostError> {
    Reflect::get(env, &JsValue::from("RUNS")).map_err(|error| wire::host_error(PART, &error))
}

async fn done(promise: Promise) -> Result<JsValue, HostError> {
    wire::settled(promise).await.map_err(|error| wire::host_error(PART, &error))
}
