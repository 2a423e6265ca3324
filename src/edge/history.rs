//! What became of runs, in the shapes of Paragon's task history; the project's client secret is its API key. Which runs
//! there are is `record::run_list`'s, what is inside of one `run_view`'s.

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    call::{Call, json_answer},
    problem::{Code, Problem},
    route::HistoryRoute,
    run_view::{self, of_project, step_id},
};
use crate::{
    connection::Actor,
    host::{Host, Response, Statement},
    record::{
        audit, integration, read_rows, rows,
        run::{Run, RunStatus},
        run_list::{self, Tasks, Wanted},
        run_step::{RunStep, StepStatus},
        run_text::TRIGGER,
    },
    run,
    secret::digest,
    shape::shape,
    time::Timestamp,
};

/// A page has so many.
const PAGE: i64 = 100;

/// Answers one request below `/projects/{project}/task-history`.
pub(super) async fn history(
    host: &impl Host,
    project_id: &str,
    route: HistoryRoute,
    call: &Call,
) -> Result<Response, Problem> {
    match route {
        HistoryRoute::WrongMethod => return Err(Code::MethodNotAllowed.into()),
        HistoryRoute::Nowhere => return Err(Code::NotFound.into()),
        _ => authenticate(host, project_id, call).await?,
    }
    match route {
        HistoryRoute::Execution(id) => one(host, project_id, &id).await,
        HistoryRoute::StepExecution(id, step) => step_of(host, project_id, &id, &step).await,
        HistoryRoute::Replay(id) => replay(host, project_id, &id, call).await,
        _ => list(host, project_id, call).await,
    }
}

/// Lets in whoever has a client secret of this project. What was found good counts for a minute in this isolate.
async fn authenticate(host: &impl Host, project_id: &str, call: &Call) -> Result<(), Problem> {
    let wanted = |code| {
        let how = "here: Authorization: Bearer <a client secret of this project>";
        Problem::detailed(code, how)
    };
    let secret = call.bearer().ok_or_else(|| wanted(Code::ClientCredentialsMissing))?;
    let (now, secret_digest) = (host.now(), digest(secret.expose()));
    let key = format!("history/{project_id}\n{secret_digest}");
    if host.memory().client(&key, now).is_some() {
        return Ok(());
    }
    // A digest of 256 random bits may be looked up: nobody learns anything from how long that takes.
    let statement = Statement::new(
        "SELECT 1 AS n FROM client_secrets WHERE digest = ?1 AND project_id = ?2",
        [json!(secret_digest), json!(project_id)],
    );
    if host.tables(vec![statement]).await?.into_iter().flatten().next().is_none() {
        return Err(wanted(Code::ClientCredentialsInvalid));
    }
    host.memory().remember_client(key, project_id.to_owned(), now);
    Ok(())
}

async fn list(host: &impl Host, project_id: &str, call: &Call) -> Result<Response, Problem> {
    shape! {
        struct Count {
            n: i64,
        }
    }
    let offset = offset(call)?;
    let oldest_first = match call.parameter("sortBy").as_deref() {
        None | Some("DESC") => false,
        Some("ASC") => true,
        Some(_) => return Err(misfit("sortBy", "ASC or DESC")),
    };
    let wanted = wanted(host, project_id, call).await?;
    let statements = vec![
        run_list::of_project(project_id, &wanted, oldest_first, PAGE, offset),
        run_list::count(project_id, &wanted),
    ];
    let mut answers = host.tables(statements).await?.into_iter();
    let mut next = || answers.next().unwrap_or_default().into_iter();
    let (found, counted) = (next(), next());
    let (found, counted) = (read_rows::<Run>(found)?, read_rows::<Count>(counted)?);
    let total = counted.first().map_or(0, |count| count.n);
    let tasks: Vec<Tasks> = rows(host, run_list::tasks(&found)).await?;
    let now = host.now();
    let shown: Vec<Value> = found.iter().map(|run| shown(run, &tasks, now)).collect();
    let next = offset.saturating_add(PAGE);
    let next_link = (next < total).then(|| next_link(host, call, next));
    let body = json!({"workflowExecutions": shown, "nextLink": next_link, "total": total});
    Ok(json_answer(StatusCode::OK, &body))
}

