//! The tools that come from crates.io, each at one exact version, in a folder of the cache named after
//! it. An installation is built aside and moved into place, so that an interrupted one never counts.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::Need;
use crate::{paths, process, progress};

struct CargoTool {
    need: Need,
    /// The crate's name.
    package: &'static str,
    /// The programs of it that the chores use.
    programs: &'static [&'static str],
    version: String,
    /// How long a build takes on two cores, in words.
    takes: &'static str,
}

/// Finds or installs the tools among these needs; answers the folders they are in.
pub(super) fn ready(needs: &[Need]) -> Result<Vec<PathBuf>> {
    if ![Need::WasmBindgen, Need::WorkerBuild, Need::WasmPack, Need::CargoFuzz]
        .iter()
        .any(|tool| needs.contains(tool))
    {
        return Ok(Vec::new());
    }
    let tools = tools()?;
    let mut folders = Vec::new();
    let mut missing = Vec::new();
    for tool in tools.iter().filter(|tool| needs.contains(&tool.need)) {
        match tool.cached()? {
            Some(folder) => folders.push(folder),
            None if tool.is_on_path() => {}
            None => missing.push(tool),
        }
    }
    if missing.is_empty() {
        return Ok(folders);
    }
    let _lock = super::cache_lock()?;
    for tool in &missing {
        // Another chore may have installed it while this one waited.
        folders.push(match tool.cached()? {
            Some(folder) => folder,
            None => tool.install()?,
        });
    }
    // What was compiled is of no use once all are there, and large.
    let _ = std::fs::remove_dir_all(build_folder()?);
    Ok(folders)
}

fn tools() -> Result<[CargoTool; 4]> {
    Ok([
        CargoTool {
            need: Need::WasmBindgen,
            package: "wasm-bindgen-cli",
            programs: &["wasm-bindgen", "wasm-bindgen-test-runner"],
            version: pinned_wasm_bindgen()?,
            takes: "about 2 minutes",
        },
        CargoTool {
            need: Need::WorkerBuild,
            package: "worker-build",
            programs: &["worker-build"],
            version: "0.8.7".to_owned(),
            takes: "about 3 minutes",
        },
        CargoTool {
            need: Need::WasmPack,
            package: "wasm-pack",
            programs: &["wasm-pack"],
            version: "0.15.1".to_owned(),
            takes: "about 1 minute",
        },
        CargoTool {
            need: Need::CargoFuzz,
            package: "cargo-fuzz",
            programs: &["cargo-fuzz"],
            version: "0.13.2".to_owned(),
            takes: "about 20 seconds",
        },
    ])
}

impl CargoTool {
    /// Whether every program is on PATH at exactly this version.
    fn is_on_path(&self) -> bool {
        self.programs.iter().all(|program| {
            process::answer(Command::new(program).arg("--version"))
                .is_some_and(|answer| answer.split_whitespace().any(|word| word == self.version))
        })
    }

    fn folder(&self) -> Result<PathBuf> {
        Ok(paths::cache()?.join("tools").join(format!("{}-{}", self.package, self.version)))
    }

    /// The folder with the programs, when they are in the cache.
    fn cached(&self) -> Result<Option<PathBuf>> {
        let folder = self.folder()?.join("bin");
        let complete = self.programs.iter().all(|program| folder.join(program).is_file());
        Ok(complete.then_some(folder))
    }

    fn install(&self) -> Result<PathBuf> {
        let Self { package, version, takes, .. } = self;
        progress::step(&format!("Installing {package} {version} with cargo ({takes}, once)"));
        let folder = self.folder()?;
        let partial = paths::beside(&folder, "partial");
        remove(&partial)?;
        let mut command = Command::new(paths::cargo());
        command.current_dir(std::env::temp_dir());
        command.arg("install").arg(format!("{package}@{version}"));
        command.arg("--root").arg(&partial).arg("--target-dir").arg(build_folder()?);
        // These tools run for a second at a time: compile them fast rather than make them fast.
        command
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "0");
        let log = paths::beside(&folder, "log");
        process::run_long(&mut command, &log).with_context(|| {
            format!("cannot install {package} {version}; try again, or install it yourself")
        })?;
        remove(&folder)?;
        std::fs::rename(&partial, &folder)?;
        let _ = std::fs::remove_file(&log);
        self.cached()?
            .with_context(|| format!("{package} {version} has other programs than expected"))
    }
}

fn build_folder() -> Result<PathBuf> {
    Ok(paths::cache()?.join("tools/.build"))
}

fn remove(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(problem) if problem.kind() != std::io::ErrorKind::NotFound => {
            Err(problem).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// The exact version in `wasm-bindgen = "=0.2.…"` of the workspace: library and tool must match.
fn pinned_wasm_bindgen() -> Result<String> {
    let manifest = paths::root().join("Cargo.toml");
    let text = std::fs::read_to_string(&manifest)
        .with_context(|| format!("cannot read {}", manifest.display()))?;
    read_pin(&text).context("Cargo.toml does not pin wasm-bindgen as `wasm-bindgen = \"=x.y.z\"`")
}

fn read_pin(manifest: &str) -> Option<String> {
    let line = manifest
        .lines()
        .find(|line| line.split_once('=').is_some_and(|(name, _)| name.trim() == "wasm-bindgen"))?;
    let (_, from_version) = line.split_once("\"=")?;
    let (version, _) = from_version.split_once('"')?;
    Some(version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::read_pin;

    #[test]
    fn the_pinned_version_is_read_from_either_form() {
        assert_eq!(read_pin("a = 1\nwasm-bindgen = \"=0.2.130\"\n").unwrap(), "0.2.130");
        assert_eq!(read_pin("wasm-bindgen = { version = \"=0.2.9\" }").unwrap(), "0.2.9");
    }

    #[test]
    fn a_version_that_is_not_pinned_is_not_read() {
        assert_eq!(read_pin("wasm-bindgen = \"0.2\"\nwasm-bindgen-futures = \"=1.0.0\""), None);
    }
}
