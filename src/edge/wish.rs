//! What is asked of the workflows of one account, and what they become by it: pure. Who asks, and what follows, is
//! `enablement`'s; which values fit a setting is the definition's.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::problem::{Code, Problem};
use crate::{
    record::{enablement::Offer, workflow::Candidate},
    shape::{Given, Misfit, shape},
    time::Timestamp,
    workflow::Setting,
};

/// What a user filled in for one workflow is at most this long, as JSON, in bytes.
const LONGEST_SETTINGS: usize = 16 * 1024;

shape! {
    /// What is different about a workflow for one account; what is absent stays.
    pub(super) struct EnablementPatch {
        /// Whether it is on; `null`: as the workflow itself says.
        pub enabled: Given<bool>,
        /// By setting; `null`: not filled in any more.
        pub settings: Option<Map<String, Value>>,
    }
}

shape! {
    /// What a workflow is to be for one account, whatever it was.
    pub(super) struct EnablementState {
        /// Whether it is on.
        pub enabled: Option<bool>,
        /// By setting.
        pub settings: Option<Map<String, Value>>,
    }
}

shape! {
    /// What is different about an account.
    pub(super) struct CredentialPatch {
        /// Instead of what was configured.
        pub config: Option<ConfigPatch>,
        /// By workflow id, what is different; of our own package.
        pub workflows: Option<BTreeMap<String, EnablementPatch>>,
    }
}

shape! {
    /// What is configured from now on; what is absent stays.
    pub(super) struct ConfigPatch {
        /// By workflow id; of those that are not in it, nothing is configured.
        pub workflow_settings: Option<BTreeMap<String, EnablementState>> as "workflowSettings",
        /// The same, as the REST API calls it.
        pub configured_workflows: Option<BTreeMap<String, EnablementState>> as "configuredWorkflows",
        /// What workflows share: nothing.
        pub shared_settings: Option<Map<String, Value>> as "sharedSettings",
    }
}

/// What is asked for.
pub(super) enum Wish {
    /// These are different.
    Some(BTreeMap<String, EnablementPatch>),
    /// They are as follows, and the others as if never touched.
    All(BTreeMap<String, EnablementState>),
}

impl Wish {
    /// One workflow is different.
    pub(super) fn one(workflow_id: &str, patch: EnablementPatch) -> Self {
        Self::Some(BTreeMap::from([(workflow_id.to_owned(), patch)]))
    }

    /// The workflows that it names.
    pub(super) fn ids(&self) -> Vec<String> {
        match self {
            Self::Some(patches) => patches.keys().cloned().collect(),
            Self::All(states) => states.keys().cloned().collect(),
        }
    }
}

impl CredentialPatch {
    /// What it asks for.
    pub(super) fn wish(self) -> Result<Wish, Problem> {
        let config = match (self.config, self.workflows) {
            (Some(config), None) => config,
            (None, Some(patches)) => return Ok(Wish::Some(patches)),
            _ => {
                let detail = "either config or workflows says what is different";
                return Err(Problem::detailed(Code::InvalidRequest, detail));
            }
        };
        if let Some(name) = config.shared_settings.unwrap_or_default().keys().next() {
            let at = format!("config.sharedSettings.{name:.64}");
            return Err(refused(&unknown(at, "workflows share none")));
        }
        let states = config.workflow_settings.or(config.configured_workflows);
        Ok(states.map_or_else(|| Wish::Some(BTreeMap::new()), Wish::All))
    }
}

/// What workflows are after a change, in the same order.
pub(super) fn changed(
    before: &[Candidate],
    offers: &[Offer],
    wish: &Wish,
    now: Timestamp,
) -> Result<Vec<Candidate>, Problem> {
    if let Wish::Some(patches) = wish {
        let known = |id: &String| before.iter().any(|workflow| workflow.workflow_id == *id);
        if let Some(id) = patches.keys().find(|id| !known(id)) {
            return Err(Problem::detailed(Code::WorkflowNotFound, format!("{id:.64}")));
        }
    }
    let mut after = Vec::new();
    for workflow in before {
        let id = &workflow.workflow_id;
        let offer = offers.iter().find(|offer| offer.id == *id);
        let settings = offer.map(Offer::settings).transpose()?.unwrap_or_default();
        let next = match wish {
            Wish::Some(patches) => match patches.get(id) {
                Some(patch) => patched(workflow, patch, &settings)?,
                None => workflow.clone(),
            },
            Wish::All(states) => replaced(workflow, states.get(id), &settings)?,
        };
        after.push(since(workflow, next, now));
    }
    Ok(after)
}

