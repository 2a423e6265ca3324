//! The chore `test`: every stage in order, or one of them. A stage that needs the running Worker shares
//! one `cargo xtask start` on free ports (`session`); what test runners print is counted (`tally`); temporary files go
//! with the run (`scratch`).

mod scratch;
mod session;
mod tally;

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use lexopt::Arg::{Long, Value};

use crate::build::{self, Variant};
use crate::tools::{Need, Toolbox};
use crate::{check, fuzz, paths, progress, size};

use scratch::Scratch;
use session::Session;
use tally::Tally;

const NEEDS: &[Need] = &[
    Need::WasmTarget,
    Need::Lints,
    Need::Node,
    Need::Packages,
    Need::WasmBindgen,
    Need::WorkerBuild,
    Need::WasmPack,
    Need::CargoFuzz,
    Need::CppCompiler,
    Need::Browser,
];

/// One stage: its name on the command line, its headline, and what it runs.
struct Stage {
    name: &'static str,
    title: &'static str,
    run: fn(&mut Run) -> Result<Tally>,
}

const STAGES: &[Stage] = &[
    Stage { name: "check", title: "formatting, lints, documentation, types", run: Run::check },
    Stage { name: "native", title: "rules and journeys, on this machine", run: Run::native },
    Stage { name: "fuzz", title: "what comes from outside, as garbage", run: Run::fuzz },
    Stage { name: "browser", title: "the SDK's wasm, in Chromium", run: Run::browser },
    Stage { name: "worker", title: "the Worker, in workerd", run: |run| run.node("worker", 2) },
    Stage { name: "page", title: "a person's clicks, in Chromium", run: |run| run.node("page", 1) },
    Stage {
        name: "conformance",
        title: "other people's clients",
        run: |run| run.node("conformance", 1),
    },
    Stage { name: "package", title: "the npm package", run: |run| run.node("package", 1) },
    Stage { name: "release", title: "release builds, sizes, deployment (dry)", run: Run::release },
];

/// Reads the arguments and runs all stages or the ones named.
pub(crate) fn main(arguments: Vec<OsString>) -> Result<()> {
    let mut parser = lexopt::Parser::from_args(arguments);
    let mut names = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Value(name) => names.push(name.to_string_lossy().into_owned()),
            Long("help") => {
                progress::line(&usage());
                return Ok(());
            }
            other => return Err(other.unexpected()).context(usage()),
        }
    }
    if let Some(name) = names.iter().find(|name| STAGES.iter().all(|stage| stage.name != *name)) {
        bail!("there is no stage \"{name}\"\n\n{}", usage());
    }
    let scratch = Scratch::new()?;
    let toolbox = Toolbox::with(NEEDS)?.with_temporary(scratch.path());
    let mut run = Run { toolbox, session: None };
    let chosen = STAGES
        .iter()
        .filter(|stage| names.is_empty() || names.iter().any(|name| name == stage.name));
    run.stages(chosen)
}

fn usage() -> String {
    STAGES.iter().fold("cargo xtask test [stage …]\n".to_owned(), |text, stage| {
        format!("{text}\n  {:<12} {}", stage.name, stage.title)
    })
}

/// One run of the chore.
struct Run {
    toolbox: Toolbox,
    session: Option<Session>,
}

