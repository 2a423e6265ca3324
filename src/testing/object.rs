//! Connection objects in memory: storage and alarm that outlive the process, the object at work that does not.

use std::{collections::BTreeMap, rc::Rc};

use rusqlite::Connection as Sqlite;
use serde_json::Value;

use super::{contract::run_in_object, memory_host::MemoryHost, tables::run};
use crate::{
    connection::{Answer, Connection, ConnectionName, Question, ROWS},
    host::{
        Body, Cell, EngineState, Host, HostError, Landing, PublicKey, Request, Response, Row,
        SendError, Statement, Task,
    },
    memory::Memory,
    settings::Settings,
    time::Timestamp,
    zoom::limit::{LimitAnswer, LimitQuestion, LimitedAccount},
};

/// A longer value is not written: a Durable Object's limit is 2 MB, and D1's.
pub(super) const LONGEST: usize = 2_000_000;

/// One object: what it stored, when it wants to be woken, and its life, if it is at work.
#[derive(Default)]
pub(super) struct Object {
    records: BTreeMap<String, String>,
    /// Its own tables, once it has written.
    rows: Option<Sqlite>,
    alarm: Option<Timestamp>,
    /// How often the alarm was set.
    set: u64,
    alive: Option<Rc<Connection<MemoryCell>>>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

/// What the object sees: the host, and its own part of it.
pub(crate) struct MemoryCell {
    host: MemoryHost,
    name: ConnectionName,
}

impl Object {
    pub(super) fn die(&mut self) {
        self.alive = None;
        for task in self.tasks.drain(..) {
            task.abort();
        }
    }

    /// When the alarm rings, and which setting of it that is.
    pub(super) fn alarm(&self) -> Option<(Timestamp, u64)> {
        self.alarm.map(|at| (at, self.set))
    }

    /// That alarm has been answered; one that was set meanwhile stays.
    pub(super) fn rung(&mut self, set: u64) {
        self.alarm = self.alarm.filter(|_| self.set != set);
    }

    /// Everything it stores, as texts.
    pub(super) fn stored(&self) -> Vec<String> {
        let rows = ["SELECT * FROM events", "SELECT * FROM deliveries", "SELECT * FROM schedules"]
            .map(|sql| self.query(sql));
        self.records.values().cloned().chain(rows).collect()
    }

    fn query(&self, sql: &'static str) -> String {
        let all = self.rows.as_ref().map(|rows| run(rows, &Statement::new(sql, [])));
        serde_json::to_string(&all.transpose().unwrap_or_default()).unwrap_or_default()
    }

    fn has_rows(&self) -> bool {
        let of = |sql| self.rows.as_ref().and_then(|rows| run(rows, &Statement::new(sql, [])).ok());
        let tables = [
            "SELECT id FROM events LIMIT 1",
            "SELECT id FROM deliveries LIMIT 1",
            "SELECT workflow_id FROM schedules LIMIT 1",
        ];
        tables.into_iter().filter_map(of).flatten().next().is_some()
    }

    fn change(
        &mut self,
        records: Vec<(&'static str, Option<String>)>,
        statements: &[Statement],
    ) -> Result<Vec<Vec<Row>>, rusqlite::Error> {
        if self.rows.is_none() {
            let rows = Sqlite::open_in_memory()?;
            rows.execute_batch(ROWS)?;
            self.rows = Some(rows);
        }
        let mut answers = Vec::new();
        if let Some(rows) = &mut self.rows {
            let transaction = rows.transaction()?;
            for statement in statements {
                answers.push(run(&transaction, statement)?);
            }
            transaction.commit()?;
        }
        for (key, value) in records {
            match value {
                Some(value) => self.records.insert(key.to_owned(), value),
                None => self.records.remove(key),
            };
        }
        Ok(answers)
    }
}

/// The object at work, as the host reaches it.
pub(super) struct AtWork(Rc<Connection<MemoryCell>>);

impl AtWork {
    pub(super) async fn answer(&self, question: Question) -> Answer {
        Box::pin(self.0.answer(question)).await
    }

