//! Workflow secrets as a project's server sets and forgets them: never shown again, sealed, narrow in name and size.

use http::Method;
use isthmus::{
    host::Host,
    record::{
        read_row,
        workflow_secret::{self, WorkflowSecret},
    },
};
use serde_json::{Value, json};

use crate::{
    run,
    world::{Answer, World},
};

const VALUE: &str = "a-planted-workflow-secret";

impl World {
    /// Sets a workflow secret.
    pub async fn set_secret(&self, name: &str, value: &str) -> Answer {
        let path = format!("workflow-secrets/{name}");
        self.server(Method::PUT, &path, Some(json!({"value": value}))).await
    }

    async fn forget_secret(&self, name: &str) -> Answer {
        self.server(Method::DELETE, &format!("workflow-secrets/{name}"), None).await
    }

    fn secret_audit(&self) -> Vec<Value> {
        let sql =
            "SELECT what, target, who FROM audit WHERE what LIKE 'workflow_secret.%' ORDER BY id";
        self.host.sql(sql, []).into_iter().map(Value::Object).collect()
    }
}

#[test]
fn a_secret_is_set_listed_by_name_and_forgotten_and_the_trail_says_so() {
    run(async {
        let world = World::new().await;
        let now = world.host.now().seconds();
        let set = world.set_secret("backend", VALUE).await;
        let shown = json!({"name": "backend", "created_at": now, "updated_at": now});
        assert_eq!((set.status, &set.json()["data"]), (200, &shown), "{}", set.text);
        world.pass(std::time::Duration::from_secs(5));
        let again = world.set_secret("backend", "another").await.json();
        assert_eq!(again["data"]["created_at"], json!(now));
        assert_eq!(again["data"]["updated_at"], json!(now + 5));
        world.set_secret("a", "b").await;
        let listed = world.list("workflow-secrets").await;
        let names: Vec<_> = listed.iter().map(|one| one["name"].clone()).collect();
        assert_eq!(names, ["a", "backend"]);
        assert_eq!(world.list("workflow-secrets?limit=1&offset=1").await, [again["data"].clone()]);
        let gone = world.forget_secret("backend").await;
        assert_eq!(gone.json()["data"], json!({"name": "backend", "status": "deleted"}));
        let unknown = (404, "workflow_secret_not_found".to_owned());
        assert_eq!(world.forget_secret("backend").await.refused(), unknown);
        let noted = |what: &str, name: &str| json!({"what": format!("workflow_secret.{what}"), "target": name, "who": "project"});
        let expected = [
            noted("set", "backend"),
            noted("set", "backend"),
            noted("set", "a"),
            noted("deleted", "backend"),
        ];
        assert_eq!(world.secret_audit(), expected);
    });
}

#[test]
fn a_secret_is_sealed_under_its_own_name_and_answered_to_nobody() {
    run(async {
        let world = World::new().await;
        world.set_secret("backend", VALUE).await;
        world.list("workflow-secrets").await;
        assert!(!world.answered.borrow().contains(VALUE));
        let sql = "SELECT * FROM workflow_secrets";
        let row = Value::Object(world.host.sql(sql, []).remove(0));
        assert!(!row.to_string().contains(VALUE));
        let mut stored: WorkflowSecret = read_row(row.as_object().unwrap().clone()).unwrap();
        assert_eq!(stored.id, workflow_secret::id(&world.project, "backend"));
        assert_eq!(stored.value(&world.host).unwrap().expose(), VALUE);
        stored.id.push('x');
        assert!(stored.value(&world.host).is_err(), "it opens only where it belongs");
    });
}

#[test]
fn names_and_values_that_do_not_fit_are_refused_with_what_would() {
    run(async {
        let world = World::new().await;
        let long = "a".repeat(65);
        for name in ["1a", "a-b", "_a", "a%20b", "%C3%A9", long.as_str()] {
            let refused = world.set_secret(name, "v").await;
            assert_eq!(refused.refused(), (400, "invalid_request".to_owned()), "{name}");
            assert!(refused.text.contains("name: a letter is wanted"), "{}", refused.text);
        }
        assert_eq!(world.set_secret(&"a".repeat(64), &"\u{1}".repeat(8192)).await.status, 200);
        let large = world.set_secret("a", &"v".repeat(8193)).await;
        assert_eq!(large.refused(), (413, "payload_too_large".to_owned()));
        assert_eq!(world.set_secret("a", "").await.refused(), (400, "invalid_request".to_owned()));
        for body in [json!({}), json!({"value": 7}), json!([])] {
            let refused = world.server(Method::PUT, "workflow-secrets/a", Some(body)).await;
            assert_eq!(refused.refused(), (400, "invalid_request".to_owned()));
        }
    });
}

#[test]
fn a_project_has_two_hundred_secrets_at_most_and_may_still_change_them() {
    run(async {
        let world = World::new().await;
        for number in 0..200 {
            assert_eq!(world.set_secret(&format!("s{number}"), "v").await.status, 200);
        }
        let refused = world.set_secret("one_more", "v").await;
        assert_eq!(refused.refused(), (400, "invalid_request".to_owned()));
        assert_eq!(world.set_secret("s7", "w").await.status, 200);
        assert_eq!(world.another_project().await.set_secret("one_more", "v").await.status, 200);
    });
}

#[test]
fn another_projects_secrets_are_not_there() {
    run(async {
        let world = World::new().await;
        world.set_secret("backend", VALUE).await;
        let other = world.another_project().await;
        assert!(other.list("workflow-secrets").await.is_empty());
        assert_eq!(other.forget_secret("backend").await.status, 404);
        other.set_secret("backend", "theirs").await;
        other.forget_secret("backend").await;
        assert_eq!(world.list("workflow-secrets").await.len(), 1);
    });
}
