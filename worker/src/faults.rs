//! Routes for tests, only in a build with the feature `faults`, which is never deployed: a panic takes the wasm
//! instance with it, and everything in the isolate that waits inside it; a check tells whether this host keeps the
//! promises of `isthmus::host`.
#![allow(clippy::panic, reason = "that is what it is for")]

#[allow(clippy::needless_pass_by_value, reason = "it belongs to the other crate")]
#[path = "../../src/testing/contract.rs"]
mod contract;

use http::{Method, StatusCode};
use isthmus::host::{Body, Cell, Host, HostError, Request, Response};

use crate::{host::Cloud, object};

/// Answers a request below `/faults/`; nothing for any other.
pub(crate) async fn route(host: &Cloud, request: &Request) -> Option<Response> {
    let (_, path) = request.url.split_once("/faults/")?;
    if request.method != Method::POST {
        return Some(answer(StatusCode::METHOD_NOT_ALLOWED, String::new()));
    }
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let result = match path.split_once('/').unwrap_or((path, "")) {
        ("panic", _) => panic!("a test asked for it"),
        // A question as JSON is in the body.
        ("object", "ask") => {
            let question = request.body.bytes().map(String::from_utf8_lossy).unwrap_or_default();
            object::ask_text(&host.env, query, &question).await.map_err(|error| error.to_string())
        }
        ("object", question) => {
            object::ask_text(&host.env, query, question).await.map_err(|error| error.to_string())
        }
        ("checks", "object") => Ok(contract::OBJECT_CONTRACT.join("\n")),
        ("checks", _) => Ok(contract::CONTRACT.join("\n")),
        ("check", name) => contract::run(host, name, query).await.map(|()| String::new()),
        _ => return Some(answer(StatusCode::NOT_FOUND, String::new())),
    };
    Some(match result {
        Ok(text) => answer(StatusCode::OK, text),
        Err(text) => answer(StatusCode::SERVICE_UNAVAILABLE, text),
    })
}

/// Answers a question of a test to an object; nothing for any other.
pub(crate) async fn in_object(cell: &Cloud, question: &str) -> Option<String> {
    if let Some(check) = question.strip_prefix("check/") {
        let seen = contract::run_in_object(cell, check).await;
        return Some(seen.err().unwrap_or_default());
    }
    let done = match question {
        "panic" => panic!("a test asked for it"),
        "write" => write(cell).await,
        "arm" => cell.wake_at(cell.now().plus(100)).await.map(|()| String::new()),
        "tables" => Ok(object::has_tables(&cell.context).to_string()),
        "alarms" => cell.read("test-alarms").await.map(Option::unwrap_or_default),
        _ => return None,
    };
    Some(done.unwrap_or_else(|error| error.to_string()))
}

/// Notes that the alarm went off.
pub(crate) async fn alarmed(cell: &Cloud) {
    let _ = cell.write(vec![("test-alarms", Some("went off".to_owned()))], Vec::new()).await;
}

/// Writes, overwrites and deletes records; answers what is read in between.
async fn write(cell: &Cloud) -> Result<String, HostError> {
    let mut seen = Vec::new();
    for records in [
        vec![("test-a", Some("1".to_owned())), ("test-b", Some("2".to_owned()))],
        vec![("test-a", None), ("test-b", Some("3".to_owned()))],
        vec![("test-b", None)],
    ] {
        cell.write(records, Vec::new()).await?;
        for key in ["test-a", "test-b"] {
            seen.push(cell.read(key).await?.unwrap_or_else(|| "-".to_owned()));
        }
    }
    Ok(seen.join(" "))
}

fn answer(status: StatusCode, text: String) -> Response {
    Response {
        status,
        headers: isthmus::headers::Headers::default(),
        body: Body::Bytes(text.into_bytes()),
    }
}
