//! What the clock starts is kept by each connection; these are told when it may have changed, some at once, the others by
//! the sweep. That something has changed is written with its cause (`record::start`): whoever is not told now is found
//! later.

use crate::{
    connection::{Answer, ConnectionName, Question},
    host::{Host, HostError},
    record::{rows, start},
};

/// So many connections are told at a time.
const AT_ONCE: i64 = 20;

/// Tells some of the connections that have not heard of the last change: those of an integration, or any. To be called
/// after a transaction with [`start::schedules_changed`] in it.
pub(super) async fn tell_some(
    host: &impl Host,
    integration_id: Option<&str>,
) -> Result<i64, HostError> {
    let behind = start::schedules_behind(integration_id, AT_ONCE);
    let (mut told, mut failed) = (0, None);
    for name in rows::<ConnectionName>(host, behind).await? {
        match tell(host, &name).await {
            Ok(()) => told += 1,
            Err(error) => failed = Some(error),
        }
    }
    // One that cannot now does not keep the others from it, but it is told.
    failed.map_or(Ok(told), Err)
}

/// Tells one connection. To be called after a transaction with [`start::schedules_of_grant_changed`] in it.
pub(super) async fn tell(host: &impl Host, name: &ConnectionName) -> Result<(), HostError> {
    match host.ask(name, Question::Reschedule {}).await? {
        Answer::Unavailable { reason, .. } => Err(HostError::new("connection", reason)),
        _ => Ok(()),
    }
}
