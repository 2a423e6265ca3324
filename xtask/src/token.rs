//! The chore `token`: a user token for the development project, signed as the demo app signs them.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use lexopt::Arg::{Long, Value};
use lexopt::ValueExt;

use crate::process::Group;
use crate::start::State;
use crate::tools::{Need, Toolbox};
use crate::{process, progress};

const USAGE: &str = "cargo xtask token <any user id> [--expires-in SECONDS] [--state DIR]";

/// Prints the token, and nothing else, on stdout.
pub(crate) fn main(arguments: Vec<OsString>) -> Result<()> {
    let mut parser = lexopt::Parser::from_args(arguments);
    let (mut user, mut expires_in, mut state): (Option<String>, i64, Option<PathBuf>) =
        (None, 3600, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Value(value) if user.is_none() => user = Some(value.string()?),
            Long("expires-in") => expires_in = parser.value()?.parse()?,
            Long("state") => state = Some(std::path::absolute(parser.value()?)?),
            Long("help") => {
                progress::line(USAGE);
                return Ok(());
            }
            other => return Err(other.unexpected()).context(USAGE),
        }
    }
    let user = user.filter(|user| !user.is_empty()).context(USAGE)?;
    let state = state.unwrap_or_else(State::latest);
    let project = state.join("project.json");
    if !project.is_file() {
        bail!("{} has no project yet; run `cargo xtask start` first", state.display());
    }
    let toolbox = Toolbox::with(&[Need::Node])?;
    let mut command = toolbox.node("www/demo/user-token.mjs")?;
    command.arg(&project).arg(&user).arg(expires_in.to_string()).stdin(Stdio::null());
    let status = Group::spawn(&mut command)?.wait()?;
    process::succeed(&command, status)
}
