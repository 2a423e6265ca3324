//! Runs: what happened, with what, and once more if need be. What is shown of a run's inside is in `edge::run_view`.

use http::StatusCode;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{
    super::{
        call::Call,
        problem::{Code, Problem, code_of},
        run_view::{self, Nested, of_project},
        trigger,
    },
    Page, actor, field, success,
};
use crate::{
    host::{Host, Response},
    record::{
        audit, read_row, read_rows,
        run::{Run, RunStatus},
        run_list::{self, Wanted},
        run_step::{StepStatus, Try},
    },
    run,
    shape::shape,
    time::{SECOND, Timestamp},
};

/// So many are counted: more are as many.
const COUNTED: i64 = 1_000;

shape! {
    /// One execution of a workflow for one grant.
    pub(in super::super) struct ServerRun {
        /// The id.
        pub id: String,
        /// The workflow.
        pub workflow_id: String,
        /// Which of its versions.
        pub version: i64,
        /// The integration.
        pub integration_id: String,
        /// The grant.
        pub grant_id: String,
        /// The project's user.
        pub account_id: String,
        /// What started it: `zoom.new_meeting`, `event/<name>`, `request`, `integration_enabled`, `schedule`.
        pub trigger: String,
        /// The event that is its input.
        pub event_id: Option<String>,
        /// Where it is.
        pub status: RunStatus,
        /// What went wrong: a code of the table of failures.
        pub problem: Option<String>,
        /// What to do about that.
        pub message: Option<String>,
        /// So many runs, one after the other, made what it is about.
        pub depth: i64,
        /// How often it had been replayed before.
        pub replay: i64,
        /// The run that it replays.
        pub replay_of: Option<String>,
        /// The run that it is a part of: one that fans out widely.
        pub parent_id: Option<String>,
        /// In which of its steps.
        pub parent_step: Option<String>,
        /// From which item
        pub first_item: Option<i64>,
        /// up to the one before this one.
        pub last_item: Option<i64>,
        /// When it was called for (Unix seconds).
        pub created_at: i64,
        /// When its first step began (Unix seconds).
        pub started_at: Option<i64>,
        /// When it came to its end (Unix seconds).
        pub ended_at: Option<i64>,
        /// What became of its steps so far, in their order; not in a list.
        pub steps: Option<Vec<ServerRunStep>>,
    }
}

shape! {
    /// What became of one step.
    pub(in super::super) struct ServerRunStep {
        /// Its id, inside of which items: `each[3].tell`.
        pub step: String,
        /// As in the definition.
        pub kind: String as "type",
        /// How far it is.
        pub status: StepStatus,
        /// What went wrong: a code of the table of failures.
        pub problem: Option<String>,
        /// Of a condition: `yes` or `no`; of a fan out: over how many items; of a delay: until when (Unix milliseconds); of
        /// a call that makes something: how often its answer was lost.
        pub chosen: Option<String>,
        /// How often it was tried.
        pub attempts: i64,
        /// When it began (Unix milliseconds).
        pub began_at: i64,
        /// When it ended (Unix milliseconds).
        pub ended_at: Option<i64>,
        /// So many bytes of JSON it was given.
        pub input_size: i64,
        /// So many bytes of JSON it gave.
        pub output_size: i64,
        /// The step that it is a part of.
        pub within: Option<String>,
        /// Which part: `then` or `else` of a condition, `steps` of a fan out.
        pub part: Option<String>,
        /// When it was taken up, the first time first; between two it waited. At most the last 32.
        pub tries: Vec<ServerTry>,
    }
}

shape! {
    /// Once that a step was taken up.
    pub(in super::super) struct ServerTry {
        /// When that began (Unix milliseconds).
        pub began_at: i64,
        /// When it was left (Unix milliseconds); nothing: it is under way, or nobody knows.
        pub left_at: Option<i64>,
        /// What went wrong: a code of the table of failures.
        pub problem: Option<String>,
    }
}

shape! {
    /// What a step was given and gave; secrets are hidden.
    pub(in super::super) struct ServerStepTexts {
        /// What it was given, placeholders filled in.
        pub input: Value,
        /// What `{{<step>.output}}` is.
        pub output: Value,
        /// What went wrong.
        pub error: Value,
    }
}

/// `POST /connect/users/{account}/events`: an event of the product's own, for one of its users.
pub(super) async fn app_event(
    host: &impl Host,
    project_id: &str,
    user_id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let user_id = percent_decode_str(user_id)
        .decode_utf8()
        .map_err(|_| field::misfit("account_id", "UTF-8, percent-encoded, is wanted"))?;
    let taken = trigger::app_event_of(host, project_id, &user_id, call).await?;
    Ok(success(StatusCode::CREATED, &taken))
}

