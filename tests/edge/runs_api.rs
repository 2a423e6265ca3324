//! Runs as a project's server finds them: narrowed, paged, with their steps and what these were given and gave; never with
//! a secret, and never another project's.

use http::Method;
use isthmus::{
    host::{Host, Statement},
    record::{
        run::{self, Run},
        run_text::{self, Kind},
    },
    shape::Shape,
};
use serde_json::{Map, Value, json};

use crate::{
    keys::{K1, K2},
    run,
    webhook_moves::listening,
    workflows_api::definition,
    world::World,
};

impl World {
    /// Stores a run, as it would be with these fields.
    pub fn put_run(&self, fields: Value) {
        let status = fields["status"].as_str().unwrap_or("succeeded");
        let live = matches!(status, "queued" | "running" | "waiting");
        let now = self.host.now().0;
        let mut run = json!({"project_id": self.project, "integration_id": self.integration, "provider_user_id": "z",
            "grant_id": "g1", "user_id": "u1", "workflow_id": "w1", "version": 1, "trigger_key": "request",
            "replay": 0, "depth": 0, "status": status, "revivals": 0, "created_at": now,
            "due_at": live.then_some(now + 60_000), "ended_at": (!live).then_some(now)});
        run.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let Statement { sql, params } = run::put(&vec![Run::read(run).unwrap()]);
        self.host.sql(sql, params);
    }

    /// Stores what became of a step of a run.
    pub fn put_step(&self, run: &str, step: &str, fields: Value) {
        let sql = "INSERT INTO run_steps (run_id, step, type, status, problem, chosen, attempts, begun_at, ended_at,
            input_size, output_size) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?8, 2, 3)";
        let of = |name: &str, otherwise: Value| fields.get(name).cloned().unwrap_or(otherwise);
        let (began, now) = (fields["began"].as_i64().unwrap_or(0), self.host.now().0);
        let params = [
            json!(run),
            json!(step),
            of("type", json!("request")),
            of("status", json!("succeeded")),
            of("problem", Value::Null),
            of("chosen", Value::Null),
            json!(now + began),
            of("ended_at", json!(now + began + 5)),
        ];
        self.host.sql(sql, params);
    }

    /// Stores what a step was given or gave.
    pub fn put_text(&self, run: &str, step: &str, kind: Kind, text: &Value) {
        let name = run_text::name(step, kind);
        let stored = run_text::replace(&self.host, run, &name, &text.to_string()).unwrap();
        for Statement { sql, params } in stored {
            self.host.sql(sql, params);
        }
    }

    async fn step_of(&self, run: &str, step: &str) -> Value {
        let path = format!("runs/{run}/steps/{step}");
        let answer = self.server(Method::GET, &path, None).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()["data"].clone()
    }
}

fn ids(list: &[Value]) -> Vec<&str> {
    list.iter().map(|one| one["id"].as_str().unwrap()).collect()
}

#[test]
fn a_run_is_shown_with_its_steps_in_order() {
    run(async {
        let world = World::new().await;
        let made = world.define(two_steps()).await;
        world.workflow(Method::POST, &made["id"], "/deploy", None).await;
        world.put_run(json!({"id": "r_1", "workflow_id": made["id"], "status": "failed", "problem": "value_missing",
            "event_id": "e_1", "trigger_key": "zoom.new_meeting"}));
        // They began at one time: the definition says which was first.
        world.put_step("r_1", "tell", json!({"status": "failed", "problem": "value_missing"}));
        world.put_step("r_1", "check", json!({"type": "condition", "chosen": "yes"}));
        let at = world.host.now();
        let shown = world.server(Method::GET, "runs/r_1", None).await.json()["data"].clone();
        let step = |name: &str, kind: &str, status: &str| {
            json!({"step": name, "type": kind, "status": status, "attempts": 1, "began_at": at.0,
                "ended_at": at.0 + 5, "input_size": 2, "output_size": 3, "tries": []})
        };
        let mut check = step("check", "condition", "succeeded");
        check["chosen"] = json!("yes");
        let mut tell = step("tell", "request", "failed");
        tell["problem"] = json!("value_missing");
        let expected = json!({"id": "r_1", "workflow_id": made["id"], "version": 1,
            "integration_id": world.integration, "grant_id": "g1", "account_id": "u1",
            "trigger": "zoom.new_meeting", "event_id": "e_1", "status": "failed", "problem": "value_missing",
            "message": isthmus::edge::Code::ValueMissing.message(), "depth": 0, "replay": 0,
            "created_at": at.seconds(), "ended_at": at.seconds(), "steps": [check, tell]});
        assert_eq!(shown, expected);
        let mut listed = expected;
        listed.as_object_mut().unwrap().remove("steps");
        assert_eq!(world.list("runs").await, [listed]);
    });
}

