//! Every variable that a step can name, with its type and an example: what an editor's menu shows. Which values there are
//! is `scope`'s.

use serde_json::Value;

use super::{
    action::Catalog,
    definition::{Definition, Does, Trigger},
    known::{Form, Known},
    path::{Part, Path},
    scope::Scope,
};
use crate::shape::shape;

/// So many are listed for one trigger or step at most.
const MOST: usize = 500;
/// Lists and objects are looked into so far.
const DEEPEST: usize = 8;

shape! {
    /// A variable that a step can name.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Variable {
        /// What stands in `{{ }}`: `create.output.id`.
        pub path: String,
        /// What it is: `text`, `number`, `boolean`, `object`, `list`, or `anything`.
        pub kind: String,
        /// The name that people see.
        pub label: String,
        /// What it belongs to: `Trigger: New Meeting`, `create: Create Meeting`, `Settings`, `User`, `Secrets`.
        pub group: String,
        /// What it may be; `null` where that is not known.
        pub example: Value,
    }
}

/// Every variable that is known at a step, in the order of the menu; of a step that there is not, those of the last one
/// and what it gives: what a step that is added at the end can name. Secrets follow by [`Variable::secret`].
pub fn variables(definition: &Definition, catalog: &Catalog, step_id: &str) -> Vec<Variable> {
    let scope = Scope::of(definition, catalog);
    let mut all = Vec::new();
    let group = trigger_group(&definition.trigger, catalog);
    let [(trigger, form), (settings, filled), (user, who)] = &scope.given;
    list(trigger, form, &group, &mut all);
    for (step, form) in scope.named_at(step_id) {
        list(&step.id, form, &step_group(&step.id, &step.does), &mut all);
    }
    let from = all.len();
    list(settings, filled, "Settings", &mut all);
    for (variable, setting) in all.iter_mut().skip(from).zip(&definition.settings) {
        variable.label.clone_from(&setting.label);
    }
    list(user, who, "User", &mut all);
    all
}

impl Variable {
    /// The variable of a secret.
    pub fn secret(name: &str) -> Self {
        let parts = ["secrets", name].map(|name| Part::Name(name.to_owned()));
        Self {
            path: Path(parts.into()).to_string(),
            kind: "text".to_owned(),
            label: name.to_owned(),
            group: "Secrets".to_owned(),
            example: Value::Null,
        }
    }
}

fn trigger_group(trigger: &Trigger, catalog: &Catalog) -> String {
    let label = match trigger {
        Trigger::Provider { id, .. } => catalog.trigger(id).map_or(*id, |source| source.label),
        Trigger::AppEvent { name } => name,
        Trigger::Request { .. } => "Request",
        Trigger::Enabled => "Integration Enabled",
        Trigger::Schedule { .. } => "Schedule",
    };
    format!("Trigger: {label}")
}

fn step_group(id: &str, does: &Does) -> String {
    let label = match does {
        Does::Action { action, .. } => action.label,
        Does::ProviderRequest { kind, .. } => kind,
        Does::Request { .. } => "Request",
        Does::Condition { .. } => "Condition",
        Does::FanOut { .. } => "Fan Out",
        Does::Delay { .. } => "Delay",
        Does::Response { .. } => "Response",
    };
    format!("{id}: {label}")
}

/// Everything under one name.
fn list(root: &str, form: &Form, group: &str, all: &mut Vec<Variable>) {
    let mut path = vec![Part::Name(root.to_owned())];
    let mut listing = Listing { group, most: all.len().saturating_add(MOST), all };
    listing.form(&mut path, form);
}

struct Listing<'a> {
    group: &'a str,
    most: usize,
    all: &'a mut Vec<Variable>,
}

