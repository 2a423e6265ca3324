//! Runs in the shapes of Paragon's task history, under the project's client secret as its API key.

use http::Method;
use isthmus::{host::Host, record::run_text::Kind};
use serde_json::{Value, json};

use crate::{
    run,
    runs_api::ended,
    world::{Answer, WORKER, World},
};

impl World {
    /// A call below `/projects/<project>/task-history/`.
    async fn history(&self, method: Method, path: &str, secret: &str) -> Answer {
        let bearer = format!("Bearer {secret}");
        let path = format!("/projects/{}/task-history/{path}", self.project);
        let body = isthmus::host::Body::Empty;
        self.send(method, &path, &[("authorization", &bearer)], body).await
    }

    async fn executions(&self, path: &str) -> Value {
        let answer = self.history(Method::GET, path, &self.client.1).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }
}

fn ids(told: &Value) -> Vec<&str> {
    let all = told["workflowExecutions"].as_array().unwrap();
    all.iter().map(|one| one["id"].as_str().unwrap()).collect()
}

#[test]
fn only_a_client_secret_of_the_project_opens_its_history() {
    run(async {
        let world = World::new().await;
        let other = world.another_project().await;
        world.put_run(json!({"id": "r_1"}));
        let path = format!("/projects/{}/task-history/workflow-executions", world.project);
        let none = world.send(Method::GET, &path, &[], isthmus::host::Body::Empty).await;
        assert_eq!(none.refused(), (401, "client_credentials_missing".to_owned()));
        for secret in ["wrong", other.client.1.as_str(), world.client.0.as_str()] {
            for path in ["workflow-executions", "workflow-executions/r_1"] {
                let refused = world.history(Method::GET, path, secret).await;
                assert_eq!(refused.refused(), (401, "client_credentials_invalid".to_owned()));
                assert_eq!(refused.code(), "client_credentials_invalid", "in the words of the SDK");
            }
        }
        let token = world.token("u1");
        let refused = world.history(Method::GET, "workflow-executions", &token).await;
        assert_eq!(refused.status, 401, "a user token is not enough");
        for _ in 0..2 {
            assert_eq!(ids(&world.executions("workflow-executions").await), ["r_1"]);
        }
        let theirs = other.history(Method::GET, "workflow-executions/r_1", &other.client.1).await;
        assert_eq!(theirs.refused(), (404, "run_not_found".to_owned()));
        assert!(ids(&other.executions("workflow-executions").await).is_empty());
        let nowhere = world.history(Method::GET, "elsewhere", &world.client.1).await;
        assert_eq!(nowhere.refused(), (404, "not_found".to_owned()));
        let wrong = world.history(Method::DELETE, "workflow-executions", &world.client.1).await;
        assert_eq!(wrong.refused(), (405, "method_not_allowed".to_owned()));
    });
}

#[test]
fn runs_are_listed_in_paragons_shape_with_what_they_did() {
    run(async {
        let world = World::new().await;
        let at = world.host.now();
        world.put_run(json!({"id": "r_1", "user_id": "ada", "workflow_id": "w", "created_at": at,
            "ended_at": at.plus(1500)}));
        world.put_step("r_1", "tell", json!({}));
        world.put_step("r_1", "check", json!({"type": "condition"}));
        world.put_step("r_1", "lost", json!({"type": "zoom.create_meeting", "status": "failed"}));
        world.put_run(json!({"id": "r_2", "parent_id": "r_1", "parent_step": "each"}));
        world.put_step("r_2", "each[0].register", json!({"type": "zoom.add_meeting_registrant"}));
        let one = json!({"id": "r_1", "userId": "ada", "taskCount": 2, "runDuration": 1500, "workflowId": "w",
            "status": "SUCCEEDED", "dateStarted": at.rfc3339(), "dateEnded": at.plus(1500).rfc3339()});
        let expected = json!({"workflowExecutions": [one], "nextLink": null, "total": 1});
        assert_eq!(world.executions("workflow-executions").await, expected);
    });
}

