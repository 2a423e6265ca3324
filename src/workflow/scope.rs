//! Which values a step can name: the trigger's, the settings', the user's, and those of the steps that are done before it
//! on every way that leads to it.

use serde_json::{Value, json};

use super::{
    action::Catalog,
    definition::{Definition, Does, Setting, SettingKind, Step, Trigger},
    known::Form,
    template::Node,
};

/// The steps of a definition, each with where it stands and with what is known of what it gives.
pub(super) struct Scope<'a> {
    /// In the order of the document.
    pub steps: Vec<Placed<'a>>,
    /// `trigger`, `settings`, `user`.
    pub given: [(&'static str, Form); 3],
}

/// A step where it stands.
pub(super) struct Placed<'a> {
    /// `steps[2].then[0]`.
    pub at: String,
    /// The step.
    pub step: &'a Step,
    /// What it is inside of, the outermost first: the number of the step, and which of its lists.
    pub inside: Vec<(usize, &'static str)>,
    /// `{{<step>}}` for those that come after it.
    pub after: Form,
    /// `{{<step>}}` for those inside of it.
    pub within: Form,
}

/// Why a step's values cannot be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hidden {
    /// It comes later, or is the very step.
    Later,
    /// It is on another way than this one.
    Elsewhere,
    /// It is inside of a fan out that is over.
    Items,
    /// It may have been done, or not.
    Perhaps,
}

impl<'a> Scope<'a> {
    /// What is known in a definition.
    pub fn of(definition: &'a Definition, catalog: &Catalog) -> Self {
        let settings = definition.settings.iter().map(|one| (one.id.clone(), example(one)));
        let given = [
            ("trigger", trigger(&definition.trigger, catalog)),
            ("settings", Form::Fields(settings.collect(), false)),
            ("user", user()),
        ];
        let mut scope = Self { steps: Vec::new(), given };
        scope.place(&definition.steps, "steps", &[]);
        scope
    }

    fn place(&mut self, steps: &'a [Step], list: &str, inside: &[(usize, &'static str)]) {
        for (index, step) in steps.iter().enumerate() {
            let number = self.steps.len();
            let at = format!("{list}[{index}]");
            let after = Form::fields([("output", output(step))]);
            let inside = inside.to_vec();
            let placed = Placed { at: at.clone(), step, inside, within: after.clone(), after };
            self.steps.push(placed);
            if let Does::FanOut { .. } = step.does {
                let item = self.item(number).unwrap_or(Form::Anything);
                if let Some(placed) = self.steps.get_mut(number) {
                    placed.within = Form::fields([("instance", item)]);
                }
            }
            for (name, inner) in step.does.inside() {
                let mut inside: Vec<_> =
                    self.steps.get(number).map(|one| one.inside.clone()).unwrap_or_default();
                inside.push((number, name));
                self.place(inner, &format!("{at}.{name}"), &inside);
            }
        }
    }

    /// What is known of each item of a fan out; nothing when it is no list.
    pub fn item(&self, number: usize) -> Option<Form> {
        let Does::FanOut { over, .. } = &self.steps.get(number)?.step.does else { return None };
        match &over.0 {
            Node::One(one) => match self.root(number, one.path.name(0)?) {
                Some(Ok(form)) => match form.look(&one.path, 1) {
                    Ok(known) => Form::item(known),
                    Err(_) => Some(Form::Anything),
                },
                _ => Some(Form::Anything),
            },
            Node::List(_) => Some(Form::Anything),
            Node::Plain(_) | Node::Text(_) | Node::Object(_) => None,
        }
    }

    /// What is known of a name at a step; why it is not to be named there; nothing when there is no such name.
    pub fn root(&self, viewer: usize, name: &str) -> Option<Result<&Form, (Hidden, &Form)>> {
        if let Some((_, form)) = self.given.iter().find(|(one, _)| *one == name) {
            return Some(Ok(form));
        }
        let number = self.steps.iter().position(|one| one.step.id == name)?;
        let (step, from) = (self.steps.get(number)?, self.steps.get(viewer)?);
        if from.inside.iter().any(|(outer, _)| *outer == number) {
            return Some(Ok(&step.within));
        }
        Some(match self.hidden(number, viewer) {
            Some(why) => Err((why, &step.after)),
            None => Ok(&step.after),
        })
    }

    /// The steps that one can name, with what is known of them there; of a step that there is not, those that one can name
    /// that is added at the end.
    pub fn named_at(&self, step_id: &str) -> impl Iterator<Item = (&'a Step, &Form)> {
        let here = self.steps.iter().position(|one| one.step.id == step_id);
        self.steps.iter().filter_map(move |one| {
            let form = match here {
                Some(here) => self.root(here, &one.step.id).and_then(Result::ok),
                None => one.inside.is_empty().then_some(&one.after),
            };
            form.map(|form| (one.step, form))
        })
    }

    fn hidden(&self, number: usize, viewer: usize) -> Option<Hidden> {
        let (step, from) = (self.steps.get(number)?, self.steps.get(viewer)?);
        if number >= viewer {
            return Some(Hidden::Later);
        }
        let apart = step.inside.iter().enumerate();
        let mut apart = apart.filter(|(depth, one)| from.inside.get(*depth) != Some(*one));
        let (depth, (outer, _)) = apart.next()?;
        let fans = |outer: usize| {
            self.steps.get(outer).is_some_and(|one| matches!(one.step.does, Does::FanOut { .. }))
        };
        if from.inside.get(depth).is_some_and(|(other, _)| other == outer) {
            return Some(Hidden::Elsewhere);
        }
        let items = fans(*outer) || apart.any(|(_, (outer, _))| fans(*outer));
        Some(if items { Hidden::Items } else { Hidden::Perhaps })
    }
}

