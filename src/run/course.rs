//! The course of a run: one step after the other, each tried again as it says, with the waits between. What an attempt
//! does is `attempt`'s, what is stored of steps that the journey does itself `own_step`'s.

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;

use super::{
    attempt::attempt,
    delay,
    journey::{Course, Halt, Life, again},
    own_step::OwnStep,
    scope,
    step::{Became, Place},
    steps::{Steps, Work},
};
use crate::{
    edge::Code,
    host::{Host, HostError},
    record::{
        read_row,
        run::RunStatus,
        run_step::{self, RunStep, StepStatus},
    },
    time::{SECOND, Timestamp},
    workflow::{Definition, Does, Step},
};

/// A step that is to be tried again is after so many seconds, as often as there are numbers.
const RETRY_AFTER: [i64; 5] = [10, 20, 30, 50, 80];
/// An attempt may say so often that nothing was done yet.
const MOST_TURNS: u32 = 20;

/// What is known of a step that an earlier life had to do with.
enum Known {
    Ended(Became),
    /// The number of the attempt that is under way.
    Begun(u32),
    /// The number of the attempt that failed, and when the next one is due.
    Waits(u32, Timestamp),
}

impl<H: Host, S: Steps> Life<'_, H, S> {
    /// Some steps, one after the other.
    pub(super) fn sequence<'b>(
        &'b self,
        steps: &'b [Step],
        place: &'b Place,
    ) -> LocalBoxFuture<'b, Course> {
        Box::pin(async move {
            for step in steps {
                self.step(step, place).await?;
            }
            Ok(())
        })
    }

    async fn step(&self, step: &Step, place: &Place) -> Course {
        let became = match &step.does {
            Does::Delay { .. } => self.delay(step, place).await.map(|()| Became::Done),
            _ => self.attempts(step, place).await,
        };
        let became = match became {
            Err(Halt::Failed(_)) if step.continues => return Ok(()),
            other => other?,
        };
        match (&step.does, became) {
            (Does::Condition { then, otherwise, .. }, Became::Chosen(yes)) => {
                self.sequence(if yes { then } else { otherwise }, place).await
            }
            (Does::FanOut { steps, .. }, Became::Items(items)) => {
                match self.fan_out(step, steps, place, items).await {
                    Err(Halt::Failed(_)) if step.continues => Ok(()),
                    other => other,
                }
            }
            _ => Ok(()),
        }
    }

    /// Attempts at a step until it is done, or has failed for good.
    async fn attempts(&self, step: &Step, place: &Place) -> Course<Became> {
        let name = place.name(&step.id);
        let mut number = match self.known(step, &name) {
            None => 1,
            Some(Known::Ended(ended)) => return self.settled(ended),
            Some(Known::Begun(number)) => number,
            Some(Known::Waits(failed, until)) => {
                self.sleep_until(&format!("{name} wait {failed}"), until).await?;
                failed + 1
            }
        };
        loop {
            match self.turns(step, place, &name, number).await? {
                Became::Failed { code, again } => {
                    let Some(pause) = pause_after(step, number).filter(|_| again) else {
                        return Err(Halt::Failed(code));
                    };
                    let until = self.host.now().plus(pause);
                    self.sleep_until(&format!("{name} wait {number}"), until).await?;
                    number += 1;
                }
                became => return self.settled(became),
            }
        }
    }

    /// What comes of a step that is not tried again.
    fn settled(&self, became: Became) -> Course<Became> {
        match became {
            Became::Failed { code, .. } => Err(Halt::Failed(code)),
            Became::Stop { code } => Err(self.is_over(RunStatus::Stopped, code)),
            became => Ok(became),
        }
    }

    /// One attempt, taken up again as often as it says that nothing was done yet.
    async fn turns(&self, step: &Step, place: &Place, name: &str, number: u32) -> Course<Became> {
        let name = match number {
            1 => name.to_owned(),
            _ => format!("{name} attempt {number}"),
        };
        for turn in 1..=MOST_TURNS {
            let this = if turn == 1 { name.clone() } else { format!("{name} turn {turn}") };
            match self.perform(&this, self.work(step, place, number)).await? {
                Became::Wait { until } => self.sleep_until(&format!("{this} wait"), until).await?,
                became => return Ok(became),
            }
        }
        let code = self.waits_for(&place.name(&step.id)).await?;
        let own = OwnStep::of(&self.run, step, place);
        self.stored(own.failed(&*self.host, &code.into())?).await?;
        Err(Halt::Failed(code))
    }

    /// Why a step waits again and again: limits, or what it may have made cannot be looked for.
    async fn waits_for(&self, name: &str) -> Course<Code> {
        let (host, one) = (&*self.host, || vec![run_step::one(&self.run.id, name)]);
        let found = again(host, async || host.tables(one()).await).await?;
        let row: Option<RunStep> = found.into_iter().flatten().next().map(read_row).transpose()?;
        let begun = row.is_some_and(|row| row.status == StepStatus::Begun);
        Ok(if begun { Code::OutcomeUnknown } else { Code::ZoomRateLimited })
    }

    fn work(&self, step: &Step, place: &Place, number: u32) -> Work {
        let (host, run) = (Rc::clone(&self.host), Rc::clone(&self.run));
        let definition = Rc::clone(&self.definition);
        let (place, id) = (place.clone(), step.id.clone());
        Rc::new(move || {
            let (host, run) = (Rc::clone(&host), Rc::clone(&run));
            let (definition, place, id) = (Rc::clone(&definition), place.clone(), id.clone());
            Box::pin(async move {
                let step = found(&definition, &id)?;
                let became = match &step.does {
                    Does::Delay { inputs } => {
                        delay::begin(&*host, &run, &definition, (step, inputs), &place).await?
                    }
                    _ => attempt(&*host, &run, &definition, step, &place, number).await?,
                };
                Ok(became.text())
            })
        })
    }

    /// A step that waits: until when is stored before it does, so that it never waits twice.
    async fn delay(&self, step: &Step, place: &Place) -> Course {
        let (name, own) = (place.name(&step.id), OwnStep::of(&self.run, step, place));
        let until = match self.known(step, &name) {
            Some(Known::Ended(ended)) => return self.settled(ended).map(|_| ()),
            Some(Known::Waits(_, until)) => until,
            Some(Known::Begun(_)) | None => {
                match self.perform(&name, self.work(step, place, 1)).await? {
                    Became::Wait { until } => until,
                    ended => return self.settled(ended).map(|_| ()),
                }
            }
        };
        self.sleep_until(&format!("{name} wait"), until).await?;
        self.stored(own.ended(&*self.host, None, "{}")?).await
    }

    fn known(&self, step: &Step, name: &str) -> Option<Known> {
        let row = self.known.get(name)?;
        let number = u32::try_from(row.attempts).unwrap_or(1).max(1);
        Some(match row.status {
            StepStatus::Succeeded => Known::Ended(became(step, row)),
            StepStatus::Failed | StepStatus::Stopped => {
                let code = row.code().unwrap_or(Code::RunStopped);
                Known::Ended(match row.status {
                    StepStatus::Failed => Became::Failed { code, again: false },
                    _ => Became::Stop { code },
                })
            }
            StepStatus::Begun => Known::Begun(number),
            StepStatus::Waiting => match (&step.does, &row.chosen, &row.problem) {
                (Does::Delay { .. }, Some(until), _) => {
                    Known::Waits(1, Timestamp(until.parse().unwrap_or_default()))
                }
                // It failed, and is to be tried again.
                (_, _, Some(_)) => {
                    let pause = pause_after(step, number).unwrap_or_default();
                    Known::Waits(number, row.begun_at.plus(pause))
                }
                _ => Known::Begun(number),
            },
        })
    }
}

/// What became of a step that is stored as done.
fn became(step: &Step, row: &RunStep) -> Became {
    match &step.does {
        Does::Condition { .. } => Became::Chosen(row.chosen.as_deref() == Some("yes")),
        _ => Became::Done,
    }
}

fn pause_after(step: &Step, number: u32) -> Option<i64> {
    let index = usize::try_from(number).ok()?.checked_sub(1)?;
    let seconds = RETRY_AFTER.get(index).filter(|_| step.retries)?;
    Some(seconds * SECOND)
}

/// The step of this id.
pub(super) fn found<'a>(definition: &'a Definition, id: &str) -> Result<&'a Step, HostError> {
    let none = || HostError::new("engine", format!("the workflow has no step {id}"));
    scope::find(&definition.steps, id, &mut Vec::new()).ok_or_else(none)
}
