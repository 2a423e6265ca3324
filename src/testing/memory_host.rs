//! `MemoryHost`: the promises of `host` kept in memory, on a clock that the test moves.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
    time::Duration,
};

use futures_util::future::LocalBoxFuture;
use rusqlite::Connection as Sqlite;
use serde_json::{Value, json};

use super::{
    copies::Copies,
    engine::Engine,
    faults::{Fault, Faults},
    key,
    object::{LONGEST, Object},
    tables::{empty_tables, run},
};
use crate::{
    connection::{Answer, ConnectionName, Landed, Question},
    host::{
        Body, EngineState, Host, HostError, Landing, PublicKey, Request, Response, Row, SendError,
        Statement,
    },
    memory::Memory,
    settings::Settings,
    shape::{read_text, text},
    time::{SECOND, Timestamp},
    zoom::limit::{LimitAnswer, LimitQuestion, LimitedAccount, Limits},
};

/// The other side of `send`: the test's provider.
pub type Network = Box<dyn Fn(Request) -> LocalBoxFuture<'static, Result<Response, SendError>>>;

/// A host in memory. Clones share everything.
#[derive(Clone)]
pub struct MemoryHost(pub(super) Rc<Inner>);

pub(super) struct Inner {
    pub(super) clock: Cell<i64>,
    /// Kept for good, so that they can be lent while they change.
    pub(super) settings: Cell<&'static Settings>,
    pub(super) memory: Memory,
    pub(super) tables: RefCell<Sqlite>,
    pub(super) copies: RefCell<Copies>,
    pub(super) lag: Cell<i64>,
    pub(super) objects: RefCell<HashMap<ConnectionName, Object>>,
    pub(super) network: Network,
    pub(super) faults: Faults,
    pub(super) engine: RefCell<Engine>,
    pub(super) limits: RefCell<HashMap<LimitedAccount, Limits>>,
    pub(super) log: RefCell<Vec<Value>>,
}

impl MemoryHost {
    /// A host with the current schema. It begins at `now`; its provider is `network`.
    ///
    /// # Panics
    /// When the schema is no SQL.
    #[expect(clippy::expect_used, reason = "a test cannot go on without tables")]
    pub fn new(settings: Settings, now: Timestamp, network: Network) -> Self {
        let tables = empty_tables().expect("the schema");
        Self(Rc::new(Inner {
            clock: Cell::new(now.0),
            settings: Cell::new(Box::leak(Box::new(settings))),
            memory: Memory::default(),
            tables: RefCell::new(tables),
            copies: RefCell::default(),
            lag: Cell::new(0),
            objects: RefCell::default(),
            network,
            faults: Faults::default(),
            engine: RefCell::default(),
            limits: RefCell::default(),
            log: RefCell::default(),
        }))
    }
}

/// What every part of the door has in common.
impl MemoryHost {
    async fn network(&self, request: Request, call: &'static str) -> Result<Response, SendError> {
        self.0.faults.point().await;
        let fault = self.0.faults.take(call).await;
        if fault == Some(Fault::Fail) {
            return Err(SendError::Unreachable("planned".to_owned()));
        }
        let deadline = Duration::from_millis(request.deadline_ms.into());
        let sent = tokio::time::timeout(deadline, (self.0.network)(request)).await;
        self.0.faults.point().await;
        match (sent, fault) {
            (_, Some(Fault::LoseAnswer)) | (Err(_), _) => Err(SendError::Timeout),
            (Ok(answer), _) => answer,
        }
    }

    /// One call with an effect: the fault planned for it, and the points before and after.
    pub(super) async fn effect<T>(
        &self,
        call: &'static str,
        part: &'static str,
        effect: impl FnOnce() -> Result<T, HostError>,
    ) -> Result<T, HostError> {
        self.0.faults.point().await;
        let fault = self.0.faults.take(call).await;
        if fault == Some(Fault::Fail) {
            return Err(HostError::new(part, "planned"));
        }
        let result = effect();
        self.0.faults.point().await;
        if fault == Some(Fault::LoseAnswer) {
            return Err(HostError::new(part, "planned, after the effect"));
        }
        result
    }
}

