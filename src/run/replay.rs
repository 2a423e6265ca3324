//! A run once more: the same version with the same input, as a run of its own. What the user set and the secrets are those
//! of now.

use super::{begin, begin::Cause};
use crate::{
    edge::{Code, Problem},
    host::Host,
    record::{event, first_row, grant, grant::Grant, read_row, run, run::Run, run_text, workflow},
};

/// A run is replayed so often.
const MOST: i64 = 1000;

/// Begins with a run once more; while that lives, asking again is asking once.
pub async fn replay(host: &impl Host, run: &Run) -> Result<Run, Problem> {
    let refused = |why: &str| Err(Problem::detailed(Code::RunNotReplayable, why));
    if run.status.is_live() {
        return refused("it has not come to its end");
    }
    if run.parent_id.is_some() {
        return refused("it is a part of another run: replay that");
    }
    let found: Option<Grant> =
        first_row(host, grant::of_user_by_id(&run.project_id, &run.user_id, &run.grant_id)).await?;
    let Some(grant) = found else {
        return refused("the user is not connected any more");
    };
    let input = match &run.event_id {
        Some(event) => event::one(&run.project_id, event),
        None => run_text::trigger_of(&run.id),
    };
    let wanted = vec![workflow::version(&run.workflow_id, run.version), input];
    let there: Vec<bool> = host.tables(wanted).await?.iter().map(|rows| !rows.is_empty()).collect();
    match there.as_slice() {
        [true, true] => {}
        [true, _] => return refused("what it was started with is not kept any more"),
        _ => return refused("its workflow was deleted"),
    }
    let again = next(host, run, &grant).await?;
    begin(host, &vec![again.clone()], Vec::new()).await?;
    Ok(again)
}

/// The replay that lives, or else the first one that there has not been.
async fn next(host: &impl Host, run: &Run, grant: &Grant) -> Result<Run, Problem> {
    let event = run.event_id.as_deref().unwrap_or(&run.id);
    let last: Option<Run> = first_row(host, run::last_replay(&run.id)).await?;
    let last = last.map_or(run.replay, |last| last.replay - i64::from(last.status.is_live()));
    for replay in last.saturating_add(1)..=MOST {
        let cause = Cause {
            event,
            workflow_id: &run.workflow_id,
            version: run.version,
            trigger_key: &run.trigger_key,
            replay,
        };
        let mut again = begin::new_run(grant, &cause, host.now());
        again.event_id.clone_from(&run.event_id);
        again.replay_of = Some(run.id.clone());
        again.depth = run.depth;
        let known = host.tables(vec![run::by_id(&again.id)]).await?.into_iter().flatten().next();
        match known.map(read_row::<Run>).transpose()? {
            None => return Ok(again),
            Some(known) if known.status.is_live() => return Ok(known),
            Some(_) => {}
        }
    }
    Err(Problem::detailed(Code::RunNotReplayable, "it was replayed a thousand times"))
}
