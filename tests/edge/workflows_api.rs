//! Workflows as a project's server defines, changes, deploys and deletes them.

use http::Method;
use serde_json::{Value, json};

use crate::{
    run,
    world::{Answer, World},
};

/// A definition with little in it.
pub fn definition() -> Value {
    json!({"name": "Assistant", "integration": "zoom", "trigger": {"type": "zoom.new_meeting"}, "steps": [
        {"id": "tell", "type": "request", "inputs": {"method": "POST", "url": "https://backend.acme.example/zoom",
            "body": {"topic": "{{trigger.object.topic}}"}}}]})
}

/// The same with something else in it.
pub fn with(name: &str, value: Value) -> Value {
    let mut changed = definition();
    changed[name] = value;
    changed
}

impl World {
    /// Defines a workflow; answers what is shown of it.
    pub async fn define(&self, definition: Value) -> Value {
        let made = self.server(Method::POST, "workflows", Some(definition)).await;
        assert_eq!(made.status, 201, "{}", made.text);
        made.json()["data"].clone()
    }

    /// Does something with a workflow: `deploy`, say.
    pub async fn workflow(
        &self,
        method: Method,
        id: &Value,
        rest: &str,
        body: Option<Value>,
    ) -> Answer {
        self.server(method, &format!("workflows/{}{rest}", id.as_str().unwrap()), body).await
    }

    pub async fn deploy_workflow(&self, id: &Value) -> Value {
        let deployed = self.workflow(Method::POST, id, "/deploy", None).await;
        assert_eq!(deployed.status, 200, "{}", deployed.text);
        deployed.json()["data"].clone()
    }

