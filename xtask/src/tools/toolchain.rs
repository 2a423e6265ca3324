//! The parts of the toolchain in use that not every installation has: of Rust, added by rustup; and a C++ compiler.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use super::browser;
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

/// Finds or installs a C++ compiler: libFuzzer is built from its sources.
pub(super) fn cpp_compiler() -> Result<()> {
    let program = std::env::var_os("CXX").unwrap_or_else(|| "c++".into());
    let is_there = || process::answer(Command::new(&program).arg("--version")).is_some();
    if is_there() || (browser::apt_install(&["g++"])? && is_there()) {
        return Ok(());
    }
    bail!(
        "fuzzing needs a C++ compiler, and there is no `{}`; install one (Debian: `apt-get install g++`; macOS: \
         `xcode-select --install`), or name yours with the environment variable CXX",
        program.display()
    )
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
