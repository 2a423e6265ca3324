//! Chromium and chromedriver for the tests: the ones on PATH, else Debian's packages when this is
//! Debian and the user may install them.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::{process, progress};

const CHROMIUM: &[&str] =
    &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// A browser and the driver that belongs to it.
pub(crate) struct Browser {
    chromium: PathBuf,
    driver: PathBuf,
}

impl Browser {
    /// Tells a test where they are: `CHROMIUM` and `CHROMEDRIVER` in its environment.
    pub(super) fn tell(&self, command: &mut Command) {
        command.env("CHROMIUM", &self.chromium).env("CHROMEDRIVER", &self.driver);
    }

    /// The driver's path.
    pub(crate) fn driver(&self) -> &std::path::Path {
        &self.driver
    }

    /// The browser's path.
    pub(crate) fn chromium(&self) -> &std::path::Path {
        &self.chromium
    }
}

/// Finds or installs the browser.
pub(super) fn ready() -> Result<Browser> {
    if let Some(browser) = find() {
        return Ok(browser);
    }
    apt_install(&["chromium", "chromium-driver"])?;
    match find() {
        Some(browser) => Ok(browser),
        None => bail!(
            "the tests need a Chromium and the chromedriver of the same version on PATH; install them \
             (Debian: `apt-get install chromium chromium-driver`; others: \
             https://googlechromelabs.github.io/chrome-for-testing), or name them with the environment \
             variables CHROMIUM and CHROMEDRIVER"
        ),
    }
}

fn find() -> Option<Browser> {
    let named = |variable: &str| std::env::var_os(variable).map(PathBuf::from);
    let chromium = named("CHROMIUM").or_else(|| CHROMIUM.iter().find_map(|name| on_path(name)))?;
    let driver = named("CHROMEDRIVER").or_else(|| on_path("chromedriver"))?;
    Some(Browser { chromium, driver })
}

fn on_path(program: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Installs Debian packages when this is Debian and the user is root; `false` when it is not.
pub(super) fn apt_install(packages: &[&str]) -> Result<bool> {
    let is_root = process::answer(Command::new("id").arg("-u")).is_some_and(|id| id == "0");
    if !is_root || on_path("apt-get").is_none() {
        return Ok(false);
    }
    progress::step(&format!(
        "Installing {} with apt-get (under a minute, once)",
        packages.join(", ")
    ));
    let log = std::env::temp_dir().join(format!("isthmus-apt-{}.log", std::process::id()));
    process::run_long(Command::new("apt-get").arg("update"), &log)?;
    let mut install = Command::new("apt-get");
    install.args(["install", "-y", "--no-install-recommends"]).args(packages);
    install.env("DEBIAN_FRONTEND", "noninteractive");
    process::run_long(&mut install, &log)?;
    let _ = std::fs::remove_file(log);
    Ok(true)
}
