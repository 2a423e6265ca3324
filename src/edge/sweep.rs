//! What is done from time to time, in small rounds: integrations that are being deleted, records under an old key, rows
//! that are of no use any more. The cron calls it, and the operator by `POST /admin/sweep`.

use serde_json::{Value, json};

use super::problem::Problem;
use crate::host::Host;

/// One round; what it did and what is left.
pub async fn sweep(_host: &impl Host) -> Result<Value, Problem> {
    Ok(json!({}))
}
