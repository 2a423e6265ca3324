//! The chore `check`: everything about the sources that needs no test run. Each part stops at its first
//! finding; nothing is changed.

use std::ffi::OsString;
use std::process::Command;

use anyhow::{Context, Result};

use crate::tools::{Need, Toolbox};
use crate::{build, openapi, paths, process, progress};

/// What checking needs.
const NEEDS: &[Need] =
    &[Need::WasmTarget, Need::Lints, Need::Node, Need::Packages, Need::WasmBindgen];

const WASM: &[&str] = &["--target", "wasm32-unknown-unknown"];
const NATIVE_CRATES: &[&str] = &["--workspace", "--exclude", "isthmus-worker"];
const WORKER: &[&str] = &["--package", "isthmus-worker", "--all-features"];
const BROWSER: &[&str] =
    &["--package", "isthmus", "--no-default-features", "--features", "browser,editor"];

/// What prettier looks after; a folder that does not exist is no error.
const PRETTIER: &[&str] = &["package.json", "pkg", "www", "tests", "worker/*.{mjs,jsonc}", "xtask"];

/// Reads the arguments (there are none) and checks.
pub(crate) fn main(arguments: Vec<OsString>) -> Result<()> {
    let mut parser = lexopt::Parser::from_args(arguments);
    match parser.next()? {
        None => run(&Toolbox::with(NEEDS)?),
        Some(lexopt::Arg::Long("help")) => {
            progress::line("cargo xtask check: formatting, lints, documentation, types");
            Ok(())
        }
        Some(other) => Err(other.unexpected().into()),
    }
}

/// Checks everything.
pub(crate) fn run(toolbox: &Toolbox) -> Result<()> {
    formatting(toolbox)?;
    lints(toolbox)?;
    documentation(toolbox)?;
    openapi::check(toolbox)?;
    types(toolbox)
}

fn formatting(toolbox: &Toolbox) -> Result<()> {
    progress::step("Formatting: rustfmt");
    // The fuzz targets are a workspace of their own.
    for manifest in ["Cargo.toml", "fuzz/Cargo.toml"] {
        let mut fmt = cargo(toolbox, "fmt")?;
        fmt.args(["--all", "--check", "--manifest-path", manifest]);
        process::run(&mut fmt).context(
            "some files are not formatted; `cargo fmt --all` formats them (those of fuzz/ with \
             `--manifest-path fuzz/Cargo.toml`)",
        )?;
    }
    progress::step("Formatting: prettier");
    let mut prettier = toolbox.command(Toolbox::package_program("prettier"))?;
    prettier.args(["--check", "--no-error-on-unmatched-pattern", "--log-level", "warn"]);
    process::run(prettier.args(PRETTIER)).context(
        "some files are not formatted; `npx prettier --write` with their names formats them",
    )
}

fn lints(toolbox: &Toolbox) -> Result<()> {
    const DENY: &[&str] = &["--", "--deny", "warnings"];
    progress::step("Lints: native");
    let mut native = cargo(toolbox, "clippy")?;
    native.args(NATIVE_CRATES).args([
        "--all-targets",
        "--features",
        "isthmus/testing,isthmus/documents",
    ]);
    process::run(native.args(DENY))?;
    progress::step("Lints: the Worker");
    process::run(cargo(toolbox, "clippy")?.args(WORKER).args(WASM).args(DENY))?;
    progress::step("Lints: the browser's half");
    let mut browser = cargo(toolbox, "clippy")?;
    browser.args(BROWSER).args(WASM).arg("--lib");
    if paths::root().join("tests/browser/main.rs").is_file() {
        browser.args(["--test", "browser"]);
    }
    process::run(browser.args(DENY))
}

fn documentation(toolbox: &Toolbox) -> Result<()> {
    progress::step("Documentation");
    for parts in [
        [NATIVE_CRATES, &["--features", "isthmus/testing,isthmus/documents"]].concat(),
        [WORKER, WASM].concat(),
        [BROWSER, WASM].concat(),
    ] {
        let mut doc = cargo(toolbox, "doc")?;
        doc.args(["--no-deps", "--document-private-items"]).args(parts);
        process::run(doc.env("RUSTDOCFLAGS", "--deny warnings"))?;
    }
    Ok(())
}

/// The package's types, and the pages.
fn types(toolbox: &Toolbox) -> Result<()> {
    // The console imports the types of its wasm.
    build::editor(toolbox)?;
    progress::step("Types: tsc");
    let package = paths::root().join("pkg");
    let declarations: Vec<_> = std::fs::read_dir(&package)
        .with_context(|| format!("cannot read {}", package.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|file| file.to_string_lossy().ends_with(".d.ts"))
        .collect();
    let mut tsc = toolbox.command(Toolbox::package_program("tsc"))?;
    tsc.args(["--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom,dom.iterable"]);
    tsc.args(["--module", "nodenext", "--types", ""]).args(declarations);
    process::run(&mut tsc)?;
    let mut tsc = toolbox.command(Toolbox::package_program("tsc"))?;
    process::run(tsc.args(["--project", "www"]))
}

fn cargo(toolbox: &Toolbox, name: &str) -> Result<Command> {
    let mut command = toolbox.command(paths::cargo())?;
    command.arg(name);
    if name != "fmt" {
        command.arg("--quiet");
    }
    Ok(command)
}
