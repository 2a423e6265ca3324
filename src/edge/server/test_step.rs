//! `POST /connect/workflows/{workflow}/test`: one step, really done once with a grant, before it is deployed. Doing it is
//! `run`'s, what is shown of it `run_view`'s.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    super::{
        call::Call,
        problem::{Code, Problem},
        run_view::{hide_secrets, secrets},
    },
    actor, field, grant, success,
    workflows::of_project,
};
use crate::{
    host::{BUFFER_LIMIT, Host, Response},
    record::{audit, integration},
    run::{Trial, Tried, Untriable},
    secret::Text,
    shape::{shape, words},
    zoom::action::CATALOG,
};

shape! {
    /// One step to be tried out.
    pub(in super::super) struct StepTest {
        /// The grant that it is done with.
        pub grant_id: String,
        /// The step, as it stands in a definition.
        pub step: Map<String, Value>,
        /// What `{{ }}` finds: `trigger`, `settings`, and by the id of each earlier step `{"output"}` or `{"instance"}`.
        /// The user is the grant's, and secrets are the project's own.
        pub values: Option<Map<String, Value>>,
    }
}

words! {
    /// What became of it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(in super::super) enum TestStatus {
        /// It is done.
        Succeeded = "succeeded",
        /// It failed: see the problem.
        Failed = "failed",
    }
}

shape! {
    /// What came of a step that was tried out.
    pub(in super::super) struct TestedStep {
        /// What became of it.
        pub status: TestStatus,
        /// What it was given, without secrets; `null` when it did not come to that.
        pub input: Value,
        /// What it gave, without secrets.
        pub output: Option<Value>,
        /// What went wrong.
        pub problem: Option<TestProblem>,
        /// How long it took, in milliseconds.
        pub duration_ms: i64,
    }
}

shape! {
    /// What went wrong with a step.
    pub(in super::super) struct TestProblem {
        /// The code of the failure.
        pub code: String,
        /// The same for people.
        pub message: String,
    }
}

/// `POST /connect/workflows/{workflow}/test`
pub(super) async fn test_step(
    host: &impl Host,
    project_id: &str,
    id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    // What steps gave may be large, and is given back.
    let body: StepTest = call.json(BUFFER_LIMIT)?;
    let workflow = of_project(host, project_id, id).await?;
    let grant = grant::of_project(host, project_id, &body.grant_id).await?;
    if grant.integration_id != workflow.integration_id {
        return Err(Code::GrantNotFound.into());
    }
    let integration = integration::by_id(host, &grant.integration_id).await?;
    let plan = integration.and_then(|integration| integration.plan);
    let (step, values) = (Value::Object(body.step), body.values.unwrap_or_default());
    let trial = Trial::of(&step, values, grant, id, plan.as_deref(), &CATALOG).map_err(refused)?;
    // Read before: once something was done, nothing of ours may keep it from being told.
    let secrets = secrets(host, project_id).await?;
    let began = host.now();
    // Whoever may try a step acts in the name of a user: that is on record before anything is done.
    host.tables(vec![audit::note(project_id, "workflow.tested", &actor(call), id, began)]).await?;
    let tried = trial.run(host).await?;
    let duration_ms = host.now().since(began);
    Ok(success(StatusCode::OK, &shown(tried, &secrets, duration_ms)))
}

fn refused(untriable: Untriable) -> Problem {
    match untriable {
        Untriable::Misfit(misfit) => field::misfit("step", &misfit.to_string()),
        Untriable::Kind(kind) => Problem::detailed(Code::StepNotTestable, format!("{kind:.64}")),
    }
}

/// What came of it, with everything hidden that runs hide.
fn shown(tried: Tried, secrets: &[Text], duration_ms: i64) -> TestedStep {
    let (output, problem) = match tried.output {
        Ok(output) => (output, None),
        Err(problem) => (Value::Null, Some(problem)),
    };
    let message = problem.as_ref().map(Problem::message);
    let mut texts = [tried.input.unwrap_or_default(), output, json!(message)];
    hide_secrets(&mut texts, secrets);
    let [input, output, message] = texts;
    let status = if problem.is_none() { TestStatus::Succeeded } else { TestStatus::Failed };
    let text = message.as_str().unwrap_or_default().to_owned();
    TestedStep {
        status,
        input,
        output: problem.is_none().then_some(output),
        problem: problem
            .map(|problem| TestProblem { code: problem.code.text().to_owned(), message: text }),
        duration_ms,
    }
}
