//! The sealed read copies of the fast path: a project's keys, and a grant with its access token. A copy may say yes;
//! whoever wants to say no asks the source first.

use zeroize::Zeroizing;

use crate::{
    connection::ConnectionName,
    host::{Host, HostError},
    record::project::Project,
    seal::OpenError,
    secret::{AccessToken, Text},
    shape::{Shape, read_text, shape, text},
    time::{MINUTE, Timestamp},
};

/// How long a project's copy lives, in seconds. It is written again with each change.
const PROJECT_SECONDS: u32 = 3600;
/// How long a project's copy may say yes after the source was read for it, in milliseconds.
const TRUSTED: i64 = 5 * MINUTE;
/// The shortest life of a copy, in seconds: Workers KV takes no less.
const SHORTEST_SECONDS: u32 = 60;

/// What the fast path needs of a grant.
#[derive(Debug)]
pub struct GrantCopy {
    /// Whose it is.
    pub owner: Owner,
    /// The token.
    pub access_token: AccessToken,
    /// Which of the connection's tokens it is; rises with each refresh.
    pub version: u64,
    /// When the token ends.
    pub expires_at: Timestamp,
    /// Zoom's regional API address, as the token response said.
    pub api_url: Option<String>,
}

shape! {
    /// Whose grant it is, and where its source is.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Owner {
        /// The grant.
        pub grant_id: String,
        /// The project.
        pub project_id: String,
        /// The project's user.
        pub user_id: String,
        /// `zoom`.
        pub provider: String,
        /// The connection.
        pub connection: ConnectionName,
    }
}

shape! {
    /// The JSON inside the seal; the only place where a copy's token is text.
    struct Plain {
        owner: Owner,
        access_token: Text,
        version: u64,
        expires_at: Timestamp,
        api_url: Option<String>,
    }
}

impl GrantCopy {
    /// Seals the copy. `nonce` is used once.
    pub fn seal(&self, host: &impl Host) -> Result<String, HostError> {
        let plain = Plain {
            owner: self.owner.clone(),
            access_token: Text::new(self.access_token.expose()),
            version: self.version,
            expires_at: self.expires_at,
            api_url: self.api_url.clone(),
        };
        seal(host, &grant_key(&self.owner.grant_id), &plain)
    }

    /// Opens a sealed copy of one grant.
    pub fn open(host: &impl Host, grant_id: &str, sealed: &str) -> Result<Self, HostError> {
        let plain: Plain = open(host, &grant_key(grant_id), sealed)?;
        Ok(Self {
            owner: plain.owner,
            access_token: AccessToken::new(plain.access_token.take()),
            version: plain.version,
            expires_at: plain.expires_at,
            api_url: plain.api_url,
        })
    }
}

/// Seals one JSON value under a record's name.
pub fn seal(host: &impl Host, record: &str, value: &impl Shape) -> Result<String, HostError> {
    seal_text(host, record, &Zeroizing::new(text(value)))
}

/// Opens what [`seal`] sealed.
pub fn open<T: Shape>(host: &impl Host, record: &str, sealed: &str) -> Result<T, HostError> {
    read(open_text(host, record, sealed)?.as_bytes())
}

/// Reads what was opened.
pub fn read<T: Shape>(plain: &[u8]) -> Result<T, HostError> {
    read_text(plain).map_err(|_| HostError::new("seal", "not the record it should be"))
}

/// Seals a text, byte for byte, under a record's name.
pub fn seal_text(host: &impl Host, record: &str, plain: &[u8]) -> Result<String, HostError> {
    let mut nonce = [0; 12];
    host.fill_random(&mut nonce);
    Ok(ring(host)?.seal(record, plain, nonce))
}

/// Opens what [`seal_text`] sealed. The error's part is `seal_key` when the key is not in the ring, else `seal`.
pub fn open_text(
    host: &impl Host,
    record: &str,
    sealed: &str,
) -> Result<Zeroizing<String>, HostError> {
    ring(host)?.open(record, sealed).map_err(|error| match error {
        OpenError::UnknownKey(_) => HostError::new("seal_key", error.to_string()),
        OpenError::Broken => HostError::new("seal", error.to_string()),
    })
}

/// The key ring, or why there is none.
pub fn ring(host: &impl Host) -> Result<&crate::seal::KeyRing, HostError> {
    host.settings().ring.as_ref().map_err(|error| HostError::new("seal_key", error.to_string()))
}

/// The copy of a grant, if there is one that opens and is of use until `now`.
pub async fn load_grant(host: &impl Host, grant_id: &str, now: Timestamp) -> Option<GrantCopy> {
    let sealed = host.load_copy(&grant_key(grant_id)).await.ok().flatten()?;
    let copy = GrantCopy::open(host, grant_id, &sealed).ok()?;
    (now < copy.expires_at).then_some(copy)
}

/// Saves a sealed copy of a grant until its token ends. Best effort: a copy is never needed.
pub async fn save_grant(host: &impl Host, copy: &GrantCopy, sealed: String) {
    let left = copy.expires_at.since(host.now()) / crate::time::SECOND;
    let seconds = u32::try_from(left).unwrap_or(0).max(SHORTEST_SECONDS);
    let saved = host.save_copy(&grant_key(&copy.owner.grant_id), sealed, seconds).await;
    log_failure(host, "copy_not_saved", saved);
}

/// Deletes the copy of a grant.
pub async fn delete_grant(host: &impl Host, grant_id: &str) -> Result<(), HostError> {
    host.delete_copy(&grant_key(grant_id)).await
}

/// The copy of a project, if there is one that opens, and when the source was read for it.
pub async fn load_project(host: &impl Host, project_id: &str) -> Option<(Timestamp, Project)> {
    let key = project_key(project_id);
    let sealed = host.load_copy(&key).await.ok().flatten()?;
    open(host, &key, &sealed).ok()
}

/// Whether a project's copy may still say yes.
pub fn is_trusted(read_at: Timestamp, now: Timestamp) -> bool {
    (0..TRUSTED).contains(&now.since(read_at))
}

/// Saves the copy of a project that was read at the source at `read_at`. Best effort.
pub async fn save_project(host: &impl Host, project: &Project, read_at: Timestamp) {
    let key = project_key(&project.id);
    let saved = match seal(host, &key, &(read_at, project.clone())) {
        Ok(sealed) => host.save_copy(&key, sealed, PROJECT_SECONDS).await,
        Err(error) => Err(error),
    };
    log_failure(host, "copy_not_saved", saved);
}

fn log_failure(host: &impl Host, what: &str, result: Result<(), HostError>) {
    if let Err(error) = result {
        host.log(&serde_json::json!({"level": "warn", "what": what, "reason": error.reason}));
    }
}

fn grant_key(grant_id: &str) -> String {
    format!("copy/grant/{grant_id}")
}

fn project_key(project_id: &str) -> String {
    format!("copy/project/{project_id}")
}
