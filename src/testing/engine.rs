//! The engine in memory, as Cloudflare Workflows is: it remembers what steps of runs gave, sleeps on the test's clock, tries
//! work that fails a few times, and keeps to its limits. A test gives it its turns, and decides how it treats runs.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    task::Poll,
    time::Duration,
};

use futures_util::{
    StreamExt,
    future::{LocalBoxFuture, poll_fn},
    stream::FuturesUnordered,
};
use serde_json::json;
use tokio::sync::Notify;

use super::memory_host::MemoryHost;
use crate::{
    host::{EngineState, Host, HostError},
    run::{self, LONGEST_RESULT, MOST_STEPS, Steps, Work},
    time::Timestamp,
};

/// Work is tried so often before a run fails with it.
const TRIES: usize = 4;
/// When tokio's clock, which stands while anybody can go on, gets so far, nobody can: longer than any deadline.
const QUIET: Duration = Duration::from_mins(10);
/// So many runs at once are begun with.
const AT_ONCE: usize = 100;
/// The name of a step has at most so many bytes.
const LONGEST_NAME: usize = 256;

/// Every run that the engine was told of.
#[derive(Default)]
pub(super) struct Engine {
    instances: BTreeMap<String, Instance>,
    manner: Manner,
    clock_moved: Rc<Notify>,
    /// Runs that sleep in memory.
    lives: Vec<Life>,
}

/// How the engine treats runs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manner {
    /// It takes runs up by itself when the process has died, as the service does; else they stand still, as they do in
    /// development.
    pub resumes: bool,
    /// It forgets what steps gave when a run is revived.
    pub forgets: bool,
    /// It puts sleeping runs out of memory: they are executed from the start when they wake.
    pub hibernates: bool,
}

#[derive(Default)]
struct Instance {
    ended: bool,
    /// The process died under it, and nobody has revived it.
    stands_still: bool,
    /// Rises when it is ended, revived or dies: an earlier life goes no further.
    number: u64,
    alive: bool,
    given: BTreeMap<String, String>,
    asleep: BTreeMap<String, Timestamp>,
    /// So many of its steps began, tries and what is forgotten included.
    begun: usize,
    in_bed_until: Option<Timestamp>,
}

type Life = LocalBoxFuture<'static, ()>;

impl Instance {
    fn begin_again(&mut self, forgets: bool) {
        if forgets || self.ended {
            self.given.clear();
            self.asleep.clear();
        }
        (self.ended, self.stands_still, self.alive) = (false, false, false);
        self.in_bed_until = None;
        self.number += 1;
    }

    fn end(&mut self) {
        (self.ended, self.alive) = (true, false);
        self.number += 1;
    }

    fn can_go_on(&self, now: Timestamp) -> bool {
        let awake = self.in_bed_until.is_none_or(|until| until <= now);
        !self.ended && !self.stands_still && !self.alive && awake
    }

    fn go_to_bed(&mut self, now: Timestamp) {
        if self.alive {
            self.in_bed_until = self.asleep.values().filter(|until| **until > now).min().copied();
            (self.alive, self.number) = (false, self.number + 1);
        }
    }

    /// A step that is not remembered begins.
    fn takes(&mut self) -> Result<(), HostError> {
        self.begun += 1;
        if self.given.len() + self.asleep.len() >= MOST_STEPS {
            return Err(HostError::new("engine", "the run has more steps than the engine takes"));
        }
        Ok(())
    }
}

impl Engine {
    /// The process has died.
    pub(super) fn die(&mut self) {
        self.lives.clear();
        for instance in self.instances.values_mut().filter(|instance| !instance.ended) {
            (instance.alive, instance.in_bed_until) = (false, None);
            instance.number += 1;
            instance.stands_still = !self.manner.resumes;
        }
    }

    /// The clock was moved: who sleeps may look.
    pub(super) fn clock_moved(&self) {
        self.clock_moved.notify_waiters();
    }
}

