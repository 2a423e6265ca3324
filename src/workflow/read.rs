//! Reading a definition out of its JSON: what does not fit is named with its place and with what would fit. What each part
//! is stands in `definition`; whether they fit each other is `check`'s.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{
    action::Catalog,
    branch::Branch,
    condition::Filter,
    cron::Cron,
    definition::{Definition, Does, Setting, SettingKind, Step, Trigger, Wanted},
    nearest::did_you_mean,
    template::Template,
};
use crate::shape::{Misfit, Shape, only};

/// Longer definitions are refused, in bytes.
const LONGEST: usize = 64 * 1024;
/// So many steps at most, those inside of others too.
const MOST_STEPS: usize = 100;
/// Fan outs stand inside so many others at most, themselves counted.
const MOST_NESTED: usize = 2;
/// What no step is called, because it means something else in `{{ }}`.
const RESERVED: [&str; 5] = ["trigger", "settings", "user", "secrets", "self"];
/// The types of steps that need no provider.
const KINDS: [&str; 5] = ["request", "condition", "fan_out", "delay", "response"];
/// The types of triggers that need no provider.
const TRIGGERS: [&str; 4] = ["event", "request", "integration_enabled", "schedule"];
const A_NAME: &str = "a name such as create_meeting is wanted (a-z, 0-9 and _, at most 40)";

impl Definition {
    /// Reads a definition; what does not fit is named with its place (`steps[2].inputs.topic`).
    pub fn parse(text: &str, catalog: &Catalog) -> Result<Self, Misfit> {
        if text.len() > LONGEST {
            return Err(refused("at most 65536 bytes are wanted", text.len().to_string()));
        }
        let value: Value = serde_json::from_str(text)
            .map_err(|error| refused("JSON is wanted", format!("this ({error})")))?;
        definition(&value, catalog)
    }
}

fn refused(wanted: &'static str, found: String) -> Misfit {
    Misfit { at: String::new(), wanted, found }
}

fn definition(value: &Value, catalog: &Catalog) -> Result<Definition, Misfit> {
    let names =
        ["name", "description", "integration", "trigger", "settings", "default_enabled", "steps"];
    fields(value, &names)?;
    let integration: Option<String> = field(value, "integration")?;
    if integration.as_ref().is_some_and(|name| name != catalog.provider) {
        let found = format!("{:.64}", integration.unwrap_or_default());
        return Err(refused("the name of an integration is wanted", found).within("integration"));
    }
    let trigger = value.get("trigger").unwrap_or(&Value::Null);
    let mut ids = Vec::new();
    collect_ids(value.get("steps"), &mut ids);
    let trigger = trigger_of(trigger, catalog).map_err(|misfit| misfit.within("trigger"))?;
    let mut reading =
        Reading { catalog, ids: &ids, seen: BTreeSet::new(), answers: is_request(&trigger) };
    Ok(Definition {
        name: required_text(value, "name", 200)?,
        description: optional(value, "description")?,
        trigger,
        settings: settings(value.get("settings"))?,
        default_enabled: optional(value, "default_enabled")?,
        steps: reading.steps(value, "steps", 0)?,
    })
}

fn is_request(trigger: &Trigger) -> bool {
    matches!(trigger, Trigger::Request { .. })
}

/// Refuses what is no object, and fields that are none of these.
fn fields(value: &Value, names: &[&str]) -> Result<(), Misfit> {
    if !value.is_object() {
        return Err(Misfit::new("an object is wanted", value));
    }
    let mistyped = value.as_object().into_iter().flat_map(Map::keys);
    let mut mistyped = mistyped.filter(|name| !names.contains(&name.as_str()));
    let near = mistyped.next().map(|name| did_you_mean(name, names)).unwrap_or_default();
    only(value, names).map_err(|mut misfit| {
        misfit.found.push_str(&near);
        misfit
    })
}

fn field<T: Shape>(value: &Value, name: &str) -> Result<T, Misfit> {
    let found = value.get(name).cloned().unwrap_or_default();
    T::read(found).map_err(|misfit| misfit.within(name))
}

