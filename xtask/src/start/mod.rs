//! The chore `start`: the Worker in workerd, the Zoom sandbox and the demo app on this machine, until
//! somebody says stop. What is kept between two starts is in `state`, the admin calls in `bootstrap`,
//! Zoom's side of webhooks in `webhook`, the command lines in `servers`.

mod bootstrap;
mod options;
mod servers;
mod state;
mod webhook;

use std::ffi::OsString;
use std::io::Write;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::build::{self, Variant};
use crate::process::{self, Interrupted};
use crate::progress;
use crate::tools::{Need, Toolbox};

use options::Options;
use servers::Server;
pub(crate) use state::{Project, State};

const NEEDS: &[Need] =
    &[Need::WasmTarget, Need::Node, Need::Packages, Need::WasmBindgen, Need::WorkerBuild];
const NEEDS_TO_RUN: &[Need] = &[Need::Node, Need::Packages];

/// Reads the arguments, runs everything, and ends everything.
pub(crate) fn main(arguments: Vec<OsString>) -> Result<()> {
    let Some(options) = Options::read(arguments)? else {
        return Ok(());
    };
    match run(&options) {
        // Ctrl-C is how this chore is meant to end.
        Err(problem) if problem.is::<Interrupted>() => Ok(()),
        other => other,
    }
}

fn run(options: &Options) -> Result<()> {
    let toolbox = Toolbox::with(if options.build { NEEDS } else { NEEDS_TO_RUN })?;
    options.addresses_are_free()?;
    let state = State::open(&options.state)?;
    if options.build {
        build_everything(&toolbox)?;
    }
    servers::migrate(&toolbox, &state)?;
    progress::step("Starting the Zoom sandbox and the Worker");
    let mut zoom = servers::zoom(&toolbox, &state, options)?;
    let mut worker = servers::worker(&toolbox, &state, options)?;
    zoom.wait_until_ready()?;
    worker.wait_until_ready()?;
    let project = bootstrap::project(&state, options)?;
    webhook::register(&state, options, &project)?;
    bootstrap::sweep(&state, options)?;
    let mut page = servers::page(&toolbox, &state, options)?;
    page.wait_until_ready()?;
    announce(&state, options, &project);
    let ended = watch(&mut [&mut worker, &mut zoom, &mut page]);
    progress::step("Stopping");
    // The page first and the sandbox last: nobody is left calling somebody who is gone.
    for server in [&mut page, &mut worker, &mut zoom] {
        server.end();
    }
    ended
}

fn build_everything(toolbox: &Toolbox) -> Result<()> {
    build::sandbox(toolbox)?;
    build::pages(toolbox)?;
    build::worker(toolbox, &Variant::development())?;
    build::sdk(toolbox)
}

/// Waits for a signal or for the first server that ends by itself.
fn watch(servers: &mut [&mut Server]) -> Result<()> {
    loop {
        if process::interrupted() {
            return Err(Interrupted.into());
        }
        for server in servers.iter_mut() {
            if let Some(status) = server.exited()? {
                bail!("{} ended by itself ({status})\n{}", server.name, server.last_words());
            }
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Says where everything is: one line of JSON on stdout, or a summary for a person on stderr.
fn announce(state: &State, options: &Options, project: &Project) {
    if options.json {
        let (worker, page, zoom) = (options.worker_url(), options.page_url(), options.zoom_url());
        let webhook = webhook::url(options, project);
        let mut fields = project.shown();
        fields.extend([("worker", worker.as_str()), ("page", &page), ("zoom", &zoom)]);
        let console = options.console_url();
        fields.extend([("webhook", webhook.as_str()), ("console", &console)]);
        fields.insert("admin_secret", state.admin_secret());
        let line = serde_json::json!(fields);
        let mut stdout = std::io::stdout();
        let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
        return;
    }
    let rows = [
        format!("Open    {}", options.page_url()),
        "        sign in as Ada or Ben and press Connect Zoom, or connect from the server"
            .to_owned(),
        String::new(),
        format!("Console {}", options.console_url()),
        format!("        sign in with the ADMIN_SECRET in {}", state.secrets().display()),
        format!("Worker  {}", options.worker_url()),
        format!("Zoom    {} (the sandbox)", options.zoom_url()),
        format!("        {}/_sandbox/meetings to play Zoom's users", options.zoom_url()),
        format!("State   {}", state.folder().display()),
        String::new(),
        "Ctrl-C ends everything; what was connected is kept.".to_owned(),
    ];
    let width = rows.iter().map(|row| row.chars().count()).max().unwrap_or_default();
    progress::line(&format!("\n  ┌{}┐", "─".repeat(width + 4)));
    for row in rows {
        progress::line(&format!("  │  {row:<width$}  │"));
    }
    progress::line(&format!("  └{}┘\n", "─".repeat(width + 4)));
}
