//! The steps that call Zoom: one of the actions, or any address of its API. What is not to be done twice is `once`'s.

use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::{
    attempt::Attempt,
    hindrance::Hindrance,
    once,
    outcome::{Outcome, Result as Done},
    zoom_ask::Answer,
    zoom_call::{ZoomCall, action_call, request_call},
};
use crate::{
    edge::{Code, Problem},
    headers::Headers,
    host::Host,
    record::{
        made::{self, Touch},
        run,
        run_step::{self, RunStep, StepStatus},
    },
    workflow::{Action, Repeat},
    zoom::action::output,
};

/// Does an action with what was filled in.
pub(super) async fn action<H: Host>(
    attempt: &Attempt<'_, H>,
    action: &Action,
    filled: Value,
) -> Done {
    let call = action_call(action, filled)?;
    if let Some(list) = action.pages {
        return Ok(Outcome::of(output(attempt.ask_for_all(&call, list).await?)));
    }
    match action.repeat {
        Repeat::Twice if call.makes_meeting() => once::create_meeting(attempt, &call).await,
        Repeat::Twice => once::add_registrant(attempt, &call).await,
        Repeat::Harmless => Ok(Outcome::of(output(harmless(attempt, &call).await?))),
    }
}

/// A call that can be made again, whatever became of it.
async fn harmless<H: Host>(attempt: &Attempt<'_, H>, call: &ZoomCall) -> Result<Value, Hindrance> {
    if call.method != Method::GET {
        attempt.begin(touch(attempt, call), None).await?;
    }
    let answer = attempt.ask(call).await?;
    // It is gone, and may have gone by the attempt before.
    let was_there = attempt.number > 1 || attempt.was_begun().is_some();
    let gone = answer.status == StatusCode::NOT_FOUND && call.method == Method::DELETE;
    if gone && was_there {
        return Ok(Value::Null);
    }
    answer.success()
}

/// What a call changes, as far as its path says.
pub(super) fn touch<H>(attempt: &Attempt<'_, H>, call: &ZoomCall) -> Option<Touch> {
    if call.makes_meeting() {
        return Some(Touch::Making(attempt.run.provider_user_id.clone()));
    }
    call.meeting_id().map(Touch::Changing)
}

impl<H: Host> Attempt<'_, H> {
    /// The row of an attempt that was begun and of which nothing is known: its answer was lost, or the process died.
    pub fn was_begun(&self) -> Option<&RunStep> {
        self.row.as_ref().filter(|row| row.status == StepStatus::Begun)
    }

    /// Says that a call is about to be made, and what it touches. `lost` is how often its answer was lost, and why.
    pub async fn begin(
        &self,
        touch: Option<Touch>,
        lost: Option<&RunStep>,
    ) -> Result<(), Hindrance> {
        let now = self.host.now();
        self.begun_at.set(now);
        if self.trial.is_some() {
            return Ok(());
        }
        let problem = lost.and_then(|row| row.problem.clone());
        let chosen = lost.and_then(|row| row.chosen.clone());
        let row = RunStep { problem, chosen, ..self.begun() };
        let mut statements = vec![run_step::put(&row), run::works(&self.run.id, now)];
        statements.extend(touch.iter().map(|touch| made::put(self.run, touch, now)));
        let lives = self.host.tables(statements).await?.get(1).is_some_and(|rows| !rows.is_empty());
        if lives { Ok(()) } else { Err(Hindrance::Stop { problem: Code::RunStopped.into() }) }
    }

    /// Makes a call that is not to be made twice. Where our own side is in doubt it was not made, and the row says so:
    /// else it would be taken for one whose answer is not known.
    pub async fn ask_once(&self, call: &ZoomCall) -> Result<Answer, Hindrance> {
        let answer = self.ask(call).await;
        if self.trial.is_none() && matches!(answer, Err(Hindrance::Doubt(_))) {
            let row = RunStep { status: StepStatus::Waiting, ..self.begun() };
            self.host.tables(vec![run_step::put(&row)]).await?;
        }
        answer
    }
}

/// Calls any address of Zoom's API.
pub(super) async fn request<H: Host>(attempt: &Attempt<'_, H>, filled: Value) -> Done {
    let call = request_call(filled)?;
    let reads = matches!(call.method, Method::GET | Method::HEAD);
    if call.method == Method::POST && attempt.was_begun().is_some() {
        return Err(Hindrance::Failed { problem: Code::OutcomeUnknown.into(), again: false });
    }
    if !reads {
        attempt.begin(touch(attempt, &call), None).await?;
    }
    let answer = match attempt.ask_once(&call).await {
        Err(Hindrance::Lost { problem }) if call.method == Method::POST => {
            return Err(lost(problem));
        }
        answer => answer?,
    };
    if !answer.status.is_success() {
        return Err(answer.refusal());
    }
    let made = made_by(&call, &answer);
    Ok(Outcome { made, ..Outcome::of(answered(&answer)) })
}

/// A POST that Zoom failed at is not made again; of one whose answer was lost nobody knows.
fn lost(problem: Problem) -> Hindrance {
    let answered = problem.code == Code::ZoomRefused;
    let problem = if answered { problem } else { Code::OutcomeUnknown.into() };
    Hindrance::Failed { problem, again: false }
}

fn made_by(call: &ZoomCall, answer: &Answer) -> Option<Touch> {
    let body: Value = serde_json::from_slice(&answer.bytes).ok()?;
    let id = body.get("id").filter(|_| call.makes_meeting())?;
    super::unfit::plain(id).map(Touch::Made)
}

/// An answer as the output of a step: `{status_code, headers, body}`.
pub(super) fn answered(answer: &Answer) -> Value {
    let body = serde_json::from_slice(&answer.bytes).unwrap_or_else(|_| {
        let text = String::from_utf8_lossy(&answer.bytes).into_owned();
        if text.is_empty() { Value::Null } else { Value::String(text) }
    });
    json!({"status_code": answer.status.as_u16(), "headers": shown(&answer.headers), "body": body})
}

/// Headers as an object; cookies are nobody's business.
fn shown(headers: &Headers) -> Map<String, Value> {
    let mut all: Map<String, Value> = Map::new();
    for (name, value) in headers.iter().filter(|(name, _)| *name != "set-cookie") {
        let joined = match all.get(name).and_then(Value::as_str) {
            Some(before) => format!("{before}, {value}"),
            None => value.to_owned(),
        };
        all.insert(name.to_owned(), Value::String(joined));
    }
    all
}