impl Run {
    fn stages<'a>(&mut self, stages: impl Iterator<Item = &'a Stage>) -> Result<()> {
        let (mut all, mut summary) = (Tally::default(), Vec::new());
        for stage in stages {
            progress::headline(&format!("{}: {}", stage.name, stage.title));
            let began = Instant::now();
            let tally = (stage.run)(self)
                .with_context(|| format!("the stage \"{}\" failed", stage.name))?;
            let (words, seconds) = (tally.in_words(), began.elapsed().as_secs());
            summary.push(format!("{:<12} {words:<22} {seconds:>4} s", stage.name));
            all.add(&tally);
        }
        self.session = None;
        progress::headline("all stages passed");
        summary.push(format!("\n{} passed, {} failed", all.passed, all.failed));
        let _ = writeln!(std::io::stdout(), "{}", summary.join("\n"));
        Ok(())
    }

    fn check(&mut self) -> Result<Tally> {
        check::run(&self.toolbox).map(|()| Tally::default())
    }

    fn native(&mut self) -> Result<Tally> {
        let mut cargo = self.toolbox.command(paths::cargo())?;
        cargo.args(["test", "--quiet", "--workspace", "--exclude", "isthmus-worker"]);
        cargo.args(["--features", "isthmus/testing,isthmus/documents"]);
        cargo.args(["--features", "isthmus/browser,isthmus/editor"]);
        tally::run(&mut cargo)
    }

    fn fuzz(&mut self) -> Result<Tally> {
        fuzz::run(&self.toolbox).map(|()| Tally::default())
    }

    /// wasm-bindgen's tests: their page has a fixed origin, so that the project can allow it.
    fn browser(&mut self) -> Result<Tally> {
        let capabilities = self.capabilities()?;
        let driver = self.toolbox.browser()?.driver().to_path_buf();
        let session = Session::shared(&mut self.session, &self.toolbox)?;
        let mut pack = self.toolbox.command("wasm-pack")?;
        pack.args(["test", "--headless", "--chrome", "--chromedriver"]).arg(driver);
        // Named, because the workspace's other members do not build for wasm.
        pack.args([".", "--package", "isthmus", "--no-default-features"]);
        pack.args(["--features", "browser,editor", "--test", "browser"]);
        pack.env("ISTHMUS_TEST_SETUP", session.setup())
            .env("WASM_BINDGEN_TEST_ADDRESS", session.browser_address())
            .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", capabilities)
            .env("WASM_BINDGEN_TEST_TIMEOUT", "180")
            // The isolating headers would cut the popup's opener, which no customer's page has cut.
            .env("WASM_BINDGEN_TEST_NO_ORIGIN_ISOLATION", "1");
        tally::run(&mut pack)
    }

    /// Node's test runner over one folder of `tests/`, so many files at a time: one where they share the Worker and the
    /// people at Zoom, two where almost each has its own.
    fn node(&mut self, folder: &str, at_once: u8) -> Result<Tally> {
        let tests = paths::root().join("tests").join(folder);
        let files = test_files(&tests)?;
        if files.is_empty() {
            progress::line(&format!("nothing in tests/{folder}"));
            return Ok(Tally::default());
        }
        let session = Session::shared(&mut self.session, &self.toolbox)?;
        let mut node = self.toolbox.node_itself()?;
        node.args(["--test", "--test-reporter=spec"]);
        node.arg(format!("--test-concurrency={at_once}")).args(files);
        node.env("ISTHMUS_TEST_SETUP", session.setup());
        tally::run(&mut node)
    }

    fn release(&mut self) -> Result<Tally> {
        // It watches the folder that the release build writes to.
        self.session = None;
        size::run(&self.toolbox).map(|()| Tally::default())
    }

    /// Writes how chromedriver is to start the browser; answers the file.
    fn capabilities(&self) -> Result<std::path::PathBuf> {
        let options = serde_json::json!({
            "goog:chromeOptions": {
                "binary": self.toolbox.browser()?.chromium(),
                "args": [
                    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic",
                    "--no-first-run", "--disable-background-networking",
                    "--disable-component-update", "--disable-sync",
                ],
            }
        });
        let file = paths::target().join("webdriver.json");
        std::fs::write(&file, options.to_string())?;
        Ok(file)
    }
}

/// Builds what the tests of the running product need.
fn builds(toolbox: &Toolbox) -> Result<()> {
    build::sandbox(toolbox)?;
    build::sdk(toolbox)?;
    build::pages(toolbox)?;
    build::worker(toolbox, &Variant::development())?;
    build::worker(toolbox, &Variant::faulty())
}

/// The `*.test.mjs` files of a folder and of the folders in it, sorted.
fn test_files(folder: &Path) -> Result<Vec<std::path::PathBuf>> {
    let mut files = Vec::new();
    if !folder.is_dir() {
        return Ok(files);
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && !path.ends_with("node_modules") {
            files.extend(test_files(&path)?);
        } else if path.to_string_lossy().ends_with(".test.mjs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