/// `GET /connect/runs`
pub(super) async fn list(
    host: &impl Host,
    project_id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let page = Page::of(call)?;
    let status: Option<RunStatus> = field::word(call, "status")?;
    let wanted = Wanted {
        workflow_id: field::filter(call, "workflow_id")?,
        account_id: field::filter(call, "account_id")?,
        grant_id: field::filter(call, "grant_id")?,
        statuses: status.map(|status| vec![status]),
        trigger_key: field::filter(call, "trigger")?,
        event_id: field::filter(call, "event_id")?,
        parent_id: field::filter(call, "parent_id")?,
        integration_id: None,
        before: seconds(call, "before")?,
        after: seconds(call, "after")?,
    };
    let mut statements =
        vec![run_list::of_project(project_id, &wanted, false, page.limit, page.offset)];
    if counts(call)? {
        statements.push(run_list::count_up_to(project_id, &wanted, COUNTED));
    }
    let mut answers = host.tables(statements).await?.into_iter();
    let found: Vec<Run> = read_rows(answers.next().unwrap_or_default().into_iter())?;
    let counted: Option<Count> = answers.flatten().next().map(read_row).transpose()?;
    let total = counted.map(|counted| counted.n);
    Ok(page.counted_answer(&found.into_iter().map(shown).collect(), total))
}

shape! {
    struct Count {
        n: i64,
    }
}

/// Whether it is asked how many there are.
fn counts(call: &Call) -> Result<bool, Problem> {
    match field::filter(call, "count")?.as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(field::misfit("count", "true or false is wanted")),
    }
}

/// `GET /connect/runs/{run}`
pub(super) async fn one(host: &impl Host, project_id: &str, id: &str) -> Result<Response, Problem> {
    let run = of_project(host, project_id, id).await?;
    let steps = run_view::steps(host, &run).await?;
    let steps = Some(steps.into_iter().map(step_shown).collect());
    Ok(success(StatusCode::OK, &ServerRun { steps, ..shown(run) }))
}

/// `GET /connect/runs/{run}/steps/{step}`: what it was given and gave; of `trigger`, what started the run.
pub(super) async fn step(
    host: &impl Host,
    project_id: &str,
    id: &str,
    step: &str,
) -> Result<Response, Problem> {
    let run = of_project(host, project_id, id).await?;
    let [input, output, error] = run_view::texts(host, &run, step).await?;
    Ok(success(StatusCode::OK, &ServerStepTexts { input, output, error }))
}

/// A point in time that a list is narrowed by.
fn seconds(call: &Call, name: &str) -> Result<Option<Timestamp>, Problem> {
    let Some(text) = field::filter(call, name)? else {
        return Ok(None);
    };
    let seconds: Option<i64> = text.parse().ok();
    let at = seconds.map(|seconds| Timestamp(seconds.saturating_mul(SECOND)));
    at.map_or_else(|| Err(field::misfit(name, "Unix seconds are wanted")), |at| Ok(Some(at)))
}

fn shown(run: Run) -> ServerRun {
    ServerRun {
        message: run.problem.as_deref().map(|problem| code_of(problem).message().to_owned()),
        id: run.id,
        workflow_id: run.workflow_id,
        version: run.version,
        integration_id: run.integration_id,
        grant_id: run.grant_id,
        account_id: run.user_id,
        trigger: run.trigger_key,
        event_id: run.event_id,
        status: run.status,
        problem: run.problem,
        depth: run.depth,
        replay: run.replay,
        replay_of: run.replay_of,
        parent_id: run.parent_id,
        parent_step: run.parent_step,
        first_item: run.first_item,
        last_item: run.last_item,
        created_at: run.created_at.seconds(),
        started_at: run.started_at.map(Timestamp::seconds),
        ended_at: run.ended_at.map(Timestamp::seconds),
        steps: None,
    }
}

fn step_shown(Nested { step, within, part }: Nested) -> ServerRunStep {
    let shown = |one: Try| ServerTry {
        began_at: one.began_at.0,
        left_at: one.left_at.map(|at| at.0),
        problem: one.problem,
    };
    ServerRunStep {
        within,
        part: part.map(str::to_owned),
        tries: step.tries().into_iter().map(shown).collect(),
        step: step.step,
        kind: step.kind,
        status: step.status,
        problem: step.problem,
        chosen: step.chosen,
        attempts: step.attempts,
        began_at: step.begun_at.0,
        ended_at: step.ended_at.map(|at| at.0),
        input_size: step.input_size,
        output_size: step.output_size,
    }
}

/// `POST /connect/runs/{run}/replay`: the same version with the same input, as a run of its own.
pub(super) async fn replay(
    host: &impl Host,
    project_id: &str,
    id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let found = of_project(host, project_id, id).await?;
    let again = run::replay(host, &found).await?;
    let note = audit::note(project_id, "run.replayed", &actor(call), id, host.now());
    host.tables(vec![note]).await?;
    Ok(success(StatusCode::CREATED, &shown(again)))
}

/// `POST /connect/runs/{run}/stop`
pub(super) async fn stop(
    host: &impl Host,
    project_id: &str,
    id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let found = of_project(host, project_id, id).await?;
    if !run::stop(host, &found, Code::RunStopped).await? {
        return Err(Code::RunEnded.into());
    }
    let note = audit::note(project_id, "run.stopped", &actor(call), id, host.now());
    host.tables(vec![note]).await?;
    Ok(success(StatusCode::OK, &shown(of_project(host, project_id, id).await?)))
}