/// What is known of what starts a run.
fn trigger(trigger: &Trigger, catalog: &Catalog) -> Form {
    match trigger {
        Trigger::Provider { id, .. } => {
            catalog.trigger(id).map_or(Form::Anything, |source| Form::Like((source.example)()))
        }
        Trigger::AppEvent { .. } => Form::Anything,
        Trigger::Request { wanted } => {
            let part = |name: &str| {
                let keys = wanted.iter().filter(|one| one.part == name);
                Form::Fields(keys.map(|one| (one.key.clone(), Form::Anything)).collect(), true)
            };
            let open = |name| if part_is_empty(wanted, name) { Form::Anything } else { part(name) };
            Form::fields(["headers", "body", "params"].map(|name| (name, open(name))))
        }
        Trigger::Enabled => Form::fields([]),
        Trigger::Schedule { .. } => Form::Like(json!({"scheduled_at": "2026-11-22T08:00:00.000Z"})),
    }
}

fn part_is_empty(wanted: &[super::Wanted], name: &str) -> bool {
    wanted.iter().all(|one| one.part != name)
}

fn user() -> Form {
    let account =
        json!({"id": "KDcuGIm1QgePTO8WbOqwIQ", "email": "ada@acme.example", "display_name": "Ada"});
    Form::fields([
        ("id", Form::Like("ada".into())),
        ("meta", Form::Anything),
        ("account", Form::Like(account)),
    ])
}

/// What a setting may be.
fn example(setting: &Setting) -> Form {
    let example = match &setting.kind {
        SettingKind::Text => json!("text"),
        SettingKind::Number => json!(5),
        SettingKind::Boolean => json!(true),
        SettingKind::Email => json!("ada@acme.example"),
        SettingKind::Url => json!("https://acme.example"),
        SettingKind::Choice(choices) => {
            choices.first().map(|(value, _)| value.clone()).unwrap_or_default()
        }
    };
    Form::Like(setting.default.clone().unwrap_or(example))
}

/// What is known of a step's output; where the run goes on when it fails, it may be the error.
fn output(step: &Step) -> Form {
    let like = |value: Value| Form::Like(value);
    let form = match &step.does {
        Does::Action { action, .. } => {
            // What answers nothing gives an empty object.
            match serde_json::from_str(action.example).unwrap_or_default() {
                Value::Null => Form::fields([]),
                example => Form::Like(example),
            }
        }
        Does::ProviderRequest { .. } | Does::Request { .. } => Form::fields([
            ("status_code", like(json!(200))),
            ("headers", Form::Anything),
            ("body", Form::Anything),
        ]),
        Does::Condition { .. } => Form::fields([("choice", like(json!("yes")))]),
        Does::FanOut { .. } => {
            Form::fields([("items", like(json!(3))), ("failed", like(json!(0)))])
        }
        Does::Delay { .. } => Form::fields([]),
        Does::Response { .. } => {
            Form::fields([("status_code", like(json!(200))), ("body", Form::Anything)])
        }
    };
    if !step.continues {
        return form;
    }
    let error = json!({"code": "zoom_refused", "message": "Meeting not found."});
    match form {
        Form::Fields(mut fields, open) => {
            fields.push(("error".to_owned(), like(error)));
            Form::Fields(fields, open)
        }
        Form::Like(Value::Object(mut fields)) => {
            fields.insert("error".to_owned(), error);
            Form::Like(Value::Object(fields))
        }
        form => form,
    }
}
