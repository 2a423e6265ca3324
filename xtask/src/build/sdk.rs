//! Builds the browser half: cargo, wasm-bindgen, then the package's own step (`pkg/build.mjs`: wasm-opt,
//! minifying, the inline form). The last two are skipped when cargo made nothing new.

use std::path::PathBuf;

use anyhow::Result;

use super::is_current;
use crate::tools::Toolbox;
use crate::{paths, process, progress};

/// Builds `pkg/wasm`.
pub(crate) fn build(toolbox: &Toolbox) -> Result<()> {
    progress::step("Building the SDK for browsers");
    let built = compile(toolbox)?;
    let package = paths::root().join("pkg");
    let output = package.join("wasm");
    let stamp = paths::target().join("isthmus-sdk.stamp");
    let is_there = output.join("isthmus_bg.wasm").is_file();
    if is_there && is_current(&stamp, &[&built, &package.join("build.mjs")]) {
        return Ok(());
    }
    let _ = std::fs::remove_file(&stamp);
    let _ = std::fs::remove_dir_all(&output);
    let mut bindgen = toolbox.command("wasm-bindgen")?;
    bindgen.arg(&built).arg("--out-dir").arg(&output);
    bindgen.args(["--target", "web", "--no-typescript"]);
    process::run(&mut bindgen)?;
    process::run(&mut toolbox.node("pkg/build.mjs")?)?;
    std::fs::write(stamp, "")?;
    Ok(())
}

/// Compiles the library and answers where the wasm is.
fn compile(toolbox: &Toolbox) -> Result<PathBuf> {
    let mut cargo = toolbox.command(paths::cargo())?;
    cargo.args(["rustc", "--quiet", "--package", "isthmus", "--lib", "--crate-type", "cdylib"]);
    cargo.args(["--target", "wasm32-unknown-unknown", "--release"]);
    cargo.args(["--no-default-features", "--features", "browser"]);
    process::run(&mut cargo)?;
    Ok(paths::target().join("wasm32-unknown-unknown/release/isthmus.wasm"))
}
