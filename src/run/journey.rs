//! What a run does, from its first step to its end, as the engine calls it; taken up again at any point, it comes to the
//! same end. What is stored of its steps is the truth, whatever the engine remembers. One step is `course`'s, many at once
//! are `fan_out`'s.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
};

use serde_json::json;

use super::{
    end::end,
    step::{Became, Place},
    steps::{MOST_STEPS, Steps, Work},
};
use crate::{
    edge::Code,
    host::{Host, HostError},
    record::{
        read_row,
        run::{self, Run, RunStatus},
        run_step::{self, RunStep},
    },
    shape::shape,
    time::{MINUTE, Timestamp},
    workflow::Definition,
    zoom::action::CATALOG,
};

/// Steps of the engine's that a run keeps for what comes after it has counted.
const KEPT: usize = 24;
/// What waits a little longer than it said does not say so again, in milliseconds. Shorter than what the sweep allows for.
const SPARE: i64 = 3 * MINUTE;
/// A store that does not answer is asked again after so long, in milliseconds.
const AGAIN_AFTER: [u32; 3] = [200, 1000, 5000];

/// One life of a run: from where the engine calls it until it ends or the process does.
pub(super) struct Life<'a, H, S> {
    pub(super) host: Rc<H>,
    pub(super) steps: &'a S,
    pub(super) run: Rc<Run>,
    pub(super) definition: Rc<Definition>,
    /// What is stored of its steps from earlier lives.
    pub(super) known: BTreeMap<String, RunStep>,
    /// So many steps of the engine's are taken.
    pub(super) taken: Cell<usize>,
    /// The whole run is over: nothing more begins.
    pub(super) over: RefCell<Option<(RunStatus, Code)>>,
    /// So many steps are being done, not counting those that wait.
    pub(super) working: Cell<usize>,
    /// Where all it does is wait: until when it has said that nothing will be seen of it.
    unseen_until: Cell<Option<Timestamp>>,
}

/// Why it does not go on.
#[derive(Debug)]
pub(super) enum Halt {
    /// A step failed for good.
    Failed(Code),
    /// The whole run is over.
    Over(RunStatus, Code),
    /// Our own side is in doubt: the engine lets this life go, and the run is taken up again later.
    Doubt(HostError),
}

/// What comes of something that a run does.
pub(super) type Course<T = ()> = Result<T, Halt>;

impl From<HostError> for Halt {
    fn from(error: HostError) -> Self {
        Self::Doubt(error)
    }
}

/// Executes the run of this id. Everything that it does is a step of the engine's, so that it can be taken up again.
pub async fn run<H: Host>(host: Rc<H>, steps: &impl Steps, id: &str) -> Result<(), HostError> {
    let Some((run, plan, known)) = load(&*host, id).await? else {
        return Ok(());
    };
    let course = match plan.definition.as_deref().map(|text| Definition::parse(text, &CATALOG)) {
        _ if plan.cut_off != 0 => Err(Halt::Over(RunStatus::Stopped, Code::RunStopped)),
        None => Err(Halt::Over(RunStatus::Stopped, Code::WorkflowGone)),
        Some(Err(misfit)) => {
            host.log(&json!({"level": "error", "run": id, "reason": misfit.to_string()}));
            Err(Halt::Over(RunStatus::Failed, Code::WorkflowInvalid))
        }
        Some(Ok(definition)) => {
            let life = Life::new(&host, steps, run, definition, known);
            life.whole().await
        }
    };
    let (status, problem) = match course {
        Ok(()) => (RunStatus::Succeeded, None),
        Err(Halt::Failed(code)) => (RunStatus::Failed, Some(code)),
        Err(Halt::Over(status, code)) => (status, Some(code)),
        Err(Halt::Doubt(error)) => return Err(error),
    };
    again(&*host, async || end(&*host, id, status, problem).await).await.map(|_| ())
}

shape! {
    struct Plan {
        definition: Option<String>,
        cut_off: i64,
    }
}

