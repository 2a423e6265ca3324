//! The audit trail: every change says who made it, and from where.

use http::Method;
use isthmus::host::Body;
use serde_json::{Value, json};

use crate::{
    run,
    world::{ADA, ADMIN_SECRET, Answer, Browser, PAGE, World},
};

/// Where everybody is.
const HERE: (&str, &str) = ("cf-connecting-ip", "192.0.2.7");

impl World {
    async fn operator(&self, method: Method, path: &str, body: &Value) -> Answer {
        let bearer = format!("Bearer {ADMIN_SECRET}");
        let headers = [("authorization", bearer.as_str()), HERE];
        let path = format!("/admin/projects{path}");
        let answer =
            self.send(method, &path, &headers, Body::Bytes(body.to_string().into_bytes())).await;
        assert!(answer.status < 300, "{}", answer.text);
        answer
    }

    /// What was noted, in its order; everything of it from here.
    fn noted(&self) -> Vec<String> {
        let rows = self.host.sql("SELECT what, who, origin FROM audit ORDER BY id", []);
        for row in &rows {
            assert_eq!(row["origin"], "192.0.2.7", "{row:?}");
        }
        let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
        let rows = rows.into_iter().map(Value::Object);
        rows.map(|row| format!("{} by {}", text(&row, "what"), text(&row, "who"))).collect()
    }
}

#[test]
fn a_connect_from_a_page_is_noted_with_its_origin_and_its_grant_says_where_the_person_was() {
    run(async {
        let world = World::new().await;
        world.host.sql("DELETE FROM audit", []);
        let wish = json!({"integration": "zoom"});
        let here = [HERE, ("user-agent", "Firefox")];
        let begun = world.call_with(Method::POST, "u1", "sessions", &here, Some(wish)).await;
        let mut browser = Browser::default();
        let zoom = world.go_to_zoom(&mut browser, &begun.field("/start_url")).await;
        world.visit(&mut browser, &world.allow(&zoom, ADA), None).await;
        let grant = world.poll("u1", &begun.field("/id")).await.field("/credential_id");
        let shown = world.server(Method::GET, &format!("grants/{grant}"), None).await;
        assert_eq!(shown.field("/data/ip"), "192.0.2.7");
        assert_eq!(shown.field("/data/user_agent"), "Firefox");
        world.call_with(Method::DELETE, "u1", "integrations/zoom", &here, None).await;
        assert_eq!(world.noted(), ["grant.created by user:u1", "grant.deleted by user:u1"]);
    });
}

#[test]
fn what_the_operator_changes_is_noted_with_its_origin() {
    run(async {
        let world = World::new().await;
        world.host.sql("DELETE FROM audit", []);
        let wish = json!({"name": "Shop", "origins": [PAGE], "signing_key": {"generate": true}});
        let made = world.operator(Method::POST, "", &wish).await;
        let project = format!("/{}", made.field("/id"));
        world.operator(Method::PATCH, &project, &json!({"name": "Store"})).await;
        let keys = format!("{project}/signing-keys");
        let key = world.operator(Method::POST, &keys, &json!({"generate": true})).await;
        let key = format!("{keys}/{}", key.field("/id"));
        world.operator(Method::DELETE, &key, &json!(null)).await;
        let secrets = format!("{project}/client-secrets");
        let secret = world.operator(Method::POST, &secrets, &json!(null)).await;
        let secret = format!("{secrets}/{}", secret.field("/id"));
        world.operator(Method::DELETE, &secret, &json!(null)).await;
        let noted = [
            "project.created by admin",
            "project.changed by admin",
            "signing_key.created by admin",
            "signing_key.deleted by admin",
            "client_secret.created by admin",
            "client_secret.revoked by admin",
        ];
        assert_eq!(world.noted(), noted);
    });
}