impl Listing<'_> {
    fn form(&mut self, path: &mut Vec<Part>, form: &Form) {
        match form {
            Form::Fields(fields, open) => {
                if *open {
                    self.push(path, "object", &Value::Null);
                }
                for (name, form) in fields {
                    path.push(Part::Name(name.clone()));
                    self.form(path, form);
                    path.pop();
                }
            }
            form => match form.known() {
                Known::Like(value) => self.value(path, value),
                Known::Anything | Known::Object => self.push(path, "anything", &Value::Null),
            },
        }
    }

    fn value(&mut self, path: &mut Vec<Part>, value: &Value) {
        let kind = match value {
            Value::Null => "anything",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "text",
            Value::Array(_) => "list",
            Value::Object(_) => "object",
        };
        self.push(path, kind, value);
        if path.len() > DEEPEST {
            return;
        }
        match value {
            Value::Array(items) => {
                if let Some(item) = items.first() {
                    path.push(Part::Index(0));
                    self.value(path, item);
                    path.pop();
                }
            }
            Value::Object(fields) => {
                for (name, value) in fields {
                    path.push(Part::Name(name.clone()));
                    self.value(path, value);
                    path.pop();
                }
            }
            _ => {}
        }
    }

    fn push(&mut self, path: &[Part], kind: &str, example: &Value) {
        if self.all.len() >= self.most {
            return;
        }
        // What follows the name that the group already says.
        let inner = match path {
            [_, Part::Name(name), rest @ ..] if name == "output" && !rest.is_empty() => rest,
            [_, rest @ ..] if !rest.is_empty() => rest,
            whole => whole,
        };
        self.all.push(Variable {
            path: Path(path.to_vec()).to_string(),
            kind: kind.to_owned(),
            label: Path(inner.to_vec()).to_string(),
            group: self.group.to_owned(),
            example: example.clone(),
        });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::workflow::{
        Template,
        sample::{CATALOG, everything},
    };

    fn definition() -> Definition {
        Definition::parse(&everything().to_string(), &CATALOG).unwrap()
    }

    fn paths(step: &str) -> Vec<String> {
        variables(&definition(), &CATALOG, step).into_iter().map(|one| one.path).collect()
    }

    #[test]
    fn a_step_can_name_what_was_there_before_it() {
        let before = ["trigger", "trigger.event", "trigger.object"];
        assert_eq!(paths("create")[..3], before);
        let has = |step: &str, path: &str| paths(step).iter().any(|one| one == path);
        for (step, path, there) in [
            ("create", "create.output.id", false),
            ("check", "create.output.id", true),
            ("list", "check.output.choice", true),
            ("pause", "list.output.meetings", false),
            ("all", "list.output.meetings", false),
            ("all", "check.output.choice", true),
            ("each", "all.output.meetings[0].id", true),
            ("remove", "each.instance.id", true),
            ("remove", "each.output.items", false),
            ("raw", "each.output.items", true),
            ("raw", "each.instance.id", false),
            ("tell", "raw.output.body", true),
            ("tell", "tell.output.body", false),
            ("none of them", "tell.output.body", true),
            ("none of them", "remove.output", false),
        ] {
            assert_eq!(has(step, path), there, "{path} at {step}");
        }
        let last: Vec<String> = paths("create").into_iter().rev().take(8).rev().collect();
        let user = ["account", "account.display_name", "account.email", "account.id"];
        let user = ["id", "meta"].iter().chain(&user).map(|name| format!("user.{name}"));
        let settings = ["settings.email", "settings.size"].map(str::to_owned);
        assert_eq!(last, settings.into_iter().chain(user).collect::<Vec<_>>());
    }

    #[test]
    fn a_variable_says_what_it_is() {
        let all = variables(&definition(), &CATALOG, "each");
        let one = |path: &str| all.iter().find(|one| one.path == path).unwrap().clone();
        let variable =
            |path: &str, kind: &str, label: &str, group: &str, example: Value| Variable {
                path: path.to_owned(),
                kind: kind.to_owned(),
                label: label.to_owned(),
                group: group.to_owned(),
                example,
            };
        for wanted in [
            variable(
                "trigger.object.topic",
                "text",
                "object.topic",
                "Trigger: New Meeting",
                json!("Demo"),
            ),
            variable(
                "create.output.settings.use_pmi",
                "boolean",
                "settings.use_pmi",
                "create: Create Meeting",
                json!(false),
            ),
            variable("settings.email", "text", "E-mail", "Settings", json!("ada@acme.example")),
            variable("user.meta", "anything", "meta", "User", json!(null)),
            variable(
                "all.output.error.code",
                "text",
                "error.code",
                "all: Get Meetings",
                json!("zoom_refused"),
            ),
        ] {
            assert_eq!(one(&wanted.path), wanted);
        }
        assert_eq!(Variable::secret("a b").path, "secrets[\"a b\"]");
    }

    #[test]
    fn what_is_listed_is_not_complained_about() {
        let mut value = everything();
        let all = variables(&definition(), &CATALOG, "tell");
        let paths: Value = all.iter().map(|one| json!(format!("{{{{{}}}}}", one.path))).collect();
        Template::parse(&paths).unwrap();
        value["steps"][5]["inputs"]["body"] = paths;
        let definition = Definition::parse(&value.to_string(), &CATALOG).unwrap();
        assert_eq!(crate::workflow::check(&definition, &CATALOG, None), []);
    }
}
