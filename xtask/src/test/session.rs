//! One running product for all tests of a run: `cargo xtask start` on free ports with a state folder of
//! its own, and what the tests must know of it as one line of JSON.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process::{self, Group, Interrupted};
use crate::progress;
use crate::tools::Toolbox;

/// The running product; dropped, it ends.
pub(super) struct Session {
    group: Group,
    state: PathBuf,
    setup: String,
    browser_address: String,
}

impl Session {
    /// The session of this run, started by the first stage that asks.
    pub(super) fn shared<'a>(slot: &'a mut Option<Self>, toolbox: &Toolbox) -> Result<&'a Self> {
        if slot.is_none() {
            super::builds(toolbox)?;
            *slot = Some(Self::start(toolbox)?);
        }
        slot.as_ref().context("the session is gone")
    }

    /// The line of `start --json` with `state` (its folder) and `tokens` (for ada and ben) added.
    pub(super) fn setup(&self) -> &str {
        &self.setup
    }

    /// Where wasm-bindgen's test page is served: one of the project's origins.
    pub(super) fn browser_address(&self) -> &str {
        &self.browser_address
    }

    fn start(toolbox: &Toolbox) -> Result<Self> {
        progress::step("Starting the product for the tests");
        let [worker, page, zoom, browser] = free_ports()?;
        let browser_address = format!("127.0.0.1:{browser}");
        let mut start = toolbox.command(std::env::current_exe()?)?;
        let state = toolbox.temporary().join("state");
        start.args(["start", "--json", "--no-build", "--port", &worker.to_string()]);
        start.args(["--page-port", &page.to_string(), "--zoom-port", &zoom.to_string()]);
        start.args(["--origin", &format!("http://{browser_address}"), "--state"]).arg(&state);
        start.stdin(Stdio::null()).stdout(Stdio::piped());
        let group = Group::spawn(&mut start)?;
        let mut session = Self { group, state, setup: String::new(), browser_address };
        let line = session.first_line()?;
        session.setup = session.completed(toolbox, &line)?;
        Ok(session)
    }

    /// Waits for the line that says that everything is ready.
    fn first_line(&mut self) -> Result<String> {
        let output = self.group.stdout().context("start has no output")?;
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            if let Some(Ok(line)) = BufReader::new(output).lines().next() {
                let _ = sender.send(line);
            }
        });
        loop {
            match receiver.recv_timeout(Duration::from_millis(50)) {
                Ok(line) => return Ok(line),
                Err(RecvTimeoutError::Disconnected) => {
                    bail!("`cargo xtask start` failed (see above)")
                }
                Err(RecvTimeoutError::Timeout) if process::interrupted() => {
                    return Err(Interrupted.into());
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    fn completed(&self, toolbox: &Toolbox, line: &str) -> Result<String> {
        let mut setup: Value =
            serde_json::from_str(line).context("start printed something else")?;
        let fields = setup.as_object_mut().context("start printed something else")?;
        fields.insert("state".to_owned(), self.state.to_string_lossy().into());
        let mut tokens = serde_json::Map::new();
        for user in ["ada", "ben"] {
            let mut sign = toolbox.node("www/demo/user-token.mjs")?;
            sign.arg(self.state.join("project.json")).args([user, "7200"]);
            let token = process::answer(&mut sign).context("cannot sign a user token")?;
            tokens.insert(user.to_owned(), token.into());
        }
        fields.insert("tokens".to_owned(), tokens.into());
        Ok(setup.to_string())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.group.end();
    }
}

/// Below what Linux (32768) and macOS (49152) hand out themselves: between this and the server's start, no outgoing
/// connection can take one.
const FIRST_PORT: u16 = 15_000;
const LAST_PORT: u16 = 32_000;

/// Four ports that were free a moment ago; the search begins elsewhere in each process.
fn free_ports() -> Result<[u16; 4]> {
    let span = u32::from(LAST_PORT - FIRST_PORT);
    let first = std::process::id().wrapping_mul(97) % span;
    let ports: Vec<u16> = (0..span)
        .filter_map(|step| u16::try_from(u32::from(FIRST_PORT) + (first + step) % span).ok())
        .filter(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .take(4)
        .collect();
    ports.try_into().map_err(|_| anyhow::anyhow!("no free port from {FIRST_PORT} to {LAST_PORT}"))
}