#[test]
fn runs_are_narrowed_as_paragon_narrows_them() {
    run(async {
        let world = World::new().await;
        let at = world.host.now();
        let all = [
            ("r_1", "running", "u1", "w1"),
            ("r_2", "waiting", "u1", "w1"),
            ("r_3", "failed", "u2", "w1"),
            ("r_4", "stopped", "u1", "w2"),
            ("r_5", "succeeded", "u1", "w1"),
        ];
        for (seconds, (id, status, user, workflow)) in (0..).zip(all) {
            world.put_run(
                json!({"id": id, "status": status, "user_id": user, "workflow_id": workflow,
                "created_at": at.plus(seconds * 1000)}),
            );
        }
        let third = at.plus(2000).rfc3339();
        let integration = &world.integration;
        for (query, expected) in [
            ("sortBy=ASC".to_owned(), vec!["r_1", "r_2", "r_3", "r_4", "r_5"]),
            ("sortBy=DESC".to_owned(), vec!["r_5", "r_4", "r_3", "r_2", "r_1"]),
            ("status=EXECUTING".to_owned(), vec!["r_1"]),
            ("status=DELAYED".to_owned(), vec!["r_2"]),
            ("status=FAILED".to_owned(), vec!["r_4", "r_3"]),
            ("status=SUCCEEDED".to_owned(), vec!["r_5"]),
            ("userId=u2".to_owned(), vec!["r_3"]),
            ("workflowId=w2".to_owned(), vec!["r_4"]),
            ("workflowId=w1&userId=u1&status=SUCCEEDED".to_owned(), vec!["r_5"]),
            ("integration=zoom&offset=3".to_owned(), vec!["r_2", "r_1"]),
            (format!("integration={integration}&workflowId=w2"), vec!["r_4"]),
            ("integration=other".to_owned(), vec![]),
            (format!("beforeDate={third}"), vec!["r_2", "r_1"]),
            (format!("afterDate={third}"), vec!["r_5", "r_4", "r_3"]),
            (format!("afterDate={}", at.plus(4000).0), vec!["r_5"]),
            ("afterDate=2020-01-01&beforeDate=2020-01-02".to_owned(), vec![]),
        ] {
            let told = world.executions(&format!("workflow-executions?{query}")).await;
            assert_eq!(ids(&told), expected, "{query}");
        }
        for query in ["status=DONE", "sortBy=up", "offset=-1", "beforeDate=soon"] {
            let path = format!("workflow-executions?{query}");
            let refused = world.history(Method::GET, &path, &world.client.1).await;
            assert_eq!(refused.refused(), (400, "invalid_request".to_owned()), "{query}");
        }
    });
}

#[test]
fn a_page_has_a_hundred_and_links_to_the_next() {
    run(async {
        let world = World::new().await;
        for number in 0..150 {
            world.put_run(json!({"id": format!("r_{number}"), "user_id": "a b"}));
        }
        let first = world.executions("workflow-executions?userId=a%20b&sortBy=ASC").await;
        assert_eq!((ids(&first).len(), &first["total"]), (100, &json!(150)));
        let path = format!("/projects/{}/task-history/workflow-executions", world.project);
        let link = format!("{WORKER}{path}?userId=a+b&sortBy=ASC&offset=100");
        assert_eq!(first["nextLink"], link);
        let rest = link.split("/task-history/").nth(1).unwrap();
        let second = world.executions(rest).await;
        assert_eq!((ids(&second).len(), &second["nextLink"]), (50, &Value::Null));
        assert!(ids(&second).iter().all(|id| !ids(&first).contains(id)));
    });
}