    fn workflow_audit(&self) -> Vec<String> {
        let sql =
            "SELECT what FROM audit WHERE what LIKE 'workflow.%' AND who = 'project' ORDER BY id";
        self.host.sql(sql, []).iter().map(|row| row["what"].as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn a_workflow_is_defined_read_changed_and_deleted_and_the_trail_says_so() {
    run(async {
        let world = World::new().await;
        let made = world.define(definition()).await;
        let at = isthmus::host::Host::now(&world.host).seconds();
        let mut expected = json!({"id": made["id"], "name": "Assistant", "integration": "zoom",
            "integration_id": world.integration, "status": "draft", "version": null, "revision": 1, "changed": false,
            "trigger": "zoom.new_meeting", "created_at": at, "updated_at": at, "definition": definition(),
            "complaints": []});
        assert_eq!(made, expected);
        let read = world.workflow(Method::GET, &made["id"], "", None).await.json();
        assert_eq!(read, json!({"success": true, "data": expected}));
        let changed = with("name", json!("Helper"));
        let patched =
            world.workflow(Method::PATCH, &made["id"], "", Some(changed.clone())).await.json();
        expected["name"] = json!("Helper");
        expected["definition"] = changed;
        expected["revision"] = json!(2);
        assert_eq!(patched["data"], expected);
        let gone = world.workflow(Method::DELETE, &made["id"], "", None).await.json();
        assert_eq!(gone["data"], json!({"id": made["id"], "status": "deleted"}));
        let unknown = (404, "workflow_not_found".to_owned());
        for (method, rest) in [
            (Method::GET, ""),
            (Method::DELETE, ""),
            (Method::POST, "/deploy"),
            (Method::POST, "/undeploy"),
            (Method::GET, "/variables"),
        ] {
            let answer = world.workflow(method.clone(), &made["id"], rest, None).await;
            assert_eq!(answer.refused(), unknown, "{method} {rest}");
        }
        let patched = world.workflow(Method::PATCH, &made["id"], "", Some(definition())).await;
        assert_eq!(patched.refused(), unknown);
        let expected = ["workflow.created", "workflow.changed", "workflow.deleted"];
        assert_eq!(world.workflow_audit(), expected);
    });
}

#[test]
fn a_definition_that_does_not_hold_together_is_refused_with_all_that_is_wrong() {
    run(async {
        let world = World::new().await;
        let mut broken = definition();
        broken["steps"][0]["inputs"]["body"] =
            json!({"a": "{{trigger.object.topik}}", "b": "{{nothing.output.x}}"});
        let refused = world.server(Method::POST, "workflows", Some(broken.clone())).await;
        assert_eq!(refused.refused(), (400, "workflow_invalid".to_owned()), "{}", refused.text);
        let complaints = refused.json()["error"]["complaints"].as_array().unwrap().clone();
        let places: Vec<_> = complaints.iter().map(|one| one["at"].as_str().unwrap()).collect();
        assert_eq!(places, ["steps[0].inputs.body.a", "steps[0].inputs.body.b"]);
        let first = complaints[0]["message"].as_str().unwrap();
        assert!(first.contains("did you mean {{trigger.object.topic}}?"), "{first}");
        assert!(
            refused.field("/error/message").contains(&format!("steps[0].inputs.body.a: {first}"))
        );
        let made = world.define(definition()).await;
        let patched = world.workflow(Method::PATCH, &made["id"], "", Some(broken)).await;
        assert_eq!(patched.refused(), (400, "workflow_invalid".to_owned()));
        for (name, wrong, at) in [
            ("steps", json!(7), "steps"),
            ("trigger", json!({"type": "zoom.other"}), "trigger.type"),
            ("integration", json!("google"), "integration"),
            ("stepz", json!([]), "stepz"),
        ] {
            let refused = world.server(Method::POST, "workflows", Some(with(name, wrong))).await;
            assert_eq!(refused.refused(), (400, "workflow_invalid".to_owned()), "{}", refused.text);
            assert_eq!(refused.json()["error"]["complaints"][0]["at"], at);
        }
        let schedule = json!({"type": "schedule", "cron": "0 9 * * *", "timezone": "Mars/Olympus"});
        let refused =
            world.server(Method::POST, "workflows", Some(with("trigger", schedule))).await;
        assert_eq!(
            refused.json()["error"]["complaints"][0]["at"],
            "trigger.timezone",
            "{}",
            refused.text
        );
        let listed = world.server(Method::POST, "workflows", Some(json!([]))).await;
        assert_eq!(listed.refused(), (400, "invalid_request".to_owned()));
        let large = with("description", json!("x".repeat(70_000)));
        let refused = world.server(Method::POST, "workflows", Some(large)).await;
        assert_eq!(refused.refused(), (413, "payload_too_large".to_owned()));
        assert_eq!(world.list("workflows").await.len(), 1);
    });
}

#[test]
fn a_secret_that_is_missing_is_said_and_keeps_nobody_from_defining() {
    run(async {
        let world = World::new().await;
        let mut wish = definition();
        wish["steps"][0]["inputs"]["authorization"] =
            json!({"type": "bearer", "token": "{{secrets.backend}}"});
        let made = world.define(wish).await;
        let complaint = &made["complaints"][0];
        assert_eq!(complaint["at"], "steps[0].inputs.authorization.token", "{made}");
        assert!(complaint["message"].as_str().unwrap().contains("backend"), "{complaint}");
        world.set_secret("backend", "value").await;
        let read = world.workflow(Method::GET, &made["id"], "", None).await.json();
        assert_eq!(read["data"]["complaints"], json!([]));
    });
}

#[test]
fn a_change_made_from_an_older_revision_is_refused_when_it_says_so() {
    run(async {
        let world = World::new().await;
        let made = world.define(definition()).await;
        let change = |revision: Value| with("revision", revision);
        let first = world.workflow(Method::PATCH, &made["id"], "", Some(change(json!(1)))).await;
        assert_eq!(first.json()["data"]["revision"], 2);
        assert!(first.json()["data"]["definition"].get("revision").is_none());
        let late = world.workflow(Method::PATCH, &made["id"], "", Some(change(json!(1)))).await;
        assert_eq!(late.refused(), (409, "workflow_changed".to_owned()));
        let late = world
            .workflow(Method::POST, &made["id"], "/deploy", Some(json!({"revision": 1})))
            .await;
        assert_eq!(late.refused(), (409, "workflow_changed".to_owned()));
        let wrong = world.workflow(Method::PATCH, &made["id"], "", Some(change(json!("1")))).await;
        assert_eq!(wrong.refused(), (400, "invalid_request".to_owned()));
        let deployed = world
            .workflow(Method::POST, &made["id"], "/deploy", Some(json!({"revision": 2})))
            .await;
        assert_eq!(deployed.json()["data"]["version"], 1);
    });
}

#[test]
fn deleting_a_workflow_takes_all_that_is_its_own_and_ends_its_live_runs() {
    run(async {
        let world = World::new().await;
        let (made, other) = (world.define(definition()).await, world.define(definition()).await);
        for id in [&made["id"], &other["id"]] {
            world.deploy_workflow(id).await;
            let sql = "INSERT INTO enablements (workflow_id, grant_id, project_id, user_id, enabled, settings, updated_at)
                VALUES (?1, 'g', ?2, 'u', 1, '{}', 1)";
            world.host.sql(sql, [id.clone(), json!(world.project)]);
            world.put_run(
                json!({"id": format!("live of {id}"), "workflow_id": id, "status": "waiting"}),
            );
            world.put_run(
                json!({"id": format!("done of {id}"), "workflow_id": id, "status": "succeeded"}),
            );
        }
        world.workflow(Method::DELETE, &made["id"], "", None).await;
        let count = |table: &str| {
            let sql = match table {
                "workflows" => "SELECT count(*) AS n FROM workflows",
                "versions" => "SELECT count(*) AS n FROM workflow_versions",
                _ => "SELECT count(*) AS n FROM enablements",
            };
            world.host.sql(sql, []).remove(0)["n"].clone()
        };
        assert_eq!(["workflows", "versions", "enablements"].map(count), [1, 1, 1].map(Value::from));
        let sql = "SELECT status, problem, due_at IS NULL AS over FROM runs ORDER BY workflow_id = ?1 DESC, id DESC";
        let runs = world.host.sql(sql, [made["id"].clone()]);
        let of = |row: &serde_json::Map<String, Value>| {
            (row["status"].clone(), row["problem"].clone(), row["over"].clone())
        };
        let expected = [
            (json!("stopped"), json!("workflow_gone"), json!(1)),
            (json!("succeeded"), Value::Null, json!(1)),
            (json!("waiting"), Value::Null, json!(0)),
            (json!("succeeded"), Value::Null, json!(1)),
        ];
        assert_eq!(runs.iter().map(of).collect::<Vec<_>>(), expected);
    });
}

#[test]
fn workflows_are_listed_narrowed_and_paged_without_their_definitions() {
    run(async {
        let world = World::new().await;
        let first = world.define(definition()).await;
        world.pass(std::time::Duration::from_secs(1));
        let event = with("trigger", json!({"type": "event", "name": "Task Created"}));
        let mut event = event;
        event["steps"][0]["inputs"]["body"] = json!({});
        let second = world.define(event).await;
        world.deploy_workflow(&first["id"]).await;
        for (query, expected) in [
            ("", vec![&first, &second]),
            ("?limit=1&offset=1", vec![&second]),
            ("?status=deployed", vec![&first]),
            ("?status=draft", vec![&second]),
            ("?trigger=zoom.new_meeting", vec![&first]),
            ("?trigger=event/Task%20Created&status=draft", vec![&second]),
            ("?trigger=request", vec![]),
        ] {
            let listed = world.list(&format!("workflows{query}")).await;
            let ids =
                |list: &[&Value]| list.iter().map(|one| one["id"].clone()).collect::<Vec<_>>();
            assert_eq!(ids(&listed.iter().collect::<Vec<_>>()), ids(&expected), "{query}");
            assert!(listed.iter().all(|one| one.get("definition").is_none()));
            assert!(listed.iter().all(|one| one["integration"] == "zoom"));
        }
        assert_eq!(world.list("workflows").await[1]["trigger"], "event/Task Created");
        let wrong = world.server(Method::GET, "workflows?status=gone", None).await;
        assert_eq!(wrong.refused(), (400, "invalid_request".to_owned()));
    });
}

#[test]
fn another_projects_workflows_are_not_there() {
    run(async {
        let world = World::new().await;
        let other = world.another_project().await;
        let made = world.define(definition()).await;
        assert!(other.list("workflows").await.is_empty());
        let unknown = (404, "workflow_not_found".to_owned());
        for (method, rest, body) in [
            (Method::GET, "", None),
            (Method::PATCH, "", Some(definition())),
            (Method::DELETE, "", None),
            (Method::POST, "/deploy", None),
            (Method::POST, "/undeploy", None),
        ] {
            let answer = other.workflow(method.clone(), &made["id"], rest, body).await;
            assert_eq!(answer.refused(), unknown, "{method} {rest}");
        }
        assert_eq!(world.list("workflows").await.len(), 1);
    });
}

#[test]
fn a_project_has_five_hundred_workflows_at_most() {
    run(async {
        let world = World::new().await;
        let sql = "INSERT INTO workflows (id, project_id, integration_id, name, definition, revision, created_at, updated_at)
            SELECT 'w' || value, ?1, 'i', 'n', '{}', 1, 1, 1 FROM json_each(?2)";
        let many = json!((0..499).collect::<Vec<_>>()).to_string();
        world.host.sql(sql, [json!(world.project), json!(many)]);
        world.define(definition()).await;
        let refused = world.server(Method::POST, "workflows", Some(definition())).await;
        assert_eq!(refused.refused(), (409, "too_many_workflows".to_owned()));
        assert_eq!(world.workflow_audit(), ["workflow.created"]);
        world.another_project().await.define(definition()).await;
    });
}

#[test]
fn without_an_integration_nothing_is_defined_and_while_one_goes_neither() {
    run(async {
        let world = World::new().await;
        world.server(Method::DELETE, "integrations/zoom", None).await;
        let refused = world.server(Method::POST, "workflows", Some(definition())).await;
        assert_eq!(refused.refused(), (404, "integration_not_found".to_owned()));
    });
}

#[test]
fn the_variables_of_a_step_are_listed_with_examples() {
    run(async {
        let world = World::new().await;
        let mut wish = definition();
        let steps = wish["steps"].as_array_mut().unwrap();
        steps.push(
            json!({"id": "last", "type": "delay", "inputs": {"value": 1, "unit": "minutes"}}),
        );
        let made = world.define(wish).await;
        let of = async |query: &str| {
            let answer =
                world.workflow(Method::GET, &made["id"], &format!("/variables{query}"), None).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            answer.json()["data"].as_array().unwrap().clone()
        };
        let paths = |list: &[Value]| {
            list.iter().map(|one| one["path"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let first = paths(&of("?step=tell").await);
        assert!(first.contains(&"trigger.object.topic".to_owned()), "{first:?}");
        assert!(!first.iter().any(|path| path.starts_with("tell.")), "{first:?}");
        let last = paths(&of("?step=last").await);
        assert!(last.iter().any(|path| path.starts_with("tell.output.")), "{last:?}");
        assert_eq!(
            of("").await.len(),
            of("?step=new").await.len(),
            "of one that is added at the end"
        );
        world.set_secret("backend", "v").await;
        assert!(paths(&of("?step=tell").await).contains(&"secrets.backend".to_owned()));
    });
}

#[test]
fn the_kinds_of_steps_are_listed_with_what_they_take_and_give() {
    run(async {
        let world = World::new().await;
        let all = world.list("actions").await;
        let general = ["zoom.request", "request", "condition", "fan_out", "delay", "response"];
        let ids: Vec<_> = all.iter().map(|one| one["id"].as_str().unwrap()).collect();
        let actions = isthmus::zoom::action::ACTIONS.iter().map(|action| action.id);
        assert_eq!(ids, actions.chain(general).collect::<Vec<_>>());
        let create = &all[0];
        assert_eq!(
            (&create["id"], &create["label"]),
            (&json!("zoom.create_meeting"), &json!("Create Meeting"))
        );
        let inputs = create["inputs"].as_array().unwrap();
        let topic = inputs.iter().find(|input| input["name"] == "topic").unwrap();
        assert_eq!((&topic["type"], &topic["required"]), (&json!("text"), &json!(true)));
        let kind = inputs.iter().find(|input| input["type"] == "choice").unwrap();
        assert!(!kind["choices"].as_array().unwrap().is_empty());
        assert!(create["output"]["join_url"].is_string(), "{}", create["output"]);
        assert_eq!(world.list("actions?offset=13&limit=5").await[0]["id"], "response");
    });
}