fn optional<T: Shape + Default>(value: &Value, name: &str) -> Result<T, Misfit> {
    field::<Option<T>>(value, name).map(Option::unwrap_or_default)
}

fn required_text(value: &Value, name: &str, longest: usize) -> Result<String, Misfit> {
    let text: String = field(value, name)?;
    if text.trim().is_empty() || text.len() > longest {
        let found = format!("a text of {}", text.len());
        return Err(
            refused("a text with something in it, and not too long, is wanted", found).within(name)
        );
    }
    Ok(text)
}

/// A name of ours: what stands first in `{{ }}`, or after `settings.`.
fn id(value: &Value) -> Result<String, Misfit> {
    let id: String = field(value, "id")?;
    let mut bytes = id.bytes();
    let sound = bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && id.len() <= 40;
    if sound { Ok(id) } else { Err(refused(A_NAME, format!("{id:.64}")).within("id")) }
}

fn trigger_of(value: &Value, catalog: &Catalog) -> Result<Trigger, Misfit> {
    let kind: String = if value.is_object() {
        field(value, "type")?
    } else {
        return Err(Misfit::new("an object is wanted", value));
    };
    let known = |names: &[&str]| fields(value, names);
    match kind.as_str() {
        "event" => {
            known(&["type", "name"])?;
            Ok(Trigger::AppEvent { name: required_text(value, "name", 200)? })
        }
        "request" => {
            known(&["type", "required"])?;
            Ok(Trigger::Request { wanted: list(value.get("required"), "required", wanted)? })
        }
        "integration_enabled" => known(&["type"]).map(|()| Trigger::Enabled),
        "schedule" => {
            known(&["type", "cron", "timezone"])?;
            let cron = Cron::parse(&field::<String>(value, "cron")?);
            let zone: Option<String> = field(value, "timezone")?;
            let zone = zone.unwrap_or_else(|| "UTC".to_owned());
            Ok(Trigger::Schedule { cron: cron.map_err(|misfit| misfit.within("cron"))?, zone })
        }
        kind => {
            let found = kind.strip_prefix(catalog.provider).and_then(|id| id.strip_prefix('.'));
            let Some(trigger) = found.and_then(|id| catalog.trigger(id)) else {
                return Err(unknown_trigger(kind, catalog));
            };
            known(&["type", "filter"])?;
            let filter = value.get("filter").filter(|filter| !filter.is_null());
            let filter = filter.map(|filter| Filter::parse(&filter.to_string())).transpose();
            let filter = filter.map_err(|misfit| misfit.within("filter"))?;
            Ok(Trigger::Provider { provider: catalog.provider, id: trigger.id, filter })
        }
    }
}

fn unknown_trigger(kind: &str, catalog: &Catalog) -> Misfit {
    let own = catalog.triggers.iter().map(|one| format!("{}.{}", catalog.provider, one.id));
    let all: Vec<String> = own.chain(TRIGGERS.map(str::to_owned)).collect();
    let found = format!("{kind:.64}{}", did_you_mean(kind, &all));
    refused("the type of a trigger, such as event or schedule, is wanted", found).within("type")
}

fn wanted(value: &Value) -> Result<Wanted, Misfit> {
    fields(value, &["part", "key"])?;
    let part = match value.get("part").and_then(Value::as_str) {
        Some("headers") => "headers",
        Some("body") => "body",
        Some("params") => "params",
        _ => {
            let part = value.get("part").unwrap_or(&Value::Null);
            return Err(Misfit::new("headers, body or params is wanted", part).within("part"));
        }
    };
    let mut key = required_text(value, "key", 200)?;
    if part == "headers" {
        key.make_ascii_lowercase();
    }
    Ok(Wanted { part, key })
}

