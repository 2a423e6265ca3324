//! The Durable Object `Connection`: one for each connection, by its name. It is the `Cell` that the rules in
//! `isthmus::connection` run in; what it stores is written by `object.js`.

use std::rc::Rc;

use isthmus::{
    connection::{self, Answer, ConnectionName, Question},
    host::{Cell, HostError, Row, Statement, Task},
    shape::{Shape, read_text, text},
    time::Timestamp,
};
use js_sys::{Array, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::{Request, Response};
use worker::{Env, worker_sys::DurableObjectState};

use crate::{host::Cloud, tables, wire};

const STORAGE: &str = "storage";
const CONNECTION: &str = "connection";

#[wasm_bindgen(module = "/src/object.js")]
extern "C" {
    #[wasm_bindgen(js_name = readRecord, catch)]
    fn read_record(state: &JsValue, key: &str) -> Result<Option<String>, JsValue>;

    #[wasm_bindgen(js_name = change, catch)]
    fn change(
        state: &JsValue,
        schema: &str,
        records: Array,
        statements: &str,
    ) -> Result<String, JsValue>;

    #[cfg(feature = "faults")]
    #[wasm_bindgen(js_name = hasTables)]
    pub(crate) fn has_tables(state: &JsValue) -> bool;

    #[wasm_bindgen(js_name = setAlarm)]
    fn set_alarm(state: &JsValue, at: f64) -> Promise;

    #[wasm_bindgen(js_name = askObject)]
    fn ask_object(namespace: JsValue, name: &str, question: &str) -> Promise;
}

/// The object; without rules when it was not made by name. Written out for the same reason as `fetch` in `lib.rs`.
#[wasm_bindgen]
pub struct Connection {
    rules: Option<Rules>,
}

struct Rules {
    connection: connection::Connection<Cloud>,
    #[cfg(feature = "faults")]
    cell: Rc<Cloud>,
}

#[wasm_bindgen]
impl Connection {
    /// The object that `state` belongs to.
    #[wasm_bindgen(constructor)]
    pub fn new(state: DurableObjectState, env: Env) -> Self {
        let name = state.id().ok().and_then(|id| ConnectionName::parse(&id.name()?));
        let Some(name) = name else { return Self { rules: None } };
        let cell = Rc::new(Cloud::new(env, state.into(), Some(name)));
        Self {
            rules: Some(Rules {
                #[cfg(feature = "faults")]
                cell: Rc::clone(&cell),
                connection: connection::Connection::new(cell),
            }),
        }
    }

    /// One question, as JSON, and its answer.
    pub async fn fetch(&self, request: Request) -> Result<Response, JsValue> {
        let text = wire::settled(request.text()?).await?.as_string().unwrap_or_default();
        Response::new_with_opt_str(Some(&self.answer(&text).await?))
    }

    /// The alarm went off. When it throws, the runtime calls it again.
    pub async fn alarm(&self) -> Result<(), JsError> {
        let Some(rules) = &self.rules else { return Ok(()) };
        #[cfg(feature = "faults")]
        crate::faults::alarmed(&rules.cell).await;
        Ok(rules.connection.alarm().await?)
    }

    async fn answer(&self, question: &str) -> Result<String, JsError> {
        let Some(rules) = &self.rules else { return Err(JsError::new("an object without a name")) };
        #[cfg(feature = "faults")]
        if let Some(answer) = crate::faults::in_object(&rules.cell, question).await {
            return Ok(answer);
        }
        let question: Question = read_text(question.as_bytes())?;
        Ok(written(&rules.connection.answer(question).await))
    }
}

impl Cell for Cloud {
    fn name(&self) -> &ConnectionName {
        &self.name
    }

    async fn read(&self, key: &str) -> Result<Option<String>, HostError> {
        read_record(&self.context, key).map_err(|error| wire::host_error(STORAGE, &error))
    }

    async fn write(
        &self,
        records: Vec<(&'static str, Option<String>)>,
        rows: Vec<Statement>,
    ) -> Result<(), HostError> {
        self.change(records, &rows).map(|_| ())
    }

    async fn rows(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, HostError> {
        let answer = self.change(Vec::new(), &statements)?;
        tables::read_answer(STORAGE, &answer)
    }

    async fn wake_at(&self, at: Timestamp) -> Result<(), HostError> {
        #[allow(clippy::cast_precision_loss, reason = "milliseconds fit 53 bits")]
        let set = wire::settled(set_alarm(&self.context, at.0 as f64)).await;
        set.map(|_| ()).map_err(|error| wire::host_error(STORAGE, &error))
    }

    fn keep(&self, task: Task) {
        let task = future_to_promise(async {
            task.await;
            Ok(JsValue::UNDEFINED)
        });
        let state: &DurableObjectState = self.context.unchecked_ref();
        // It throws only for what is no promise.
        let _ = state.wait_until(&task);
    }
}

impl Cloud {
    fn change(
        &self,
        records: Vec<(&'static str, Option<String>)>,
        statements: &[Statement],
    ) -> Result<String, HostError> {
        let records: Array = records
            .into_iter()
            .map(|(key, value)| Array::of2(&key.into(), &value.into()))
            .collect();
        let statements = tables::written(STORAGE, statements)?;
        change(&self.context, connection::ROWS, records, &statements)
            .map_err(|error| wire::host_error(STORAGE, &error))
    }
}

/// Asks the object of this name. An object that was interrupted before it could answer is asked once more:
/// asking any question twice is asking it once.
pub(crate) async fn ask(
    env: &Env,
    name: &ConnectionName,
    question: &Question,
) -> Result<Answer, HostError> {
    let answer = ask_text(env, &name.text(), &written(question)).await?;
    read_text(answer.as_bytes()).map_err(|error| HostError::new(CONNECTION, error.to_string()))
}

/// A value as JSON text.
pub(crate) fn written(value: &impl Shape) -> String {
    String::from_utf8(text(value)).unwrap_or_default()
}

/// The same with the question and the answer as JSON text.
pub(crate) async fn ask_text(env: &Env, name: &str, question: &str) -> Result<String, HostError> {
    ask_in(env, "CONNECTIONS", name, question).await
}

/// The same of an object of any kind.
pub(crate) async fn ask_in(
    env: &Env,
    binding: &str,
    name: &str,
    question: &str,
) -> Result<String, HostError> {
    let failed = |error: JsValue| wire::host_error(CONNECTION, &error);
    let namespace = Reflect::get(env, &JsValue::from(binding)).map_err(failed)?;
    let answer = wire::settled(ask_object(namespace, name, question)).await.map_err(failed)?;
    Ok(answer.as_string().unwrap_or_default())
}
