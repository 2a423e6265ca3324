//! What a request that started a run is answered: at once that it was taken, or what a Response step says, which is
//! waited for in the tables; the run goes on all the same.

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    call::json_answer,
    mark,
    problem::{Code, Problem},
};
use crate::{
    host::{Host, HostError, Response},
    record::{
        first_row,
        run::{Run, RunStatus},
        run_text::{self, Kind},
        start,
    },
    shape::shape,
    time::{SECOND, Timestamp},
};

/// A Response step has so long, in milliseconds.
const LONGEST_WAIT: i64 = 55 * SECOND;
/// How long between two looks, in milliseconds: at first, and at last.
const FIRST_PAUSE: u32 = 200;
const LAST_PAUSE: u32 = 2000;

shape! {
    /// How far a run is.
    struct Reached {
        status: RunStatus,
        problem: Option<String>,
        step: Option<String>,
    }
}

/// Whether a workflow has a step that answers.
pub(super) fn is_awaited(definition: &Value) -> bool {
    match definition {
        Value::Array(steps) => steps.iter().any(is_awaited),
        Value::Object(fields) => {
            let inside = ["steps", "then", "else"].map(|name| fields.get(name));
            let answers = fields.get("type").and_then(Value::as_str) == Some("response");
            answers || inside.into_iter().flatten().any(is_awaited)
        }
        _ => false,
    }
}

/// The run was taken.
pub(super) fn accepted(run: &Run, submitted: Timestamp) -> Response {
    json_answer(StatusCode::ACCEPTED, &about("Workflow has been enqueued.", run, submitted))
}

/// What the run answers.
pub(super) async fn reply(
    host: &impl Host,
    run: &Run,
    submitted: Timestamp,
) -> Result<Response, Problem> {
    let mut pause = FIRST_PAUSE;
    while host.now().since(submitted) < LONGEST_WAIT {
        host.wait(pause).await;
        pause = (pause + pause / 2).min(LAST_PAUSE);
        match look(host, run, submitted).await {
            Ok(Some(answer)) => return answer,
            Ok(None) => {}
            // The run goes on; whoever asked again would start another one.
            Err(error) => Problem::from(error).report(host),
        }
    }
    let code = Code::RunNotCompleted;
    let mut body = about(code.message(), run, submitted);
    if let Some(fields) = body.as_object_mut() {
        fields.insert("code".to_owned(), json!(code.text()));
    }
    let mut answer = json_answer(code.status(), &body);
    mark(&mut answer, &code.into());
    Ok(answer)
}

/// The answer, if there is one by now.
async fn look(
    host: &impl Host,
    run: &Run,
    submitted: Timestamp,
) -> Result<Option<Result<Response, Problem>>, HostError> {
    let Some(reached) = first_row::<Reached>(host, start::answered(&run.id)).await? else {
        // Its grant left before it began.
        return Ok(Some(Err(Code::NotConnected.into())));
    };
    if let Some(step) = reached.step {
        return said(host, &run.id, &step).await.map(|answer| Some(Ok(answer)));
    }
    Ok(match reached.status {
        RunStatus::Queued | RunStatus::Running | RunStatus::Waiting => None,
        RunStatus::Succeeded => Some(Ok(accepted(run, submitted))),
        RunStatus::Failed | RunStatus::Stopped | RunStatus::Interrupted => {
            let text = reached.problem.unwrap_or_default();
            let code = Code::named(&text).unwrap_or(Code::Interrupted);
            Some(Err(Problem::detailed(code, format!("run {}", run.id))))
        }
    })
}

/// What a Response step says.
async fn said(host: &impl Host, run_id: &str, step: &str) -> Result<Response, HostError> {
    let found = host.tables(vec![run_text::of_step(run_id, step)]).await?;
    let mut texts = run_text::join(host, found.into_iter().flatten().collect())?;
    let output = texts.remove(&run_text::name(step, Kind::Output)).unwrap_or_default();
    let output: Value = serde_json::from_str(&output).unwrap_or_default();
    let status = output.get("status_code").and_then(Value::as_u64).unwrap_or(200);
    // What is below 200 is no answer yet.
    let status = u16::try_from(status).ok().filter(|status| (200..=599).contains(status));
    let status = status.and_then(|status| StatusCode::from_u16(status).ok());
    let body = output.get("body").cloned().unwrap_or_default();
    Ok(json_answer(status.unwrap_or(StatusCode::OK), &body))
}

fn about(message: &str, run: &Run, submitted: Timestamp) -> Value {
    json!({
        "message": message,
        "dateSubmitted": submitted.rfc3339(),
        "projectId": run.project_id,
        "workflowId": run.workflow_id,
        "executionId": run.id,
    })
}
