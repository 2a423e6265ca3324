//! A call of Zoom's API is leased from what keeps count of the account's calls before it is made; an answer that sends us
//! away is told there. Nothing here is needed for being right: Zoom counts for itself.

use super::hindrance::Hindrance;
use crate::{
    host::Host,
    time::{MINUTE, SECOND, Timestamp},
    zoom::{
        Limited,
        limit::{Category, LimitQuestion, LimitedAccount, Plan, burst},
    },
};

/// Shorter waits for a call are waited for here, in milliseconds: they cost less than a step of the engine's.
const SHORT: i64 = 2 * SECOND;
/// So often.
const TIMES: usize = 5;
/// When all are let in again at one time, they come spread over so long, in milliseconds.
const SPREAD: i64 = 30 * SECOND;

/// Leases one call.
pub(super) async fn lease(
    host: &impl Host,
    account: &LimitedAccount,
    category: Category,
    plan: Plan,
) -> Result<(), Hindrance> {
    let name = name(account, category);
    for _ in 0..TIMES {
        if host.memory().take_lease(&name, host.now()) {
            return Ok(());
        }
        let question = LimitQuestion::Lease { category, plan, calls: burst(category, plan) };
        let Ok(answer) = host.ask_limiter(account, question).await else {
            return Ok(());
        };
        if answer.calls > 0 {
            host.memory().keep_leases(name, answer.calls - 1, host.now());
            return Ok(());
        }
        let until = answer.again_at.unwrap_or_else(|| host.now().plus(SECOND));
        let wait = until.since(host.now());
        if wait > SHORT {
            // Shorter ones are spread by what keeps count.
            let until = if wait >= MINUTE { spread(host, until) } else { until };
            return Err(Hindrance::Wait { until });
        }
        host.wait(u32::try_from(wait).unwrap_or_default()).await;
    }
    Err(Hindrance::Wait { until: host.now().plus(SECOND) })
}

/// Tells that Zoom sends us away; when to come again.
pub(super) async fn limited(
    host: &impl Host,
    account: &LimitedAccount,
    limited: Limited,
) -> Timestamp {
    let until = limited.until;
    if let Some(category) = limited.category {
        host.memory().keep_leases(name(account, category), 0, host.now());
        // When it cannot be told, others find out by themselves.
        let _ = host.ask_limiter(account, LimitQuestion::Limited { category, until }).await;
    }
    spread(host, until)
}

fn name(account: &LimitedAccount, category: Category) -> String {
    format!("{}/{category:?}", account.text())
}

/// Some time after `until`, the later the longer the wait was.
fn spread(host: &impl Host, until: Timestamp) -> Timestamp {
    let mut bytes = [0; 2];
    host.fill_random(&mut bytes);
    let most = until.since(host.now()).clamp(0, SPREAD);
    until.plus(most.saturating_mul(u16::from_be_bytes(bytes).into()) / i64::from(u16::MAX))
}
