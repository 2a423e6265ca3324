//! What the operator watches: one list of figures, told in the text format of Prometheus ("Exposition formats") here
//! and as JSON by `health`. What is counted is `record::count`'s.

use std::{collections::BTreeMap, fmt::Write};

use http::StatusCode;

use super::super::{
    call::empty_answer,
    problem::{Code, Problem},
};
use crate::{
    host::{Body, Host, Response},
    record::count::{self, ByStatus, Count, Counted},
    shape::{shape, words},
    time::{SECOND, Timestamp},
};

shape! {
    /// One thing that is counted.
    pub(super) struct Metric {
        name: String,
        help: String,
        kind: Kind,
        samples: Vec<Sample>,
    }
}

words! {
    /// How a figure moves.
    #[derive(Clone, Copy)]
    pub(super) enum Kind {
        /// It only rises.
        Counter = "counter",
        /// It rises and falls.
        Gauge = "gauge",
    }
}

shape! {
    /// One figure.
    pub(super) struct Sample {
        labels: BTreeMap<String, String>,
        value: i64,
    }
}

/// `GET /metrics`
pub(super) async fn metrics(host: &impl Host) -> Result<Response, Problem> {
    let mut answer = empty_answer(StatusCode::OK);
    answer.headers.set("content-type", "text/plain; version=0.0.4; charset=utf-8");
    answer.body = Body::Bytes(exposition(&measured(host).await?).into_bytes());
    Ok(answer)
}

/// Everything that is counted: counters as they are now, the rest as it was less than a minute ago.
pub(super) async fn measured(host: &impl Host) -> Result<Vec<Metric>, Problem> {
    count::flush(host, 0).await?;
    let now = host.now();
    Ok(list(count::all(host, now).await?, now))
}

fn list(counted: Counted, now: Timestamp) -> Vec<Metric> {
    let age = |since: Option<Timestamp>| since.map_or(0, |since| now.since(since).max(0) / SECOND);
    let (webhooks, refreshes): (Vec<_>, Vec<_>) =
        counted.counts.into_iter().partition(|count| count.metric == count::WEBHOOKS);
    let standing = counted.standing;
    let pending = standing.pending;
    vec![
        counter("webhooks_total", by("outcome", &webhooks)),
        counter("webhook_errors_total", errors(&webhooks)),
        gauge("deliveries_pending", one(pending.n)),
        gauge("delivery_oldest_pending_seconds", one(age(pending.since))),
        gauge("deliveries_failed", one(standing.deliveries_failed)),
        gauge("subscriptions", by_status(&standing.subscriptions)),
        gauge("outbox_oldest_seconds", one(age(standing.owes_since))),
        counter("refresh_failures_total", by("reason", &refreshes)),
        gauge("reconnects_needed", one(standing.reconnects)),
        gauge("runs", by_status(&standing.runs)),
    ]
}

/// What a figure means, for whoever reads it.
fn help(name: &str) -> &'static str {
    match name {
        "webhooks_total" => "Webhooks that came, by what became of them.",
        "webhook_errors_total" => "Webhooks that were answered with a 5xx: Zoom sends them again.",
        "deliveries_pending" => "Deliveries that wait to be made, or to be made again.",
        "delivery_oldest_pending_seconds" => "For how long the oldest of them has waited.",
        "deliveries_failed" => "Deliveries that were given up, of those that are kept.",
        "subscriptions" => "Subscriptions.",
        "outbox_oldest_seconds" => {
            "For how long a connection has owed rows or revocations without a break, the longest of all."
        }
        "refresh_failures_total" => "Refreshes of a token pair that failed.",
        "reconnects_needed" => "Grants that cannot be used until their user connects again.",
        "runs" => "Runs that live, and those called for in the last 24 hours.",
        _ => "",
    }
}

fn counter(name: &str, samples: Vec<Sample>) -> Metric {
    metric(name, Kind::Counter, samples)
}

fn gauge(name: &str, samples: Vec<Sample>) -> Metric {
    metric(name, Kind::Gauge, samples)
}

fn metric(name: &str, kind: Kind, samples: Vec<Sample>) -> Metric {
    Metric { name: format!("isthmus_{name}"), help: help(name).to_owned(), kind, samples }
}

fn one(value: i64) -> Vec<Sample> {
    vec![Sample { labels: BTreeMap::new(), value }]
}

fn by_status(all: &[ByStatus]) -> Vec<Sample> {
    all.iter().map(|one| sample(&[("status", &one.status)], one.n)).collect()
}

/// By integration, and by what `label` says of them.
fn by(label: &str, counts: &[Count]) -> Vec<Sample> {
    let labelled =
        |one: &Count| sample(&[("integration", &one.integration_id), (label, &one.outcome)], one.n);
    counts.iter().map(labelled).collect()
}

/// Of every integration that a webhook came for, those that were our own fault: zero where there are none, so that a
/// rise is seen from the first one.
fn errors(webhooks: &[Count]) -> Vec<Sample> {
    let mut errors: BTreeMap<&str, i64> = BTreeMap::new();
    for count in webhooks {
        let ours = Code::named(&count.outcome).is_some_and(|code| code.status().is_server_error());
        *errors.entry(&count.integration_id).or_default() += if ours { count.n } else { 0 };
    }
    errors.into_iter().map(|(id, n)| sample(&[("integration", id)], n)).collect()
}

fn sample(labels: &[(&str, &str)], value: i64) -> Sample {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Sample { labels: labels.iter().map(owned).collect(), value }
}

/// The text format of Prometheus.
fn exposition(metrics: &[Metric]) -> String {
    let mut text = String::new();
    for Metric { name, help, kind, samples } in metrics {
        // Writing to memory does not fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {}", kind.text());
        for Sample { labels, value } in samples {
            let _ = writeln!(text, "{name}{} {value}", in_braces(labels));
        }
    }
    text
}

fn in_braces(labels: &BTreeMap<String, String>) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let escaped = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let pairs: Vec<_> =
        labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    format!("{{{}}}", pairs.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_cannot_leave_its_quotes() {
        let text =
            exposition(&[counter("webhooks_total", vec![sample(&[("a", "x\"} 1\n\\")], 2)])]);
        assert!(text.ends_with("isthmus_webhooks_total{a=\"x\\\"} 1\\n\\\\\"} 2\n"), "{text}");
    }
}
