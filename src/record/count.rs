//! What is counted of webhooks, for the operator: each isolate collects, and brings its counts to the tables every few
//! seconds. An isolate that ends takes its last ones with it; a store that fails after all may count some twice.

use serde_json::json;

use super::{event::json_list, read_rows};
use crate::{
    host::{Host, HostError, Statement},
    shape::shape,
    time::{SECOND, Timestamp},
};

/// The tables hear of counts this often, in milliseconds.
const EVERY: i64 = 10 * SECOND;

shape! {
    /// How many webhooks came to this end.
    #[derive(Debug)]
    pub struct Count {
        /// The integration; empty where it is not known.
        pub integration_id: String,
        /// What came of them.
        pub outcome: String,
        /// So many.
        pub n: i64,
    }
}

shape! {
    /// What waits to be delivered.
    #[derive(Debug)]
    pub struct Pending {
        /// So many deliveries.
        pub n: i64,
        /// Since when the oldest one waits.
        pub since: Option<Timestamp>,
    }
}

shape! {
    /// How many subscriptions are like this.
    #[derive(Debug)]
    pub struct Subscribed {
        /// `active`, `paused` or `disabled`.
        pub status: String,
        /// So many.
        pub n: i64,
    }
}

/// Counts one webhook. Never fails: what cannot be stored now is stored later.
pub async fn webhook(host: &impl Host, integration_id: &str, outcome: &str) {
    host.memory().count(integration_id, outcome);
    if let Err(error) = flush(host, EVERY).await {
        let reason = error.to_string();
        host.log(&json!({"level": "warn", "what": "not_counted", "reason": reason}));
    }
}

/// Stores what this isolate has counted, unless that was done less than `every` milliseconds ago.
pub async fn flush(host: &impl Host, every: i64) -> Result<(), HostError> {
    let now = host.now();
    let counts = host.memory().take_counts(every, now);
    if counts.is_empty() {
        return Ok(());
    }
    let stored = host.tables(vec![add(&counts)]).await;
    if stored.is_err() {
        host.memory().put_counts_back(counts);
    }
    stored.map(|_| ())
}

fn add(counts: &Vec<Count>) -> Statement {
    Statement::new(
        "INSERT INTO counts (metric, integration_id, outcome, n)
         SELECT 'webhooks', value ->> 'integration_id', value ->> 'outcome', value ->> 'n' FROM json_each(?1)
         WHERE true ON CONFLICT DO UPDATE SET n = n + excluded.n",
        [json_list(counts)],
    )
}

/// Everything that is counted: webhooks, what waits to be delivered, subscriptions.
pub async fn all(
    host: &impl Host,
) -> Result<(Vec<Count>, Vec<Pending>, Vec<Subscribed>), HostError> {
    let statements = [
        "SELECT integration_id, outcome, n FROM counts WHERE metric = 'webhooks'
         ORDER BY integration_id, outcome",
        "SELECT count(*) AS n, min(created_at) AS since FROM deliveries WHERE status = 'pending'",
        "SELECT status, count(*) AS n FROM subscriptions GROUP BY 1 ORDER BY 1",
    ];
    let statements = statements.map(|sql| Statement::new(sql, []));
    let mut found = host.tables(statements.into()).await?.into_iter();
    let mut next = || found.next().unwrap_or_default().into_iter();
    Ok((read_rows(next())?, read_rows(next())?, read_rows(next())?))
}
