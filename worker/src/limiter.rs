//! The Durable Object `Limiter`: one for each Zoom account of an integration, by its name. It counts in memory, by the rules
//! in `isthmus::zoom::limit`; only what these want kept is stored.

use std::cell::RefCell;

use isthmus::{
    host::HostError,
    shape::read_text,
    zoom::limit::{LimitAnswer, LimitQuestion, LimitedAccount, Limits},
};
use wasm_bindgen::prelude::*;
use web_sys::{Request, Response};
use worker::{Env, worker_sys::DurableObjectState};

use crate::{clock, isolate::Isolate, object, wire};

const LIMITER: &str = "limiter";

#[wasm_bindgen(module = "/src/limiter.js")]
extern "C" {
    #[wasm_bindgen(js_name = keptText, catch)]
    fn kept_text(state: &JsValue) -> Result<Option<String>, JsValue>;

    #[wasm_bindgen(js_name = keepText, catch)]
    fn keep_text(state: &JsValue, text: Option<String>) -> Result<(), JsValue>;
}

/// The object.
#[wasm_bindgen]
pub struct Limiter {
    state: JsValue,
    limits: RefCell<Limits>,
}

#[wasm_bindgen]
impl Limiter {
    /// The object that `state` belongs to, with what it kept.
    #[allow(clippy::needless_pass_by_value, reason = "the glue passes it so")]
    #[wasm_bindgen(constructor)]
    pub fn new(state: DurableObjectState, env: Env) -> Result<Self, JsValue> {
        // For its hook: a panic here is one everywhere.
        Isolate::current(&env);
        let state = JsValue::from(state);
        let kept = kept_text(&state)?;
        let limits = kept.map_or_else(Limits::default, |kept| Limits::restored(&kept));
        Ok(Self { state, limits: RefCell::new(limits) })
    }

    /// One question, as JSON, and its answer.
    pub async fn fetch(&self, request: Request) -> Result<Response, JsValue> {
        let text = wire::settled(request.text()?).await?.as_string().unwrap_or_default();
        Response::new_with_opt_str(Some(&self.answer(&text)?))
    }

    fn answer(&self, question: &str) -> Result<String, JsValue> {
        let question: LimitQuestion =
            read_text(question.as_bytes()).map_err(|error| JsError::new(&error.to_string()))?;
        let mut limits = self.limits.borrow_mut();
        let before = limits.kept();
        let now = clock::now();
        let answer = limits.answer(&question, now);
        let kept = limits.kept();
        if kept != before {
            keep_text(&self.state, kept)?;
        }
        Ok(object::written(&answer))
    }
}

/// Asks the limiter of this account.
pub(crate) async fn ask(
    env: &Env,
    account: &LimitedAccount,
    question: &LimitQuestion,
) -> Result<LimitAnswer, HostError> {
    let question = object::written(question);
    let answer = object::ask_in(env, "LIMITERS", &account.text(), &question).await?;
    read_text(answer.as_bytes()).map_err(|error| HostError::new(LIMITER, error.to_string()))
}