/// Each item of a list that may be left out, read.
fn list<T>(
    value: Option<&Value>,
    name: &str,
    read: impl Fn(&Value) -> Result<T, Misfit>,
) -> Result<Vec<T>, Misfit> {
    let value = value.unwrap_or(&Value::Null);
    let items = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Array(items) => items,
        other => return Err(Misfit::new("a list is wanted", other).within(name)),
    };
    let place = |index: usize, misfit: Misfit| misfit.within(&format!("{name}[{index}]"));
    let one = |(index, item)| read(item).map_err(|misfit| place(index, misfit));
    items.iter().enumerate().map(one).collect()
}

/// Reads what users fill in: the list of a definition.
pub fn settings(value: Option<&Value>) -> Result<Vec<Setting>, Misfit> {
    let all = list(value, "settings", setting)?;
    let mut seen = BTreeSet::new();
    for (index, one) in all.iter().enumerate() {
        if !seen.insert(&one.id) {
            let again = refused("each id once is wanted", format!("{} again", one.id));
            return Err(again.within("id").within(&format!("settings[{index}]")));
        }
    }
    Ok(all)
}

fn setting(value: &Value) -> Result<Setting, Misfit> {
    fields(value, &["id", "label", "type", "required", "default", "help", "choices"])?;
    let kind = match field::<String>(value, "type")?.as_str() {
        "text" => SettingKind::Text,
        "number" => SettingKind::Number,
        "boolean" => SettingKind::Boolean,
        "email" => SettingKind::Email,
        "url" => SettingKind::Url,
        "choice" => SettingKind::Choice(list(value.get("choices"), "choices", choice)?),
        other => {
            let all = ["text", "number", "boolean", "email", "url", "choice"];
            let found = format!("{other:.64}{}", did_you_mean(other, &all));
            let wanted = "text, number, boolean, email, url or choice is wanted";
            return Err(refused(wanted, found).within("type"));
        }
    };
    let id = id(value)?;
    let label: Option<String> = field(value, "label")?;
    Ok(Setting {
        label: label.unwrap_or_else(|| id.clone()),
        id,
        kind,
        required: optional(value, "required")?,
        default: value.get("default").filter(|default| !default.is_null()).cloned(),
        help: optional(value, "help")?,
    })
}

fn choice(value: &Value) -> Result<(Value, String), Misfit> {
    fields(value, &["value", "label"])?;
    let stored = value.get("value").unwrap_or(&Value::Null);
    if !matches!(stored, Value::String(_) | Value::Number(_) | Value::Bool(_)) {
        return Err(Misfit::new("a text or a number is wanted", stored).within("value"));
    }
    let label: Option<String> = field(value, "label")?;
    let plain = stored.as_str().map_or_else(|| stored.to_string(), str::to_owned);
    Ok((stored.clone(), label.unwrap_or(plain)))
}

/// The ids of all steps in the order of the document: what numbered placeholders count.
fn collect_ids(steps: Option<&Value>, ids: &mut Vec<String>) {
    for step in steps.and_then(Value::as_array).into_iter().flatten() {
        ids.push(step.get("id").and_then(Value::as_str).unwrap_or_default().to_owned());
        for inside in ["then", "else", "steps"] {
            collect_ids(step.get(inside), ids);
        }
    }
}

/// The steps that are being read.
struct Reading<'a> {
    catalog: &'a Catalog,
    ids: &'a [String],
    seen: BTreeSet<String>,
    /// Whether something waits for an answer.
    answers: bool,
}

