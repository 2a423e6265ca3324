//! What a test does to its `MemoryHost`: time that passes, faults that are planned, processes that die, alarms that ring,
//! and a look at everything that is at rest.

use std::future::Future;

use serde_json::{Value, json};

use super::{
    copies::Copies,
    faults::{Crash, Fault},
    memory_host::MemoryHost,
    object::Object,
    tables::run,
};
use crate::{
    connection::ConnectionName,
    host::{Host, Row, Statement},
    settings::Settings,
};

/// All tables.
const TABLES: &str = "projects client_secrets signing_keys integrations users sessions grants audit \
    logins connections deliveries events outcomes meetings subscriptions counts \
    workflows workflow_versions enablements workflow_secrets runs run_steps run_texts made \
    portals portal_changes operator_sessions sign_in_failures usage";

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
}
