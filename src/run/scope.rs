//! What `{{ }}` finds at one place of a run: the trigger, settings, user, secrets and outputs that are asked for, and no
//! others, are read and opened. How a placeholder looks into them is `workflow::template`'s.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::step::Place;
use crate::{
    host::{Host, HostError, Row, Statement},
    record::{
        event,
        grant::Grant,
        read_row, read_rows,
        run::Run,
        run_text::{self, Kind},
        user,
        workflow_secret::{self, WorkflowSecret},
    },
    shape::shape,
    workflow::{Definition, Does, Step, Values},
    zoom,
};

/// What stands in place of a secret in what is stored.
const HIDDEN: &str = "[hidden]";

/// Reads the values that these roots name ([`crate::workflow::Template::roots`]) at a place of a run. What is not there is
/// left out.
pub(super) async fn values(
    host: &impl Host,
    run: &Run,
    definition: &Definition,
    place: &Place,
    roots: &BTreeSet<String>,
) -> Result<Values, HostError> {
    let mut values = Values::new();
    let steps = steps(definition, place, roots);
    let wanted = wanted(run, &steps, roots);
    if wanted.is_empty() {
        return Ok(values);
    }
    let (parts, statements): (Vec<_>, Vec<_>) = wanted.into_iter().unzip();
    let mut found = Found::default();
    for (part, rows) in parts.into_iter().zip(host.tables(statements).await?) {
        found.take(host, part, rows)?;
    }
    for root in roots {
        let value = match root.as_str() {
            "trigger" => found.trigger.take(),
            "user" => Some(found.user(run)),
            "settings" => Some(settings(definition, found.settings.take())),
            _ => None,
        };
        values.extend(value.map(|value| (root.clone(), value)));
    }
    if !found.secrets.is_empty() {
        values.insert("secrets".to_owned(), Value::Object(std::mem::take(&mut found.secrets)));
    }
    for known in steps {
        if let Some(value) = known.value(&found.texts)? {
            values.insert(known.id, value);
        }
    }
    Ok(values)
}

/// The same values without secrets: for what is stored of what was filled in.
pub(super) fn hide_secrets(values: &mut Values) {
    let secrets = values.get_mut("secrets").and_then(Value::as_object_mut);
    secrets.into_iter().flat_map(Map::values_mut).for_each(|value| *value = HIDDEN.into());
}

/// A step whose output, or item, is asked for.
struct Known {
    id: String,
    /// Its name at its own place.
    name: String,
    /// Inside what fans out: which item.
    item: Option<usize>,
    /// Whether it may have failed, and the run went on.
    continues: bool,
}

impl Known {
    fn names(&self) -> Vec<String> {
        let name = |kind| run_text::name(&self.name, kind);
        match (self.item, self.continues) {
            (Some(_), _) => vec![name(Kind::Input)],
            (None, false) => vec![name(Kind::Output)],
            (None, true) => vec![name(Kind::Output), name(Kind::Error)],
        }
    }

    fn value(&self, texts: &BTreeMap<String, String>) -> Result<Option<Value>, HostError> {
        let read = |kind| match texts.get(&run_text::name(&self.name, kind)) {
            Some(text) => json_of(text).map(Some),
            None => Ok(None),
        };
        if let Some(item) = self.item {
            let item = read(Kind::Input)?.and_then(|mut list| Some(list.get_mut(item)?.take()));
            return Ok(item.map(|item| json!({"instance": item})));
        }
        if let Some(output) = read(Kind::Output)? {
            return Ok(Some(json!({"output": output})));
        }
        Ok(read(Kind::Error)?.map(|error| json!({"output": {"error": error}})))
    }
}

/// The steps that are asked for, each at the place where this one sees it.
fn steps(definition: &Definition, place: &Place, roots: &BTreeSet<String>) -> Vec<Known> {
    let mut all = Vec::new();
    for root in roots {
        let mut around = Vec::new();
        let Some(step) = find(&definition.steps, root, &mut around) else { continue };
        let shared = place.0.iter().zip(&around).take_while(|((id, _), other)| id == *other);
        let depth = shared.count();
        if depth < around.len() {
            continue;
        }
        let (outside, inside) = place.0.split_at(depth);
        let item = inside.first().filter(|(id, _)| id == root).map(|(_, item)| *item);
        let name = Place(outside.to_vec()).name(root);
        all.push(Known { id: root.clone(), name, item, continues: step.continues });
    }
    all
}

/// Finds a step; `around` becomes the steps that fan out into it, the outermost first.
pub(super) fn find<'a>(steps: &'a [Step], id: &str, around: &mut Vec<String>) -> Option<&'a Step> {
    for step in steps {
        if step.id == id {
            return Some(step);
        }
        let outside = around.len();
        if let Does::FanOut { .. } = step.does {
            around.push(step.id.clone());
        }
        let mut inside = step.does.inside().into_iter();
        let found = inside.find_map(|(_, steps)| find(steps, id, around));
        if found.is_some() {
            return found;
        }
        around.truncate(outside);
    }
    None
}

