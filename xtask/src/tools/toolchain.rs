//! The parts of the Rust toolchain in use that not every installation has, added by rustup.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::{paths, process, progress};

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Adds the standard library for wasm.
pub(super) fn wasm_target() -> Result<()> {
    let mut question = Command::new("rustc");
    question.args(["--print", "target-libdir", "--target", WASM_TARGET]);
    if process::answer(&mut question).is_some_and(|folder| Path::new(&folder).exists()) {
        return Ok(());
    }
    add("target", WASM_TARGET)
}

/// Adds rustfmt and clippy.
pub(super) fn lints() -> Result<()> {
    for (command, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        let mut question = Command::new(paths::cargo());
        if process::answer(question.args([command, "--version"])).is_none() {
            add("component", component)?;
        }
    }
    Ok(())
}

fn add(kind: &str, name: &str) -> Result<()> {
    progress::step(&format!("Adding {name} to the Rust toolchain (some seconds, once)"));
    if process::answer(Command::new("rustup").arg("--version")).is_none() {
        bail!(
            "the Rust toolchain has no {name}, and there is no rustup to add it; install rustup \
             (https://rustup.rs), or your distribution's package for it"
        );
    }
    process::run(Command::new("rustup").args([kind, "add", name]))
}
