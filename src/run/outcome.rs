//! What became of an attempt, and how it is stored: the step's row, its texts and the run's time of being due, as one
//! change.

use serde_json::{Value, json};

use super::{attempt::Attempt, hindrance::Hindrance, step::Became};
use crate::{
    edge::{Code, Problem},
    host::{Host, HostError, Statement},
    record::{
        made::{self, Touch},
        run,
        run_step::{self, RunStep, StepStatus, Try},
        run_text::{self, Kind},
    },
    time::Timestamp,
};

/// A step is tried so many times at most, where it wants that.
const ATTEMPTS: u32 = 6;

/// What came of doing it.
pub(super) type Result = std::result::Result<Outcome, Hindrance>;

/// What a step that was done gave.
#[derive(Debug)]
pub(super) struct Outcome {
    /// Its output; of one that fans out it comes later.
    pub output: Value,
    /// Of a condition: which way.
    pub chosen: Option<bool>,
    /// Of one that fans out: over so many.
    pub items: Option<usize>,
    /// What it made at the provider's.
    pub made: Option<Touch>,
}

impl Outcome {
    /// Just an output.
    pub fn of(output: Value) -> Self {
        Self { output, chosen: None, items: None, made: None }
    }
}

/// What is stored of an attempt.
struct Storing {
    row: RunStep,
    statements: Vec<Statement>,
    became: Became,
}

impl<H: Host> Attempt<'_, H> {
    /// The row of a step that begins now.
    pub fn begun(&self) -> RunStep {
        let (kind, begun_at) = (self.step.does.kind(), self.begun_at.get());
        let first = RunStep::new(&self.run.id, &self.name, kind, begun_at);
        let tries = Some(self.tries(None, None));
        RunStep { attempts: self.number.into(), tries, ..first }
    }

    /// When the step was taken up, this time too; it was left then, with this problem.
    fn tries(&self, left_at: Option<Timestamp>, problem: Option<String>) -> String {
        let earlier = self.row.as_ref().and_then(|row| row.tries.as_deref());
        run_step::tried(earlier, Try { began_at: self.began, left_at, problem })
    }

    /// Stores what was given and what became of it.
    pub async fn store(
        &self,
        input: Option<Value>,
        done: Result,
    ) -> std::result::Result<Became, HostError> {
        let (now, run_id) = (self.host.now(), &self.run.id);
        let done = done.and_then(small_enough);
        let mut storing = match done {
            Ok(outcome) => self.succeeded(&outcome, now)?,
            Err(Hindrance::Doubt(error)) => return Err(error),
            Err(hindrance) => self.hindered(hindrance.harmless(), now)?,
        };
        if let Some(input) = input {
            let text = input.to_string();
            storing.row.input_size = size(&text);
            let name = run_text::name(&self.name, Kind::Input);
            storing.statements.extend(run_text::replace(self.host, run_id, &name, &text)?);
        }
        storing.row.tries = Some(self.tries(Some(now), storing.row.problem.clone()));
        let seen = match &storing.became {
            Became::Wait { until } => run::waits(run_id, *until),
            _ if storing.row.ended_at.is_some() => run::gets_on(run_id, now),
            _ => run::works(run_id, now),
        };
        storing.statements.insert(0, run_step::put(&storing.row));
        storing.statements.push(seen);
        self.host.tables(storing.statements).await?;
        Ok(storing.became)
    }

    fn succeeded(
        &self,
        outcome: &Outcome,
        now: Timestamp,
    ) -> std::result::Result<Storing, HostError> {
        let mut row =
            RunStep { status: StepStatus::Succeeded, ended_at: Some(now), ..self.begun() };
        let mut statements: Vec<_> =
            outcome.made.iter().map(|touch| made::put(self.run, touch, now)).collect();
        if let Some(items) = outcome.items {
            // It ends when all of its items did.
            row = RunStep { chosen: Some(items.to_string()), ..self.begun() };
            return Ok(Storing { row, statements, became: Became::Items(items) });
        }
        let choice = |yes: bool| if yes { "yes" } else { "no" };
        row.chosen = outcome.chosen.map(choice).map(str::to_owned);
        let text = outcome.output.to_string();
        row.output_size = size(&text);
        let name = run_text::name(&self.name, Kind::Output);
        statements.extend(run_text::replace(self.host, &self.run.id, &name, &text)?);
        statements.push(run_text::remove(&self.run.id, &run_text::name(&self.name, Kind::Error)));
        let became = outcome.chosen.map_or(Became::Done, Became::Chosen);
        Ok(Storing { row, statements, became })
    }

    fn hindered(
        &self,
        hindrance: Hindrance,
        now: Timestamp,
    ) -> std::result::Result<Storing, HostError> {
        let begun = self.begun();
        let mut statements = Vec::new();
        let (row, became) = match hindrance {
            Hindrance::Wait { until } => {
                (RunStep { status: StepStatus::Waiting, ..begun }, Became::Wait { until })
            }
            Hindrance::Look { until, problem, lost } => {
                let problem = problem.map(|code| code.text().to_owned());
                let row = RunStep { problem, chosen: Some(lost.to_string()), ..begun };
                (row, Became::Wait { until })
            }
            Hindrance::Failed { problem, again } => {
                statements = failure(self.host, &self.run.id, &self.name, &problem)?;
                let code = problem.code;
                let again_later = again && self.step.retries && self.number < ATTEMPTS;
                let (status, ended_at) = if again_later {
                    (StepStatus::Waiting, None)
                } else {
                    (StepStatus::Failed, Some(now))
                };
                let problem = Some(code.text().to_owned());
                let row = RunStep { status, problem, ended_at, ..begun };
                (row, Became::Failed { code, again })
            }
            Hindrance::Stop { problem } | Hindrance::Lost { problem } => {
                statements = failure(self.host, &self.run.id, &self.name, &problem)?;
                let code = problem.code;
                let (status, ended_at) = (StepStatus::Stopped, Some(now));
                let problem = Some(code.text().to_owned());
                (RunStep { status, problem, ended_at, ..begun }, Became::Stop { code })
            }
            Hindrance::Doubt(error) => return Err(error),
        };
        Ok(Storing { row, statements, became })
    }
}

/// Stores what a step failed with: `{{<step>.output.error}}`.
pub(super) fn failure(
    host: &impl Host,
    run_id: &str,
    step: &str,
    problem: &Problem,
) -> std::result::Result<Vec<Statement>, HostError> {
    let text = json!({"code": problem.code.text(), "message": problem.message()}).to_string();
    run_text::replace(host, run_id, &run_text::name(step, Kind::Error), &text)
}

/// Refuses what is too large to be kept.
pub(super) fn small_enough(outcome: Outcome) -> Result {
    let size = outcome.output.to_string().len();
    if size <= run_text::LONGEST {
        return Ok(outcome);
    }
    Err(Hindrance::failed(
        Code::OutputTooLarge,
        format!("{size} bytes, at most {}", run_text::LONGEST),
    ))
}

/// The length of a text, in bytes.
pub(super) fn size(text: &str) -> i64 {
    i64::try_from(text.len()).unwrap_or(i64::MAX)
}