async fn one(host: &impl Host, project_id: &str, id: &str) -> Result<Response, Problem> {
    let run = of_project(host, project_id, id).await?;
    let tasks: Vec<Tasks> = rows(host, run_list::tasks(std::slice::from_ref(&run))).await?;
    let steps = run_view::steps(host, &run).await?;
    let steps: Vec<RunStep> = steps.into_iter().map(|nested| nested.step).collect();
    let mut whole = shown(&run, &tasks, host.now());
    if let Some(fields) = whole.as_object_mut() {
        fields.insert("stepExecutions".to_owned(), json!(step_executions(&run, &steps)));
    }
    Ok(json_answer(StatusCode::OK, &whole))
}

async fn step_of(
    host: &impl Host,
    project_id: &str,
    id: &str,
    step: &str,
) -> Result<Response, Problem> {
    let run = of_project(host, project_id, id).await?;
    let [input, output, error] = run_view::texts(host, &run, step).await?;
    let output = if output.is_null() { error } else { output };
    let body =
        json!({"isLargeInput": false, "isLargeOutput": false, "input": input, "output": output});
    Ok(json_answer(StatusCode::OK, &body))
}

async fn replay(
    host: &impl Host,
    project_id: &str,
    id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let found = of_project(host, project_id, id).await?;
    let again = run::replay(host, &found).await?;
    let by = Actor { who: "project".to_owned(), origin: call.client_ip() };
    host.tables(vec![audit::note(project_id, "run.replayed", &by, id, host.now())]).await?;
    let body = json!({"id": again.id, "userId": again.user_id, "workflowId": again.workflow_id,
        "status": word(again.status), "dateStarted": again.created_at.rfc3339()});
    Ok(json_answer(StatusCode::CREATED, &body))
}

fn misfit(name: &str, wanted: &str) -> Problem {
    Problem::detailed(Code::InvalidRequest, format!("{name}: {wanted} is wanted"))
}

fn offset(call: &Call) -> Result<i64, Problem> {
    let given = call.parameter("offset").map_or(Ok(0), |text| text.parse::<i64>());
    let offset = given.ok().filter(|offset| (0..=1_000_000_000).contains(offset));
    offset.ok_or_else(|| misfit("offset", "a number from 0"))
}

/// What the query narrows the list by.
async fn wanted(host: &impl Host, project_id: &str, call: &Call) -> Result<Wanted, Problem> {
    let status = call.parameter("status");
    let statuses = status.map(|status| {
        let of_status: Vec<RunStatus> =
            EVERY.into_iter().filter(|one| word(*one) == status).collect();
        if of_status.is_empty() { Err(misfit("status", STATUSES)) } else { Ok(of_status) }
    });
    let integration_id = match call.parameter("integration") {
        None => None,
        // One that is not there has no runs.
        Some(name) => {
            let found = integration::of_project(host, project_id, &name).await?;
            Some(found.map_or(name, |found| found.id))
        }
    };
    Ok(Wanted {
        workflow_id: call.parameter("workflowId"),
        account_id: call.parameter("userId"),
        statuses: statuses.transpose()?,
        integration_id,
        before: date(call, "beforeDate")?,
        after: date(call, "afterDate")?,
        ..Wanted::default()
    })
}

/// A date: RFC 3339, only the day, or Unix milliseconds.
fn date(call: &Call, name: &str) -> Result<Option<Timestamp>, Problem> {
    let Some(text) = call.parameter(name) else {
        return Ok(None);
    };
    // In a query that was not escaped, a plus sign has become a space.
    let text = text.replace(' ', "+");
    let at = Timestamp::parse_rfc3339(&text)
        .or_else(|| Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z")))
        .or_else(|| text.parse().ok().map(Timestamp));
    at.map_or_else(|| Err(misfit(name, "a date such as 2026-11-21T20:51:00Z")), |at| Ok(Some(at)))
}

/// The address of the next page: this one's, with another offset.
fn next_link(host: &impl Host, call: &Call, offset: i64) -> String {
    let query = call.query.as_deref().unwrap_or_default();
    let mut pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
    pairs.retain(|(name, _)| name != "offset");
    pairs.push(("offset".to_owned(), offset.to_string()));
    let query = serde_urlencoded::to_string(pairs).unwrap_or_default();
    format!("{}{}?{query}", call.own_origin(host.settings()), call.path)
}

const STATUSES: &str = "EXECUTING, FAILED, SUCCEEDED or DELAYED";
const EVERY: [RunStatus; 7] = [
    RunStatus::Queued,
    RunStatus::Running,
    RunStatus::Waiting,
    RunStatus::Succeeded,
    RunStatus::Failed,
    RunStatus::Stopped,
    RunStatus::Interrupted,
];

/// Paragon's word.
const fn word(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Queued | RunStatus::Running => "EXECUTING",
        RunStatus::Waiting => "DELAYED",
        RunStatus::Succeeded => "SUCCEEDED",
        RunStatus::Failed | RunStatus::Stopped | RunStatus::Interrupted => "FAILED",
    }
}

