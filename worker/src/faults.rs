//! Routes for tests, only in a build with the feature `faults`, which is never deployed: a panic takes the wasm
//! instance with it, and everything in the isolate that waits inside it; a check tells whether this host keeps the
//! promises of `isthmus::host`.
#![allow(clippy::panic, reason = "that is what it is for")]

#[allow(clippy::needless_pass_by_value, reason = "it belongs to the other crate")]
#[path = "../../src/testing/contract.rs"]
mod contract;

use std::rc::Rc;

use futures_util::future::{join, join_all};
use http::{Method, StatusCode};
use isthmus::{
    headers::Headers,
    host::{Body, Cell, Host, HostError, Request, Response},
    run::{MOST_STEPS, Steps},
    shape::read_text,
    time::Timestamp,
    zoom::limit::LimitedAccount,
};

use crate::{host::Cloud, limiter, object};

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
        ("engine", call) => engine(host, call, query).await,
        ("limiter", account) => limit(host, account, request).await,
        ("zone", at) => {
            Ok(format!("{:?}", host.utc_offset(query, Timestamp(at.parse().unwrap_or_default()))))
        }
        ("read", limit) => read(host, query, limit.parse().unwrap_or_default()).await,
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

/// A call to the engine; `query` is the run's id, or more of them.
async fn engine(host: &Cloud, call: &str, query: &str) -> Result<String, String> {
    let done = match call {
        "start" => {
            let ids: Vec<String> = query.split(',').map(str::to_owned).collect();
            host.start_runs(&ids).await.map(|()| String::new())
        }
        "revive" => host.revive_run(query).await.map(|()| String::new()),
        "end" => host.end_run(query).await.map(|()| String::new()),
        _ => host.engine_state(query).await.map(|state| format!("{state:?}")),
    };
    done.map_err(|error| error.to_string())
}

/// Sends a GET and reads the answer's body whole; answers how long it is.
async fn read(host: &Cloud, url: &str, limit: usize) -> Result<String, String> {
    let request = Request {
        method: Method::GET,
        url: url.to_owned(),
        headers: Headers::default(),
        body: Body::Empty,
        deadline_ms: 10_000,
    };
    let body = host.send(request).await.map_err(|error| error.to_string())?.body;
    let bytes = host.read_body(body, limit).await.map_err(|error| error.to_string())?;
    Ok(bytes.map_or_else(|| "too long".to_owned(), |bytes| bytes.len().to_string()))
}

/// A question to a limiter, as JSON in the body.
async fn limit(host: &Cloud, account: &str, request: &Request) -> Result<String, String> {
    let account = LimitedAccount { integration_id: "i".to_owned(), account_id: account.to_owned() };
    let question = request.body.bytes().unwrap_or_default();
    let question = read_text(question).map_err(|error| error.to_string())?;
    let answer = limiter::ask(&host.env, &account, &question).await;
    answer.map(|answer| object::written(&answer)).map_err(|error| error.to_string())
}

/// A run of a test's, by its id: `faults-<what>-<anything>`. It tells the log what is really done.
pub(crate) async fn journey(host: Rc<Cloud>, steps: &impl Steps, id: &str) -> Option<()> {
    let what = id.strip_prefix("faults-")?.split('-').next()?;
    let tell = |done: &str| host.log(&serde_json::json!({"run": id, "done": done}));
    let step = |name: &'static str, milliseconds: u32| {
        let (host, id) = (Rc::clone(&host), id.to_owned());
        steps.perform(
            name,
            Rc::new(move || {
                let (host, id) = (Rc::clone(&host), id.clone());
                Box::pin(async move {
                    host.log(&serde_json::json!({"run": id, "begun": name}));
                    host.wait(milliseconds).await;
                    host.log(&serde_json::json!({"run": id, "done": name}));
                    Ok(format!("{name}'s"))
                })
            }),
        )
    };
    tell("nothing yet");
    for name in ["first", "second", "third"] {
        let given = step(name, if what == "slow" { 1500 } else { 5 }).await;
        assert_eq!(given.ok(), Some(format!("{name}'s")));
    }
    let sleep = if what == "long" { 33_000 } else { 200 };
    assert!(steps.sleep("nap", sleep).await.is_ok());
    let (left, right) = join(step("left", 20), step("right", 10)).await;
    assert!(left.is_ok() && right.is_ok());
    if what == "wide" {
        let names: Vec<_> = (0..MOST_STEPS - 6).map(|number| format!("nap {number}")).collect();
        let slept = join_all(names.iter().map(|name| steps.sleep(name, 1))).await;
        assert!(slept.iter().all(Result::is_ok));
        assert!(steps.sleep("one too many", 1).await.is_err());
    }
    tell("everything");
    Some(())
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
    Response { status, headers: Headers::default(), body: Body::Bytes(text.into_bytes()) }
}
