//! The chore `load`: many webhooks at once against the Worker as it is deployed, beside a bare one. It prints figures for
//! people; what must hold however long it takes is tested by the same file in `cargo xtask test worker`.

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
            progress::line("cargo xtask load: 10,000 webhooks at once, with figures");
            Ok(())
        }
        Some(other) => Err(other.unexpected().into()),
    }
}

fn run(toolbox: &Toolbox) -> Result<()> {
    build::sandbox(toolbox)?;
    build::worker(toolbox, &Variant::default())?;
    progress::step("10,000 webhooks over 50 connections (some minutes)");
    let mut node = toolbox.node_itself()?;
    node.args(["--test", "--test-reporter=spec", "tests/worker/webhook_load.test.mjs"]);
    node.env("ISTHMUS_LOAD", "whole").stdin(Stdio::null());
    let status = Group::spawn(&mut node)?.wait()?;
    process::succeed(&node, status)
}
