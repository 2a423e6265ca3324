//! A step that fans out: its steps for each item, side by side; the run goes on when all of them have ended. Where there
//! are many items the engine's steps would not do: then they are done by runs of their own, some items each.

use std::rc::Rc;

use futures_util::{StreamExt, stream};
use serde_json::json;

use super::{
    begin::{SOON, begin, id_of},
    course::found,
    journey::{Course, Halt, Life, again},
    own_step::OwnStep,
    step::{Became, Place},
    steps::{Steps, Work},
};
use crate::{
    edge::Code,
    host::{Host, Statement},
    record::{
        read_rows,
        run::{self, Parts, Run, RunStatus},
    },
    time::{DAY, SECOND, Timestamp},
    workflow::{Does, Step},
};

/// So many items are worked on at once.
const AT_ONCE: usize = 6;
/// A step of ours is at worst so many steps of the engine's: attempts, and the waits between.
const WORST: usize = 12;
/// What fans out at the top may take so many of the engine's steps in the run itself,
const WORST_HERE: usize = 300;
/// and what fans out within an item so many: also those of looking after the runs that do it.
const WORST_WITHIN: usize = 100;
/// A step fans out over at most so many items.
const MOST_ITEMS: usize = 10_000;
/// So many runs begin in one of the engine's steps.
const BEGIN_AT_ONCE: usize = 100;
/// Parts are looked after for the first time after so long; each time an eighth longer,
const FIRST_LOOK: i64 = 2 * SECOND;
/// up to so long.
const LAST_LOOK: i64 = DAY;

/// What became of items: how many failed, and why the first of those did.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    failed: usize,
    code: Option<Code>,
}

impl<H: Host, S: Steps> Life<'_, H, S> {
    pub(super) async fn fan_out(
        &self,
        step: &Step,
        steps: &[Step],
        place: &Place,
        items: usize,
    ) -> Course {
        let allowed = if place.0.is_empty() { WORST_HERE } else { WORST_WITHIN };
        let tally = match items.saturating_mul(worst(steps)) {
            _ if items > MOST_ITEMS => Tally { failed: items, code: Some(Code::TooManySteps) },
            here if here <= allowed => self.items(step, steps, place, 0..items).await?,
            _ => self.parts(step, steps, place, items).await?,
        };
        self.fanned_in(step, place, items, tally).await
    }

    /// The part of a step that this run was made for.
    pub(super) async fn part(&self) -> Course {
        let name = self.run.parent_step.as_deref().unwrap_or_default();
        let (place, id) = Place::parse(name).unwrap_or_default();
        let definition = Rc::clone(&self.definition);
        let step = found(&definition, &id)?;
        let Does::FanOut { steps, .. } = &step.does else {
            return Err(self.is_over(RunStatus::Failed, Code::WorkflowInvalid));
        };
        let number =
            |item: Option<i64>| usize::try_from(item.unwrap_or_default()).unwrap_or_default();
        let items = number(self.run.first_item)..number(self.run.last_item);
        let tally = self.items(step, steps, &place, items).await?;
        let own = OwnStep::of(&self.run, step, &place);
        self.stored(own.part(self.host.now(), tally.failed, tally.code)).await?;
        tally.code.map_or(Ok(()), |code| Err(Halt::Failed(code)))
    }

    /// Some items, here.
    async fn items(
        &self,
        step: &Step,
        steps: &[Step],
        place: &Place,
        items: std::ops::Range<usize>,
    ) -> Course<Tally> {
        let one = async |item: usize| {
            let inside = place.inside(&step.id, item);
            (item, self.sequence(steps, &inside).await)
        };
        let mut ended = stream::iter(items).map(one).buffer_unordered(AT_ONCE);
        let (mut tally, mut first, mut halt) = (Tally::default(), usize::MAX, None);
        while let Some((item, course)) = ended.next().await {
            match course {
                Ok(()) => {}
                Err(Halt::Failed(code)) => {
                    tally.failed += 1;
                    if item < first {
                        (first, tally.code) = (item, Some(code));
                    }
                }
                Err(Halt::Over(status, code)) => halt = Some(Halt::Over(status, code)),
                Err(doubt @ Halt::Doubt(_)) => return Err(doubt),
            }
            // What is being done comes to its end; nothing else begins, and nobody waits for what sleeps.
            if halt.is_some() && self.working.get() == 0 {
                break;
            }
        }
        halt.map_or(Ok(tally), Err)
    }

    /// Some items a run, each a run of its own.
    async fn parts(
        &self,
        step: &Step,
        steps: &[Step],
        place: &Place,
        items: usize,
    ) -> Course<Tally> {
        let name = place.name(&step.id);
        let each = (WORST_HERE / worst(steps).max(1)).max(1);
        let firsts: Vec<usize> = (0..items).step_by(each).collect();
        for (number, some) in firsts.chunks(BEGIN_AT_ONCE).enumerate() {
            let parts = some.iter().map(|first| (*first, items.min(first.saturating_add(each))));
            let parts = parts.collect();
            self.perform(&format!("{name} runs {}", number + 1), self.begins(&name, parts)).await?;
        }
        self.look_after(&name, items).await
    }

    /// Begins with runs for the items from `first` up to the one before `last`.
    fn begins(&self, step: &str, parts: Vec<(usize, usize)>) -> Work {
        let (host, parent) = (Rc::clone(&self.host), Rc::clone(&self.run));
        let step = step.to_owned();
        Rc::new(move || {
            let now = host.now();
            let part = |(first, last): &(usize, usize)| part(&parent, &step, *first, *last, now);
            let runs: Vec<Run> = parts.iter().map(part).collect();
            let (host, parent) = (Rc::clone(&host), parent.id.clone());
            Box::pin(async move {
                let works = vec![run::works(&parent, host.now())];
                begin(&*host, &runs, works).await?;
                Ok(Became::Done.text())
            })
        })
    }

    /// Waits until every part of a step has come to its end.
    async fn look_after(&self, name: &str, items: usize) -> Course<Tally> {
        let (mut pause, mut look) = (FIRST_LOOK, 0);
        loop {
            let host = &*self.host;
            let wanted = || vec![run::parts(&self.run.id, name), run::lives(&self.run.id)];
            let mut answers = again(host, async || host.tables(wanted()).await).await?.into_iter();
            let parts: Vec<Parts> = read_rows(answers.next().unwrap_or_default().into_iter())?;
            if answers.next().is_none_or(|rows| rows.is_empty()) {
                return Err(self.is_over(RunStatus::Stopped, Code::RunStopped));
            }
            if !parts.iter().any(|part| part.status.is_live()) {
                return Ok(tally(&parts, items));
            }
            look += 1;
            self.sleep_until(&format!("{name} look {look}"), host.now().plus(pause)).await?;
            pause = LAST_LOOK.min(pause + pause / 8);
        }
    }

    /// Stores how a step that fans out has ended.
    async fn fanned_in(&self, step: &Step, place: &Place, items: usize, tally: Tally) -> Course {
        let own = OwnStep::of(&self.run, step, place);
        let output = json!({"items": items, "failed": tally.failed}).to_string();
        self.stored(own.ended(&*self.host, tally.code, &output)?).await?;
        tally.code.map_or(Ok(()), |code| Err(Halt::Failed(code)))
    }

    /// Stores the end of a step; the run has to live still.
    pub(super) async fn stored(&self, mut statements: Vec<Statement>) -> Course {
        statements.push(run::gets_on(&self.run.id, self.host.now()));
        let host = &*self.host;
        let answers = again(host, async || host.tables(statements.clone()).await).await?;
        if answers.last().is_some_and(|rows| !rows.is_empty()) {
            return Ok(());
        }
        Err(self.is_over(RunStatus::Stopped, Code::RunStopped))
    }
}