/// With the time since when it is on. That stays when it is switched off, and tells one time from another.
fn since(before: &Candidate, after: Candidate, now: Timestamp) -> Candidate {
    if before.is_on() || !after.is_on() {
        return after;
    }
    let later = before.enabled_at.map_or(now, |at| now.max(at.plus(1)));
    Candidate { enabled_at: Some(later), ..after }
}

fn patched(
    workflow: &Candidate,
    patch: &EnablementPatch,
    settings: &[Setting],
) -> Result<Candidate, Problem> {
    let enabled = match patch.enabled {
        Given::Nothing => workflow.enabled,
        Given::Null => None,
        Given::Value(on) => Some(i64::from(on)),
    };
    let mut filled_in = workflow.filled_in();
    for (name, value) in patch.settings.iter().flatten() {
        fill_in(&mut filled_in, name, value, settings)
            .map_err(|misfit| refused(&misfit.within("settings")))?;
    }
    with(workflow, enabled, &filled_in)
}

fn replaced(
    workflow: &Candidate,
    state: Option<&EnablementState>,
    settings: &[Setting],
) -> Result<Candidate, Problem> {
    let told = state.and_then(|state| state.enabled);
    // Who was shown what the workflow says by itself, and sends that back, has not said it.
    let enabled = match told {
        Some(on) if on == workflow.is_enabled() => workflow.enabled,
        told => told.map(i64::from),
    };
    let before = workflow.filled_in();
    let mut filled_in = Map::new();
    for (name, value) in state.into_iter().flat_map(|state| state.settings.iter().flatten()) {
        // What was right once may come back although the workflow has changed.
        if before.get(name) == Some(value) {
            filled_in.insert(name.clone(), value.clone());
        } else {
            fill_in(&mut filled_in, name, value, settings).map_err(|misfit| {
                refused(&misfit.within("settings").within(&workflow.workflow_id))
            })?;
        }
    }
    with(workflow, enabled, &filled_in)
}

fn with(
    workflow: &Candidate,
    enabled: Option<i64>,
    filled_in: &Map<String, Value>,
) -> Result<Candidate, Problem> {
    // Equal as values, not as texts: nothing is written that is there.
    if *filled_in == workflow.filled_in() {
        return Ok(Candidate { enabled, ..workflow.clone() });
    }
    let settings = json!(filled_in).to_string();
    if settings.len() > LONGEST_SETTINGS {
        let detail = "the settings of a workflow have at most 16 KiB";
        return Err(Problem::detailed(Code::PayloadTooLarge, detail));
    }
    Ok(Candidate { enabled, settings: Some(settings), ..workflow.clone() })
}

fn fill_in(
    filled_in: &mut Map<String, Value>,
    name: &str,
    value: &Value,
    settings: &[Setting],
) -> Result<(), Misfit> {
    let Some(setting) = settings.iter().find(|setting| setting.id == name) else {
        // One that the workflow has no more can still be cleared.
        if value.is_null() && filled_in.remove(name).is_some() {
            return Ok(());
        }
        return Err(unknown(format!("{name:.64}"), "the workflow has no such setting"));
    };
    // Forms send an empty text for what is not filled in.
    let fits = setting.kind.takes(value);
    if value.is_null() || (value == "" && fits.is_err()) {
        filled_in.remove(name);
    } else {
        fits.map_err(|wanted| Misfit::new(wanted, value).within(name))?;
        filled_in.insert(name.to_owned(), value.clone());
    }
    Ok(())
}

fn unknown(at: String, why: &str) -> Misfit {
    Misfit { at, wanted: "a known setting is wanted", found: format!("this one ({why})") }
}

fn refused(misfit: &Misfit) -> Problem {
    Problem::detailed(Code::InvalidRequest, misfit.to_string())
}