/// A condition, then a request.
fn two_steps() -> Value {
    let mut wish = definition();
    let check = json!({"id": "check", "type": "condition", "then": [], "else": [],
        "if": {"field": "{{trigger.object.topic}}", "operator": "$exists"}});
    wish["steps"].as_array_mut().unwrap().insert(0, check);
    wish
}

#[test]
fn runs_are_narrowed_and_paged_and_parts_are_listed_under_their_run_only() {
    run(async {
        let world = World::new().await;
        let at = world.host.now();
        let with = |id: &str, seconds: i64, more: Value| {
            let mut fields = json!({"id": id, "created_at": at.plus(seconds * 1000)});
            fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            world.put_run(fields);
        };
        with("r_1", 0, json!({"workflow_id": "w2", "status": "running"}));
        with("r_2", 10, json!({"user_id": "u2", "grant_id": "g2", "event_id": "e_1"}));
        with("r_3", 20, json!({"trigger_key": "event/Task Created", "status": "failed"}));
        with(
            "r_4",
            30,
            json!({"parent_id": "r_3", "parent_step": "each", "first_item": 0, "last_item": 9}),
        );
        let seconds = at.seconds();
        for (query, expected) in [
            (String::new(), vec!["r_3", "r_2", "r_1"]),
            ("?limit=1&offset=1".to_owned(), vec!["r_2"]),
            ("?workflow_id=w2".to_owned(), vec!["r_1"]),
            ("?account_id=u2".to_owned(), vec!["r_2"]),
            ("?account_id=u1&workflow_id=w1".to_owned(), vec!["r_3"]),
            ("?grant_id=g2".to_owned(), vec!["r_2"]),
            ("?status=failed".to_owned(), vec!["r_3"]),
            ("?trigger=event/Task+Created".to_owned(), vec!["r_3"]),
            ("?event_id=e_1".to_owned(), vec!["r_2"]),
            ("?parent_id=r_3".to_owned(), vec!["r_4"]),
            (format!("?before={}", seconds + 10), vec!["r_1"]),
            (format!("?after={}", seconds + 10), vec!["r_3", "r_2"]),
            ("?account_id=nobody".to_owned(), vec![]),
        ] {
            assert_eq!(ids(&world.list(&format!("runs{query}")).await), expected, "{query}");
        }
        let counted = world.server(Method::GET, "runs?limit=1&count=true", None).await.json();
        assert_eq!((&counted["total"], &counted["limit"]), (&json!(3), &json!(1)));
        let counted = world.server(Method::GET, "runs?status=failed&count=true", None).await;
        assert_eq!(counted.json()["total"], 1);
        let part = world.list("runs?parent_id=r_3").await.remove(0);
        assert_eq!((&part["parent_step"], &part["first_item"]), (&json!("each"), &json!(0)));
        for query in ["status=lost", "before=now", "account_id=", "limit=0", "count=some"] {
            let refused = world.server(Method::GET, &format!("runs?{query}"), None).await;
            assert_eq!(refused.refused(), (400, "invalid_request".to_owned()), "{query}");
        }
    });
}