/// How many of the engine's steps these are at worst.
fn worst(steps: &[Step]) -> usize {
    let each = steps.iter().map(|step| match &step.does {
        Does::Condition { then, otherwise, .. } => WORST + worst(then).max(worst(otherwise)),
        Does::FanOut { .. } => WORST + WORST_WITHIN,
        _ => WORST,
    });
    each.sum()
}

/// A run for some of the items that a step of another one fans out over: the same items are the same run.
fn part(parent: &Run, step: &str, first: usize, last: usize, now: Timestamp) -> Run {
    Run {
        id: id_of(&[&parent.id, step, &first.to_string()]),
        replay_of: None,
        parent_id: Some(parent.id.clone()),
        parent_step: Some(step.to_owned()),
        first_item: i64::try_from(first).ok(),
        last_item: i64::try_from(last).ok(),
        status: RunStatus::Queued,
        problem: None,
        due_at: Some(now.plus(SOON)),
        revivals: 0,
        created_at: now,
        started_at: None,
        ended_at: None,
        ..parent.clone()
    }
}

/// What became of the items of parts that have all ended.
fn tally(parts: &[Parts], items: usize) -> Tally {
    let count = |of: &dyn Fn(&Parts) -> i64| {
        usize::try_from(parts.iter().map(of).sum::<i64>()).unwrap_or_default()
    };
    let bad = parts.iter().find(|part| part.status != RunStatus::Succeeded);
    let named = |part: &Parts| part.problem.as_deref().and_then(Code::named);
    let code = bad.map(|part| named(part).unwrap_or(Code::Interrupted));
    // Parts that are not there any more were forgotten with somebody's data.
    let lost = items.saturating_sub(count(&|part| part.items));
    let failed = count(&|part| part.failed).saturating_add(lost);
    Tally { failed, code: code.or((lost > 0).then_some(Code::Interrupted)) }
}
