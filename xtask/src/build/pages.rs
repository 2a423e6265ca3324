//! Builds the pages that the Worker serves, the console and the portal: Vite bundles `www/` into `worker/assets/static`.
//! The console's wasm, the checks of workflows that the edge runs too, is made here first. Nothing is built twice from
//! the same files.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result};

use super::{is_current, worker::WASM_FEATURES};
use crate::tools::Toolbox;
use crate::{paths, process, progress};

const PAGES: &[&str] = &["console", "portal"];

/// What the pages are made of; the wasm is in one of the folders by then.
const SOURCES: &[&str] =
    &["www/console", "www/portal", "www/shared", "www/vite.config.mjs", "package.json"];

/// Builds all pages.
pub(crate) fn build(toolbox: &Toolbox) -> Result<()> {
    editor(toolbox)?;
    let sources = inventory(SOURCES)?;
    let missing = |page: &&&str| !static_folder(page).join(format!("{page}.js")).is_file();
    let stamp = paths::target().join("isthmus-pages.stamp");
    let is_built = std::fs::read_to_string(&stamp).is_ok_and(|built| built == sources);
    if is_built && PAGES.iter().find(missing).is_none() {
        return Ok(());
    }
    let _ = std::fs::remove_file(&stamp);
    for page in PAGES {
        progress::step(&format!("Building the {page}"));
        let mut vite = toolbox.node("node_modules/vite/bin/vite.js")?;
        vite.args([
            "build",
            "--config",
            "www/vite.config.mjs",
            "--logLevel",
            "warn",
            "--mode",
            page,
        ]);
        process::run(&mut vite)?;
    }
    std::fs::write(stamp, sources)?;
    Ok(())
}

/// Builds the console's wasm into `www/console/wasm`, with its types.
pub(crate) fn editor(toolbox: &Toolbox) -> Result<()> {
    progress::step("Building the editor's checks for the console");
    let built = compile(toolbox)?;
    let output = paths::root().join("www/console/wasm");
    let wasm = output.join("isthmus_bg.wasm");
    let stamp = paths::target().join("isthmus-editor.stamp");
    let is_there = wasm.is_file() && output.join("isthmus.d.ts").is_file();
    if is_there && is_current(&stamp, &[&built]) {
        return Ok(());
    }
    let _ = std::fs::remove_file(&stamp);
    let mut bindgen = toolbox.command("wasm-bindgen")?;
    bindgen.arg(&built).arg("--out-dir").arg(&output);
    bindgen.args(["--target", "web"]);
    process::run(&mut bindgen)?;
    optimise(toolbox, &wasm)?;
    std::fs::write(stamp, "")?;
    Ok(())
}

/// Compiles the library and answers where the wasm is. It has a target folder of its own: cargo gives the library one file
/// name, whatever its features are, and would take the SDK's for this one.
fn compile(toolbox: &Toolbox) -> Result<PathBuf> {
    let target = paths::target().join("editor");
    let mut cargo = toolbox.command(paths::cargo())?;
    cargo.args(["rustc", "--quiet", "--package", "isthmus", "--lib", "--crate-type", "cdylib"]);
    cargo.args(["--target", "wasm32-unknown-unknown", "--release", "--target-dir"]).arg(&target);
    cargo.args(["--no-default-features", "--features", "editor"]);
    process::run(&mut cargo)?;
    Ok(target.join("wasm32-unknown-unknown/release/isthmus.wasm"))
}

fn optimise(toolbox: &Toolbox, wasm: &Path) -> Result<()> {
    let smaller = paths::beside(wasm, "smaller");
    let mut command = toolbox.command(Toolbox::package_program("wasm-opt"))?;
    command.args(["-Oz", "--strip-debug", "--strip-producers", "--strip-target-features"]);
    process::run(command.args(WASM_FEATURES).arg(wasm).arg("-o").arg(&smaller))?;
    Ok(std::fs::rename(&smaller, wasm)?)
}

fn static_folder(page: &str) -> PathBuf {
    paths::root().join("worker/assets/static").join(page)
}

/// Every file below these places with its size and time: one text to compare, in which a deleted file is missed too.
fn inventory(places: &[&str]) -> Result<String> {
    let mut waiting: Vec<PathBuf> = places.iter().map(|place| paths::root().join(place)).collect();
    let mut lines = Vec::new();
    while let Some(path) = waiting.pop() {
        let about = path.metadata().with_context(|| format!("cannot read {}", path.display()))?;
        if about.is_dir() {
            for entry in std::fs::read_dir(&path)? {
                waiting.push(entry?.path());
            }
            continue;
        }
        let written = about.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        lines.push(format!("{} {} {}\n", path.display(), about.len(), written.as_nanos()));
    }
    lines.sort();
    Ok(lines.concat())
}
