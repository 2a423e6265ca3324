//! The recording of a meeting in Zoom's cloud. It has no file: what its addresses lead to is not
//! there.

use serde::{Deserialize, Serialize};

use crate::clock::Millis;
use crate::secret::fingerprint;
use crate::state::User;

/// One recording.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Recording {
    pub(crate) id: String,
    pub(crate) account_id: String,
    pub(crate) started_at: Millis,
    pub(crate) ended_at: Option<Millis>,
    pub(crate) passcode: String,
    pub(crate) play_passcode: String,
}

impl Recording {
    /// A recording that begins.
    pub(crate) fn new(host: &User, now: Millis) -> Self {
        let number: u64 = rand::random();
        let passcode: u32 = rand::random_range(100_000..1_000_000);
        Self {
            id: format!("{number:016x}"),
            account_id: host.account_id.clone(),
            started_at: now,
            ended_at: None,
            passcode: passcode.to_string(),
            play_passcode: fingerprint(&format!("{number} {passcode}")).chars().take(32).collect(),
        }
    }
}
