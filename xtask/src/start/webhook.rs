//! The Worker's webhook URL at the Zoom sandbox, as one enters it at Zoom: the sandbox asks there
//! whether the Worker knows the app's secret, and sends events only if it does. It forgets the URL when it
//! ends, so every start says it again.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::options::Options;
use super::state::{Project, State};

/// Where Zoom sends the events of the development project's integration.
pub(super) fn url(options: &Options, project: &Project) -> String {
    let integration = project.integration();
    format!("{}/webhook/triggers/connect/zoom/{integration}", options.worker_url())
}

/// Has the sandbox validate the URL and send there from now on.
pub(super) fn register(state: &State, options: &Options, project: &Project) -> Result<()> {
    let url = url(options, project);
    let response = minreq::post(format!("{}/_sandbox/webhooks", options.zoom_url()))
        .with_header("Content-Type", "application/json")
        .with_body(json!({ "url": url, "name": "development" }).to_string())
        .with_timeout(30)
        .send()
        .context("the Zoom sandbox did not answer")?;
    if response.status_code == 200 {
        return Ok(());
    }
    let text = String::from_utf8_lossy(response.as_bytes());
    let answer: Value = serde_json::from_str(&text).unwrap_or_default();
    let reason = answer.get("error").and_then(Value::as_str).unwrap_or(&text);
    let log = state.log("worker");
    bail!(
        "the Zoom sandbox does not take the Worker's webhook URL: {reason}\n    (the Worker's log: {})",
        log.display()
    )
}
