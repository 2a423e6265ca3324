//! `MemoryHost`: the promises of `host` kept in memory, on a clock that the test moves.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    future::Future,
    rc::Rc,
    time::Duration,
};

use futures_util::future::LocalBoxFuture;
use rusqlite::Connection as Sqlite;
use serde_json::{Value, json};

use super::{
    copies::Copies,
    engine::Engine,
    faults::{Crash, Fault, Faults},
    key,
    object::{LONGEST, Object},
    tables::run,
};
use crate::{
    connection::{Answer, ConnectionName, Landed, Question},
    host::{
        Body, EngineState, Host, HostError, Landing, PublicKey, Request, Response, Row, SendError,
        Statement,
    },
    memory::Memory,
    record::MIGRATIONS,
    settings::Settings,
    shape::{read_text, text},
    time::{SECOND, Timestamp},
    zoom::limit::{LimitAnswer, LimitQuestion, LimitedAccount, Limits},
};

/// All tables.
const TABLES: &str = "projects client_secrets signing_keys integrations users sessions grants audit \
    logins connections deliveries events outcomes meetings subscriptions counts \
    workflows workflow_versions enablements workflow_secrets runs run_steps run_texts made";

/// The other side of `send`: the test's provider.
pub type Network = Box<dyn Fn(Request) -> LocalBoxFuture<'static, Result<Response, SendError>>>;

/// A host in memory. Clones share everything.
#[derive(Clone)]
pub struct MemoryHost(pub(super) Rc<Inner>);

pub(super) struct Inner {
    clock: Cell<i64>,
    /// Kept for good, so that they can be lent while they change.
    settings: Cell<&'static Settings>,
    memory: Memory,
    tables: RefCell<Sqlite>,
    copies: RefCell<Copies>,
    lag: Cell<i64>,
    pub(super) objects: RefCell<HashMap<ConnectionName, Object>>,
    network: Network,
    pub(super) faults: Faults,
    pub(super) engine: RefCell<Engine>,
    limits: RefCell<HashMap<LimitedAccount, Limits>>,
    log: RefCell<Vec<Value>>,
}