impl Reading<'_> {
    fn steps(&mut self, value: &Value, name: &str, nested: usize) -> Result<Vec<Step>, Misfit> {
        let found = value.get(name).unwrap_or(&Value::Null);
        let items = match found {
            // A branch may be left out.
            Value::Null if name == "then" || name == "else" => return Ok(Vec::new()),
            Value::Array(items) => items,
            other => return Err(Misfit::new("a list of steps is wanted", other).within(name)),
        };
        let mut steps = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let step = self.step(item, nested);
            steps.push(step.map_err(|misfit| misfit.within(&format!("{name}[{index}]")))?);
        }
        Ok(steps)
    }

    fn step(&mut self, value: &Value, nested: usize) -> Result<Step, Misfit> {
        if !value.is_object() {
            return Err(Misfit::new("an object is wanted", value));
        }
        let id = id(value)?;
        let at_id = |wanted, found| Err(refused(wanted, found).within("id"));
        if RESERVED.contains(&id.as_str()) {
            return at_id("another id is wanted: this one has a meaning in {{ }}", id);
        }
        if !self.seen.insert(id.clone()) {
            return at_id("each id once is wanted", format!("{id} again"));
        }
        if self.seen.len() > MOST_STEPS {
            return at_id("at most 100 steps are wanted", "more".to_owned());
        }
        let does = self.does(value, nested)?;
        Ok(Step {
            id,
            does,
            retries: optional(value, "retry")?,
            continues: optional(value, "continue_on_error")?,
            description: optional(value, "description")?,
        })
    }

    fn does(&mut self, value: &Value, nested: usize) -> Result<Does, Misfit> {
        let kind: String = field(value, "type")?;
        let known = |own: &[&str]| {
            let all = ["id", "type", "retry", "continue_on_error", "description"];
            fields(value, &[&all, own].concat())
        };
        match kind.as_str() {
            "condition" => {
                known(&["if", "then", "else"])?;
                let test = Branch::read(value.get("if").unwrap_or(&Value::Null), self.ids);
                return Ok(Does::Condition {
                    test: test.map_err(|misfit| misfit.within("if"))?,
                    then: self.steps(value, "then", nested)?,
                    otherwise: self.steps(value, "else", nested)?,
                });
            }
            "fan_out" => {
                known(&["over", "steps"])?;
                return self.fan_out(value, nested);
            }
            _ => known(&["inputs"])?,
        }
        let inputs = || self.inputs(value);
        match kind.as_str() {
            "request" => Ok(Does::Request { inputs: inputs()? }),
            "delay" => Ok(Does::Delay { inputs: inputs()? }),
            "response" if self.answers && nested == 0 => Ok(Does::Response { inputs: inputs()? }),
            "response" => Err(self.no_response()),
            kind if kind == self.catalog.request => {
                Ok(Does::ProviderRequest { kind: self.catalog.request, inputs: inputs()? })
            }
            kind => match self.catalog.action(kind) {
                Some(action) => Ok(Does::Action { action, inputs: inputs()? }),
                None => Err(self.unknown(kind)),
            },
        }
    }

    fn fan_out(&mut self, value: &Value, nested: usize) -> Result<Does, Misfit> {
        if nested >= MOST_NESTED {
            let wanted = "at most two fan outs, one inside the other, are wanted";
            return Err(refused(wanted, "a third".to_owned()));
        }
        let over = self.template(value, "over")?;
        Ok(Does::FanOut { over, steps: self.steps(value, "steps", nested + 1)? })
    }

    fn no_response(&self) -> Misfit {
        let wanted = if self.answers {
            "a response outside of fan outs is wanted"
        } else {
            "the trigger request is wanted where there is a response"
        };
        refused(wanted, "this".to_owned()).within("type")
    }

    fn unknown(&self, kind: &str) -> Misfit {
        let actions = self.catalog.actions.iter().map(|action| action.id);
        let all: Vec<&str> = actions.chain([self.catalog.request]).chain(KINDS).collect();
        let found = format!("{kind:.64}{}", did_you_mean(kind, &all));
        refused("the type of a step, such as request or delay, is wanted", found).within("type")
    }

    fn inputs(&self, value: &Value) -> Result<Template, Misfit> {
        match value.get("inputs").unwrap_or(&Value::Null) {
            Value::Null => Template::parse(&Value::Object(Map::new())),
            Value::Object(_) => self.template(value, "inputs"),
            other => Err(Misfit::new("an object is wanted", other).within("inputs")),
        }
    }

    fn template(&self, value: &Value, name: &str) -> Result<Template, Misfit> {
        let found = value.get(name).unwrap_or(&Value::Null);
        Template::read(found, self.ids).map_err(|misfit| misfit.within(name))
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
