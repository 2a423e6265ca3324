//! What is stored of steps that the journey does itself: one that waits, the end of one that fans out.

use super::{
    outcome::{failure, size},
    step::Place,
};
use crate::{
    edge::{Code, Problem},
    host::{Host, HostError, Statement},
    record::{
        run::Run,
        run_step::{self, RunStep, StepStatus},
        run_text::{self, Kind},
    },
    time::Timestamp,
    workflow::Step,
};

/// One such step at its place.
pub(super) struct OwnStep {
    run_id: String,
    name: String,
    kind: &'static str,
}

impl OwnStep {
    pub(super) fn of(run: &Run, step: &Step, place: &Place) -> Self {
        Self { run_id: run.id.clone(), name: place.name(&step.id), kind: step.does.kind() }
    }

    /// It waits until then; `input` is what it was given, a JSON text.
    pub(super) fn waits(
        &self,
        host: &impl Host,
        until: Timestamp,
        input: &str,
    ) -> Result<Vec<Statement>, HostError> {
        let mut row = self.row(StepStatus::Waiting, host.now());
        row.chosen = Some(until.0.to_string());
        row.input_size = size(input);
        let name = run_text::name(&self.name, Kind::Input);
        let mut all = run_text::replace(host, &self.run_id, &name, input)?;
        all.push(run_step::put(&row));
        Ok(all)
    }

    /// It has come to its end, with a problem or without; `output` is what it gives, a JSON text.
    pub(super) fn ended(
        &self,
        host: &impl Host,
        problem: Option<Code>,
        output: &str,
    ) -> Result<Vec<Statement>, HostError> {
        let mut row = self.end(host.now(), problem);
        row.output_size = size(output);
        let name = run_text::name(&self.name, Kind::Output);
        let mut all = run_text::replace(host, &self.run_id, &name, output)?;
        all.push(run_step::ends(&row));
        Ok(all)
    }

    /// It has failed before it had anything to give.
    pub(super) fn failed(
        &self,
        host: &impl Host,
        problem: &Problem,
    ) -> Result<Vec<Statement>, HostError> {
        let mut all = failure(host, &self.run_id, &self.name, problem)?;
        all.push(run_step::put(&self.end(host.now(), Some(problem.code))));
        Ok(all)
    }

    /// Of one that fans out: in this run, which did a part of it, so many items failed.
    pub(super) fn part(
        &self,
        now: Timestamp,
        failed: usize,
        problem: Option<Code>,
    ) -> Vec<Statement> {
        let chosen = Some(failed.to_string());
        vec![run_step::put(&RunStep { chosen, ..self.end(now, problem) })]
    }

    fn end(&self, now: Timestamp, problem: Option<Code>) -> RunStep {
        let status = if problem.is_none() { StepStatus::Succeeded } else { StepStatus::Failed };
        let problem = problem.map(|code| code.text().to_owned());
        RunStep { problem, ended_at: Some(now), ..self.row(status, now) }
    }

    fn row(&self, status: StepStatus, now: Timestamp) -> RunStep {
        RunStep { status, ..RunStep::new(&self.run_id, &self.name, self.kind, now) }
    }
}
