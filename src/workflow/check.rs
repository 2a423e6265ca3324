//! Everything that is wrong in a definition, each with its place and with what to write instead. How single inputs are to
//! look is `inputs`'; what a step can name is `scope`'s.

use serde_json::Value;

use super::{
    action::Catalog,
    definition::{Definition, Does, Setting, SettingKind, Trigger},
    inputs,
    known::{Form, Missing},
    nearest::did_you_mean,
    placeholder::Placeholder,
    scope::{Hidden, Scope},
    template::{FillError, Template},
};
use crate::shape::{Misfit, shape};

/// So many names are listed where none is near.
const LISTED: usize = 12;
/// After so many complaints the rest is not looked at.
const MOST: usize = 100;

shape! {
    /// Something that is wrong in a definition.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Complaint {
        /// The place: `steps[2].inputs.topic`; empty for the whole.
        pub at: String,
        /// What is wrong, and what to write instead.
        pub message: String,
    }
}

impl From<Misfit> for Complaint {
    fn from(misfit: Misfit) -> Self {
        let at = misfit.at.clone();
        Self { at, message: Misfit { at: String::new(), ..misfit }.to_string() }
    }
}

impl From<FillError> for Complaint {
    fn from(error: FillError) -> Self {
        let (at, error) = error.apart();
        Self { at, message: error.to_string() }
    }
}

/// What is wrong in a definition. `secrets`: the names that there are; nothing when they are not known.
pub fn check(
    definition: &Definition,
    catalog: &Catalog,
    secrets: Option<&[String]>,
) -> Vec<Complaint> {
    let scope = Scope::of(definition, catalog);
    let mut checked = Checked { scope: &scope, secrets, complaints: Vec::new() };
    if let Trigger::Schedule { zone, .. } = &definition.trigger
        && !is_zone(zone)
    {
        checked.say("trigger.timezone", "a time zone such as Europe/Berlin is wanted".to_owned());
    }
    for (index, setting) in definition.settings.iter().enumerate() {
        for (field, message) in setting_complaints(setting) {
            checked.say(&format!("settings[{index}].{field}"), message);
        }
    }
    for number in 0..scope.steps.len() {
        checked.step(number);
    }
    checked.complaints
}

/// Whether it looks like a name of the IANA's; whether it is one, the host knows.
fn is_zone(zone: &str) -> bool {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || b"_+-/".contains(&byte);
    !zone.is_empty() && zone.len() <= 64 && zone.bytes().all(sound)
}

fn setting_complaints(setting: &Setting) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    if let SettingKind::Choice(choices) = &setting.kind
        && choices.is_empty()
    {
        all.push(("choices", "a list with a value and a label in it is wanted".to_owned()));
    }
    if let Some(default) = &setting.default
        && let Err(wanted) = setting.kind.takes(default)
    {
        all.push(("default", wanted.to_owned()));
    }
    all
}

impl SettingKind {
    /// Whether it takes this value; what is wanted where it does not.
    pub fn takes(&self, value: &Value) -> Result<(), &'static str> {
        let text = value.as_str();
        let (fits, wanted) = match self {
            Self::Text => (text.is_some(), "a text is wanted"),
            Self::Number => (value.is_number(), "a number is wanted"),
            Self::Boolean => (value.is_boolean(), "true or false is wanted"),
            Self::Email => (text.is_some_and(inputs::is_email), "an e-mail address is wanted"),
            Self::Url => (
                text.is_some_and(|text| text.starts_with("https://")),
                "an address that begins with https:// is wanted",
            ),
            Self::Choice(choices) => {
                (choices.iter().any(|(one, _)| one == value), "one of its choices is wanted")
            }
        };
        if fits { Ok(()) } else { Err(wanted) }
    }
}

struct Checked<'a> {
    scope: &'a Scope<'a>,
    secrets: Option<&'a [String]>,
    complaints: Vec<Complaint>,
}

