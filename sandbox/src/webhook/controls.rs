//! The HTTP face of the webhooks under `/_sandbox/webhooks`, JSON in and out. It decides nothing:
//! every control is a method of [`Sandbox`].

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::call::Call;
use crate::controls::{no_control, read};
use crate::sandbox::{Sandbox, Unknown};
use crate::webhook::delivery::Delivery;
use crate::webhook::endpoint::EndpointState;
use crate::webhook::send::RawWebhooks;

/// The status of what was done or refused, and its body.
type Done = (u16, Value);

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    client_id: Option<String>,
    url: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SendBody<'a> {
    client_id: Option<String>,
    url: Option<String>,
    name: Option<String>,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
    #[serde(borrow, default)]
    bodies: Vec<&'a RawValue>,
    times: Option<usize>,
    #[serde(default)]
    headers: BTreeMap<String, Option<String>>,
}

impl Which {
    fn named(&self) -> Option<&str> {
        self.name.as_deref().or(self.url.as_deref())
    }
}

/// Carries out one control; `parts` is the path below `webhooks`.
pub(crate) async fn control(sandbox: &Sandbox, call: &Call, parts: &[&str]) -> Answer {
    let result = match (call.method.as_str(), parts) {
        ("GET", []) => Ok((200, shown(sandbox))),
        ("POST", []) => add(sandbox, call).await,
        ("DELETE", []) => Ok((200, remove(sandbox, call))),
        ("POST", ["validate"]) => validate(sandbox, call).await,
        ("GET", ["deliveries"]) => Ok((200, deliveries(sandbox, call))),
        ("DELETE", ["deliveries"]) => {
            sandbox.forget_deliveries();
            Ok((200, json!({"status": "done"})))
        }
        ("POST", ["send"]) => send(sandbox, call),
        _ => Err(no_control()),
    };
    match result {
        Ok((status, body)) => Answer::json(status, &body),
        Err(Unknown(text)) => Answer::json(400, &json!({"error": text})),
    }
}

fn shown(sandbox: &Sandbox) -> Value {
    let rules = sandbox.with(|state| state.webhooks.rules.clone());
    let retries: Vec<_> = rules.retries.iter().map(std::time::Duration::as_millis).collect();
    json!({
        "endpoints": sandbox.endpoints(),
        "webhook_retry_ms": retries,
        "webhook_timeout_ms": rules.timeout.as_millis(),
        "webhook_retry_keeps_timestamp": rules.retry_keeps_timestamp,
    })
}

async fn add(sandbox: &Sandbox, call: &Call) -> Result<Done, Unknown> {
    Ok(match sandbox.add_endpoint(read(call)?).await {
        Ok(endpoint) => (200, json!(endpoint)),
        Err(refusal) => (400, json!({"error": refusal.reason, "status": refusal.status})),
    })
}

fn remove(sandbox: &Sandbox, call: &Call) -> Value {
    let query = call.query();
    let named = query.first("name").or(query.first("url"));
    json!({"removed": sandbox.remove_endpoints(query.first("client_id"), named)})
}

async fn validate(sandbox: &Sandbox, call: &Call) -> Result<Done, Unknown> {
    let which: Which = if call.body.is_empty() { Which::default() } else { read(call)? };
    let endpoints = sandbox.revalidate_endpoints(which.client_id.as_deref(), which.named()).await;
    if endpoints.is_empty() {
        return Err(Unknown("there is no such endpoint".to_owned()));
    }
    let failure =
        endpoints.iter().find_map(|endpoint: &EndpointState| endpoint.last_failure.clone());
    Ok(match failure {
        None => (200, json!({"endpoints": endpoints})),
        Some(error) => (400, json!({"error": error, "endpoints": endpoints})),
    })
}

/// Filtered by `state`, `event`, `client_id`; `limit` keeps the newest.
fn deliveries(sandbox: &Sandbox, call: &Call) -> Value {
    let query = call.query();
    let limit = query.first("limit").and_then(|text| text.parse().ok()).unwrap_or(usize::MAX);
    let is_meant = |delivery: &&Delivery| {
        query.first("state").is_none_or(|wanted| delivery.state.name() == wanted)
            && query.first("event").is_none_or(|wanted| delivery.event == wanted)
            && query.first("client_id").is_none_or(|wanted| delivery.client_id == wanted)
    };
    sandbox.with(|state| {
        let log = &state.webhooks.deliveries;
        let mut shown: Vec<&Delivery> = log.all().rev().filter(is_meant).take(limit).collect();
        shown.reverse();
        json!({"counts": log.counts(), "deliveries": shown})
    })
}

fn send(sandbox: &Sandbox, call: &Call) -> Result<Done, Unknown> {
    let wrong = |error: serde_json::Error| Unknown(format!("the body is not as expected: {error}"));
    let asked: SendBody<'_> = serde_json::from_slice(&call.body).map_err(wrong)?;
    let bodies: Vec<String> = asked.body.into_iter().chain(asked.bodies).map(raw_text).collect();
    if bodies.is_empty() {
        return Err(Unknown("there is nothing to send: body or bodies is needed".to_owned()));
    }
    let headers = asked.headers.into_iter();
    let raw = RawWebhooks {
        client_id: asked.client_id,
        endpoint: asked.name.or(asked.url),
        bodies,
        times: asked.times.unwrap_or(1),
        headers: headers.map(|(name, value)| (name.to_ascii_lowercase(), value)).collect(),
    };
    Ok((202, json!({"queued": sandbox.send_webhooks(&raw)?})))
}

/// A JSON string is the body itself; any other JSON is sent as it was written.
fn raw_text(body: &RawValue) -> String {
    serde_json::from_str(body.get()).unwrap_or_else(|_| body.get().to_owned())
}
