//! The master keys: which are known, which one seals, how many records need each. A key may go when it has none.

use std::collections::BTreeMap;

use http::StatusCode;
use serde_json::json;

use super::super::{call::json_answer, problem::Problem};
use crate::{
    host::{Host, Response},
    record::{copy, sealed},
};

/// `GET keys`
pub(super) async fn keys(host: &impl Host) -> Result<Response, Problem> {
    let mut records: BTreeMap<String, i64> = BTreeMap::new();
    for count in sealed::by_key(host).await? {
        *records.entry(count.key).or_default() += count.n;
    }
    let ring = copy::ring(host)?;
    let mut keys = Vec::new();
    for (index, id) in ring.ids().enumerate() {
        let records = records.remove(id).unwrap_or_default();
        keys.push(json!({"id": id, "seals": index == 0, "known": true, "records": records}));
    }
    // What is left is sealed with keys that the ring lacks; nothing, for connections that have not said.
    let unknown = records
        .into_iter()
        .map(|(id, records)| json!({"id": id, "seals": false, "known": false, "records": records}));
    keys.extend(unknown);
    Ok(json_answer(StatusCode::OK, &json!({"keys": keys})))
}
