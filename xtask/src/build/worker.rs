//! Builds the edge half with Cloudflare's worker-build: cargo, wasm-bindgen, wasm-opt, one JavaScript
//! file. The entry module, `worker/entry.mjs`, is written by hand and imports the result.

use anyhow::Result;

use crate::tools::Toolbox;
use crate::{paths, process, progress};

/// Which Worker to build.
#[derive(Clone, Default)]
pub(crate) struct Variant {
    /// Without optimisation.
    pub(crate) dev: bool,
    /// Extra cargo features, separated by commas; they get an output folder of their own.
    pub(crate) features: Option<String>,
}

impl Variant {
    /// What runs on a developer's machine.
    pub(crate) fn development() -> Self {
        Self { dev: true, features: None }
    }

    /// What the tests in `tests/worker` break on purpose.
    pub(crate) fn faulty() -> Self {
        Self { dev: true, features: Some("faults".to_owned()) }
    }

    /// The output folder, relative to `worker/`.
    pub(crate) fn folder(&self) -> String {
        match &self.features {
            None => "build".to_owned(),
            Some(features) => format!("build-{}", features.replace(',', "-")),
        }
    }
}

/// What every runtime that Workers run in understands; named one by one, because with all features on
/// wasm-opt writes encodings that none does.
pub(super) const WASM_FEATURES: &[&str] = &[
    "--enable-mutable-globals",
    "--enable-sign-ext",
    "--enable-nontrapping-float-to-int",
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-reference-types",
    "--enable-exception-handling",
];

/// Builds the Worker into its folder.
pub(crate) fn build(toolbox: &Toolbox, variant: &Variant) -> Result<()> {
    let kind = if variant.dev { "development" } else { "release" };
    let with = variant.features.as_ref().map(|list| format!(" with {list}")).unwrap_or_default();
    progress::step(&format!("Building the Worker ({kind}{with})"));
    let mut command = toolbox.command("worker-build")?;
    command
        .current_dir(paths::root().join("worker"))
        .env("WASM_BINDGEN_BIN", "wasm-bindgen")
        .env("ESBUILD_BIN", Toolbox::package_program("esbuild"))
        .arg(if variant.dev { "--dev" } else { "--release" })
        .args(["--no-opt", "--out-dir", &variant.folder()]);
    if let Some(features) = &variant.features {
        command.args(["--features", features]);
    }
    process::run(&mut command)?;
    if variant.dev { Ok(()) } else { optimise(toolbox, variant) }
}

/// Runs wasm-opt ourselves: worker-build would keep the names of all functions in the file.
fn optimise(toolbox: &Toolbox, variant: &Variant) -> Result<()> {
    let wasm = paths::root().join("worker").join(variant.folder()).join("index_bg.wasm");
    let smaller = paths::beside(&wasm, "smaller");
    let mut command = toolbox.command(Toolbox::package_program("wasm-opt"))?;
    // Functions of alike names are alike, and compress better side by side; the names go after that.
    command
        .args(["-Oz", "--one-caller-inline-max-function-size=0", "--reorder-functions-by-name"])
        .args(["--strip-debug", "--strip-producers"])
        .args(WASM_FEATURES);
    process::run(command.arg(&wasm).arg("-o").arg(&smaller))?;
    Ok(std::fs::rename(&smaller, &wasm)?)
}
