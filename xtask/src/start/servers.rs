//! The three servers of a start: how each is launched, when it counts as ready, where its log is.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::options::Options;
use super::state::State;
use crate::process::{self, Group, Interrupted};
use crate::tools::Toolbox;
use crate::{paths, progress};

/// How long a server may take until it answers.
const PATIENCE: Duration = Duration::from_mins(1);

/// One of the servers, running.
pub(super) struct Server {
    pub(super) name: &'static str,
    group: Group,
    log: PathBuf,
    ready_url: String,
}

impl Server {
    fn launch(
        name: &'static str,
        command: &mut Command,
        log: PathBuf,
        ready_url: String,
    ) -> Result<Self> {
        let file = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let group = Group::spawn(command)?;
        Ok(Self { name, group, log, ready_url })
    }

    /// Waits for the first answer, for the server's death or for a signal, whichever comes first.
    pub(super) fn wait_until_ready(&mut self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.exited()? {
                bail!("{} did not start ({status})\n{}", self.name, self.last_words());
            }
            if process::interrupted() {
                return Err(Interrupted.into());
            }
            if answers(&self.ready_url) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        bail!(
            "{} did not answer {} within {} s\n{}",
            self.name,
            self.ready_url,
            PATIENCE.as_secs(),
            self.last_words()
        )
    }

    pub(super) fn exited(&mut self) -> Result<Option<ExitStatus>> {
        self.group.exited()
    }

    pub(super) fn end(&mut self) {
        self.group.end();
    }

    /// The end of its log, and where the rest is.
    pub(super) fn last_words(&self) -> String {
        format!("{}    (all of it: {})", process::last_lines(&self.log, 20), self.log.display())
    }
}

const ZOOM_CLIENT_ID: &str = "isthmus-development";
const ZOOM_CLIENT_SECRET: &str = "only-the-sandbox-on-this-machine-knows-this-client";
const ZOOM_SECRET_TOKEN: &str = "only-the-sandbox-on-this-machine-signs-with-this";
/// Zoom pauses for 5 minutes and longer before it sends a webhook again; a developer does not.
const ZOOM_RETRIES: &str = "2000,10000,60000";

/// The client that the sandbox knows, as the integration's configuration wants it, and where the demo
/// app awaits the people whom it has sent away with a link.
pub(super) fn zoom_integration(options: &Options) -> Value {
    json!({
        "client_id": ZOOM_CLIENT_ID,
        "client_secret": ZOOM_CLIENT_SECRET,
        "webhook_secret_token": ZOOM_SECRET_TOKEN,
        "redirect_uris": [format!("{}/connected", options.page_url())],
    })
}

/// Starts the Zoom sandbox.
pub(super) fn zoom(toolbox: &Toolbox, state: &State, options: &Options) -> Result<Server> {
    let mut command = toolbox.command(paths::target().join("debug/isthmus-sandbox"))?;
    command
        .args(["--port", &options.zoom_port.to_string(), "--client-id", ZOOM_CLIENT_ID])
        .args(["--redirect-uri", &format!("{}/oauth", options.worker_url())])
        .args(["--redirect-uri", &format!("{}/connect/callback", options.worker_url())])
        .arg("--state")
        .arg(state.folder().join("zoom.json"))
        .args(["--webhook-retry-ms", ZOOM_RETRIES])
        .env("SANDBOX_CLIENT_SECRET", ZOOM_CLIENT_SECRET)
        .env("SANDBOX_SECRET_TOKEN", ZOOM_SECRET_TOKEN);
    Server::launch("the Zoom sandbox", &mut command, state.log("zoom"), options.zoom_url())
}

/// Starts the Worker in workerd.
pub(super) fn worker(toolbox: &Toolbox, state: &State, options: &Options) -> Result<Server> {
    let mut command = toolbox.wrangler()?;
    command
        .args(["dev", "--local", "--ip", "127.0.0.1", "--port", &options.port.to_string()])
        .args(["--show-interactive-dev-session=false", "--persist-to"])
        .arg(state.folder().join("worker"))
        .arg("--env-file")
        .arg(state.secrets())
        .args(["--var", &format!("ZOOM_OAUTH_URL:{}", options.zoom_url())])
        .args(["--var", &format!("ZOOM_API_URL:{}", options.zoom_url())])
        // The demo app, which is told of events, is on this machine too.
        .args(["--var", "ALLOW_LOOPBACK:1"]);
    let ready = format!("{}/healthz", options.worker_url());
    Server::launch("the Worker", &mut command, state.log("worker"), ready)
}

/// Starts the demo app.
pub(super) fn page(toolbox: &Toolbox, state: &State, options: &Options) -> Result<Server> {
    let mut command = toolbox.node("www/demo/server.mjs")?;
    command
        .env("PORT", options.page_port.to_string())
        .env("WORKER_URL", options.worker_url())
        .env("ZOOM_URL", options.zoom_url())
        .env("PROJECT_FILE", state.project_file());
    Server::launch("the demo app", &mut command, state.log("page"), options.page_url())
}

/// Applies the D1 migrations that this state folder does not have yet.
pub(super) fn migrate(toolbox: &Toolbox, state: &State) -> Result<()> {
    let wanted = migrations(&paths::root().join("worker/migrations"))?;
    let stamp = state.folder().join("migrations");
    if std::fs::read_to_string(&stamp).is_ok_and(|applied| applied == wanted) {
        return Ok(());
    }
    progress::step("Creating the tables");
    let mut command = toolbox.wrangler()?;
    command.args(["d1", "migrations", "apply", "TABLES", "--local", "--persist-to"]);
    command.arg(state.folder().join("worker"));
    let log = state.log("migrations");
    let file = File::create(&log)?;
    command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
    let status = Group::spawn(&mut command)?.wait()?;
    if !status.success() {
        bail!("wrangler could not create the tables\n{}", process::last_lines(&log, 20));
    }
    Ok(std::fs::write(&stamp, wanted)?)
}

/// The migrations' names and texts, one string to compare.
fn migrations(folder: &Path) -> Result<String> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
    files.sort();
    let mut all = String::new();
    for file in files {
        all += &file.file_name().unwrap_or_default().to_string_lossy();
        all += &std::fs::read_to_string(&file)?;
    }
    Ok(all)
}

fn answers(url: &str) -> bool {
    let response = minreq::get(url).with_timeout(5).with_follow_redirects(false).send();
    response.is_ok_and(|response| response.status_code < 500)
}
