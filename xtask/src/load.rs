//! The chore `load`: many webhooks at once against the Worker as it is deployed, beside a bare one, and many runs at once.
//! It prints figures for people; what must hold however long it takes is tested by the same files in `cargo xtask test
//! worker`.

use std::ffi::OsString;
use std::process::Stdio;

use anyhow::Result;

use crate::build::{self, Variant};
use crate::process::Group;
use crate::tools::Toolbox;
use crate::{process, progress};

/// Reads the arguments (there are none), builds for release, and measures.
pub(crate) fn main(arguments: Vec<OsString>) -> Result<()> {
    let mut parser = lexopt::Parser::from_args(arguments);
    match parser.next()? {
        None => run(&Toolbox::with(build::NEEDS)?),
        Some(lexopt::Arg::Long("help")) => {
            progress::line(
                "cargo xtask load: 10,000 webhooks and 1,000 runs at once, with figures",
            );
            Ok(())
        }
        Some(other) => Err(other.unexpected().into()),
    }
}

fn run(toolbox: &Toolbox) -> Result<()> {
    build::sandbox(toolbox)?;
    build::worker(toolbox, &Variant::default())?;
    progress::step("10,000 webhooks over 50 connections, then 1,000 runs (some minutes)");
    let mut node = toolbox.node_itself()?;
    node.args(["--test", "--test-reporter=spec", "--test-concurrency=1"])
        .args(["tests/worker/webhook_load.test.mjs", "tests/worker/runs_load.test.mjs"]);
    node.env("ISTHMUS_LOAD", "whole").stdin(Stdio::null());
    let status = Group::spawn(&mut node)?.wait()?;
    process::succeed(&node, status)
}
