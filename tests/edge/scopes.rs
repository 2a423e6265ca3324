//! What can be asked Zoom for, as a project's server and the console list it.

use http::Method;
use serde_json::{Value, json};

use crate::{run, world::World};

#[test]
fn every_scope_is_listed_with_what_does_not_work_without_it() {
    run(async {
        let world = World::new().await;
        let listed = world.server(Method::GET, "scopes", None).await;
        assert_eq!(listed.status, 200, "{}", listed.text);
        let body = listed.json();
        let scopes = body["data"].as_array().unwrap();
        let one = |name: &str| scopes.iter().find(|one| one["scope"] == name).unwrap();
        let registrant = json!({"scope": "meeting:write:registrant", "kind": "granular",
            "about": "Register people for meetings.", "always": false,
            "actions": ["zoom.add_meeting_registrant"], "triggers": [], "same_as": ["meeting:write"]});
        assert_eq!(one("meeting:write:registrant"), &registrant);
        assert_eq!(one("user:read:user")["always"], true);
        assert_eq!(one("user:read")["kind"], "classic");
        let actions = world.server(Method::GET, "actions", None).await.json();
        let triggers = world.server(Method::GET, "triggers", None).await.json();
        let ids = |list: &Value| -> Vec<Value> {
            list["data"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect()
        };
        for kind in ["granular", "classic"] {
            let of_kind = || scopes.iter().filter(|one| one["kind"] == kind);
            let covered = |field: &str, id: &Value| {
                of_kind().any(|one| one[field].as_array().unwrap().contains(id))
            };
            let zoom = |id: &&Value| {
                id.as_str().is_some_and(|id| id.starts_with("zoom.") && id != "zoom.request")
            };
            assert!(ids(&actions).iter().filter(zoom).all(|id| covered("actions", id)));
            assert!(ids(&triggers).iter().all(|id| covered("triggers", id)), "{kind}");
        }
        let page = world.server(Method::GET, "scopes?offset=1&limit=2", None).await.json();
        assert_eq!(page["data"].as_array().unwrap()[..], scopes[1..3]);
    });
}
