//! A Node.js that wrangler accepts: the machine's when it is new enough, else the npm package `node`
//! in the cache. npm itself must be on the machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::browser::apt_install;
use crate::{paths, process, progress};

/// The oldest version that wrangler starts on.
const OLDEST: (u32, u32) = (22, 12);
/// The version brought where the machine's is older.
const BROUGHT: &str = "24.21.0";

/// The path of a Node.js that is new enough.
pub(super) fn ready() -> Result<PathBuf> {
    if let Some(version) = version_of(Path::new("node"))
        && is_new_enough(&version)
    {
        return on_path().context("node answers but is not on PATH");
    }
    let folder = paths::cache()?.join("tools").join(format!("node-{BROUGHT}"));
    let node = folder.join("node_modules/node/bin/node");
    if node.is_file() {
        return Ok(node);
    }
    let _lock = super::cache_lock()?;
    if node.is_file() {
        return Ok(node);
    }
    npm_ready()?;
    progress::step(&format!("Installing Node.js {BROUGHT} from npm (some seconds, once)"));
    let partial = paths::beside(&folder, "partial");
    let _ = std::fs::remove_dir_all(&partial);
    std::fs::create_dir_all(&partial)?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"]);
    npm.arg(&partial).arg(format!("node@{BROUGHT}")).current_dir(&partial);
    process::run(&mut npm).context("cannot install Node.js from npm")?;
    let brought = partial.join("node_modules/node/bin/node");
    if version_of(&brought).is_none() {
        bail!(
            "the npm package node@{BROUGHT} brought no program for this machine; install Node.js \
             {}.{} or newer yourself (https://nodejs.org)",
            OLDEST.0,
            OLDEST.1
        );
    }
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::rename(&partial, &folder)?;
    Ok(node)
}

/// Makes sure that there is an npm to install with.
fn npm_ready() -> Result<()> {
    if process::answer(Command::new("npm").arg("--version")).is_some() {
        return Ok(());
    }
    if !apt_install(&["nodejs", "npm"])? {
        bail!(
            "there is no npm on this machine; install Node.js (https://nodejs.org) and try again"
        );
    }
    Ok(())
}

fn on_path() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join("node")).find(|file| file.is_file())
}

fn version_of(node: &Path) -> Option<String> {
    process::answer(Command::new(node).arg("--version"))
}

fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.trim_start_matches('v').split('.').map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= OLDEST,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_new_enough;

    #[test]
    fn only_a_node_that_wrangler_accepts_is_new_enough() {
        assert!(is_new_enough("v22.12.0"));
        assert!(is_new_enough("v24.1.0"));
        assert!(!is_new_enough("v22.11.9"));
        assert!(!is_new_enough("v20.20.2"));
        assert!(!is_new_enough("what"));
    }
}
