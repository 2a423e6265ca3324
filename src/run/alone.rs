//! Runs whose input is a text of their own and no event of the provider's: what the product says, a request, the clock, a
//! workflow that was enabled. The text is stored with the row; whoever does it again changes nothing.

use super::begin::{Cause, ids_in, new_run, start, statements};
use crate::{
    host::{Host, HostError},
    record::{grant::Grant, rows, run::Run, run_text, start as starts, workflow::Candidate},
};

/// So many rows are stored in one transaction, each with its text.
const AT_ONCE: usize = 20;
/// What starts runs where a workflow was enabled.
const ENABLED: &str = "integration_enabled";

/// Stores runs with their inputs, JSON texts; the ids of those that the engine is to be told of. A run whose grant has
/// left is not stored.
pub async fn store_with(
    host: &impl Host,
    runs: &[(Run, String)],
) -> Result<Vec<String>, HostError> {
    let mut queued = Vec::new();
    for some in runs.chunks(AT_ONCE) {
        let rows: Vec<Run> = some.iter().map(|(run, _)| run.clone()).collect();
        let mut texts = Vec::new();
        for (run, input) in some {
            texts.extend(run_text::put_trigger(host, &run.id, input)?);
        }
        let answers = host.tables(statements(&rows, texts)).await?;
        queued.extend(ids_in(answers.into_iter().next_back().unwrap_or_default()));
    }
    Ok(queued)
}

/// The same, and tells the engine of them. When it fails, all of it may be done again.
pub async fn begin_with(host: &impl Host, runs: &[(Run, String)]) -> Result<(), HostError> {
    let queued = store_with(host, runs).await?;
    start(host, &queued).await
}

/// Starts what is to run once a user has connected, or has enabled it and filled in what is required. To be called
/// whenever one of these may just have happened: the same enabling is the same run.
pub async fn enabled(host: &impl Host, grant: &Grant) -> Result<(), HostError> {
    let now = host.now();
    if !grant.is_usable(now) {
        return Ok(());
    }
    let (keys, grants) = (vec![ENABLED.to_owned()], vec![grant.id.clone()]);
    let on = starts::switched_on(&grant.integration_id, &keys, &grants);
    let found: Vec<Candidate> = rows(host, on).await?;
    let run = |one: &Candidate| {
        // Connecting again changes the last consent, and is no second enabling.
        let since = one.enabled_at.unwrap_or(grant.created_at);
        let event = format!("enabled/{}", since.0);
        (new_run(grant, &Cause::of(&event, one), now), "{}".to_owned())
    };
    let runs: Vec<_> = found.iter().filter(|one| one.is_on()).map(run).collect();
    begin_with(host, &runs).await
}
