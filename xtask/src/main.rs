//! Every chore of this repository, one `cargo xtask <name>` each. This file is the list of chores and
//! nothing else; `tools` brings what they need, `process` starts and ends what they run.

mod build;
mod check;
mod fuzz;
mod load;
mod openapi;
mod paths;
mod process;
mod progress;
mod size;
mod start;
mod test;
mod token;
mod tools;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;

/// One chore: its name, what it does in a line, and the function that does it.
struct Chore {
    name: &'static str,
    summary: &'static str,
    run: fn(Vec<OsString>) -> Result<()>,
}

const CHORES: &[Chore] = &[
    Chore {
        name: "start",
        summary: "run the Worker, a Zoom sandbox and the demo app on this machine",
        run: start::main,
    },
    Chore {
        name: "token",
        summary: "print a user token for the development project: token <user id>",
        run: token::main,
    },
    Chore { name: "test", summary: "run every test, or one stage: test <stage>", run: test::main },
    Chore { name: "check", summary: "formatting, lints, documentation, types", run: check::main },
    Chore {
        name: "fuzz",
        summary: "feed what comes from outside with garbage: fuzz [target] [--seconds N]",
        run: fuzz::main,
    },
    Chore {
        name: "load",
        summary: "many webhooks at once against the release Worker, with figures",
        run: load::main,
    },
    Chore {
        name: "build",
        summary: "build sdk, build pages, build worker, or all for release",
        run: build::main,
    },
    Chore {
        name: "openapi",
        summary: "write worker/assets/openapi.json from the sources",
        run: openapi::main,
    },
    Chore { name: "size", summary: "what a page and the edge download, in bytes", run: size::main },
    Chore {
        name: "setup",
        summary: "install what is missing (the other chores do so themselves)",
        run: tools::main,
    },
];

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let name = arguments.next().unwrap_or_default();
    let rest: Vec<OsString> = arguments.collect();
    if name == process::GUARD {
        return process::guard();
    }
    let Some(chore) = CHORES.iter().find(|chore| name == chore.name) else {
        return list(&name);
    };
    let result = process::watch_signals().and_then(|()| (chore.run)(rest));
    process::dismiss_guard();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) if problem.is::<process::Interrupted>() => ExitCode::from(130),
        Err(problem) => {
            progress::failure(&format!("cargo xtask {}: {problem:#}", chore.name));
            ExitCode::FAILURE
        }
    }
}

/// Prints the chores; an unknown name is an error, no name at all is a question.
fn list(name: &OsString) -> ExitCode {
    let asked = name.is_empty() || name == "help" || name == "--help" || name == "-h";
    if !asked {
        progress::failure(&format!("there is no chore \"{}\"", name.display()));
    }
    let chores = CHORES.iter().map(|chore| format!("  {:<8} {}", chore.name, chore.summary));
    let mut lines = vec!["cargo xtask <name>\n".to_owned()];
    lines.extend(chores);
    lines.push("\ncargo xtask <name> --help says what a chore takes.".to_owned());
    let text = lines.join("\n");
    if asked {
        let _ = writeln!(std::io::stdout(), "{text}");
        return ExitCode::SUCCESS;
    }
    progress::line(&text);
    ExitCode::FAILURE
}