impl MemoryHost {
    /// A host with the current schema. It begins at `now`; its provider is `network`.
    ///
    /// # Panics
    /// When the schema is no SQL.
    #[expect(clippy::expect_used, reason = "a test cannot go on without tables")]
    pub fn new(settings: Settings, now: Timestamp, network: Network) -> Self {
        let tables = Sqlite::open_in_memory().expect("SQLite in memory");
        for migration in MIGRATIONS {
            tables.execute_batch(migration).expect("the schema");
        }
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

/// What a test does to its host.
impl MemoryHost {
    /// Lets time pass.
    pub fn pass(&self, milliseconds: i64) {
        self.0.clock.set(self.0.clock.get().saturating_add(milliseconds));
        self.0.engine.borrow().clock_moved();
    }

    /// Deploys other settings: every process begins anew with them.
    pub fn deploy(&self, settings: Settings) {
        self.0.settings.set(Box::leak(Box::new(settings)));
        self.restart();
    }

    /// From now on, changes of copies and their misses are seen so much later, in milliseconds.
    pub fn lag(&self, milliseconds: i64) {
        self.0.lag.set(milliseconds);
    }

    /// The next call of this kind goes wrong.
    pub fn fault_once(&self, call: &'static str, fault: Fault) {
        self.fault_after(0, call, fault);
    }

    /// The call of this kind that comes after `before` others goes wrong.
    pub fn fault_after(&self, before: usize, call: &'static str, fault: Fault) {
        self.0.faults.after(before, call, fault);
    }

    /// Every call of this kind goes wrong, until `None`.
    pub fn fault_always(&self, call: &'static str, fault: Option<Fault>) {
        self.0.faults.always(call, fault);
    }

    /// No fault is planned any more; answers how many were left of those planned for one call.
    pub fn clear_faults(&self) -> usize {
        self.0.faults.clear()
    }

    /// From now on tasks overtake each other at the points, in an order that `seed` decides; zero: they take turns.
    pub fn shuffle(&self, seed: u64) {
        self.0.faults.shuffle(seed);
    }

    /// How many points were passed since the count was last begun by [`MemoryHost::until_crash`].
    pub fn points_passed(&self) -> u64 {
        self.0.faults.passed()
    }

    /// Runs a journey and lets the process die at the `point`-th point of the host's door, if it gets there.
    pub async fn until_crash<T>(
        &self,
        point: Option<u64>,
        journey: impl Future<Output = T>,
    ) -> Result<T, Crash> {
        self.0.faults.crash_at(point);
        let result = tokio::select! {
            biased;
            result = journey => Ok(result),
            () = self.0.faults.death.notified() => Err(Crash),
        };
        if result.is_err() {
            self.restart();
        }
        self.0.faults.crash_at(None);
        result
    }

    /// A new process: everything that is not stored is gone, tasks included.
    pub fn restart(&self) {
        self.0.memory.clear();
        for object in self.0.objects.borrow_mut().values_mut() {
            object.die();
        }
        self.0.engine.borrow_mut().die();
    }

    /// Puts a record into a connection object's storage, as an earlier life of our code may have left it there.
    pub fn leave_record(&self, name: &ConnectionName, key: &'static str, value: String) {
        self.store(name, vec![(key, Some(value))]);
    }

    /// How often a copy was written or deleted since they were last forgotten.
    pub fn copies_written(&self) -> usize {
        self.0.copies.borrow().changes()
    }

    /// Forgets every copy, seen or not.
    pub fn drop_copies(&self) {
        *self.0.copies.borrow_mut() = Copies::default();
    }

    /// Wakes every connection whose alarm is due; answers how many were. An alarm counts as rung when its work has
    /// ended: a crash in the middle leaves it set, and so does one that fails.
    pub async fn ring_alarms(&self) -> usize {
        let now = self.now();
        let due: Vec<_> = {
            let objects = self.0.objects.borrow();
            let due = objects.iter().filter_map(|(name, object)| {
                let (_, set) = object.alarm().filter(|(at, _)| *at <= now)?;
                Some((name.clone(), set))
            });
            due.collect()
        };
        for (name, set) in &due {
            if self.object(name).alarm().await.is_ok()
                && let Some(object) = self.0.objects.borrow_mut().get_mut(name)
            {
                object.rung(*set);
            }
        }
        due.len()
    }

    /// One statement on the tables, without faults.
    ///
    /// # Panics
    /// When the statement is wrong.
    #[expect(clippy::expect_used, reason = "a wrong statement is a wrong test")]
    pub fn sql(&self, sql: &'static str, params: impl Into<Vec<Value>>) -> Vec<Row> {
        let tables = self.0.tables.borrow();
        run(&tables, &Statement::new(sql, params)).expect("a statement of a test")
    }

    /// Everything that is at rest, as one text: tables, copies, objects and the log. To be searched for secrets.
    pub fn everything_at_rest(&self) -> String {
        let mut text: Vec<String> = Vec::new();
        for table in TABLES.split_whitespace() {
            let tables = self.0.tables.borrow();
            let all = Statement {
                sql: Box::leak(format!("SELECT * FROM {table}").into()),
                params: Vec::new(),
            };
            text.push(json!(run(&tables, &all).unwrap_or_default()).to_string());
        }
        text.extend(self.0.copies.borrow().everything().map(str::to_owned));
        text.extend(self.0.objects.borrow().values().flat_map(Object::stored));
        text.extend(self.log_lines().iter().map(Value::to_string));
        text.join("\n")
    }

    /// The lines of the log.
    pub fn log_lines(&self) -> Vec<Value> {
        self.0.log.borrow().clone()
    }

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