#[test]
fn what_a_step_was_given_and_gave_is_shown_without_secrets() {
    run(async {
        let world = World::new().await;
        world.set_secret("backend", "planted-workflow-secret").await;
        world.put_run(json!({"id": "r_1"}));
        let input = json!({"url": "https://a.example/?key=planted-workflow-secret",
            "authorization": {"type": "basic", "username": "u", "password": "an older one"}});
        let output = json!({"status_code": 200, "headers": {"set-cookie": "a=b"},
            "body": {"start_url": "https://zoom.example/s?zak=1", "topic": "é".repeat(300_000)}});
        world.put_text("r_1", "each[3].tell", Kind::Input, &input);
        world.put_text("r_1", "each[3].tell", Kind::Output, &output);
        let shown = world.step_of("r_1", "each%5B3%5D.tell").await;
        let expected = json!({"url": "https://a.example/?key=[hidden]",
            "authorization": {"type": "basic", "username": "u", "password": "[hidden]"}});
        assert_eq!(shown["input"], expected);
        assert_eq!(shown["output"]["headers"]["set-cookie"], "[hidden]");
        assert_eq!(shown["output"]["body"]["start_url"], "[hidden]");
        assert_eq!(shown["output"]["body"]["topic"], output["body"]["topic"], "a text in parts");
        assert_eq!(shown["error"], Value::Null);
        world.put_text(
            "r_1",
            "last",
            Kind::Error,
            &json!({"code": "value_missing", "message": "gone"}),
        );
        let shown = world.step_of("r_1", "last").await;
        let error = json!({"code": "value_missing", "message": "gone"});
        assert_eq!(shown, json!({"input": null, "output": null, "error": error}));
        let nothing = json!({"input": null, "output": null, "error": null});
        assert_eq!(world.step_of("r_1", "other").await, nothing);
    });
}

#[test]
fn what_started_a_run_is_shown_also_of_its_parts_and_replays() {
    run(async {
        let world = listening().await;
        world.put_run(json!({"id": "r_1"}));
        let started = json!({"body": {"password": "p", "email": "a@b.example"}});
        world.put_text("r_1", "trigger", Kind::Trigger, &started);
        world.put_run(json!({"id": "r_2", "parent_id": "r_1", "parent_step": "each"}));
        world.put_run(json!({"id": "r_3", "replay_of": "r_1", "replay": 1}));
        let shown = json!({"body": {"password": "[hidden]", "email": "a@b.example"}});
        for id in ["r_1", "r_2", "r_3"] {
            assert_eq!(world.step_of(id, "trigger").await["output"], shown, "{id}");
        }
        world
            .subscribe(json!({"trigger": "meeting_ended", "url": crate::subscriptions::OWN}))
            .await;
        world.happens("meeting.ended", &[]).await;
        let event = world.list("events").await.remove(0);
        world.put_run(json!({"id": "r_4", "event_id": event["id"]}));
        let path = format!("events/{}", event["id"].as_str().unwrap());
        let whole = world.server(Method::GET, &path, None).await.json();
        assert_eq!(world.step_of("r_4", "trigger").await["output"], whole["data"]["output"]);
        world.put_run(json!({"id": "r_5", "event_id": "e_forgotten"}));
        assert_eq!(world.step_of("r_5", "trigger").await["output"], Value::Null);
    });
}

#[test]
fn a_run_is_stopped_once() {
    run(async {
        let world = World::new().await;
        world.put_run(json!({"id": "r_1", "status": "waiting"}));
        let stopped = world.server(Method::POST, "runs/r_1/stop", None).await;
        assert_eq!(stopped.status, 200, "{}", stopped.text);
        let shown = stopped.json()["data"].clone();
        assert_eq!(
            (&shown["status"], &shown["problem"]),
            (&json!("stopped"), &json!("run_stopped"))
        );
        let again = world.server(Method::POST, "runs/r_1/stop", None).await;
        assert_eq!(again.refused(), (409, "run_ended".to_owned()));
        let sql = "SELECT what, target, who FROM audit WHERE what LIKE 'run.%'";
        let noted = world.host.sql(sql, []);
        let expected = json!({"what": "run.stopped", "target": "r_1", "who": "project"});
        assert_eq!(noted.into_iter().map(Value::Object).collect::<Vec<_>>(), [expected]);
    });
}

