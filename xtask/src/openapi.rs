//! The chore `openapi`: writes `worker/assets/openapi.json` from the shapes and routes of the edge. `check` fails
//! when the file is not what the sources say.

use std::ffi::OsString;
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::tools::Toolbox;
use crate::{paths, process, progress};

/// Reads the arguments (there are none) and writes the file.
pub(crate) fn main(arguments: Vec<OsString>) -> Result<()> {
    let mut parser = lexopt::Parser::from_args(arguments);
    match parser.next()? {
        None => {
            let text = generated(&Toolbox::with(&[])?)?;
            std::fs::write(file(), text)
                .with_context(|| format!("cannot write {}", file().display()))
        }
        Some(lexopt::Arg::Long("help")) => {
            progress::line(
                "cargo xtask openapi: writes worker/assets/openapi.json from the sources",
            );
            Ok(())
        }
        Some(other) => Err(other.unexpected().into()),
    }
}

/// Compares the file with the sources.
pub(crate) fn check(toolbox: &Toolbox) -> Result<()> {
    progress::step("OpenAPI document");
    let text = generated(toolbox)?;
    if std::fs::read_to_string(file()).unwrap_or_default() != text {
        bail!("{} is not what the sources say; `cargo xtask openapi` writes it", file().display());
    }
    Ok(())
}

fn file() -> std::path::PathBuf {
    paths::root().join("worker/assets/openapi.json")
}

fn generated(toolbox: &Toolbox) -> Result<String> {
    let mut cargo = toolbox.command(paths::cargo())?;
    cargo.args(["run", "--quiet", "--package", "isthmus", "--example", "openapi"]);
    cargo.args(["--features", "documents"]).stderr(Stdio::inherit());
    let output = cargo.output()?;
    process::succeed(&cargo, output.status)?;
    String::from_utf8(output.stdout).context("the document is not text")
}
