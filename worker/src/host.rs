//! The host of the journeys on Cloudflare. Each part of the trait is a line here and a file beside this one.
//! One type for both places our code runs in, the Worker and the Durable Object: with two, every journey that both
//! need would be in the download twice.

use std::rc::Rc;

#[cfg(feature = "faults")]
pub(crate) use isthmus::host::Cell;
pub(crate) use isthmus::host::{Host, HostError, Row, Statement};
use isthmus::{
    connection::{Answer, ConnectionName, Question},
    host::{Body, EngineState, Landing, PublicKey, Request, Response, SendError},
    memory::Memory,
    settings::Settings,
    time::Timestamp,
    zoom::limit::{LimitAnswer, LimitQuestion, LimitedAccount},
};
use serde_json::Value;
use wasm_bindgen::JsValue;
use worker::Env;

use crate::{clock, copies, crypto, isolate::Isolate, limiter, object, outside, runs, tables};

/// The world as one request, or one object, sees it.
pub(crate) struct Cloud {
    pub(crate) env: Env,
    pub(crate) isolate: Rc<Isolate>,
    /// The runtime's context of the request, or its state of the object: both have `waitUntil`.
    pub(crate) context: JsValue,
    /// Which object this is; no name at all for a request.
    pub(crate) name: ConnectionName,
}

impl Cloud {
    /// The world of an object with a name, or of a request without one.
    pub(crate) fn new(env: Env, context: JsValue, name: Option<ConnectionName>) -> Self {
        let nobody =
            || ConnectionName { integration_id: String::new(), provider_user_id: String::new() };
        let name = name.unwrap_or_else(nobody);
        Self { isolate: Isolate::current(&env), env, context, name }
    }
}

impl Host for Cloud {
    fn now(&self) -> Timestamp {
        clock::now()
    }

    fn fill_random(&self, buffer: &mut [u8]) {
        crypto::fill_random(buffer);
    }

    fn settings(&self) -> &Settings {
        &self.isolate.settings
    }

    fn memory(&self) -> &Memory {
        &self.isolate.memory
    }

    fn log(&self, line: &Value) {
        worker::console_log!("{line}");
    }

    async fn send(&self, request: Request) -> Result<Response, SendError> {
        outside::send(request).await
    }

    async fn send_and_land(
        &self,
        request: Request,
        landing: Landing,
    ) -> Result<Response, SendError> {
        outside::send_and_land(&self.env, &self.context, request, landing).await
    }

    async fn verify_rs256(
        &self,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, HostError> {
        crypto::verify_rs256(key, message, signature).await
    }

    async fn generate_rs256(&self) -> Result<(PublicKey, String), HostError> {
        crypto::generate_rs256().await
    }

    async fn tables(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, HostError> {
        tables::run(&self.env, &statements).await
    }

    async fn load_copy(&self, key: &str) -> Result<Option<String>, HostError> {
        copies::load(&self.env, key).await
    }

    async fn save_copy(&self, key: &str, value: String, seconds: u32) -> Result<(), HostError> {
        copies::save(&self.env, key, &value, seconds).await
    }

    async fn delete_copy(&self, key: &str) -> Result<(), HostError> {
        copies::delete(&self.env, key).await
    }

    async fn ask(&self, name: &ConnectionName, question: Question) -> Result<Answer, HostError> {
        object::ask(&self.env, name, &question).await
    }

    async fn ask_limiter(
        &self,
        account: &LimitedAccount,
        question: LimitQuestion,
    ) -> Result<LimitAnswer, HostError> {
        limiter::ask(&self.env, account, &question).await
    }

    async fn start_runs(&self, ids: &[String]) -> Result<(), HostError> {
        runs::start(&self.env, ids).await
    }

    async fn engine_state(&self, id: &str) -> Result<EngineState, HostError> {
        runs::state(&self.env, id).await
    }

    async fn revive_run(&self, id: &str) -> Result<(), HostError> {
        runs::revive(&self.env, id).await
    }

    async fn end_run(&self, id: &str) -> Result<(), HostError> {
        runs::end(&self.env, id).await
    }

    async fn wait(&self, milliseconds: u32) {
        clock::wait(milliseconds).await;
    }

    async fn read_body(&self, body: Body, limit: usize) -> Result<Option<Vec<u8>>, SendError> {
        outside::read_body(body, limit).await
    }

    fn utc_offset(&self, zone: &str, at: Timestamp) -> Option<i64> {
        clock::utc_offset(zone, at)
    }
}