    pub(super) async fn alarm(&self) -> Result<(), HostError> {
        Box::pin(self.0.alarm()).await
    }
}

impl MemoryHost {
    /// Whether a connection object has anything in its storage.
    pub fn has_records(&self, name: &ConnectionName) -> bool {
        let objects = self.0.objects.borrow();
        objects.get(name).is_some_and(|object| !object.records.is_empty() || object.has_rows())
    }

    /// Whether a connection object has ever stored anything, tables or an alarm.
    pub fn was_used(&self, name: &ConnectionName) -> bool {
        let objects = self.0.objects.borrow();
        objects.get(name).is_some_and(|object| object.rows.is_some() || object.alarm.is_some())
    }

    /// The length of what an object keeps in its records, in bytes.
    pub fn size_of_records(&self, name: &ConnectionName) -> usize {
        let objects = self.0.objects.borrow();
        objects.get(name).map_or(0, |object| object.records.values().map(String::len).sum())
    }

    /// When the alarm of an object rings next.
    pub fn alarm_of(&self, name: &ConnectionName) -> Option<Timestamp> {
        self.0.objects.borrow().get(name)?.alarm
    }

    /// Runs one of the checks of an object's storage, in the object of this name.
    pub async fn run_in_object(&self, name: &ConnectionName, check: &str) -> Result<(), String> {
        let cell = MemoryCell { host: self.clone(), name: name.clone() };
        run_in_object(&cell, check).await
    }

    /// The object of this name, made if need be.
    pub(super) fn object(&self, name: &ConnectionName) -> AtWork {
        let mut objects = self.0.objects.borrow_mut();
        let object = objects.entry(name.clone()).or_default();
        let cell = || MemoryCell { host: self.clone(), name: name.clone() };
        AtWork(Rc::clone(
            object.alive.get_or_insert_with(|| Rc::new(Connection::new(Rc::new(cell())))),
        ))
    }

