//! The chore `fuzz`: runs the targets of `fuzz/` by cargo-fuzz, on the same toolchain as everything else: coverage, but no
//! sanitizers, since our code has no `unsafe`. The corpus in the repository is only read: what a run finds is kept in
//! cargo's target folder.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use lexopt::Arg::{Long, Value};
use lexopt::ValueExt;

use crate::tools::{Need, Toolbox};
use crate::{paths, process, progress};

/// A folder of `fuzz/corpus` and a program of `fuzz/Cargo.toml`.
struct Target {
    name: &'static str,
    /// So many inputs are tried by the tests: some 20 seconds of a core, and as many on any machine.
    inputs: u32,
}

const TARGETS: &[Target] = &[
    Target { name: "receiver", inputs: 20_000 },
    Target { name: "trigger_output", inputs: 1_000_000 },
    Target { name: "filter", inputs: 1_000_000 },
    Target { name: "workflow", inputs: 200_000 },
];

/// When a target has run enough.
enum Enough {
    /// After so many seconds.
    Seconds(u32),
    /// After its own number of inputs.
    Inputs,
}

/// How long each target runs unless said, in seconds.
const SECONDS: u32 = 20;
/// So many targets run at once: each has one thread.
const AT_ONCE: usize = 2;
/// Memory that a target may use, in MB.
const MEMORY: u32 = 2048;

/// Reads the arguments and runs one target or all of them.
pub(crate) fn main(arguments: Vec<OsString>) -> Result<()> {
    let mut parser = lexopt::Parser::from_args(arguments);
    let (mut chosen, mut seconds) = (TARGETS, SECONDS);
    while let Some(argument) = parser.next()? {
        match argument {
            Value(name) => {
                let found = TARGETS.iter().find(|target| name == *target.name);
                chosen = std::slice::from_ref(found.with_context(usage)?);
            }
            Long("seconds") => seconds = parser.value()?.parse()?,
            Long("help") => {
                progress::line(&usage());
                return Ok(());
            }
            other => return Err(other.unexpected()).context(usage()),
        }
    }
    let toolbox = Toolbox::with(&[Need::CargoFuzz, Need::CppCompiler])?;
    fuzz(&toolbox, chosen, &Enough::Seconds(seconds), &kept("found"))
}

fn usage() -> String {
    let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
    format!("cargo xtask fuzz [{}] [--seconds N]", names.join(" | "))
}

/// Runs every target for its number of inputs, beginning with the corpus of the repository and nothing else. What the
/// chore has found is left where it is.
pub(crate) fn run(toolbox: &Toolbox) -> Result<()> {
    let kept = kept("found-in-tests");
    let _ = std::fs::remove_dir_all(&kept);
    fuzz(toolbox, TARGETS, &Enough::Inputs, &kept)
}

/// Where new inputs go that reach new code.
fn kept(folder: &str) -> PathBuf {
    paths::target().join("fuzz").join(folder)
}

fn fuzz(toolbox: &Toolbox, targets: &[Target], enough: &Enough, kept: &Path) -> Result<()> {
    progress::step("Building the fuzz targets (about a minute the first time)");
    let log = paths::target().join("fuzz.log");
    process::run_long(&mut cargo_fuzz(toolbox, "build")?, &log)?;
    for pair in targets.chunks(AT_ONCE) {
        std::thread::scope(|scope| {
            let runs: Vec<_> = pair
                .iter()
                .map(|target| scope.spawn(move || fuzz_one(toolbox, target, enough, kept)))
                .collect();
            let ended = runs.into_iter().map(|run| run.join().ok().context("a thread died")?);
            ended.collect::<Vec<_>>().into_iter().collect::<Result<()>>()
        })?;
    }
    Ok(())
}

fn fuzz_one(toolbox: &Toolbox, target: &Target, enough: &Enough, kept: &Path) -> Result<()> {
    let Target { name, inputs } = target;
    let (words, limit) = match enough {
        Enough::Seconds(seconds) => (format!("{seconds} s"), format!("-max_total_time={seconds}")),
        Enough::Inputs => (format!("{inputs} inputs"), format!("-runs={inputs}")),
    };
    progress::step(&format!("Fuzzing: {name} ({words})"));
    let found = kept.join(name);
    std::fs::create_dir_all(&found)
        .with_context(|| format!("cannot create {}", found.display()))?;
    let mut command = cargo_fuzz(toolbox, "run")?;
    command.arg(name).arg(found).arg(paths::root().join("fuzz/corpus").join(name));
    command.args(["--", "-seed=1", "-timeout=10", "-print_final_stats=1"]);
    command.arg(limit).arg(format!("-rss_limit_mb={MEMORY}"));
    let log = paths::target().join(format!("fuzz/{name}.log"));
    process::run_long(&mut command, &log).with_context(|| {
        format!("what broke {name} is in fuzz/artifacts/{name}: make it a test, then fix it")
    })?;
    if !progress::is_watched() {
        progress::line(&format!("    {name}: {} inputs", tried(&log)));
    }
    Ok(())
}

/// What is built for fuzzing has a target folder of its own: every crate in it is instrumented.
fn cargo_fuzz(toolbox: &Toolbox, what: &str) -> Result<Command> {
    let mut command = toolbox.command(paths::cargo())?;
    command.args(["fuzz", what, "--sanitizer", "none", "--target-dir"]);
    command.arg(paths::target().join("fuzz"));
    Ok(command)
}

/// How many inputs a run has tried, by its own account.
fn tried(log: &Path) -> String {
    let said = std::fs::read_to_string(log).unwrap_or_default();
    let stat = said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    stat.unwrap_or("an unknown number of").trim().to_owned()
}