/// What a statement reads.
#[derive(Clone, Copy)]
enum Part {
    Texts,
    Event,
    Trigger,
    Secrets,
    Meta,
    Grant,
    Settings,
}

fn wanted(run: &Run, steps: &[Known], roots: &BTreeSet<String>) -> Vec<(Part, Statement)> {
    let mut all = Vec::new();
    let names: Vec<String> = steps.iter().flat_map(Known::names).collect();
    if !names.is_empty() {
        all.push((Part::Texts, run_text::along_the_line(&run.id, &names)));
    }
    if roots.contains("trigger") {
        all.push((Part::Event, run_text::event_of(&run.id)));
        all.push((Part::Trigger, run_text::trigger_of(&run.id)));
    }
    let secrets: Vec<String> =
        roots.iter().filter_map(|root| root.strip_prefix("secrets.")).map(str::to_owned).collect();
    if !secrets.is_empty() {
        all.push((Part::Secrets, workflow_secret::named(&run.project_id, &secrets)));
    }
    if roots.contains("user") {
        all.push((Part::Meta, user::select_meta(&run.project_id, &run.user_id)));
        let grant = Statement::new("SELECT * FROM grants WHERE id = ?1", [json!(run.grant_id)]);
        all.push((Part::Grant, grant));
    }
    if roots.contains("settings") {
        let sql = "SELECT settings FROM enablements WHERE workflow_id = ?1 AND grant_id = ?2";
        let of_run = [json!(run.workflow_id), json!(run.grant_id)];
        all.push((Part::Settings, Statement::new(sql, of_run)));
    }
    all
}

/// What the statements found.
#[derive(Default)]
struct Found {
    texts: BTreeMap<String, String>,
    trigger: Option<Value>,
    secrets: Map<String, Value>,
    meta: Option<Value>,
    grant: Option<Grant>,
    settings: Option<Value>,
}

impl Found {
    fn take(&mut self, host: &impl Host, part: Part, rows: Vec<Row>) -> Result<(), HostError> {
        let text = |rows: &[Row], column: &str| {
            let text = rows.first().and_then(|row| row.get(column)).and_then(Value::as_str);
            text.map(json_of).transpose()
        };
        match part {
            Part::Texts => self.texts = run_text::join(host, rows)?,
            Part::Event => self.trigger = event(host, rows)?,
            Part::Trigger => {
                let text = run_text::join(host, rows)?.into_values().next();
                let own = text.as_deref().map(json_of).transpose()?;
                self.trigger = self.trigger.take().or(own);
            }
            Part::Secrets => {
                for secret in read_rows::<WorkflowSecret>(rows.into_iter())? {
                    let value = secret.value(host)?.take();
                    self.secrets.insert(secret.name, Value::String(value));
                }
            }
            Part::Meta => self.meta = text(&rows, "meta")?,
            Part::Grant => self.grant = rows.into_iter().next().map(read_row).transpose()?,
            Part::Settings => self.settings = text(&rows, "settings")?,
        }
        Ok(())
    }

    fn user(&mut self, run: &Run) -> Value {
        let account = self.grant.take().map(|grant| {
            json!({"id": grant.provider_user_id, "email": grant.email,
                "display_name": grant.display_name})
        });
        let meta = self.meta.take().unwrap_or_else(|| json!({}));
        json!({"id": run.user_id, "meta": meta, "account": account})
    }
}

/// What an event brings, as its trigger says.
fn event(host: &impl Host, rows: Vec<Row>) -> Result<Option<Value>, HostError> {
    shape! {
        struct Stored {
            id: String,
            body_sealed: String,
        }
    }
    let Some(row) = rows.into_iter().next() else { return Ok(None) };
    let stored: Stored = read_row(row)?;
    let body = event::open_body(host, &stored.id, &stored.body_sealed)?;
    Ok(Some(zoom::trigger::output(json_of(&body)?)))
}

/// What users filled in, over what stands for those who did not.
fn settings(definition: &Definition, filled_in: Option<Value>) -> Value {
    let mut all = Map::new();
    for setting in &definition.settings {
        all.extend(setting.default.clone().map(|value| (setting.id.clone(), value)));
    }
    if let Some(Value::Object(filled_in)) = filled_in {
        all.extend(filled_in.into_iter().filter(|(_, value)| !value.is_null()));
    }
    Value::Object(all)
}

fn json_of(text: &str) -> Result<Value, HostError> {
    serde_json::from_str(text).map_err(|_| HostError::new("tables", "a text of a run is no JSON"))
}