    /// Writes records of an object as one change.
    pub(super) fn store(
        &self,
        name: &ConnectionName,
        records: Vec<(&'static str, Option<String>)>,
    ) {
        let _ = self.change(name, records, &[]);
    }

    /// The rows that a statement finds in an object, without faults.
    ///
    /// # Panics
    /// When the statement is wrong.
    #[expect(clippy::expect_used, reason = "a wrong statement is a wrong test")]
    pub fn object_sql(&self, name: &ConnectionName, sql: &'static str) -> Vec<Row> {
        let objects = self.0.objects.borrow();
        let rows = objects.get(name).and_then(|object| object.rows.as_ref());
        let found = rows.map(|rows| run(rows, &Statement::new(sql, [])));
        found.transpose().expect("a statement of a test").unwrap_or_default()
    }

    fn change(
        &self,
        name: &ConnectionName,
        records: Vec<(&'static str, Option<String>)>,
        statements: &[Statement],
    ) -> Result<Vec<Vec<Row>>, HostError> {
        let mut objects = self.0.objects.borrow_mut();
        let object = objects.entry(name.clone()).or_default();
        let failed = |error: rusqlite::Error| HostError::new("storage", error.to_string());
        object.change(records, statements).map_err(failed)
    }
}

/// What a Durable Object's storage does not take: long texts, and booleans.
fn fits(
    records: &[(&'static str, Option<String>)],
    statements: &[Statement],
) -> Result<(), HostError> {
    let values = || statements.iter().flat_map(|one| &one.params);
    let texts = values().filter_map(Value::as_str);
    let mut texts = texts.chain(records.iter().filter_map(|(_, value)| value.as_deref()));
    let refused = |reason: &str| Err(HostError::new("storage", reason));
    if texts.any(|text| text.len() > LONGEST) {
        return refused("a value is too long");
    }
    if values().any(Value::is_boolean) {
        return refused("a boolean is no value of a column");
    }
    Ok(())
}

impl Cell for MemoryCell {
    fn name(&self) -> &ConnectionName {
        &self.name
    }

    async fn read(&self, key: &str) -> Result<Option<String>, HostError> {
        self.host
            .effect("read", "storage", || {
                let objects = self.host.0.objects.borrow();
                Ok(objects.get(&self.name).and_then(|object| object.records.get(key).cloned()))
            })
            .await
    }

    async fn write(
        &self,
        records: Vec<(&'static str, Option<String>)>,
        rows: Vec<Statement>,
    ) -> Result<(), HostError> {
        fits(&records, &rows)?;
        self.host
            .effect("write", "storage", || self.host.change(&self.name, records, &rows).map(|_| ()))
            .await
    }

    async fn rows(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, HostError> {
        fits(&[], &statements)?;
        self.host
            .effect("rows", "storage", || self.host.change(&self.name, Vec::new(), &statements))
            .await
    }

    async fn wake_at(&self, at: Timestamp) -> Result<(), HostError> {
        self.host
            .effect("wake_at", "storage", || {
                let mut objects = self.host.0.objects.borrow_mut();
                let object = objects.entry(self.name.clone()).or_default();
                object.alarm = Some(at);
                object.set += 1;
                Ok(())
            })
            .await
    }

    fn keep(&self, task: Task) {
        let handle = tokio::task::spawn_local(task);
        let mut objects = self.host.0.objects.borrow_mut();
        objects.entry(self.name.clone()).or_default().tasks.push(handle);
    }
}

impl Host for MemoryCell {
    fn now(&self) -> Timestamp {
        self.host.now()
    }

    fn fill_random(&self, buffer: &mut [u8]) {
        self.host.fill_random(buffer);
    }

    fn settings(&self) -> &Settings {
        self.host.settings()
    }

    fn memory(&self) -> &Memory {
        self.host.memory()
    }

    fn log(&self, line: &Value) {
        self.host.log(line);
    }

    async fn send(&self, request: Request) -> Result<Response, SendError> {
        self.host.send(request).await
    }

    async fn send_and_land(
        &self,
        request: Request,
        landing: Landing,
    ) -> Result<Response, SendError> {
        self.host.send_and_land(request, landing).await
    }

    async fn verify_rs256(
        &self,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, HostError> {
        self.host.verify_rs256(key, message, signature).await
    }

    async fn generate_rs256(&self) -> Result<(PublicKey, String), HostError> {
        self.host.generate_rs256().await
    }

    async fn tables(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, HostError> {
        self.host.tables(statements).await
    }

    async fn load_copy(&self, key: &str) -> Result<Option<String>, HostError> {
        self.host.load_copy(key).await
    }

    async fn save_copy(&self, key: &str, value: String, seconds: u32) -> Result<(), HostError> {
        self.host.save_copy(key, value, seconds).await
    }

    async fn delete_copy(&self, key: &str) -> Result<(), HostError> {
        self.host.delete_copy(key).await
    }

    async fn ask(&self, name: &ConnectionName, question: Question) -> Result<Answer, HostError> {
        self.host.ask(name, question).await
    }

    async fn ask_limiter(
        &self,
        account: &LimitedAccount,
        question: LimitQuestion,
    ) -> Result<LimitAnswer, HostError> {
        self.host.ask_limiter(account, question).await
    }

    async fn start_runs(&self, ids: &[String]) -> Result<(), HostError> {
        self.host.start_runs(ids).await
    }

    async fn engine_state(&self, id: &str) -> Result<EngineState, HostError> {
        self.host.engine_state(id).await
    }

    async fn revive_run(&self, id: &str) -> Result<(), HostError> {
        self.host.revive_run(id).await
    }

    async fn end_run(&self, id: &str) -> Result<(), HostError> {
        self.host.end_run(id).await
    }

    async fn wait(&self, milliseconds: u32) {
        self.host.wait(milliseconds).await;
    }

    async fn read_body(&self, body: Body, limit: usize) -> Result<Option<Vec<u8>>, SendError> {
        self.host.read_body(body, limit).await
    }

    fn utc_offset(&self, zone: &str, at: Timestamp) -> Option<i64> {
        self.host.utc_offset(zone, at)
    }
}
