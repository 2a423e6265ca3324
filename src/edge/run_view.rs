//! What is shown of the inside of a run: its steps in order, what they were given and gave. What opens a meeting, and what
//! the project keeps secret, is hidden.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::problem::{Code, Problem};
use crate::{
    host::{Host, HostError},
    record::{
        event::{self, EventRow, open_body},
        first_row, read_rows, rows,
        run::Run,
        run_list,
        run_step::RunStep,
        run_text::{self, Kind},
        workflow::{self, Version},
        workflow_secret::{self, WorkflowSecret},
    },
    secret::Text,
    zoom::{secret_field, trigger},
};

/// What is shown instead of a secret.
const HIDDEN: &str = "[hidden]";
/// A text that is shorter may stand anywhere without being the secret.
const SHORTEST: usize = 4;
/// Headers that let somebody in, and parts of an `authorization`.
const LETS_IN: [&str; 8] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
    "api-key",
    "x-auth-token",
    "token",
];

/// Of each step its place in the definition, and what it stands in there: the step, and its `then` or `else`, or its
/// `steps`.
type Nest = BTreeMap<String, (usize, Option<(String, &'static str)>)>;

/// A step of a run, and what it stands in.
pub(super) struct Nested {
    pub(super) step: RunStep,
    /// The step of the run that it is a part of.
    pub(super) within: Option<String>,
    /// Which part: `then` or `else` of a condition, `steps` of a fan out.
    pub(super) part: Option<&'static str>,
}

/// The project's run of this id; another's is not there.
pub(super) async fn of_project(
    host: &impl Host,
    project_id: &str,
    id: &str,
) -> Result<Run, Problem> {
    first_row(host, run_list::one(project_id, id)).await?.ok_or_else(|| Code::RunNotFound.into())
}

/// The steps of a run so far: in the order in which they began, and as the definition has them where that is one time.
pub(super) async fn steps(host: &impl Host, run: &Run) -> Result<Vec<Nested>, HostError> {
    let statements =
        vec![run_list::steps(&run.id), workflow::version(&run.workflow_id, run.version)];
    let mut answers = host.tables(statements).await?.into_iter();
    let mut answer = || answers.next().unwrap_or_default().into_iter();
    let (steps, versions) = (answer(), answer());
    let (mut steps, versions) = (read_rows::<RunStep>(steps)?, read_rows::<Version>(versions)?);
    let mut nest = Nest::new();
    if let Some(version) = versions.first() {
        let definition = serde_json::from_str(&version.definition).unwrap_or_default();
        collect(&definition, None, &mut nest);
    }
    let place = |step: &RunStep| nest.get(step_id(&step.step)).map(|(place, _)| *place);
    steps.sort_by_key(|step| (step.begun_at, place(step), step.step.len()));
    Ok(steps.into_iter().map(|step| nested(step, &nest)).collect())
}

/// The id of the step that has this name in a run: of `each[3].tell`, `tell`.
pub(super) fn step_id(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(_, id)| id)
}

/// The steps of a definition, in its order, with what they stand in.
fn collect(within: &Value, around: Option<&str>, nest: &mut Nest) {
    for part in ["steps", "then", "else"] {
        for step in within.get(part).and_then(Value::as_array).into_iter().flatten() {
            let id = step.get("id").and_then(Value::as_str);
            if let Some(id) = id {
                let place = nest.len();
                nest.insert(id.to_owned(), (place, around.map(|around| (around.to_owned(), part))));
            }
            collect(step, id, nest);
        }
    }
}

/// Says what a step stands in: what its definition says, at the step's own place. Inside of an item of a fan out that is
/// the fan out: of `each[3].tell`, `each`.
fn nested(step: RunStep, nest: &Nest) -> Nested {
    let around = nest.get(step_id(&step.step)).and_then(|(_, around)| around.as_ref());
    let (within, part) = match around {
        Some((_, "steps")) => (step.step.rfind('[').and_then(|at| step.step.get(..at)), "steps"),
        Some((id, part)) => (Some(id.as_str()), *part),
        None => (None, ""),
    };
    let place = step.step.rfind('.').and_then(|at| step.step.get(..=at)).unwrap_or_default();
    let within =
        within.map(|id| if part == "steps" { id.to_owned() } else { format!("{place}{id}") });
    Nested { part: within.is_some().then_some(part), within, step }
}

/// What a step was given and gave, and what went wrong; of `trigger`, what the run was started with is what it gave. `step`
/// is its name as a path has it, percent-encoded.
pub(super) async fn texts(host: &impl Host, run: &Run, step: &str) -> Result<[Value; 3], Problem> {
    let step = &*percent_decode_str(step).decode_utf8_lossy();
    let secrets = secrets(host, &run.project_id).await?;
    let mut shown = if step == run_text::TRIGGER {
        [Value::Null, started_with(host, run).await?, Value::Null]
    } else {
        let found = host.tables(vec![run_text::of_step(&run.id, step)]).await?;
        let texts = run_text::join(host, found.into_iter().flatten().collect())?;
        [Kind::Input, Kind::Output, Kind::Error].map(|kind| {
            let text = texts.get(&run_text::name(step, kind)).map_or("null", String::as_str);
            serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
        })
    };
    hide_secrets(&mut shown, &secrets);
    Ok(shown)
}

/// Hides in texts of steps what opens a meeting, and what the project keeps secret.
pub(super) fn hide_secrets(texts: &mut [Value], secrets: &[Text]) {
    for text in texts {
        secret_field::mask(text);
        hide(text, secrets);
    }
}

/// What a run was started with: `{{trigger}}`; nothing when that is forgotten.
async fn started_with(host: &impl Host, run: &Run) -> Result<Value, HostError> {
    if let Some(id) = &run.event_id {
        let found: Vec<EventRow> = rows(host, event::one(&run.project_id, id)).await?;
        let Some(sealed) = found.into_iter().next().and_then(|row| row.body_sealed) else {
            return Ok(Value::Null);
        };
        let mut came = serde_json::from_str(&open_body(host, id, &sealed)?).unwrap_or_default();
        secret_field::mask(&mut came);
        return Ok(trigger::output(came));
    }
    let found = host.tables(vec![run_text::trigger_of(&run.id)]).await?;
    let texts = run_text::join(host, found.into_iter().flatten().collect())?;
    let text = texts.get(&run_text::name(run_text::TRIGGER, Kind::Trigger));
    Ok(text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default())
}

/// The values of the project's workflow secrets, also as queries, forms and JSON write them; the longest first, for one may
/// be the beginning of another. One that does not open cannot be looked for.
pub(super) async fn secrets(host: &impl Host, project_id: &str) -> Result<Vec<Text>, HostError> {
    let all = workflow_secret::all_of_project(project_id);
    let found: Vec<WorkflowSecret> = rows(host, all).await?;
    let values = found.iter().filter_map(|secret| secret.value(host).ok());
    Ok(as_they_may_stand(values.filter(|value| value.expose().len() >= SHORTEST)))
}

fn as_they_may_stand(secrets: impl Iterator<Item = Text>) -> Vec<Text> {
    let mut all = Vec::new();
    for secret in secrets {
        let json = Text::new(Value::from(secret.expose()).to_string());
        let in_json = json.expose().strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let pair = serde_urlencoded::to_string([("", secret.expose())]).unwrap_or_default();
        let pair = Text::new(pair);
        let others = [in_json, pair.expose().strip_prefix('=')].into_iter().flatten();
        all.extend(others.filter(|other| *other != secret.expose()).map(Text::new));
        all.push(secret);
    }
    all.sort_by_key(|text| std::cmp::Reverse(text.expose().len()));
    all
}

/// Hides what lets somebody in: secrets of the project wherever they stand, and fields that are there to hold one.
fn hide(value: &mut Value, secrets: &[Text]) {
    match value {
        Value::String(text) => {
            for secret in secrets {
                if text.contains(secret.expose()) {
                    *text = text.replace(secret.expose(), HIDDEN);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, secrets)),
        Value::Object(fields) => {
            for (name, field) in fields {
                let lets_in = LETS_IN.contains(&name.to_ascii_lowercase().as_str());
                if lets_in && field.is_string() {
                    *field = HIDDEN.into();
                } else {
                    hide(field, secrets);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::shape::Shape;

    #[test]
    fn secrets_are_hidden_wherever_they_stand_and_fields_that_hold_one() {
        let mut value = json!({"url": "https://a.example/?key=s3cret-1", "headers": {"X-Api-Key": "other", "x": "a"},
            "authorization": {"type": "bearer", "token": "old"}, "list": ["s3cret-1s3cret-1", 7]});
        hide(&mut value, &[Text::new("s3cret-1")]);
        let expected = json!({"url": "https://a.example/?key=[hidden]",
            "headers": {"X-Api-Key": HIDDEN, "x": "a"},
            "authorization": {"type": "bearer", "token": HIDDEN}, "list": ["[hidden][hidden]", 7]});
        assert_eq!(value, expected);
    }

    #[test]
    fn a_secret_is_hidden_whole_also_where_it_is_written_otherwise() {
        let secrets = ["abcd", "abcd+e/\"f"].map(Text::new);
        let all = as_they_may_stand(secrets.into_iter());
        let mut value =
            json!(["abcd+e/\"f", "?key=abcd%2Be%2F%22f&x=1", r#"{"a":"abcd+e/\"f"}"#, "abcd."]);
        hide(&mut value, &all);
        let expected = json!([HIDDEN, "?key=[hidden]&x=1", r#"{"a":"[hidden]"}"#, "[hidden]."]);
        assert_eq!(value, expected);
    }

    #[test]
    fn a_step_stands_in_what_the_definition_says_at_its_own_place() {
        let mut nest = Nest::new();
        let definition = json!({"steps": [{"id": "each", "steps": [{"id": "big", "then": [{"id": "tell"}],
            "else": [{"id": "inner", "steps": [{"id": "last"}]}]}]}]});
        collect(&definition, None, &mut nest);
        let stands = |name: &str| {
            let found = nested(step_named(name), &nest);
            (found.within, found.part)
        };
        let inside = |within: &str, part| (Some(within.to_owned()), Some(part));
        assert_eq!(stands("each"), (None, None));
        assert_eq!(stands("each[3].big"), inside("each", "steps"));
        assert_eq!(stands("each[3].tell"), inside("each[3].big", "then"));
        assert_eq!(stands("each[3].inner"), inside("each[3].big", "else"));
        assert_eq!(stands("each[3].inner[0].last"), inside("each[3].inner", "steps"));
        assert_eq!(stands("gone"), (None, None));
    }

    fn step_named(name: &str) -> RunStep {
        let row = json!({"run_id": "r", "step": name, "type": "request", "status": "begun", "attempts": 1,
            "begun_at": 0, "input_size": 0, "output_size": 0});
        RunStep::read(row).unwrap()
    }

    #[test]
    fn the_id_of_a_step_is_the_end_of_its_name() {
        assert_eq!(step_id("each[3].inner[0].tell"), "tell");
        assert_eq!(step_id("tell"), "tell");
    }
}
