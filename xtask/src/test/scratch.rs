//! The folder for temporary files of one test run: whatever a browser or a killed workerd leaves lying there goes with it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// A folder in the machine's temporary one; dropped, it goes.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    /// An empty folder, named after this process. Short: sockets are made in it, and their paths have 108 bytes.
    pub(super) fn new() -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("isthmus-test-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        Ok(Self(folder))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
