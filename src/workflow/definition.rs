//! What a workflow is made of, read from its JSON: one trigger, the settings that its users fill in, the steps. Whether it
//! holds together is `check`'s, how it is read `read`'s; what a step does is `run`'s.

use serde_json::Value;

use super::{action::Action, branch::Branch, condition::Filter, cron::Cron, template::Template};

/// A workflow as its project defined it.
#[derive(Debug)]
pub struct Definition {
    /// The name that people see.
    pub name: String,
    /// What it is for, for those who enable it.
    pub description: String,
    /// What starts a run.
    pub trigger: Trigger,
    /// What users fill in.
    pub settings: Vec<Setting>,
    /// Whether it is on for those who never said.
    pub default_enabled: bool,
    /// What is done, one after the other.
    pub steps: Vec<Step>,
}

/// What starts a run.
#[derive(Debug)]
pub enum Trigger {
    /// Something happened at the provider.
    Provider {
        /// The provider.
        provider: &'static str,
        /// The id of its trigger: `new_meeting`.
        id: &'static str,
        /// Which of the events: JSON.
        filter: Option<Filter>,
    },
    /// The product says so, by `event(name, payload)`.
    AppEvent {
        /// The event's name.
        name: String,
    },
    /// A request, by `workflow(id, …)`; a Response step answers it.
    Request {
        /// What has to come with it.
        wanted: Vec<Wanted>,
    },
    /// The user connected, or enabled the workflow, and filled in what is required.
    Enabled,
    /// The clock.
    Schedule {
        /// When.
        cron: Cron,
        /// In which time zone (IANA).
        zone: String,
    },
}

/// Something that has to come with a request.
#[derive(Debug)]
pub struct Wanted {
    /// `headers`, `body` or `params`.
    pub part: &'static str,
    /// The name in it.
    pub key: String,
}

/// Something that users fill in.
#[derive(Debug)]
pub struct Setting {
    /// Its name in `{{settings.…}}`.
    pub id: String,
    /// What people see.
    pub label: String,
    /// What it takes.
    pub kind: SettingKind,
    /// Whether a run needs it.
    pub required: bool,
    /// What it is for those who say nothing.
    pub default: Option<Value>,
    /// What to fill in.
    pub help: String,
}

/// What a setting takes.
#[derive(Debug, Clone, PartialEq)]
pub enum SettingKind {
    /// A text.
    Text,
    /// A number.
    Number,
    /// On or off.
    Boolean,
    /// An address of somebody.
    Email,
    /// A web address.
    Url,
    /// One of these: what is stored, and what people see.
    Choice(Vec<(Value, String)>),
}

/// One step.
#[derive(Debug)]
pub struct Step {
    /// Its id, unique in the workflow.
    pub id: String,
    /// What it does.
    pub does: Does,
    /// Whether it is tried again when it fails.
    pub retries: bool,
    /// Whether the run goes on when it fails for good; its output is the error then.
    pub continues: bool,
    /// What it is for.
    pub description: String,
}

/// What a step does.
#[derive(Debug)]
pub enum Does {
    /// Calls the provider.
    Action {
        /// Which call.
        action: &'static Action,
        /// What is filled in, by the input's name: an object.
        inputs: Template,
    },
    /// Calls the provider at any address of its API: `method`, `path`, `params`, `headers`, `body`.
    ProviderRequest {
        /// The step's type: `zoom.request`.
        kind: &'static str,
        /// What is sent.
        inputs: Template,
    },
    /// Calls any address: `method`, `url`, `params`, `headers`, `body_type`, `body`, `authorization`.
    Request {
        /// What is sent.
        inputs: Template,
    },
    /// Goes one way or the other.
    Condition {
        /// Which.
        test: Branch,
        /// The steps when it holds,
        then: Vec<Step>,
        /// and when it does not.
        otherwise: Vec<Step>,
    },
    /// Does some steps for each of some items, side by side, and waits for all of them.
    FanOut {
        /// The items: a list.
        over: Template,
        /// The steps; the item is `{{<step>.instance}}`.
        steps: Vec<Step>,
    },
    /// Waits: `value`, `unit`.
    Delay {
        /// How long.
        inputs: Template,
    },
    /// Answers the request that started the run: `status_code`, `body`.
    Response {
        /// With what.
        inputs: Template,
    },
}

impl Trigger {
    /// What the tables find it by: `zoom.new_meeting`, `event/<name>`, `request`, `integration_enabled`, `schedule`.
    pub fn key(&self) -> String {
        match self {
            Self::Provider { provider, id, .. } => format!("{provider}.{id}"),
            Self::AppEvent { name } => format!("event/{name}"),
            Self::Request { .. } => "request".to_owned(),
            Self::Enabled => "integration_enabled".to_owned(),
            Self::Schedule { .. } => "schedule".to_owned(),
        }
    }
}

impl Does {
    /// The step's type in a definition.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Action { action, .. } => action.id,
            Self::ProviderRequest { kind, .. } => kind,
            Self::Request { .. } => "request",
            Self::Condition { .. } => "condition",
            Self::FanOut { .. } => "fan_out",
            Self::Delay { .. } => "delay",
            Self::Response { .. } => "response",
        }
    }
}

impl Definition {
    /// Every step in the order of the document, with its place: `steps[2].then[0]`.
    pub fn all_steps(&self) -> Vec<(String, &Step)> {
        let mut all = Vec::new();
        collect(&self.steps, "steps", &mut all);
        all
    }
}

fn collect<'a>(steps: &'a [Step], list: &str, all: &mut Vec<(String, &'a Step)>) {
    for (index, step) in steps.iter().enumerate() {
        let at = format!("{list}[{index}]");
        all.push((at.clone(), step));
        for (name, inner) in step.does.inside() {
            collect(inner, &format!("{at}.{name}"), all);
        }
    }
}

impl Does {
    /// The steps inside of it, by the names of their lists.
    pub fn inside(&self) -> Vec<(&'static str, &[Step])> {
        match self {
            Self::Condition { then, otherwise, .. } => vec![("then", then), ("else", otherwise)],
            Self::FanOut { steps, .. } => vec![("steps", steps)],
            _ => Vec::new(),
        }
    }

    /// What is filled in before it is done, by its name in the definition.
    pub(super) fn template(&self) -> Option<(&'static str, &Template)> {
        match self {
            Self::Action { inputs, .. }
            | Self::ProviderRequest { inputs, .. }
            | Self::Request { inputs }
            | Self::Delay { inputs }
            | Self::Response { inputs } => Some(("inputs", inputs)),
            Self::FanOut { over, .. } => Some(("over", over)),
            Self::Condition { .. } => None,
        }
    }
}
