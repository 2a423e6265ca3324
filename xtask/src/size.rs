//! The chore `size`: builds both halves for release and lets `size.mjs` weigh them beside two other
//! SDKs. It fails above budget.

use std::ffi::OsString;
use std::io::Write;
use std::process::Stdio;

use anyhow::{Context, Result};

use crate::build::{self, Variant};
use crate::process::Group;
use crate::tools::Toolbox;
use crate::{paths, process, progress};

/// Reads the arguments (there are none), builds and weighs.
pub(crate) fn main(arguments: Vec<OsString>) -> Result<()> {
    let mut parser = lexopt::Parser::from_args(arguments);
    match parser.next()? {
        None => run(&Toolbox::with(build::NEEDS)?),
        Some(lexopt::Arg::Long("help")) => {
            progress::line("cargo xtask size: what a page and the edge download, and the budgets");
            Ok(())
        }
        Some(other) => Err(other.unexpected().into()),
    }
}

/// Builds for release, packs the Worker as a deployment would, and prints the table on stdout.
pub(crate) fn run(toolbox: &Toolbox) -> Result<()> {
    build::sdk(toolbox)?;
    build::pages(toolbox)?;
    build::worker(toolbox, &Variant::default())?;
    dry_run(toolbox)?;
    progress::step("Weighing");
    let mut weigh = toolbox.node("xtask/size.mjs")?;
    weigh.stdin(Stdio::null());
    let status = Group::spawn(&mut weigh)?.wait()?;
    let _ = std::io::stdout().flush();
    process::succeed(&weigh, status).context("a budget is exceeded, or something was not built")
}

/// What `wrangler deploy` would upload, into `worker/dist`.
fn dry_run(toolbox: &Toolbox) -> Result<()> {
    progress::step("Packing the Worker: wrangler deploy --dry-run");
    let output = paths::root().join("worker/dist");
    let _ = std::fs::remove_dir_all(&output);
    let mut wrangler = toolbox.wrangler()?;
    wrangler.args(["deploy", "--dry-run", "--outdir"]).arg(output);
    process::run(&mut wrangler)
}