impl Checked<'_> {
    fn say(&mut self, at: &str, message: String) {
        self.complaints.push(Complaint { at: at.to_owned(), message });
    }

    fn is_full(&self) -> bool {
        self.complaints.len() >= MOST
    }

    fn step(&mut self, number: usize) {
        let Some(placed) = self.scope.steps.get(number).filter(|_| !self.is_full()) else { return };
        let at = &placed.at;
        match &placed.step.does {
            Does::Condition { test, .. } => {
                for (place, template) in test.templates() {
                    self.template(number, &joined(&format!("{at}.if"), &place), template);
                }
            }
            Does::FanOut { over, .. } => {
                self.template(number, &format!("{at}.over"), over);
                if self.scope.item(number).is_none() {
                    let message = "a list is wanted, such as {{list.output.meetings}}";
                    self.say(&format!("{at}.over"), message.to_owned());
                }
            }
            does => {
                let Some((name, template)) = does.template() else { return };
                let at = format!("{at}.{name}");
                self.template(number, &at, template);
                for (place, message) in inputs::complaints(does, template) {
                    self.say(&joined(&at, &place), message);
                }
            }
        }
    }

    /// What placeholders name has to be there.
    fn template(&mut self, number: usize, at: &str, template: &Template) {
        for (place, one) in template.placeholders() {
            if self.is_full() {
                return;
            }
            if let Some(message) = self.placeholder(number, one) {
                self.say(&joined(at, &place), message);
            }
        }
    }

    fn placeholder(&self, number: usize, one: &Placeholder) -> Option<String> {
        let root = one.path.name(0)?;
        if root == "secrets" {
            return self.secret(one);
        }
        let form = match self.scope.root(number, root) {
            None => return Some(self.no_such_root(number, one, root)),
            Some(Err((Hidden::Perhaps, form))) if one.default.is_some() => form,
            Some(Err((why, _))) => return Some(why_hidden(why, one, root)),
            Some(Ok(form)) => form,
        };
        match form.look(&one.path, 1) {
            // Only an example says that it is not there, and something stands for it then.
            Err(Missing { perhaps: true, .. }) if one.default.is_some() => None,
            Err(missing) => Some(not_there(one, &missing)),
            Ok(_) => None,
        }
    }

    fn secret(&self, one: &Placeholder) -> Option<String> {
        let name = one.path.name(1)?;
        let names = self.secrets?;
        if !names.iter().any(|known| known == name) {
            let known = names.iter().map(|name| (name.clone(), Form::Like("…".into())));
            let secrets = Form::Fields(known.collect(), false);
            let mut missing = secrets.look(&one.path, 1).err()?;
            if missing.names.is_empty() {
                missing.names.push("no secrets yet: store it first".to_owned());
            }
            return Some(not_there(one, &missing));
        }
        (one.path.0.len() > 2).then(|| format!("a secret is a text: write {{{{secrets.{name}}}}}"))
    }

    fn no_such_root(&self, number: usize, one: &Placeholder, root: &str) -> String {
        let given = self.scope.given.iter().map(|(name, _)| (*name).to_owned());
        let steps = self.scope.steps.iter().map(|placed| placed.step.id.clone());
        let seen = steps.filter(|id| matches!(self.scope.root(number, id), Some(Ok(_))));
        let names = given.chain(["secrets".to_owned()]).chain(seen);
        let names: Vec<(String, Form)> = names.map(|name| (name, Form::Anything)).collect();
        match Form::Fields(names, false).look(&one.path, 0) {
            Err(missing) => not_there(one, &missing),
            Ok(_) => format!("{{{{{root}}}}} does not exist"),
        }
    }
}

fn joined(at: &str, place: &str) -> String {
    let joint = if place.is_empty() || place.starts_with('[') { "" } else { "." };
    format!("{at}{joint}{place}")
}

fn not_there(one: &Placeholder, missing: &Missing) -> String {
    let path = &one.path;
    let instead = match &missing.meant {
        Some(meant) => format!("; did you mean {{{{{meant}}}}}?"),
        None if missing.names.is_empty() => String::new(),
        None => {
            let some: Vec<&str> = missing.names.iter().map(String::as_str).take(LISTED).collect();
            let more = if missing.names.len() > LISTED { ", …" } else { "" };
            format!("; there are {}{more}", some.join(", "))
        }
    };
    format!("{{{{{path}}}}} does not exist{instead}")
}

fn why_hidden(why: Hidden, one: &Placeholder, step: &str) -> String {
    let path = &one.path;
    let reason = match why {
        Hidden::Later => format!("{step} is done later: move it before this step"),
        Hidden::Elsewhere => format!("{step} is in the other branch, which is not taken then"),
        Hidden::Items => {
            format!("{step} is done for each item of a fan out; use it inside of that")
        }
        Hidden::Perhaps => {
            format!("{step} may not be done: write {{{{{path} ?? null}}}}, or what stands for it")
        }
    };
    format!("{{{{{path}}}}} is not known here: {reason}")
}

/// The fields that are none of these, each with what was probably meant.
pub(super) fn unknown_fields<'a>(
    found: impl Iterator<Item = &'a str>,
    names: &[&str],
    whose: &str,
) -> Vec<(String, String)> {
    let unknown = found.filter(|name| !names.contains(name)).take(MOST);
    let message = |name: &str| match did_you_mean(name, names) {
        near if near.is_empty() => format!("{whose} takes {} only", names.join(", ")),
        near => format!("{whose} does not take this{near}"),
    };
    unknown.map(|name| (format!("{name:.64}"), message(name))).collect()
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