#[test]
fn the_steps_of_a_run_are_chained_and_each_has_its_input_and_output() {
    run(async {
        let world = World::new().await;
        world.put_run(json!({"id": "r_1", "trigger_key": "schedule"}));
        world.put_step("r_1", "list", json!({"type": "zoom.get_meetings"}));
        world.put_step("r_1", "each", json!({"type": "fan_out", "began": 1}));
        world.put_step("r_1", "each[0].get", json!({"began": 2}));
        world.put_step("r_1", "each[0].tell", json!({"began": 3, "status": "failed"}));
        world.put_step("r_1", "each[1].get", json!({"began": 4}));
        world.put_step(
            "r_1",
            "last",
            json!({"type": "delay", "began": 9, "status": "waiting", "ended_at": null}),
        );
        world.put_text("r_1", "each[0].get", Kind::Input, &json!({"url": "https://a.example"}));
        world.put_text("r_1", "each[0].tell", Kind::Error, &json!({"code": "zoom_refused"}));
        let told = world.executions("workflow-executions/r_1").await;
        assert_eq!(told["taskCount"], 3);
        let steps = told["stepExecutions"].as_array().unwrap();
        let chain: Vec<_> =
            steps.iter().map(|one| (&one["id"], &one["prev"], &one["next"])).collect();
        let expected = [
            (json!("trigger"), json!(null), json!(["list"])),
            (json!("list"), json!("trigger"), json!(["each"])),
            (json!("each"), json!("list"), json!(["each[0].get", "each[1].get", "last"])),
            (json!("each[0].get"), json!("each"), json!(["each[0].tell"])),
            (json!("each[0].tell"), json!("each[0].get"), json!([])),
            (json!("each[1].get"), json!("each"), json!([])),
            (json!("last"), json!("each"), json!([])),
        ];
        let wanted: Vec<_> =
            expected.iter().map(|(id, before, behind)| (id, before, behind)).collect();
        assert_eq!(chain, wanted);
        let at = world.host.now();
        let expected = json!({"id": "each[0].tell", "stepId": "tell", "workflowExecutionId": "r_1",
            "status": "FAILED", "type": "ACTION/REQUEST", "start": at.plus(3).rfc3339(), "end": at.plus(8).rfc3339(),
            "next": [], "prev": "each[0].get", "inputSize": 2, "outputSize": 3});
        assert_eq!(steps[4], expected);
        assert_eq!(
            (&steps[0]["type"], &steps[1]["type"]),
            (&json!("TRIGGER/CRON"), &json!("ACTION/ZOOM_GET_MEETINGS"))
        );
        assert_eq!((&steps[6]["status"], &steps[6]["end"]), (&json!("DELAYED"), &Value::Null));
        let of = |input: Value, output: Value| json!({"isLargeInput": false, "isLargeOutput": false, "input": input, "output": output});
        let step = |id: &str| format!("workflow-executions/r_1/step-executions/{id}");
        let get = world.executions(&step("each[0].get")).await;
        assert_eq!(get, of(json!({"url": "https://a.example"}), Value::Null));
        let tell = world.executions(&step("each%5B0%5D.tell")).await;
        assert_eq!(tell, of(Value::Null, json!({"code": "zoom_refused"})));
    });
}

#[test]
fn a_run_is_replayed_by_its_history_too() {
    run(async {
        let world = World::new().await;
        let before = ended(&world).await;
        let path = "workflow-executions/r_1/replay";
        let replayed = world.history(Method::POST, path, &world.client.1).await;
        assert_eq!(replayed.status, 201, "{}", replayed.text);
        let told = replayed.json();
        let expected = json!({"id": told["id"], "userId": "u1", "workflowId": before["workflow_id"],
            "status": "EXECUTING", "dateStarted": world.host.now().rfc3339()});
        assert_eq!(told, expected);
        world.host.sql("DELETE FROM run_texts", []);
        world.host.sql("UPDATE runs SET status = 'failed', due_at = NULL", []);
        let refused = world.history(Method::POST, path, &world.client.1).await;
        assert_eq!(refused.refused(), (409, "run_not_replayable".to_owned()));
    });
}