impl Host for MemoryHost {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.clock.get())
    }

    fn fill_random(&self, buffer: &mut [u8]) {
        let _ = getrandom::fill(buffer);
    }

    fn settings(&self) -> &Settings {
        self.0.settings.get()
    }

    fn memory(&self) -> &Memory {
        &self.0.memory
    }

    fn log(&self, line: &Value) {
        self.0.log.borrow_mut().push(line.clone());
    }

    async fn send(&self, request: Request) -> Result<Response, SendError> {
        self.network(request, "send").await
    }

    async fn send_and_land(
        &self,
        request: Request,
        landing: Landing,
    ) -> Result<Response, SendError> {
        let answer = self.network(request, "send_and_land").await?;
        let landed = text(&Landed::new(answer.status, &answer.body));
        let stored = match landing {
            Landing::Object { key, seal, id } => {
                let name = id.rsplit_once('/').and_then(|(name, _)| ConnectionName::parse(name));
                let sealed = seal.seal(&landed);
                name.map(|name| self.store(&name, vec![(key, Some(sealed))]))
            }
            Landing::Table { sql, mut params, seal } => {
                params.insert(0, json!(seal.seal(&landed)));
                let tables = self.0.tables.borrow();
                run(&tables, &Statement { sql, params }).ok().map(|_| ())
            }
        };
        self.0.faults.point().await;
        stored.map(|()| answer).ok_or_else(|| SendError::NotLanded("no place".to_owned()))
    }

    async fn verify_rs256(
        &self,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, HostError> {
        Ok(key::verify(key, message, signature).unwrap_or(false))
    }

    async fn generate_rs256(&self) -> Result<(PublicKey, String), HostError> {
        let key = super::TestKey::generate();
        Ok((key.public(), key.private_pem()))
    }

    async fn tables(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, HostError> {
        self.effect("tables", "tables", || {
            let mut texts = statements.iter().flat_map(|one| &one.params).filter_map(Value::as_str);
            if texts.any(|text| text.len() > LONGEST) {
                return Err(HostError::new("tables", "a value is too long"));
            }
            let failed = |error: rusqlite::Error| HostError::new("tables", error.to_string());
            let mut tables = self.0.tables.borrow_mut();
            let transaction = tables.transaction().map_err(failed)?;
            let run_all = statements.iter().map(|statement| run(&transaction, statement));
            let rows = run_all.collect::<Result<Vec<_>, _>>().map_err(failed)?;
            transaction.commit().map_err(failed)?;
            Ok(rows)
        })
        .await
    }

    async fn load_copy(&self, key: &str) -> Result<Option<String>, HostError> {
        let now = self.now().0;
        self.effect("load_copy", "copies", || Ok(self.0.copies.borrow().load(key, now))).await
    }

    async fn save_copy(&self, key: &str, value: String, seconds: u32) -> Result<(), HostError> {
        if seconds < 60 {
            return Err(HostError::new("copies", "a copy lives at least 60 seconds"));
        }
        let now = self.now().0;
        let ends_at = now.saturating_add(i64::from(seconds) * SECOND);
        self.change_copy("save_copy", key, Some(value), ends_at).await
    }

    async fn delete_copy(&self, key: &str) -> Result<(), HostError> {
        self.change_copy("delete_copy", key, None, i64::MAX).await
    }

    async fn ask(&self, name: &ConnectionName, question: Question) -> Result<Answer, HostError> {
        // Over the real door both go as JSON; here too, so that nothing is asked that could not be.
        let question = read_text(&text(&question))
            .map_err(|error| HostError::new("connection", error.to_string()))?;
        self.0.faults.point().await;
        let fault = self.0.faults.take("ask").await;
        if fault == Some(Fault::Fail) {
            return Err(HostError::new("connection", "planned"));
        }
        let answer = self.object(name).answer(question).await;
        self.0.faults.point().await;
        if fault == Some(Fault::LoseAnswer) {
            return Err(HostError::new("connection", "planned, after the effect"));
        }
        read_text(&text(&answer)).map_err(|error| HostError::new("connection", error.to_string()))
    }

    async fn ask_limiter(
        &self,
        account: &LimitedAccount,
        question: LimitQuestion,
    ) -> Result<LimitAnswer, HostError> {
        let now = self.now();
        self.effect("ask_limiter", "limiter", || {
            let mut limits = self.0.limits.borrow_mut();
            Ok(limits.entry(account.clone()).or_default().answer(&question, now))
        })
        .await
    }

    async fn start_runs(&self, ids: &[String]) -> Result<(), HostError> {
        self.engine_start(ids).await
    }

    async fn engine_state(&self, id: &str) -> Result<EngineState, HostError> {
        self.engine_knows(id).await
    }

    async fn revive_run(&self, id: &str) -> Result<(), HostError> {
        self.engine_revive(id).await
    }

    async fn end_run(&self, id: &str) -> Result<(), HostError> {
        self.engine_end(id).await
    }

    async fn wait(&self, milliseconds: u32) {
        // Tokio's clock passes only when everybody waits: whoever can go on does so first.
        tokio::time::sleep(Duration::from_millis(milliseconds.into())).await;
        self.pass(milliseconds.into());
    }

    async fn read_body(&self, body: Body, limit: usize) -> Result<Option<Vec<u8>>, SendError> {
        let bytes = match body {
            Body::Empty => Vec::new(),
            Body::Bytes(bytes) => bytes,
            Body::Stream(stream) => stream.0.downcast_ref::<Vec<u8>>().cloned().unwrap_or_default(),
        };
        Ok(Some(bytes).filter(|bytes| bytes.len() <= limit))
    }

    fn utc_offset(&self, zone: &str, at: Timestamp) -> Option<i64> {
        let zone = jiff::tz::TimeZone::get(zone).ok()?;
        let at = jiff::Timestamp::from_millisecond(at.0).ok()?;
        Some(zone.to_offset(at).seconds().into())
    }
}

impl MemoryHost {
    async fn change_copy(
        &self,
        call: &'static str,
        key: &str,
        value: Option<String>,
        ends_at: i64,
    ) -> Result<(), HostError> {
        let seen_from = self.now().0.saturating_add(self.0.lag.get());
        self.effect(call, "copies", || {
            self.0.copies.borrow_mut().change(key, value, seen_from, ends_at);
            Ok(())
        })
        .await
    }
}
