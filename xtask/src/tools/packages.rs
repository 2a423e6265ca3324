//! The npm packages of the root package.json, in `node_modules`. A stamp holds the package.json they
//! were installed for, so that a newer one is noticed and an interrupted installation is not taken as done.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::Toolbox;
use crate::{paths, process, progress};

/// Installs the packages when `node_modules` is missing or was made for another package.json.
pub(super) fn ready(toolbox: &Toolbox) -> Result<()> {
    let root = paths::root();
    let wanted = wanted(&root)?;
    let stamp = root.join("node_modules/.isthmus-installed");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    std::fs::create_dir_all(root.join("node_modules"))?;
    let lock = File::create(root.join("node_modules/.isthmus-lock"))?;
    lock.lock()?;
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    if process::answer(Command::new("npm").arg("--version")).is_none() {
        bail!(
            "there is no npm on this machine; install Node.js (https://nodejs.org) and try again"
        );
    }
    progress::step(
        "Installing the npm packages: wrangler, esbuild, wasm-opt … (under a minute, once)",
    );
    let _ = std::fs::remove_file(&stamp);
    let mut npm = toolbox.command("npm")?;
    npm.args(["install", "--no-audit", "--no-fund", "--loglevel=error"]);
    process::run(&mut npm).context("cannot install the npm packages of package.json")?;
    std::fs::write(&stamp, wanted)?;
    Ok(())
}

fn wanted(root: &Path) -> Result<String> {
    std::fs::read_to_string(root.join("package.json")).context("cannot read package.json")
}
