//! Counts tests from the closing lines that cargo, wasm-bindgen and Node's test runner print.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::process::{self, Group};

/// How many tests passed and failed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) passed: u32,
    pub(super) failed: u32,
}

impl Tally {
    pub(super) fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// The count for a summary; a stage without tests is simply done.
    pub(super) fn in_words(&self) -> String {
        if *self == Self::default() {
            return "done".to_owned();
        }
        format!("{} passed, {} failed", self.passed, self.failed)
    }

    fn read(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            // test result: ok. 12 passed; 0 failed; 0 ignored; …
            ["test", "result:", _, passed, "passed;", failed, "failed;", ..] => {
                self.passed += passed.parse::<u32>().unwrap_or_default();
                self.failed += failed.parse::<u32>().unwrap_or_default();
            }
            // ℹ pass 12
            ["ℹ", "pass", passed] => self.passed += passed.parse::<u32>().unwrap_or_default(),
            ["ℹ", "fail", failed] => self.failed += failed.parse::<u32>().unwrap_or_default(),
            _ => {}
        }
    }
}

/// Runs tests, passes what they print on to stdout, and counts.
pub(super) fn run(command: &mut Command) -> Result<Tally> {
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut group = Group::spawn(command)?;
    let output = group.stdout().context("the test run has no output")?;
    let reader = std::thread::spawn(move || {
        let mut tally = Tally::default();
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            tally.read(&line);
            let _ = writeln!(std::io::stdout(), "{line}");
        }
        tally
    });
    let status = group.wait()?;
    // Whatever a test left running would keep the pipe open.
    group.end();
    let tally = reader.join().map_err(|_| anyhow::anyhow!("reading the test run failed"))?;
    process::succeed(command, status)
        .with_context(|| format!("{} passed, {} failed", tally.passed, tally.failed))?;
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn the_closing_lines_of_each_runner_are_counted() {
        let mut tally = Tally::default();
        for line in [
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out",
            "ℹ tests 4",
            "ℹ pass 3",
            "ℹ fail 1",
        ] {
            tally.read(line);
        }
        assert_eq!(tally, Tally { passed: 15, failed: 1 });
    }
}