/// What a test does to the engine.
impl MemoryHost {
    /// From now on the engine treats runs so.
    pub fn run_engine(&self, manner: Manner) {
        self.0.engine.borrow_mut().manner = manner;
    }

    /// Goes on with every run that can, until each has ended or sleeps. Only where tokio's clock stands.
    pub async fn turn_runs(&self) {
        let slept = std::mem::take(&mut self.0.engine.borrow_mut().lives);
        let mut lives: FuturesUnordered<Life> = slept.into_iter().collect();
        loop {
            let before = lives.len();
            lives.extend(self.awake());
            let quiet = match tokio::time::timeout(QUIET, lives.next()).await {
                Ok(Some(())) => false,
                Ok(None) => true,
                // Those who came meanwhile had no turn yet.
                Err(_) => lives.len() == before,
            };
            if quiet {
                break;
            }
        }
        let mut engine = self.0.engine.borrow_mut();
        if engine.manner.hibernates {
            engine.instances.values_mut().for_each(|instance| instance.go_to_bed(self.now()));
        } else {
            engine.lives = lives.into_iter().collect();
        }
    }

    /// How many steps of a run the engine began with, tries included; nothing when it does not know the run.
    pub fn steps_begun(&self, id: &str) -> Option<usize> {
        self.0.engine.borrow().instances.get(id).map(|instance| instance.begun)
    }

    /// Everything that it remembers, which it keeps in clear.
    pub fn kept_by_the_engine(&self) -> String {
        let engine = self.0.engine.borrow();
        let given =
            engine.instances.iter().map(|(id, instance)| format!("{id} {:?}", instance.given));
        given.collect::<Vec<_>>().join("\n")
    }

    /// When the next of the runs that sleep wakes.
    pub fn next_waking(&self) -> Option<Timestamp> {
        let engine = self.0.engine.borrow();
        let live = engine.instances.values().filter(|one| !one.ended && !one.stands_still);
        live.flat_map(|one| one.asleep.values().copied()).filter(|until| *until > self.now()).min()
    }

    /// New lives of all runs that can go on.
    fn awake(&self) -> Vec<Life> {
        let now = self.now();
        let mut engine = self.0.engine.borrow_mut();
        let awake = engine.instances.iter_mut().filter(|(_, instance)| instance.can_go_on(now));
        awake
            .map(|(id, instance)| {
                instance.alive = true;
                self.life(id.clone(), instance.number)
            })
            .collect()
    }

    /// Executes a run from its start, until it ends or another life of it begins.
    fn life(&self, id: String, number: u64) -> Life {
        let (host, used) = (self.clone(), RefCell::default());
        let steps = MemorySteps { host: self.clone(), id: id.clone(), number, used };
        let mut run = Box::pin(async move {
            let ended = run::run(Rc::new(steps.host.clone()), &steps, &steps.id).await;
            if let Err(error) = ended {
                steps
                    .host
                    .log(&json!({"level": "error", "run": steps.id, "reason": error.to_string()}));
            }
        });
        Box::pin(poll_fn(move |context| {
            if !host.is_life(&id, number) {
                return Poll::Ready(());
            }
            let polled = run.as_mut().poll(context);
            if polled.is_ready() && host.is_life(&id, number) {
                host.engine_end_now(&id);
            }
            polled
        }))
    }

    fn is_life(&self, id: &str, number: u64) -> bool {
        let engine = self.0.engine.borrow();
        engine.instances.get(id).is_some_and(|instance| instance.number == number)
    }

    fn engine_end_now(&self, id: &str) {
        if let Some(instance) = self.0.engine.borrow_mut().instances.get_mut(id) {
            instance.end();
        }
    }
}