/// A run of a deployed workflow that has come to its end, for a real grant.
pub async fn ended(world: &World) -> Map<String, Value> {
    let grant = world.connect("u1", crate::world::ADA).await;
    let made = world.define(definition()).await;
    world.workflow(Method::POST, &made["id"], "/deploy", None).await;
    world.put_run(
        json!({"id": "r_1", "workflow_id": made["id"], "grant_id": grant, "status": "failed",
        "provider_user_id": world.adas().provider_user_id}),
    );
    world.put_text("r_1", "trigger", Kind::Trigger, &json!({"object": {"topic": "Demo"}}));
    world.list("runs").await.remove(0).as_object().unwrap().clone()
}

#[test]
fn a_run_is_replayed_as_a_run_of_its_own() {
    run(async {
        let world = World::new().await;
        let before = ended(&world).await;
        let replayed = world.server(Method::POST, "runs/r_1/replay", None).await;
        assert_eq!(replayed.status, 201, "{}", replayed.text);
        let again = replayed.json()["data"].clone();
        assert_eq!((&again["replay"], &again["replay_of"]), (&json!(1), &json!("r_1")));
        assert_eq!(again["status"], "queued");
        for same in ["workflow_id", "version", "grant_id", "account_id", "trigger"] {
            assert_eq!(again[same], before[same], "{same}");
        }
        let live = world
            .server(Method::POST, &format!("runs/{}/replay", again["id"].as_str().unwrap()), None)
            .await;
        assert_eq!(live.refused(), (409, "run_not_replayable".to_owned()), "it has not ended");
    });
}

#[test]
fn what_a_run_needs_and_is_gone_keeps_it_from_being_replayed() {
    for gone in ["workflow", "input", "grant"] {
        run(async {
            let world = World::new().await;
            let before = ended(&world).await;
            match gone {
                "workflow" => {
                    world.workflow(Method::DELETE, &before["workflow_id"], "", None).await;
                }
                "input" => {
                    world.host.sql("DELETE FROM run_texts", []);
                }
                _ => {
                    let path = format!("grants/{}", before["grant_id"].as_str().unwrap());
                    world.server(Method::DELETE, &path, None).await;
                }
            }
            let refused = world.server(Method::POST, "runs/r_1/replay", None).await;
            assert_eq!(refused.refused(), (409, "run_not_replayable".to_owned()), "{gone}");
        });
    }
}

#[test]
fn another_projects_runs_are_not_there() {
    run(async {
        let world = World::new().await;
        let other = world.another_project().await;
        world.put_run(json!({"id": "r_1", "status": "waiting"}));
        assert!(other.list("runs").await.is_empty());
        assert!(other.list("runs?workflow_id=w1").await.is_empty());
        for (method, path) in [
            (Method::GET, "runs/r_1"),
            (Method::GET, "runs/r_1/steps/trigger"),
            (Method::POST, "runs/r_1/replay"),
            (Method::POST, "runs/r_1/stop"),
        ] {
            let answer = other.server(method, path, None).await;
            assert_eq!(answer.refused(), (404, "run_not_found".to_owned()), "{path}");
        }
        assert_eq!(world.list("runs").await[0]["status"], "waiting");
    });
}

#[test]
fn what_runs_were_given_and_secrets_come_under_a_new_key() {
    run(async {
        let world = World::new().await;
        world.set_secret("backend", "planted-workflow-secret").await;
        world.put_run(json!({"id": "r_1"}));
        let long = "x".repeat(1_200_000);
        let input = json!({"token": "planted-workflow-secret", "long": long});
        world.put_text("r_1", "tell", Kind::Input, &input);
        world.deploy(&[K2, K1]);
        for _ in 0..6 {
            world.sweep().await;
        }
        let sql = "SELECT sealed_with, sealed FROM run_texts
            UNION ALL SELECT 'k2', value_sealed FROM workflow_secrets";
        let rows = world.host.sql(sql, []);
        assert_eq!(rows.len(), 4);
        let new = |row: &Map<String, Value>| {
            row["sealed_with"] == "k2" && row["sealed"].as_str().unwrap().starts_with("v1.k2.")
        };
        assert!(rows.iter().all(new));
        world.deploy(&[K2]);
        let shown = world.step_of("r_1", "tell").await;
        assert_eq!(shown["input"], json!({"token": "[hidden]", "long": long}));
    });
}
