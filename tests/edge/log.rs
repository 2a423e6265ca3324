//! The one line of the log that every request leaves: it tells which one it was, whose, and what went wrong.

use http::Method;
use isthmus::{host::Body, testing::Fault};
use serde_json::{Value, json};

use crate::{
    run,
    world::{Answer, World},
};

/// The only line that an answer left since there were so many; what is for the log alone is not in the answer.
fn only_line(world: &World, before: usize, answer: &Answer) -> Value {
    let lines = world.host.log_lines();
    let [line] = &lines[before..] else { panic!("{:?}", &lines[before..]) };
    assert_eq!(line["request_id"], json!(answer.header("x-request-id")));
    assert_eq!(line["status"], answer.status);
    for name in ["x-isthmus-reason", "x-isthmus-project"] {
        assert!(!answer.headers.contains_key(name), "{name}");
    }
    line.clone()
}

#[test]
fn a_failed_call_leaves_one_line_with_its_id_its_code_and_the_reason_in_every_dialect() {
    run(async {
        let world = World::new().await;
        let (_, start) = world.begin("u1").await;
        // Nothing is remembered, so that every dialect asks the source.
        world.host.restart();
        world.host.drop_copies();
        world.host.fault_always("tables", Some(Fault::Fail));
        for dialect in ["server", "page", "person", "operator"] {
            let before = world.host.log_lines().len();
            let answer = match dialect {
                "server" => world.server(Method::GET, "grants", None).await,
                "page" => world.call(Method::GET, "u1", "me", None).await,
                "person" => world.send(Method::GET, &start, &[], Body::Empty).await,
                _ => world.patch(&json!({})).await,
            };
            assert_eq!(answer.refused(), (503, "store_unavailable".to_owned()), "{dialect}");
            assert_eq!(answer.header("retry-after"), "1");
            let line = only_line(&world, before, &answer);
            assert_eq!(
                (&line["level"], &line["code"]),
                (&json!("error"), &json!("store_unavailable"))
            );
            assert!(
                line["reason"].as_str().is_some_and(|why| why.starts_with("tables: ")),
                "{line}"
            );
        }
    });
}

#[test]
fn a_line_names_the_project_whose_credentials_opened_a_servers_call() {
    run(async {
        let world = World::new().await;
        for (path, status) in [("grants", 200), ("grants/none", 404), ("nowhere", 404)] {
            let before = world.host.log_lines().len();
            let answer = world.server(Method::GET, path, None).await;
            assert_eq!(answer.status, status);
            assert_eq!(only_line(&world, before, &answer)["project"], json!(world.project));
        }
        let before = world.host.log_lines().len();
        let stranger = world.send(Method::GET, "/connect/grants", &[], Body::Empty).await;
        assert_eq!(only_line(&world, before, &stranger)["project"], json!(null));
    });
}

impl World {
    async fn patch(&self, change: &Value) -> Answer {
        self.admin(Method::PATCH, &format!("/admin/projects/{}", self.project), change).await
    }
}
