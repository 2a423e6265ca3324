//! The state file: read at the start, written whole and atomically after changes.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::Config;
use crate::sandbox::Sandbox;
use crate::state::Records;

/// Changes within this time are written together.
const PAUSE: Duration = Duration::from_millis(50);

/// Where a sandbox keeps its state: a JSON file without secrets (tokens are fingerprints).
#[derive(Clone, Debug)]
pub struct Store {
    path: PathBuf,
}

impl Store {
    /// A store in a file, which need not exist yet; its folder is made when it is missing.
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self { path: path.as_ref().to_owned() }
    }

    /// The sandbox as it was saved, brought up to date with the configuration; a new one when
    /// there is no file. Fails when the file cannot be read or is not a state file.
    pub fn open(&self, config: Config) -> io::Result<Sandbox> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Sandbox::new(config));
            }
            Err(error) => return Err(error),
        };
        let records: Records = serde_json::from_str(&text).map_err(|error| {
            let path = self.path.display();
            let text = format!("{path} is not a state file of this version ({error}); remove it");
            io::Error::new(io::ErrorKind::InvalidData, text)
        })?;
        Ok(Sandbox::with_records(config, records))
    }

    /// Writes the state now: either the old file or the new one is there at any moment.
    pub fn save(&self, sandbox: &Sandbox) -> io::Result<()> {
        let text = sandbox.with(|state| serde_json::to_vec(&state.records))?;
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut beside = self.path.clone().into_os_string();
        beside.push(".new");
        let mut file = File::create(&beside)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&beside, &self.path)
    }

    /// Saves after every change, until it is dropped or saving fails.
    pub async fn keep(&self, sandbox: &Sandbox) -> io::Error {
        loop {
            sandbox.changed().await;
            tokio::time::sleep(PAUSE).await;
            if let Err(error) = self.save(sandbox) {
                return error;
            }
        }
    }
}
