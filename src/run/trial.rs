//! One step tried out before its workflow is deployed: really done, once, by the very code that runs use, with a grant and
//! with values that are given. Nothing of it is stored, no run begins, and what it makes starts none deeper.

use std::cell::Cell;

use serde_json::{Map, Value, json};

use super::{
    attempt::Attempt,
    begin::{Cause, new_run},
    hindrance::Hindrance,
    outcome::{Outcome, small_enough},
    step::Place,
};
use crate::{
    edge::{Code, Problem},
    host::{Host, HostError},
    id::random_uuid,
    record::{
        grant::Grant,
        run::{Run, RunStatus},
    },
    shape::Misfit,
    time::Timestamp,
    workflow::{Catalog, Definition, Does, Values},
    zoom::limit::Plan,
};

/// What a step is tried out with.
pub struct Trial {
    grant: Grant,
    workflow_id: String,
    plan: Plan,
    definition: Definition,
    values: Values,
}

/// What came of it: as runs keep it, secrets of the project are not in what it was given.
pub struct Tried {
    /// What it was given; nothing when it did not come to that.
    pub input: Option<Value>,
    /// What it gave, or what went wrong.
    pub output: Result<Value, Problem>,
}

/// Why a step cannot be tried out.
#[derive(Debug)]
pub enum Untriable {
    /// It is no step.
    Misfit(Misfit),
    /// It is one that does nothing by itself.
    Kind(&'static str),
}

impl Trial {
    /// Reads a step, as it stands in a definition. `plan` is the plan of the Zoom accounts; of `values` the secrets and
    /// the user are not taken: those are the project's and the grant's own.
    pub fn of(
        step: &Value,
        mut values: Map<String, Value>,
        grant: Grant,
        workflow_id: &str,
        plan: Option<&str>,
        catalog: &Catalog,
    ) -> Result<Self, Untriable> {
        // Where something waits for an answer, a response is a step like any other; which it is is said below.
        let alone = json!({"name": "test", "trigger": {"type": "request"}, "steps": [step]});
        let definition = Definition::parse(&alone.to_string(), catalog).map_err(without_list)?;
        let does = definition.steps.first().map(|step| &step.does);
        match does {
            Some(Does::Action { .. } | Does::ProviderRequest { .. } | Does::Request { .. }) => {}
            Some(other) => return Err(Untriable::Kind(other.kind())),
            None => return Err(Untriable::Kind("nothing")),
        }
        values.retain(|name, _| name != "secrets" && name != "user");
        let workflow_id = workflow_id.to_owned();
        Ok(Self { grant, workflow_id, plan: Plan::named(plan), definition, values })
    }

    /// Does it.
    pub async fn run(self, host: &impl Host) -> Result<Tried, HostError> {
        let (now, place) = (host.now(), Place::default());
        let run = self.as_run(host, now);
        let Some(step) = self.definition.steps.first() else {
            return Err(HostError::new("run", "a trial without a step"));
        };
        let attempt = Attempt {
            host,
            run: &run,
            definition: &self.definition,
            step,
            place: &place,
            name: place.name(&step.id),
            number: 1,
            row: None,
            grant: Some(self.grant.clone()),
            plan: self.plan,
            began: now,
            begun_at: Cell::new(now),
            trial: Some(&self.values),
        };
        let (input, done) = attempt.perform().await;
        match done.and_then(small_enough) {
            Ok(Outcome { output, .. }) => Ok(Tried { input, output: Ok(output) }),
            Err(hindrance) => Ok(Tried { input, output: Err(told(hindrance)?) }),
        }
    }

    /// What a run would be, which there is not.
    fn as_run(&self, host: &impl Host, now: Timestamp) -> Run {
        let id = format!("test-{}", random_uuid(host));
        let workflow_id = &self.workflow_id;
        let cause = Cause { event: &id, workflow_id, version: 0, trigger_key: "test", replay: 0 };
        let run = new_run(&self.grant, &cause, now);
        Run { id, status: RunStatus::Running, due_at: None, started_at: Some(now), ..run }
    }
}

/// A place in the step itself.
fn without_list(misfit: Misfit) -> Untriable {
    let at = misfit.at.strip_prefix("steps[0]").map(|at| at.trim_start_matches('.').to_owned());
    Untriable::Misfit(Misfit { at: at.unwrap_or_default(), ..misfit })
}

/// What went wrong, to whoever tries: nothing is done again by itself here.
fn told(hindrance: Hindrance) -> Result<Problem, HostError> {
    Ok(match hindrance {
        Hindrance::Failed { problem, .. }
        | Hindrance::Lost { problem }
        | Hindrance::Stop { problem } => problem,
        Hindrance::Wait { until } => {
            let detail = format!("try again after {}", until.rfc3339());
            Problem::detailed(Code::ZoomRateLimited, detail)
        }
        Hindrance::Look { problem, .. } => {
            let code = problem.unwrap_or(Code::OutcomeUnknown);
            Problem::detailed(code, "it may have been made: look at Zoom before you try again")
        }
        Hindrance::Doubt(error) => return Err(error),
    })
}
