//! What an action is: one call of a provider's API, declared as data: what people fill in, what is called, what comes
//! back. The provider's own list of them is beside its other facts (`zoom::action`).

/// One call of a provider's API that a step can make.
#[derive(Debug)]
pub struct Action {
    /// The step's type: `zoom.create_meeting`.
    pub id: &'static str,
    /// The name that people see.
    pub label: &'static str,
    /// What it does, in a sentence.
    pub description: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The path below the provider's API; `{name}` is the input of that name: `meetings/{meeting_id}`.
    pub path: &'static str,
    /// What people fill in.
    pub inputs: &'static [Input],
    /// The scopes that allow it, one of them is enough: the classic one, then the granular one.
    pub scopes: &'static [&'static str],
    /// What comes back, as an example: JSON text; `null` where nothing does.
    pub example: &'static str,
    /// Where the answer comes in pages: the name of the list in it. All pages are read.
    pub pages: Option<&'static str>,
    /// How much it counts against the provider's limits.
    pub weight: Weight,
    /// What doing it twice would do.
    pub repeat: Repeat,
}

/// One input of an action.
#[derive(Debug)]
pub struct Input {
    /// Its name in a definition.
    pub name: &'static str,
    /// The name that people see.
    pub label: &'static str,
    /// What to fill in, in a sentence.
    pub help: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Where it goes.
    pub place: Place,
    /// Whether it has to be there.
    pub required: bool,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A whole number.
    Number,
    /// True or false.
    Boolean,
    /// An address of somebody.
    Email,
    /// A point in time: RFC 3339, or local with a time zone beside it.
    DateTime,
    /// One of some texts or numbers, with what people see.
    Choice(&'static [(&'static str, &'static str)]),
    /// A JSON object.
    Object,
    /// A JSON list.
    List,
}

/// Where an input goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Into the path, where `{name}` stands; percent-encoded.
    Path,
    /// Into the query, under its name.
    Query,
    /// Into the JSON body, at this way through objects: `settings.approval_type`.
    Body(&'static str),
}

/// How much a call counts against the provider's limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Little.
    Light,
    /// Some.
    Medium,
    /// Much.
    Heavy,
}

/// What doing it twice would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Nothing more than doing it once.
    Harmless,
    /// It would be there twice: look whether it is there before it is done again.
    Twice,
}

impl Kind {
    /// Its name in our API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Email => "email",
            Self::DateTime => "datetime",
            Self::Choice(_) => "choice",
            Self::Object => "object",
            Self::List => "list",
        }
    }
}

/// What a provider brings to workflows.
#[derive(Debug, Clone, Copy)]
pub struct Catalog {
    /// The provider: what the types of its steps and triggers begin with.
    pub provider: &'static str,
    /// The type of a step that calls any address of the provider's API: `zoom.request`.
    pub request: &'static str,
    /// What a step can do.
    pub actions: &'static [Action],
    /// What may start a run.
    pub triggers: &'static [Source],
}

/// A trigger of a provider, as a workflow sees it.
#[derive(Debug)]
pub struct Source {
    /// The trigger's id: `new_meeting`.
    pub id: &'static str,
    /// The name that people see.
    pub label: &'static str,
    /// What it brings, as an example: the value of `{{trigger}}`.
    pub example: fn() -> serde_json::Value,
}

impl Catalog {
    /// The action that is the type of a step.
    pub fn action(&self, id: &str) -> Option<&'static Action> {
        self.actions.iter().find(|action| action.id == id)
    }

    /// The trigger of this id.
    pub fn trigger(&self, id: &str) -> Option<&'static Source> {
        self.triggers.iter().find(|trigger| trigger.id == id)
    }
}
