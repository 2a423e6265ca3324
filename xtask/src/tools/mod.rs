//! Brings what the chores need: already on the machine at the right version, else installed into a
//! cache that every checkout shares. One file a kind of tool; this one decides the order and hands
//! out commands that find them.

mod browser;
mod cargo_tool;
mod node;
mod packages;
mod toolchain;

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::{paths, process, progress};

pub(crate) use browser::Browser;

/// Something a chore needs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// The standard library for wasm32-unknown-unknown.
    WasmTarget,
    /// rustfmt and clippy.
    Lints,
    /// wasm-bindgen and its test runner, at the version the workspace pins.
    WasmBindgen,
    /// Cloudflare's bundling tool for Rust Workers.
    WorkerBuild,
    /// Runs wasm tests in a browser.
    WasmPack,
    /// Builds and runs the fuzz targets.
    CargoFuzz,
    /// A C++ compiler, for the fuzzer itself.
    CppCompiler,
    /// A Node.js that wrangler accepts.
    Node,
    /// The packages of the root package.json: wrangler, wasm-opt, esbuild, prettier …
    Packages,
    /// Chromium and its driver.
    Browser,
}

const EVERYTHING: &[Need] = &[
    Need::WasmTarget,
    Need::Lints,
    Need::Node,
    Need::Packages,
    Need::WasmBindgen,
    Need::WorkerBuild,
    Need::WasmPack,
    Need::CargoFuzz,
    Need::CppCompiler,
    Need::Browser,
];

/// The tools found or installed, as folders to search and programs to start.
#[derive(Default)]
pub(crate) struct Toolbox {
    folders: Vec<PathBuf>,
    node: Option<PathBuf>,
    browser: Option<Browser>,
    temporary: Option<PathBuf>,
}

impl Toolbox {
    /// Finds or installs what a chore needs, saying on stderr what takes time.
    pub(crate) fn with(needs: &[Need]) -> Result<Self> {
        let mut toolbox = Self::default();
        if needs.contains(&Need::WasmTarget) {
            toolchain::wasm_target()?;
        }
        if needs.contains(&Need::Lints) {
            toolchain::lints()?;
        }
        if needs.contains(&Need::Node) || needs.contains(&Need::Packages) {
            let node = node::ready()?;
            toolbox.folders.extend(node.parent().map(Path::to_path_buf));
            toolbox.node = Some(node);
        }
        if needs.contains(&Need::Packages) {
            packages::ready(&toolbox)?;
        }
        if needs.contains(&Need::CppCompiler) {
            toolchain::cpp_compiler()?;
        }
        toolbox.folders.extend(cargo_tool::ready(needs)?);
        if needs.contains(&Need::Browser) {
            toolbox.browser = Some(browser::ready()?);
        }
        Ok(toolbox)
    }

    /// The same, with a folder for the temporary files of all that its commands start.
    pub(crate) fn with_temporary(self, folder: &Path) -> Self {
        Self { temporary: Some(folder.to_path_buf()), ..self }
    }

    /// Where temporary files go.
    pub(crate) fn temporary(&self) -> PathBuf {
        self.temporary.clone().unwrap_or_else(std::env::temp_dir)
    }

    /// A command that finds the tools first.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Result<Command> {
        let mut command = Command::new(program);
        command.current_dir(paths::root()).env("PATH", self.search_path()?);
        if let Some(browser) = &self.browser {
            browser.tell(&mut command);
        }
        if let Some(folder) = &self.temporary {
            command.env("TMPDIR", folder);
        }
        Ok(command)
    }

    /// Node without a script.
    pub(crate) fn node_itself(&self) -> Result<Command> {
        let node = self.node.as_ref();
        self.command(node.context("this chore did not ask for Node")?)
    }

    /// A command that runs a script of this repository with Node.
    pub(crate) fn node(&self, script: impl AsRef<Path>) -> Result<Command> {
        let mut command = self.node_itself()?;
        command.arg(paths::root().join(script.as_ref()));
        Ok(command)
    }

    /// wrangler, quiet, offline and without questions.
    pub(crate) fn wrangler(&self) -> Result<Command> {
        let mut command = self.node("node_modules/wrangler/bin/wrangler.js")?;
        command
            .current_dir(paths::root().join("worker"))
            .env("CI", "1")
            .env("WRANGLER_WRITE_LOGS", "false")
            .env("WRANGLER_SEND_METRICS", "false")
            .env("CLOUDFLARE_CF_FETCH_ENABLED", "false")
            // Its trace store keeps whole request URLs in clear, and its explorer shows them to anyone who asks.
            .env("X_LOCAL_OBSERVABILITY", "false")
            .env("X_LOCAL_EXPLORER", "false");
        Ok(command)
    }

    /// A program of an npm package, by its name in `node_modules/.bin`.
    pub(crate) fn package_program(name: &str) -> PathBuf {
        paths::root().join("node_modules/.bin").join(name)
    }

    /// The browser, when the chore asked for one.
    pub(crate) fn browser(&self) -> Result<&Browser> {
        self.browser.as_ref().context("this chore did not ask for a browser")
    }

    fn search_path(&self) -> Result<OsString> {
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        let folders = self.folders.iter().cloned().chain(std::env::split_paths(&inherited));
        std::env::join_paths(folders).context("a tool's folder has a \":\" in its name")
    }
}

/// The chore `setup`.
pub(crate) fn main(arguments: Vec<OsString>) -> Result<()> {
    let mut parser = lexopt::Parser::from_args(arguments);
    if let Some(argument) = parser.next()? {
        return Err(argument.unexpected().into());
    }
    Toolbox::with(EVERYTHING)?;
    progress::step("everything is in place");
    Ok(())
}

/// Holds the cache for one installation at a time; a second chore waits here.
fn cache_lock() -> Result<File> {
    let folder = paths::cache()?.join("tools");
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot create the cache {}", folder.display()))?;
    let lock = File::create(folder.join(".lock"))?;
    if lock.try_lock().is_err() {
        progress::step("Another chore is installing tools; waiting for it");
        while lock.try_lock().is_err() {
            if process::interrupted() {
                return Err(process::Interrupted.into());
            }
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
    }
    Ok(lock)
}
