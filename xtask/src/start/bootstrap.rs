//! Sets the development project up through the Worker's admin routes: created at the first start,
//! brought up to date at every other one.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use minreq::{Method, Request};
use serde_json::{Value, json};

use super::options::Options;
use super::servers;
use super::state::{EVENT_SECRET, Project, State};
use crate::progress;

/// As in wrangler.jsonc.
const CRON: Duration = Duration::from_mins(5);

/// The admin routes of one Worker.
struct Admin<'a> {
    worker: String,
    secret: &'a str,
}

/// Makes sure that the project exists and that its origins, its Zoom integration and the address for
/// its events are right.
pub(super) fn project(state: &State, options: &Options) -> Result<Project> {
    let admin = Admin { worker: options.worker_url(), secret: state.admin_secret() };
    let mut origins = vec![options.page_url()];
    origins.extend(options.origins.iter().cloned());
    let mut project = match known(&admin, state, &origins)? {
        Some(project) => project,
        None => created(&admin, state, &origins)?,
    };
    let integration = integration(&admin, &project, options)?;
    project.set("integration_id", &integration);
    if let Some(secret) = event_secret(&admin, &project, options)? {
        project.set(EVENT_SECRET, &secret);
    }
    state.keep_project(&project)?;
    Ok(project)
}

/// Has every run that an earlier start left in the middle taken up again: the engine on this machine, unlike
/// Cloudflare's, does not do that when it was killed. And from now on does what Cloudflare's cron does, which is not
/// there either.
pub(super) fn sweep(state: &State, options: &Options) -> Result<()> {
    let (worker, secret) = (options.worker_url(), state.admin_secret().to_owned());
    let admin = Admin { worker: worker.clone(), secret: &secret };
    let (status, answer) = admin.call(Method::Post, "/admin/sweep?runs=all", &json!({}))?;
    if status != 200 {
        bail!("taking up the runs of an earlier start failed ({status}): {answer}");
    }
    // It ends with the process.
    std::thread::spawn(move || {
        let admin = Admin { worker, secret: &secret };
        loop {
            std::thread::sleep(CRON);
            // What went wrong is in the Worker's log, and the next round tries again.
            let _ = admin.call(Method::Post, "/admin/sweep", &json!({}));
        }
    });
    Ok(())
}

/// Sets the Zoom integration up; answers its id.
fn integration(admin: &Admin, project: &Project, options: &Options) -> Result<String> {
    let path = format!("/admin/projects/{}/integrations/zoom", project.id());
    let (status, answer) = admin.call(Method::Put, &path, &servers::zoom_integration(options))?;
    if status != 200 {
        bail!("setting up the Zoom integration failed ({status}): {answer}");
    }
    text(&answer, "id").context("the integration's answer has no id")
}

/// Has the project's events sent to the demo app; answers their secret when it was made just now. A
/// secret is said only then: one that this folder does not hold is replaced.
fn event_secret(admin: &Admin, project: &Project, options: &Options) -> Result<Option<String>> {
    let path = format!("/admin/projects/{}/event-endpoint", project.id());
    let wanted = json!({
        "url": format!("{}/events", options.page_url()),
        "rotate": !project.has(EVENT_SECRET),
    });
    let (status, answer) = admin.call(Method::Put, &path, &wanted)?;
    if status != 200 {
        bail!("setting up the address for events failed ({status}): {answer}");
    }
    Ok(text(&answer, "secret"))
}

fn text(answer: &Value, field: &str) -> Option<String> {
    answer.get(field).and_then(Value::as_str).map(str::to_owned)
}

/// The project of earlier starts with its origins set, when the Worker still knows it.
fn known(admin: &Admin, state: &State, origins: &[String]) -> Result<Option<Project>> {
    let Some(project) = state.project()? else {
        return Ok(None);
    };
    let path = format!("/admin/projects/{}", project.id());
    match admin.call(Method::Patch, &path, &json!({ "origins": origins }))? {
        (200 | 204, _) => Ok(Some(project)),
        (404, _) => {
            progress::step(
                "The Worker does not know the development project any more; making another",
            );
            Ok(None)
        }
        (status, answer) => bail!("updating the project's origins failed ({status}): {answer}"),
    }
}

fn created(admin: &Admin, state: &State, origins: &[String]) -> Result<Project> {
    let wanted = json!({
        "name": "Development",
        "origins": origins,
        "signing_key": { "generate": true },
    });
    let (status, answer) = admin.call(Method::Post, "/admin/projects", &wanted)?;
    if status != 201 {
        bail!("creating the development project failed ({status}): {answer}");
    }
    let project = Project::from_answer(&answer).context("creating the development project")?;
    // Before anything else: what the answer holds is said only once.
    state.keep_project(&project)?;
    Ok(project)
}

impl Admin<'_> {
    fn call(&self, method: Method, path: &str, body: &Value) -> Result<(u16, Value)> {
        let response = Request::new(method, format!("{}{path}", self.worker))
            .with_header("Authorization", format!("Bearer {}", self.secret))
            .with_header("Content-Type", "application/json")
            .with_body(body.to_string())
            .with_timeout(30)
            .send()
            .with_context(|| format!("the Worker did not answer {path}"))?;
        let status = response.status_code;
        let text = String::from_utf8_lossy(response.as_bytes()).into_owned();
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }
}
