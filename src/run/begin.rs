//! How a run begins: its row is written together with its cause, under an id derived from that, then the engine is told.
//! Whoever does it again changes nothing. A row that the engine was never told of is found by the sweep.

use sha2::{Digest, Sha256};

use crate::{
    host::{Host, HostError, Row, Statement},
    record::{
        grant::Grant, run, run::Run, run::RunStatus, start as starts, usage, workflow::Candidate,
    },
    secret::hex,
    time::{MINUTE, Timestamp},
};

/// The engine takes so many at once.
const AT_ONCE: usize = 100;
/// A run that is called for is at work after so long, in milliseconds, or the sweep looks after it.
pub(super) const SOON: i64 = MINUTE;

/// What makes a run this run and no other.
#[derive(Debug, Clone, Copy)]
pub struct Cause<'a> {
    /// What happened: the event's id, or what is its like.
    pub event: &'a str,
    /// The workflow.
    pub workflow_id: &'a str,
    /// Its version.
    pub version: i64,
    /// What started it.
    pub trigger_key: &'a str,
    /// How often it had been replayed before.
    pub replay: i64,
}

impl<'a> Cause<'a> {
    /// Something that happened, for a workflow that waits for it.
    pub fn of(event: &'a str, candidate: &'a Candidate) -> Self {
        Self {
            event,
            workflow_id: &candidate.workflow_id,
            version: candidate.version,
            trigger_key: &candidate.trigger_key,
            replay: 0,
        }
    }
}

/// `r_` and the SHA-256 of (integration, event, workflow, user's grant, replay), as hex: the same cause is the same run,
/// also longer than the engine remembers. It fits the engine's rules for names.
fn run_id(grant: &Grant, cause: &Cause) -> String {
    let (event, workflow_id, replay) = (cause.event, cause.workflow_id, cause.replay.to_string());
    id_of(&[&grant.integration_id, event, workflow_id, &grant.id, &replay])
}

/// `r_` and the SHA-256 of these parts, as hex.
pub(super) fn id_of(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // The length in front keeps `ab`,`c` apart from `a`,`bc`.
        hash.update(part.len().to_be_bytes());
        hash.update(part.as_bytes());
    }
    format!("r_{}", hex(&hash.finalize()))
}

/// A run for one grant; nothing is stored yet.
pub fn new_run(grant: &Grant, cause: &Cause, now: Timestamp) -> Run {
    Run {
        id: run_id(grant, cause),
        project_id: grant.project_id.clone(),
        integration_id: grant.integration_id.clone(),
        provider_user_id: grant.provider_user_id.clone(),
        grant_id: grant.id.clone(),
        user_id: grant.user_id.clone(),
        workflow_id: cause.workflow_id.to_owned(),
        version: cause.version,
        trigger_key: cause.trigger_key.to_owned(),
        event_id: None,
        replay: cause.replay,
        replay_of: None,
        depth: 0,
        parent_id: None,
        parent_step: None,
        first_item: None,
        last_item: None,
        status: RunStatus::Queued,
        problem: None,
        due_at: Some(now.plus(SOON)),
        revivals: 0,
        created_at: now,
        started_at: None,
        ended_at: None,
    }
}

/// What stores runs that begin, and what belongs to them, unless their grant has left; the last statement answers the ids
/// of those that [`start`] is to be told of.
pub(super) fn statements(runs: &Vec<Run>, beside: Vec<Statement>) -> Vec<Statement> {
    let ids = runs.iter().map(|run| run.id.clone()).collect();
    let called_at = runs.first().map_or(Timestamp(0), |run| run.created_at);
    let mut all: Vec<_> = usage::connected_runs(runs, called_at).into_iter().collect();
    all.push(run::put(runs));
    all.extend(beside);
    all.extend(starts::only_connected(&ids));
    all.push(run::queued(&ids));
    all
}

/// Tells the engine of runs that are stored. When it fails, all of it may be done again.
pub async fn start(host: &impl Host, ids: &[String]) -> Result<(), HostError> {
    for some in ids.chunks(AT_ONCE) {
        host.start_runs(some).await?;
    }
    Ok(())
}

/// Stores runs and tells the engine of them.
pub async fn begin(
    host: &impl Host,
    runs: &Vec<Run>,
    beside: Vec<Statement>,
) -> Result<(), HostError> {
    let mut all = beside;
    all.extend(statements(runs, Vec::new()));
    let queued = host.tables(all).await?.pop().unwrap_or_default();
    start(host, &ids_in(queued)).await
}

/// The ids in rows of runs.
pub fn ids_in(rows: Vec<Row>) -> Vec<String> {
    let id = |mut row: Row| row.remove("id")?.as_str().map(str::to_owned);
    rows.into_iter().filter_map(id).collect()
}
