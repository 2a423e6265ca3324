//! Answers that go wrong on purpose: which, how often, and what they look like.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::answer::{Answer, Problem, oauth_problem};
use crate::call::Call;
use crate::clock::{SECOND, iso};
use crate::kind::Kind;

/// What happens to a call instead of its ordinary answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Fault {
    /// Answers this status. Without a body it is Zoom's own for that status.
    Answer {
        /// HTTP status.
        status: u16,
        /// The body, sent as JSON unless `headers` say otherwise.
        #[serde(default)]
        body: Option<String>,
        /// Headers by lower-case name.
        #[serde(default)]
        headers: BTreeMap<String, String>,
        /// Whether Zoom did what it was asked all the same.
        #[serde(default)]
        after_effect: bool,
    },
    /// Answers 200 with a body that is cut off in the middle.
    Garbage {
        /// Whether Zoom did what it was asked all the same.
        #[serde(default)]
        after_effect: bool,
    },
    /// Holds the call for `ms` milliseconds, then answers 504.
    Hold {
        /// Milliseconds.
        ms: u64,
        /// Whether Zoom did what it was asked all the same, at once.
        #[serde(default)]
        after_effect: bool,
    },
    /// Does what was asked, then drops the connection: the answer is lost.
    Lost,
    /// Drops the connection; nothing was done.
    Refused,
    /// Does what was asked, waits `ms` milliseconds, then answers as usual.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
}

impl Fault {
    /// An answer with this status and Zoom's own body; nothing was done.
    pub fn status(status: u16) -> Self {
        Self::Answer { status, body: None, headers: BTreeMap::new(), after_effect: false }
    }

    /// An answer with this status and body; nothing was done.
    pub fn body(status: u16, body: impl Into<String>) -> Self {
        let body = Some(body.into());
        Self::Answer { status, body, headers: BTreeMap::new(), after_effect: false }
    }

    /// 200 with half a JSON object; nothing was done.
    pub fn garbage() -> Self {
        Self::Garbage { after_effect: false }
    }

    /// No answer for so long, then 504; nothing was done.
    pub fn hold(time: Duration) -> Self {
        Self::Hold { ms: millis(time), after_effect: false }
    }

    /// The ordinary answer, so much later.
    pub fn delay(time: Duration) -> Self {
        Self::Delay { ms: millis(time) }
    }

    /// The same, after Zoom did what it was asked.
    #[must_use]
    pub fn after_effect(mut self) -> Self {
        match &mut self {
            Self::Answer { after_effect, .. }
            | Self::Garbage { after_effect }
            | Self::Hold { after_effect, .. } => *after_effect = true,
            Self::Refused => self = Self::Lost,
            Self::Lost | Self::Delay { .. } => {}
        }
        self
    }

    /// Whether Zoom does what it is asked.
    pub(crate) fn has_effect(&self) -> bool {
        match self {
            Self::Answer { after_effect, .. }
            | Self::Garbage { after_effect }
            | Self::Hold { after_effect, .. } => *after_effect,
            Self::Lost | Self::Delay { .. } => true,
            Self::Refused => false,
        }
    }

    /// How long the caller waits.
    pub(crate) fn wait(&self) -> Option<Duration> {
        match self {
            Self::Hold { ms, .. } | Self::Delay { ms } => Some(Duration::from_millis(*ms)),
            _ => None,
        }
    }

    /// What the log calls it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Answer { status, .. } => format!("answer {status}"),
            Self::Garbage { .. } => "garbage".to_owned(),
            Self::Hold { .. } => "hold".to_owned(),
            Self::Lost => "lost".to_owned(),
            Self::Refused => "refused".to_owned(),
            Self::Delay { .. } => "delay".to_owned(),
        }
    }

    /// What is answered in place of `ordinary`; `None` when the connection is dropped.
    pub(crate) fn answer(&self, call: &Call, ordinary: Option<Answer>) -> Option<Answer> {
        match self {
            Self::Answer { status, body, headers, .. } => {
                Some(told(call, *status, body.as_deref(), headers))
            }
            Self::Garbage { .. } => Some(garbage()),
            Self::Hold { .. } => Some(Answer::html(504, "<h1>504 Gateway Time-out</h1>".into())),
            Self::Lost | Self::Refused => None,
            Self::Delay { .. } => ordinary,
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn garbage() -> Answer {
    Answer::text(200, "application/json", "{\"access_token\":\"ey".to_owned())
}

fn told(
    call: &Call,
    status: u16,
    body: Option<&str>,
    headers: &BTreeMap<String, String>,
) -> Answer {
    let mut answer = match body {
        Some(body) => Answer::text(status, "application/json", body.to_owned()),
        None => usual(call, status),
    };
    for (name, value) in headers {
        let name = name.to_ascii_lowercase();
        answer.headers.retain(|(kept, _)| *kept != name);
        answer = answer.with(name, value);
    }
    answer
}

/// What Zoom itself would say with this status.
fn usual(call: &Call, status: u16) -> Answer {
    let is_api = call.kind.is_api();
    match status {
        204 => Answer::empty(),
        300..=399 => {
            let mut answer = Answer::redirect(&format!("{}/_sandbox/elsewhere", call.base_url));
            answer.status = status;
            answer
        }
        401 if is_api => Problem::new(401, 124, "Invalid access token.").answer(),
        401 => oauth_problem(401, "invalid_client", "Invalid client_id or client_secret"),
        400 if !is_api => oauth_problem(400, "invalid_grant", "Invalid Token!"),
        429 => {
            let text = "You have reached the maximum per-second rate limit for this API. \
                        Try again later.";
            let reset = (call.now.div_euclid(SECOND) + 1).to_string();
            Problem::new(429, 429, text)
                .answer()
                .with("x-ratelimit-type", "QPS")
                .with("x-ratelimit-remaining", "0")
                .with("x-ratelimit-reset", &reset)
                .with("retry-after", &iso(call.now + SECOND))
        }
        _ if is_api => Problem::new(status, u32::from(status), "Internal error.").answer(),
        _ => Answer::json(status, &json!({"reason": "Internal error.", "error": "server_error"})),
    }
}

/// The faults asked for and not yet used up, in the order they were asked for.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Planned>);

/// A fault for the next `times` calls of a kind; `None` is for ever.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Planned {
    pub(crate) kind: Kind,
    pub(crate) fault: Fault,
    pub(crate) times: Option<u32>,
}

impl Faults {
    /// Asks for one.
    pub(crate) fn plan(&mut self, planned: Planned) {
        self.0.push(planned);
    }

    /// The fault for a call of this kind, which uses it up.
    pub(crate) fn take(&mut self, kind: Kind) -> Option<Fault> {
        let planned = self.0.iter_mut().find(|p| p.kind.covers(kind) && p.times != Some(0))?;
        planned.times = planned.times.map(|times| times.saturating_sub(1));
        let fault = planned.fault.clone();
        self.0.retain(|planned| planned.times != Some(0));
        Some(fault)
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn waiting(&self) -> &[Planned] {
        &self.0
    }
}
