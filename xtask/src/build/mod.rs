//! The chore `build`: the browser's half and the edge's half of the crate, and the pages that the edge serves, each
//! made by its own file here.

mod pages;
mod sdk;
mod worker;

use std::ffi::OsString;
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Result, bail};
use lexopt::Arg::{Long, Value};

use crate::tools::{Need, Toolbox};
use crate::{paths, process, progress};

pub(crate) use pages::{build as pages, editor};
pub(crate) use sdk::build as sdk;
pub(crate) use worker::{Variant, build as worker};

/// What a build needs.
pub(crate) const NEEDS: &[Need] =
    &[Need::WasmTarget, Need::Node, Need::Packages, Need::WasmBindgen, Need::WorkerBuild];

const USAGE: &str = "cargo xtask build [sdk | pages | worker] [--dev] [--features LIST]

  sdk               the npm package's wasm, into pkg/wasm (always optimised)
  pages             the console and the portal, into worker/assets/static
  worker            the Worker, into worker/build, and the pages
  --dev             the Worker without optimisation: quick to build, large
  --features LIST   the Worker with extra cargo features, into worker/build-<features>";

/// Reads the arguments and builds.
pub(crate) fn main(arguments: Vec<OsString>) -> Result<()> {
    let mut parser = lexopt::Parser::from_args(arguments);
    let (mut what, mut dev, mut features) = (None, false, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Value(value) if what.is_none() => what = Some(value.into_string().unwrap_or_default()),
            Long("dev") => dev = true,
            Long("features") => features = Some(parser.value()?.to_string_lossy().into_owned()),
            Long("help") => {
                progress::line(USAGE);
                return Ok(());
            }
            other => return Err(other.unexpected().into()),
        }
    }
    let toolbox = Toolbox::with(NEEDS)?;
    let variant = Variant { dev, features };
    match what.as_deref() {
        Some("sdk") => sdk(&toolbox),
        Some("pages") => pages(&toolbox),
        Some("worker") => deployable(&toolbox, &variant),
        None => sdk(&toolbox).and_then(|()| deployable(&toolbox, &variant)),
        Some(other) => bail!("there is no \"{other}\" to build\n\n{USAGE}"),
    }
}

/// Builds all that `wrangler deploy` uploads.
fn deployable(toolbox: &Toolbox, variant: &Variant) -> Result<()> {
    pages(toolbox)?;
    worker(toolbox, variant)
}

/// Builds the Zoom sandbox, a native program.
pub(crate) fn sandbox(toolbox: &Toolbox) -> Result<()> {
    progress::step("Building the Zoom sandbox");
    let mut cargo = toolbox.command(paths::cargo())?;
    cargo.args(["build", "--quiet", "--package", "isthmus-sandbox"]);
    process::run(&mut cargo)
}

/// Whether a stamp is newer than everything it was made from.
fn is_current(stamp: &Path, sources: &[&Path]) -> bool {
    let written = |path: &Path| path.metadata().and_then(|file| file.modified()).ok();
    let Some(stamped) = written(stamp) else {
        return false;
    };
    let is_older = |source: &&Path| written(source).unwrap_or(SystemTime::UNIX_EPOCH) < stamped;
    sources.iter().all(is_older)
}
