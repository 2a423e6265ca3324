//! What is counted, in the text format of Prometheus ("Exposition formats"), for the operator's alarms.

use std::fmt::Write;

use http::StatusCode;

use super::super::{call::empty_answer, problem::Problem};
use crate::{
    host::{Body, Host, Response},
    record::count,
    time::SECOND,
};

/// `GET /metrics`
pub(super) async fn metrics(host: &impl Host) -> Result<Response, Problem> {
    count::flush(host, 0).await?;
    let (webhooks, pending, subscriptions) = count::all(host).await?;
    let mut text = String::new();
    let mut metric = |name: &str, kind: &str, lines: Vec<(String, i64)>| {
        // Writing to memory does not fail.
        let _ = writeln!(text, "# TYPE {name} {kind}");
        for (labels, n) in lines {
            let _ = writeln!(text, "{name}{labels} {n}");
        }
    };
    let webhooks = webhooks.into_iter().map(|count| {
        let (id, outcome) = (count.integration_id, count.outcome);
        (format!("{{integration=\"{id}\",outcome=\"{outcome}\"}}"), count.n)
    });
    metric("isthmus_webhooks_total", "counter", webhooks.collect());
    let n = pending.iter().map(|pending| (String::new(), pending.n)).collect();
    metric("isthmus_deliveries_pending", "gauge", n);
    let oldest = pending.iter().map(|pending| {
        let waits = pending.since.map_or(0, |since| host.now().since(since).max(0) / SECOND);
        (String::new(), waits)
    });
    metric("isthmus_delivery_oldest_pending_seconds", "gauge", oldest.collect());
    let subscriptions = subscriptions.into_iter();
    let subscriptions = subscriptions.map(|one| (format!("{{status=\"{}\"}}", one.status), one.n));
    metric("isthmus_subscriptions", "gauge", subscriptions.collect());
    let mut answer = empty_answer(StatusCode::OK);
    answer.headers.set("content-type", "text/plain; version=0.0.4; charset=utf-8");
    answer.body = Body::Bytes(text.into_bytes());
    Ok(answer)
}
