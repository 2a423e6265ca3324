//! The end of a run: at its last step, where it cannot go on, or from outside. The row says so first; the engine is told
//! afterwards, and a run that goes on all the same finds at its next step that it does not live any more.

use futures_util::{StreamExt, stream};

use super::begin::ids_in;
use crate::{
    edge::Code,
    host::{Host, HostError},
    record::run::{self, Run, RunStatus},
};

/// The engine is told of so many at once.
const AT_ONCE: usize = 6;
/// The engine is told of so many parts of a run; the others find out by themselves.
const PARTS: usize = 50;

/// Ends a run in the tables, with its parts; answers the ids of those that lived.
pub(super) async fn end(
    host: &impl Host,
    id: &str,
    status: RunStatus,
    problem: Option<Code>,
) -> Result<Vec<String>, HostError> {
    let statements = run::end(id, status, problem.map(Code::text), host.now());
    Ok(ids_in(host.tables(statements).await?.pop().unwrap_or_default()))
}

/// Stops a run with its parts, wherever it is; whether it lived.
pub async fn stop(host: &impl Host, run: &Run, code: Code) -> Result<bool, HostError> {
    let stopped = end(host, &run.id, RunStatus::Stopped, Some(code)).await?;
    // When the engine cannot be told, they find out by themselves.
    let tell = |id: String| async move {
        let _ = host.end_run(&id).await;
    };
    stream::iter(stopped.iter().take(PARTS).cloned())
        .map(tell)
        .buffer_unordered(AT_ONCE)
        .count()
        .await;
    Ok(!stopped.is_empty())
}