/// The run, if it lives, what it does, and what is stored of its steps.
async fn load(
    host: &impl Host,
    id: &str,
) -> Result<Option<(Run, Plan, BTreeMap<String, RunStep>)>, HostError> {
    let statements = || vec![run::take_up(id, host.now()), run::plan(id), run_step::of_run(id)];
    let mut answers = again(host, async || host.tables(statements()).await).await?.into_iter();
    let mut next = || answers.next().unwrap_or_default().into_iter();
    let (Some(row), Some(plan)) = (next().next(), next().next()) else {
        return Ok(None);
    };
    let mut known = BTreeMap::new();
    for step in next() {
        let step: RunStep = read_row(step)?;
        known.insert(step.step.clone(), step);
    }
    Ok(Some((read_row(row)?, read_row(plan)?, known)))
}

/// Asks a store until it answers, a few times.
pub(super) async fn again<T>(
    host: &impl Host,
    ask: impl AsyncFn() -> Result<T, HostError>,
) -> Result<T, HostError> {
    for milliseconds in AGAIN_AFTER {
        if let Ok(answer) = ask().await {
            return Ok(answer);
        }
        host.wait(milliseconds).await;
    }
    ask().await
}

impl<'a, H: Host, S: Steps> Life<'a, H, S> {
    fn new(
        host: &Rc<H>,
        steps: &'a S,
        run: Run,
        definition: Definition,
        known: BTreeMap<String, RunStep>,
    ) -> Self {
        // What was done in earlier lives was a step of the engine's for each attempt, and a sleep between two.
        let attempts = |step: &RunStep| usize::try_from(step.attempts).unwrap_or_default() * 2;
        Self {
            host: Rc::clone(host),
            steps,
            taken: Cell::new(known.values().map(attempts).sum()),
            working: Cell::new(0),
            unseen_until: Cell::new(None),
            run: Rc::new(run),
            definition: Rc::new(definition),
            known,
            over: RefCell::default(),
        }
    }

    async fn whole(&self) -> Course {
        match &self.run.parent_id {
            Some(_) => self.part().await,
            None => self.sequence(&self.definition.steps, &Place::default()).await,
        }
    }

    /// Takes one more step of the engine's.
    fn takes_one(&self) -> Course {
        if let Some((status, code)) = *self.over.borrow() {
            return Err(Halt::Over(status, code));
        }
        self.taken.set(self.taken.get() + 1);
        if self.taken.get() > MOST_STEPS - KEPT {
            return Err(self.is_over(RunStatus::Failed, Code::TooManySteps));
        }
        Ok(())
    }

    /// The whole run is over, for this reason.
    pub(super) fn is_over(&self, status: RunStatus, code: Code) -> Halt {
        let (status, code) = *self.over.borrow_mut().get_or_insert((status, code));
        Halt::Over(status, code)
    }

    /// Has the engine do some work, unless it remembers what became of it.
    pub(super) async fn perform(&self, name: &str, work: Work) -> Course<Became> {
        self.takes_one()?;
        self.unseen_until.set(None);
        self.working.update(|working| working + 1);
        let text = self.steps.perform(name, work).await;
        self.working.update(|working| working - 1);
        let unread = || HostError::new("engine", format!("{name}: it remembers what is no answer"));
        Ok(Became::parse(&text?).ok_or_else(unread)?)
    }

    /// Sleeps until then. The run says so first, unless it has said so.
    pub(super) async fn sleep_until(&self, name: &str, until: Timestamp) -> Course {
        self.takes_one()?;
        let (host, now) = (&*self.host, self.host.now());
        let until = until.max(now);
        if self.unseen_until.get().is_none_or(|said| said < until) {
            let waits = async || host.tables(vec![run::waits(&self.run.id, until)]).await;
            if again(host, waits).await?.into_iter().flatten().next().is_none() {
                return Err(self.is_over(RunStatus::Stopped, Code::RunStopped));
            }
            self.unseen_until.set(Some(until.plus(SPARE)));
        }
        Ok(self.steps.sleep(name, until.since(now)).await?)
    }
}
