//! How an integration goes: marked first, then in rounds, each of which asks a few of its connections to give up what
//! they hold and ends the deletion once nothing is left. Every step may be taken again, by anybody, after any crash.

use serde_json::json;

use super::{connect, problem::Problem};
use crate::{
    connection::{Actor, Answer, ConnectionName, Question},
    host::{Host, HostError},
    record::{
        first_row,
        integration::{self, Left},
        read_row, rows, start, unsettled,
    },
    shape::shape,
    time::SECOND,
};

/// A round asks so many connections.
const BATCH: i64 = 25;
/// A round takes up no further session, and asks no further connection, after so long, in milliseconds: Zoom may be slow.
const LONGEST: i64 = 20 * SECOND;

/// One round for an integration that is marked; what is left, or nothing when it is gone.
pub(super) async fn round(
    host: &impl Host,
    integration_id: &str,
    by: &Actor,
) -> Result<Option<Left>, Problem> {
    let ended = end(host, integration_id, by).await?;
    if ended.is_none() {
        return Ok(None);
    }
    finish_sessions(host, integration_id).await?;
    ask_connections(host, integration_id, by).await?;
    forget_runs(host, integration_id).await?;
    Ok(end(host, integration_id, by).await?)
}

/// How far the deletion of an integration is.
pub(super) async fn left(
    host: &impl Host,
    integration_id: &str,
) -> Result<Option<Left>, HostError> {
    first_row(host, integration::left(integration_id)).await
}

async fn end(
    host: &impl Host,
    integration_id: &str,
    by: &Actor,
) -> Result<Option<Left>, HostError> {
    let statements = integration::end_deletion(integration_id, by, host.now());
    let answers = host.tables(statements).await?;
    let left: Option<Left> = answers.into_iter().flatten().next().map(read_row).transpose()?;
    Ok(left.filter(|left| left.rows > 0))
}

/// Whoever came back from Zoom comes to an end: a token pair may have landed that nobody else knows of.
async fn finish_sessions(host: &impl Host, integration_id: &str) -> Result<(), HostError> {
    let began = host.now();
    let returned = unsettled::some_returned(integration_id, BATCH);
    for id in unsettled::ids(host, returned).await? {
        if host.now().since(began) > LONGEST {
            break;
        }
        if let Err(problem) = connect::resume(host, &id).await {
            problem.report(host);
        }
    }
    Ok(())
}

/// What has run is forgotten, as far as the time allows. Nothing begins any more: every grant has left, or will, and that
/// stops what runs for it.
async fn forget_runs(host: &impl Host, integration_id: &str) -> Result<(), HostError> {
    let began = host.now();
    while start::forget_some(host, start::forget_integration(integration_id)).await? {
        if host.now().since(began) > LONGEST {
            break;
        }
    }
    Ok(())
}

async fn ask_connections(
    host: &impl Host,
    integration_id: &str,
    by: &Actor,
) -> Result<(), HostError> {
    shape! {
        struct Id {
            provider_user_id: String,
        }
    }
    let began = host.now();
    let some = integration::some_connections(integration_id, BATCH);
    for Id { provider_user_id } in rows::<Id>(host, some).await? {
        if host.now().since(began) > LONGEST {
            break;
        }
        let name = ConnectionName { integration_id: integration_id.to_owned(), provider_user_id };
        let reason = match host.ask(&name, Question::Erase { by: by.clone() }).await {
            Ok(Answer::Unavailable { part, reason }) => format!("{part}: {reason}"),
            Err(error) => error.to_string(),
            // Whatever it could not do yet shows in what is left.
            Ok(_) => continue,
        };
        host.log(&json!({"level": "warn", "what": "connection_not_erased", "reason": reason}));
    }
    Ok(())
}
