//! Steps that call any address: what is sent there, which addresses are not called, what is a failure and is tried again;
//! and what is kept of long answers.

use http::Method;
use isthmus::{headers::Headers, settings::Settings};
use serde_json::{Value, json};

use crate::{attempt_moves::ready, endpoint::ENDPOINTS, run, world::World};

fn tell(path: &str, more: Value) -> Value {
    let mut inputs =
        json!({"method": "POST", "url": format!("{ENDPOINTS}{path}"), "body": {"n": 1}});
    inputs.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"id": "tell", "type": "request", "inputs": inputs})
}

fn says(world: &World, path: &str, kind: &str, body: Vec<u8>) {
    let mut headers = Headers::default();
    headers.set("Content-Type", kind);
    headers.set("Set-Cookie", "a=1");
    world.heard.says.borrow_mut().insert(format!("{ENDPOINTS}{path}"), (headers, body));
    world.heard.always.set(200);
}

#[test]
fn what_comes_back_is_the_output() {
    run(async {
        let world = ready().await;
        says(&world, "json", "application/json", br#"{"id":1}"#.to_vec());
        let ended = world.runs_through(json!([tell("json", json!({}))])).await;
        let expected = json!({"status_code": 200, "headers": {"content-type": "application/json"}, "body": {"id": 1}});
        assert_eq!(
            (ended.how.as_str(), world.output(&ended, "tell").await),
            ("succeeded", expected)
        );
        says(&world, "text", "text/plain", b"hello".to_vec());
        let ended = world.runs_through(json!([tell("text", json!({}))])).await;
        assert_eq!(world.output(&ended, "tell").await["body"], "hello");
        let ended = world.runs_through(json!([tell("nothing", json!({}))])).await;
        assert_eq!(world.output(&ended, "tell").await["body"], Value::Null);
        let sent = world.heard.requests.take().remove(0);
        assert_eq!(
            (sent.method, sent.body.bytes().unwrap()),
            (Method::POST, br#"{"n":1}"#.as_slice())
        );
    });
}

#[test]
fn a_failure_is_told_and_what_may_pass_is_tried_again_with_the_same_key() {
    run(async {
        let world = ready().await;
        world.heard.answers.borrow_mut().extend([Some(500), Some(429), None, Some(200)]);
        let mut step = tell("x", json!({}));
        step["retry"] = json!(true);
        let ended = world.runs_through(json!([step.clone()])).await;
        assert_eq!((ended.how.as_str(), world.step(&ended, "tell").2), ("succeeded", 4));
        let requests = world.heard.requests.take();
        let keys: Vec<_> =
            requests.iter().map(|one| one.headers.get("idempotency-key").unwrap()).collect();
        assert_eq!(keys, [format!("{}/tell", ended.id).as_str(); 4]);
        for (status, code) in [(404, "request_refused"), (302, "request_refused")] {
            world.heard.answers.borrow_mut().push_back(Some(status));
            let ended = world.runs_through(json!([step.clone()])).await;
            assert_eq!(
                (ended.how, world.heard.requests.take().len()),
                (format!("failed {code}"), 1)
            );
        }
        world.heard.answers.borrow_mut().push_back(None);
        let ended = world.runs_through(json!([tell("x", json!({}))])).await;
        assert_eq!(ended.how, "failed request_unreachable");
    });
}

#[test]
fn addresses_that_are_not_public_are_not_called_whatever_is_filled_in() {
    run(async {
        let world = ready().await;
        for url in [
            "http://hooks.acme.example/",
            "https://127.0.0.1/",
            "https://metadata.internal/",
            "ftp://x",
            "",
        ] {
            let step = tell("", json!({"url": "{{trigger.url}}"}));
            let ended = world.runs_on(json!([step]), json!({"url": url})).await;
            assert_eq!(ended.how, "failed address_refused", "{url}");
        }
        for own in ["PUBLIC_URL", "CONSOLE_URL"] {
            world.host.deploy(Settings::new(|name| match name {
                "MASTER_KEYS" => Some("k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE".to_owned()),
                _ if name == own => Some("https://hooks.acme.example".to_owned()),
                _ => None,
            }));
            let ended = world.runs_through(json!([tell("x", json!({}))])).await;
            assert_eq!(ended.how, "failed address_refused", "{own}");
        }
        assert!(world.heard.requests.take().is_empty());
    });
}

#[test]
fn an_output_of_a_megabyte_and_a_half_is_kept_and_given_on() {
    run(async {
        let world = ready().await;
        let long = "é".repeat(750_000);
        says(
            &world,
            "long",
            "application/json",
            json!({"long": long, "end": "the end"}).to_string().into_bytes(),
        );
        let give = json!({"id": "give", "type": "response", "inputs": {"body": "{{tell.output.body.end}}"}});
        let ended = world.runs_through(json!([tell("long", json!({})), give])).await;
        assert_eq!(ended.how, "succeeded");
        assert_eq!(world.output(&ended, "tell").await["body"]["long"], json!(long));
        assert_eq!(world.output(&ended, "give").await["body"], "the end");
        let parts = "SELECT max(length(sealed)) AS longest, count(*) AS n FROM run_texts WHERE id LIKE '%/tell/output/%'";
        let parts = world.host.sql(parts, []).remove(0);
        assert!(
            parts["n"].as_i64().unwrap() >= 3 && parts["longest"].as_i64().unwrap() < 1_000_000
        );
        let too_long = json!("x".repeat(4 * 1024 * 1024 + 1)).to_string().into_bytes();
        says(&world, "longer", "application/json", too_long);
        let ended = world.runs_through(json!([tell("longer", json!({}))])).await;
        assert_eq!(ended.how, "failed output_too_large");
    });
}

#[test]
fn no_planted_secret_is_found_at_rest() {
    run(async {
        let world = ready().await;
        for name in ["first", "second"] {
            let value = json!({"value": format!("planted-{name}")});
            let put =
                world.server(Method::PUT, &format!("workflow-secrets/{name}"), Some(value)).await;
            assert!(put.status < 300, "{}", put.text);
        }
        says(&world, "echo", "application/json", br#"{"token":"planted-echo"}"#.to_vec());
        let basic = json!({"type": "basic", "username": "u", "password": "{{secrets.first}}"});
        let steps = json!([
            tell("echo", json!({"authorization": basic, "body": {"k": "x {{secrets.second}} y"}})),
            {"id": "refused", "type": "request", "continue_on_error": true,
                "inputs": {"url": "http://{{secrets.first}}.example/"}},
            {"id": "create", "type": "zoom.create_meeting", "inputs": {"topic": "{{trigger.topic}}", "password": "{{trigger.code}}"}}]);
        let ended =
            world.runs_on(steps, json!({"topic": "planted-topic", "code": "planted-p"})).await;
        assert_eq!(ended.how, "succeeded");
        let sent = world.heard.requests.take().remove(0);
        assert_eq!(sent.body.bytes().unwrap(), br#"{"k":"x planted-second y"}"#);
        let given = world.text(&ended, "tell", "input").await;
        assert_eq!(
            (&given["body"]["k"], &given["authorization"]["password"]),
            (&json!("x [hidden] y"), &json!("[hidden]"))
        );
        assert!(!world.host.everything_at_rest().contains("planted-"));
        let opened = [given, world.text(&ended, "refused", "error").await];
        assert!(!opened.iter().any(|text| text.to_string().contains("planted-first")));
    });
}