const fn step_word(status: StepStatus) -> &'static str {
    match status {
        StepStatus::Begun => "EXECUTING",
        StepStatus::Waiting => "DELAYED",
        StepStatus::Succeeded => "SUCCEEDED",
        StepStatus::Failed | StepStatus::Stopped => "FAILED",
    }
}

fn shown(run: &Run, tasks: &[Tasks], now: Timestamp) -> Value {
    let tasks = tasks.iter().find(|tasks| tasks.id == run.id).map_or(0, |tasks| tasks.n);
    json!({
        "id": run.id,
        "userId": run.user_id,
        "taskCount": tasks,
        "runDuration": run.ended_at.unwrap_or(now).since(run.created_at),
        "workflowId": run.workflow_id,
        "status": word(run.status),
        "dateStarted": run.created_at.rfc3339(),
        "dateEnded": run.ended_at.map(Timestamp::rfc3339),
    })
}

/// The trigger, then the steps, each with those before and behind it.
fn step_executions(run: &Run, steps: &[RunStep]) -> Vec<Value> {
    let before: Vec<&str> = (0..steps.len()).map(|index| step_before(steps, index)).collect();
    let behind = |name: &str| -> Vec<&str> {
        let pairs = steps.iter().zip(&before).filter(|(_, before)| **before == name);
        pairs.map(|(step, _)| step.step.as_str()).collect()
    };
    let began = run.created_at.rfc3339();
    let trigger = json!({
        "id": TRIGGER, "stepId": TRIGGER, "workflowExecutionId": run.id, "status": "SUCCEEDED",
        "type": format!("TRIGGER/{}", trigger_word(&run.trigger_key)), "start": began, "end": began,
        "next": behind(TRIGGER), "prev": null, "inputSize": 0, "outputSize": 0,
    });
    let each = steps.iter().zip(&before).map(|(step, before)| {
        json!({
            "id": step.step, "stepId": step_id(&step.step), "workflowExecutionId": run.id,
            "status": step_word(step.status),
            "type": format!("ACTION/{}", step.kind.to_ascii_uppercase().replace('.', "_")),
            "start": step.begun_at.rfc3339(), "end": step.ended_at.map(Timestamp::rfc3339),
            "next": behind(&step.step), "prev": before,
            "inputSize": step.input_size, "outputSize": step.output_size,
        })
    });
    std::iter::once(trigger).chain(each).collect()
}

/// Which step comes before one: the last one at the same place; else the one that fans out to there.
fn step_before(steps: &[RunStep], index: usize) -> &str {
    let (earlier, this) = steps.split_at(index.min(steps.len()));
    let name = this.first().map_or("", |step| step.step.as_str());
    let place =
        |name: &str| name.rfind('.').map(|dot| name.get(..dot).unwrap_or_default().to_owned());
    let here = place(name);
    if let Some(before) = earlier.iter().rev().find(|step| place(&step.step) == here) {
        return &before.step;
    }
    let fan_out = here.and_then(|here| {
        let owner = here.rfind('[').and_then(|bracket| here.get(..bracket)).unwrap_or_default();
        let owner = owner.to_owned();
        earlier.iter().find(|step| step.step == owner)
    });
    fan_out.map_or(TRIGGER, |step| &step.step)
}

fn trigger_word(key: &str) -> &str {
    match key {
        "schedule" => "CRON",
        "request" => "ENDPOINT",
        "integration_enabled" => "INTEGRATION_ENABLED",
        key if key.starts_with("event/") => "EVENT",
        _ => "INTEGRATION",
    }
}
