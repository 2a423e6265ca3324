//! What is kept between two starts, in one folder that only its owner may read: the Worker's secrets,
//! the development project with its signing key, the databases, the logs.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};

use crate::paths;

/// The field of the project that holds the secret of its events.
pub(super) const EVENT_SECRET: &str = "event_secret";

/// The state folder of a running or coming start; nobody else starts from it meanwhile.
pub(crate) struct State {
    folder: PathBuf,
    admin_secret: String,
    _lock: File,
}

impl State {
    /// Opens or creates the folder and remembers it as the latest one.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        private_folder(folder)?;
        private_folder(&folder.join("logs"))?;
        let lock = File::create(folder.join("lock"))?;
        if lock.try_lock().is_err() {
            bail!(
                "another `cargo xtask start` runs from {}; end it, or choose another folder with --state DIR",
                folder.display()
            );
        }
        let admin_secret = admin_secret(&folder.join("secrets.env"))?;
        let home = paths::root().join(".isthmus");
        private_folder(&home)?;
        paths::write_private(&home.join("latest"), &format!("{}\n", folder.display()))?;
        Ok(Self { folder: folder.to_path_buf(), admin_secret, _lock: lock })
    }

    /// The folder of the latest start that is still there.
    pub(crate) fn latest() -> PathBuf {
        let home = paths::root().join(".isthmus");
        let latest = std::fs::read_to_string(home.join("latest")).unwrap_or_default();
        let folder = PathBuf::from(latest.trim_end());
        if folder.join("project.json").is_file() { folder } else { home }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn admin_secret(&self) -> &str {
        &self.admin_secret
    }

    /// The Worker's secrets as wrangler's `--env-file` takes them.
    pub(crate) fn secrets(&self) -> PathBuf {
        self.folder.join("secrets.env")
    }

    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.folder.join("logs").join(format!("{name}.log"))
    }

    pub(crate) fn project_file(&self) -> PathBuf {
        self.folder.join("project.json")
    }

    /// The project of earlier starts.
    pub(crate) fn project(&self) -> Result<Option<Project>> {
        match std::fs::read_to_string(self.project_file()) {
            Ok(text) => Project::read(&text).map(Some),
            Err(problem) if problem.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(problem) => Err(problem).context("cannot read project.json of the state folder"),
        }
    }

    pub(crate) fn keep_project(&self, project: &Project) -> Result<()> {
        paths::write_private(&self.project_file(), &project.to_text())
    }
}

/// The development project: ids, the client secret, the key that signs user tokens, and the secret that
/// its events are signed with.
pub(crate) struct Project(BTreeMap<String, String>);

impl Project {
    /// Reads the Worker's answer to the request that created the project (its secrets are said once).
    pub(crate) fn from_answer(answer: &Value) -> Result<Self> {
        let fields = [
            ("project_id", "/id"),
            ("client_id", "/client_id"),
            ("client_secret", "/client_secret"),
            ("signing_key_id", "/signing_keys/0/id"),
            ("signing_key", "/signing_keys/0/private_key"),
        ];
        let read = |(name, place): (&str, &str)| {
            let text = answer.pointer(place).and_then(Value::as_str);
            let text = text.with_context(|| format!("the Worker's answer has no {place}"))?;
            Ok((name.to_owned(), text.to_owned()))
        };
        Ok(Self(fields.into_iter().map(read).collect::<Result<_>>()?))
    }

    fn read(text: &str) -> Result<Self> {
        let fields = serde_json::from_str(text).context(
            "project.json of the state folder is damaged; delete the folder to begin anew",
        )?;
        Ok(Self(fields))
    }

    fn to_text(&self) -> String {
        format!("{:#}\n", json!(self.0))
    }

    pub(crate) fn id(&self) -> &str {
        self.0.get("project_id").map(String::as_str).unwrap_or_default()
    }

    /// The id of its Zoom integration; empty before that is set up.
    pub(super) fn integration(&self) -> &str {
        self.0.get("integration_id").map(String::as_str).unwrap_or_default()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.0.insert(name.to_owned(), value.to_owned());
    }

    /// What others may know of it; the signing key and the secret of its events stay in the file.
    pub(crate) fn shown(&self) -> BTreeMap<&str, &str> {
        let fields = self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let shown = |name: &str| !name.starts_with("signing_key") && name != EVENT_SECRET;
        fields.filter(|(name, _)| shown(name)).collect()
    }
}

/// Reads the admin secret of this folder, after making both of the Worker's secrets the first time.
fn admin_secret(file: &Path) -> Result<String> {
    if !file.exists() {
        let master = Base64UrlUnpadded::encode_string(&random()?);
        let admin = Base64UrlUnpadded::encode_string(&random()?);
        paths::write_private(file, &format!("MASTER_KEYS=dev1:{master}\nADMIN_SECRET={admin}\n"))?;
    }
    let text = std::fs::read_to_string(file)?;
    let secret = text.lines().find_map(|line| line.strip_prefix("ADMIN_SECRET="));
    secret.map(str::to_owned).with_context(|| format!("{} has no ADMIN_SECRET", file.display()))
}

/// 256 random bits from the operating system.
fn random() -> Result<[u8; 32]> {
    let mut bytes = [0; 32];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn private_folder(folder: &Path) -> Result<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("cannot create {}", folder.display()))
}