/// What `Host` asks of the engine.
impl MemoryHost {
    pub(super) async fn engine_start(&self, ids: &[String]) -> Result<(), HostError> {
        self.effect("start_runs", "engine", || {
            if ids.len() > AT_ONCE {
                return Err(HostError::new("engine", "at most 100 at once"));
            }
            for id in ids {
                self.0.engine.borrow_mut().instances.entry(id.clone()).or_default();
            }
            Ok(())
        })
        .await
    }

    pub(super) async fn engine_knows(&self, id: &str) -> Result<EngineState, HostError> {
        self.effect("engine_state", "engine", || {
            Ok(match self.0.engine.borrow().instances.get(id) {
                None => EngineState::Unknown,
                Some(instance) if instance.ended => EngineState::Ended,
                Some(_) => EngineState::Live,
            })
        })
        .await
    }

    pub(super) async fn engine_revive(&self, id: &str) -> Result<(), HostError> {
        self.effect("revive_run", "engine", || {
            let mut engine = self.0.engine.borrow_mut();
            let forgets = engine.manner.forgets;
            let unknown = || HostError::new("engine", "instance.not_found");
            engine.instances.get_mut(id).ok_or_else(unknown)?.begin_again(forgets);
            Ok(())
        })
        .await
    }

    pub(super) async fn engine_end(&self, id: &str) -> Result<(), HostError> {
        self.effect("end_run", "engine", || {
            self.engine_end_now(id);
            Ok(())
        })
        .await
    }
}

/// One life of one run, as the run sees the engine.
struct MemorySteps {
    host: MemoryHost,
    id: String,
    number: u64,
    used: RefCell<BTreeSet<String>>,
}

impl MemorySteps {
    /// What an effect on the run's instance gives, if this life is still the run's.
    fn instance<T>(&self, effect: impl FnOnce(&mut Instance) -> T) -> Result<T, HostError> {
        let gone = || HostError::new("engine", "this life of the run is over");
        let mut engine = self.host.0.engine.borrow_mut();
        let instance = engine.instances.get_mut(&self.id).ok_or_else(gone)?;
        if instance.number == self.number { Ok(effect(instance)) } else { Err(gone()) }
    }

    /// A name stands for one step: the engine would give the second one what the first one gave.
    fn name(&self, name: &str) -> Result<(), HostError> {
        if name.len() <= LONGEST_NAME && self.used.borrow_mut().insert(name.to_owned()) {
            return Ok(());
        }
        Err(HostError::new("engine", format!("{name}: used twice, or too long")))
    }
}

impl Steps for MemorySteps {
    async fn perform(&self, name: &str, work: Work) -> Result<String, HostError> {
        self.name(name)?;
        if let Some(given) = self.instance(|one| one.given.get(name).cloned())? {
            return Ok(given);
        }
        let mut failed = HostError::new("engine", "never tried");
        for _ in 0..TRIES {
            self.instance(Instance::takes)??;
            self.host.0.faults.point().await;
            match work().await {
                Ok(given) if given.len() > LONGEST_RESULT => {
                    return Err(HostError::new("engine", "what a step gave is too long"));
                }
                Ok(given) => {
                    self.host.0.faults.point().await;
                    self.instance(|one| one.given.insert(name.to_owned(), given.clone()))?;
                    self.host.0.faults.point().await;
                    return Ok(given);
                }
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    async fn sleep(&self, name: &str, milliseconds: i64) -> Result<(), HostError> {
        self.name(name)?;
        let known = self.instance(|one| one.asleep.get(name).copied())?;
        let until = if let Some(until) = known {
            until
        } else {
            self.instance(Instance::takes)??;
            self.host.0.faults.point().await;
            let until = self.host.now().plus(milliseconds);
            self.instance(|one| one.asleep.insert(name.to_owned(), until))?;
            until
        };
        let moved = Rc::clone(&self.host.0.engine.borrow().clock_moved);
        loop {
            let moved = moved.notified();
            self.host.0.faults.point().await;
            if self.host.now() >= until {
                return Ok(());
            }
            moved.await;
        }
    }
}
