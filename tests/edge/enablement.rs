//! What users make of workflows: what pages are shown of them, switching them on and off, filling in settings.

use http::Method;
use serde_json::{Value, json};

use crate::{
    run,
    workflows_api::definition,
    world::{ADA, Answer, GRACE, World},
};

/// A definition with settings that users fill in.
pub fn with_settings(trigger: Value) -> Value {
    let mut definition = definition();
    definition["trigger"] = trigger;
    definition["description"] = json!("Invites the assistant.");
    definition["settings"] = json!([
        {"id": "email", "label": "Assistant", "type": "email", "required": true},
        {"id": "count", "type": "number", "default": 3},
        {"id": "mode", "type": "choice", "choices": [{"value": "a", "label": "A"}, {"value": "b"}]},
    ]);
    definition["steps"][0]["inputs"]["body"] = json!({"to": "{{settings.email}}"});
    definition
}

impl World {
    /// Defines and deploys a workflow; answers its id.
    pub async fn in_service(&self, definition: Value) -> String {
        let made = self.define(definition).await;
        let deployed = self.workflow(Method::POST, &made["id"], "/deploy", None).await;
        assert_eq!(deployed.status, 200, "{}", deployed.text);
        made["id"].as_str().unwrap().to_owned()
    }

    /// The user switches a workflow on or off.
    pub async fn switch(&self, user: &str, workflow: &str, on: bool) -> Answer {
        let method = if on { Method::POST } else { Method::DELETE };
        self.call(method, user, &format!("workflows/{workflow}"), None).await
    }

    /// The user's page says what is different about an account.
    pub async fn configure(&self, user: &str, grant: &str, body: Value) -> Answer {
        self.call(Method::PATCH, user, &format!("credentials/{grant}"), Some(body)).await
    }

    /// What the user has made of workflows with an account.
    pub async fn made_of(&self, user: &str, grant: &str) -> Value {
        let shown = self.call(Method::GET, user, &format!("credentials/{grant}"), None).await;
        assert_eq!(shown.status, 200, "{}", shown.text);
        let shown = shown.json();
        let settings = shown["configurations"][0]["workflowSettings"].clone();
        assert_eq!(shown["config"]["configuredWorkflows"], settings);
        settings
    }
}

/// A world with a workflow that has settings, and a user with an account.
async fn working() -> (World, String, String) {
    let world = World::new().await;
    let workflow = world.in_service(with_settings(json!({"type": "zoom.new_meeting"}))).await;
    let grant = world.connect("u1", ADA).await;
    (world, workflow, grant)
}

#[test]
fn pages_are_shown_what_is_deployed_and_nothing_of_what_it_does() {
    run(async {
        let world = World::new().await;
        let hidden = world.define(definition()).await;
        let trigger = json!({"type": "zoom.new_meeting"});
        let id = world.in_service(with_settings(trigger)).await;
        let grant = world.connect("u1", ADA).await;
        let shown = world.call(Method::GET, "u1", "integrations", None).await;
        assert!(!shown.text.contains("backend.acme.example"), "{}", shown.text);
        assert!(!shown.text.contains(hidden["id"].as_str().unwrap()));
        let shown = shown.json();
        let (zoom, values) = (&shown[0], &shown[0]["configs"][0]["values"]);
        assert_eq!(zoom["workflows"][0]["id"], id.as_str());
        assert_eq!(zoom["workflows"][0]["description"], "Assistant");
        assert_eq!(zoom["workflows"][0]["integrationId"], world.integration.as_str());
        let inputs = json!([
            {"id": "email", "title": "Assistant", "type": "EMAIL", "required": true},
            {"id": "count", "title": "count", "type": "NUMBER", "required": false, "defaultValue": 3},
            {"id": "mode", "title": "mode", "type": "CUSTOM_DROPDOWN", "required": false, "key": "mode",
                "customDropdownOptions": [{"value": "a", "label": "A"}, {"value": "b", "label": "b"}]},
        ]);
        let meta = json!({id.clone(): {"id": id, "description": "Assistant", "infoText": "Invites the assistant.",
            "defaultEnabled": false, "hidden": false, "order": 1, "inputs": inputs}});
        assert_eq!(values["workflowMeta"], meta);
        let state = json!({id.clone(): {"enabled": false, "settings": {}}});
        assert_eq!(world.made_of("u1", &grant).await, state);
        let me = world.call(Method::GET, "u1", "me", None).await.json();
        let zoom = &me["integrations"]["zoom"];
        assert_eq!((&zoom["workflowSettings"], &zoom["configuredWorkflows"]), (&state, &state));
        assert_eq!(zoom["allConfigurations"][0]["workflowSettings"], state);
    });
}

#[test]
fn a_workflow_is_switched_on_and_off_and_the_answer_tells_what_is_missing() {
    run(async {
        let (world, workflow, grant) = working().await;
        for _ in 0..2 {
            let on = world.switch("u1", &workflow, true).await;
            assert_eq!(on.status, 200, "{}", on.text);
            let missing = format!("{workflow}: email has to be filled in before it runs");
            assert_eq!(on.json()["errors"], json!([missing]));
            let state = json!({workflow.clone(): {"enabled": true, "settings": {}}});
            assert_eq!(world.made_of("u1", &grant).await, state);
        }
        let off = world.switch("u1", &workflow, false).await;
        assert_eq!((off.status, &off.json()["errors"]), (200, &json!([])));
        assert_eq!(world.made_of("u1", &grant).await[&workflow]["enabled"], false);
    });
}

#[test]
fn what_is_not_there_or_not_the_users_is_refused() {
    run(async {
        let (world, workflow, grant) = working().await;
        let other = world.another_project().await;
        let strange = other.in_service(with_settings(json!({"type": "zoom.new_meeting"}))).await;
        let draft = world.define(definition()).await["id"].as_str().unwrap().to_owned();
        for id in ["nowhere", &strange, &draft] {
            let refused = world.switch("u1", id, true).await;
            assert_eq!(refused.refused(), (404, "workflow_not_found".to_owned()), "{id}");
        }
        let refused = world.switch("u2", &workflow, true).await;
        assert_eq!(refused.refused(), (404, "not_connected".to_owned()));
        let path = format!("workflows/{workflow}");
        let theirs = world.connect("u2", ADA).await;
        let named = [("x-paragon-credential", theirs.as_str())];
        let refused = world.call_with(Method::POST, "u1", &path, &named, None).await;
        assert_eq!(refused.refused(), (404, "credential_not_found".to_owned()));
        let body = json!({"workflows": {workflow.clone(): {"enabled": true}}});
        for (user, id) in [("u2", grant.as_str()), ("u1", &theirs), ("u1", "nowhere")] {
            let refused = world.configure(user, id, body.clone()).await;
            assert_eq!(refused.refused(), (404, "credential_not_found".to_owned()));
        }
        assert!(world.host.sql("SELECT * FROM enablements", []).is_empty());
    });
}

#[test]
fn with_two_accounts_the_named_one_is_meant_else_the_last() {
    run(async {
        let (world, workflow, ada) = working().await;
        world.pass(std::time::Duration::from_secs(1));
        let grace = world.connect("u1", GRACE).await;
        world.switch("u1", &workflow, true).await;
        assert_eq!(world.made_of("u1", &ada).await[&workflow]["enabled"], false);
        assert_eq!(world.made_of("u1", &grace).await[&workflow]["enabled"], true);
        let named = [("x-paragon-credential", ada.as_str())];
        let path = format!("workflows/{workflow}");
        let on = world.call_with(Method::POST, "u1", &path, &named, None).await;
        assert_eq!((on.status, on.field("/id")), (200, ada.clone()));
        world.switch("u1", &workflow, false).await;
        assert_eq!(world.made_of("u1", &ada).await[&workflow]["enabled"], true);
        assert_eq!(world.made_of("u1", &grace).await[&workflow]["enabled"], false);
    });
}

#[test]
fn with_an_account_that_is_thrown_out_a_workflow_is_only_switched_off() {
    run(async {
        let (world, workflow, grant) = working().await;
        world.switch("u1", &workflow, true).await;
        world.zoom.revoke_user(ADA).unwrap();
        world.ask("u1").await;
        let refused = world.switch("u1", &workflow, true).await;
        assert_eq!(refused.refused(), (401, "reconnect_required".to_owned()));
        assert_eq!(world.switch("u1", &workflow, false).await.status, 200);
        assert_eq!(world.made_of("u1", &grant).await[&workflow]["enabled"], false);
    });
}

#[test]
fn a_config_stands_for_everything_as_the_published_package_sends_it() {
    run(async {
        let (world, workflow, grant) = working().await;
        let second = world.in_service(definition()).await;
        let on_by_itself = {
            let mut definition = definition();
            definition["default_enabled"] = json!(true);
            world.in_service(definition).await
        };
        let mut config = world.made_of("u1", &grant).await;
        assert_eq!(config[&on_by_itself], json!({"enabled": true, "settings": {}}));
        config[&workflow] =
            json!({"enabled": true, "settings": {"email": ADA, "count": 5, "mode": null}});
        config["gone"] = json!({"enabled": true, "settings": {}});
        let sent = json!({"config": {"workflowSettings": config}});
        let changed = world.configure("u1", &grant, sent).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
        assert!(changed.field("/errors/0").starts_with("gone: There is no such workflow"));
        let rows = world.host.sql("SELECT workflow_id FROM enablements", []);
        assert_eq!(json!(rows), json!([{"workflow_id": workflow}]), "only what is different");
        let filled = json!({"enabled": true, "settings": {"email": ADA, "count": 5}});
        assert_eq!(world.made_of("u1", &grant).await[&workflow], filled);

        let sent = json!({"config": {"configuredWorkflows": {second.clone(): {"enabled": true}}}});
        world.configure("u1", &grant, sent).await;
        let made = world.made_of("u1", &grant).await;
        assert_eq!(
            made[&workflow],
            json!({"enabled": false, "settings": {}}),
            "as if never touched"
        );
        assert_eq!(
            (&made[&second]["enabled"], &made[&on_by_itself]["enabled"]),
            (&json!(true), &json!(true))
        );
        let shared = json!({"config": {"sharedSettings": {}}});
        assert_eq!(world.configure("u1", &grant, shared).await.status, 200);
        assert_eq!(world.made_of("u1", &grant).await, made, "what was not said stays");
    });
}

#[test]
fn a_value_that_does_not_fit_is_refused_with_its_place_and_nothing_is_changed() {
    run(async {
        let (world, id, grant) = working().await;
        let settings = |settings: Value| json!({"workflows": {id.clone(): {"settings": settings}}});
        let config = |settings: Value| {
            json!({"config": {"workflowSettings":
            {id.clone(): {"enabled": true, "settings": settings}}}})
        };
        let long = "x".repeat(17_000);
        for (body, status, told) in [
            (
                settings(json!({"email": "nobody"})),
                400,
                "settings.email: an e-mail address is wanted",
            ),
            (settings(json!({"count": "5"})), 400, "settings.count: a number is wanted"),
            (settings(json!({"mode": "A"})), 400, "settings.mode: one of its choices is wanted"),
            (settings(json!({"other": 1})), 400, "settings.other: a known setting is wanted"),
            (
                config(json!({"count": true})),
                400,
                &format!("{id}.settings.count: a number is wanted"),
            ),
            (settings(json!({"email": format!("{long}@a.example")})), 413, "16 KiB"),
            (json!({"workflows": {id.clone(): {"enabled": 1}}}), 400, "enabled: true or false"),
            (json!({"config": {"sharedSettings": {"x": 1}}}), 400, "config.sharedSettings.x"),
            (json!({}), 400, "either config or workflows"),
            (json!({"workflows": {"nowhere": {"enabled": true}}}), 404, "nowhere"),
        ] {
            let refused = world.configure("u1", &grant, body).await;
            assert_eq!(refused.status, status, "{}", refused.text);
            assert!(refused.field("/message").contains(told), "{told}: {}", refused.text);
        }
        assert!(world.host.sql("SELECT * FROM enablements", []).is_empty());
    });
}

#[test]
fn what_was_right_once_may_be_sent_back_and_cleared_although_the_workflow_has_changed() {
    run(async {
        let (world, id, grant) = working().await;
        let settings = json!({"email": ADA, "mode": "a"});
        let body = json!({"workflows": {id.clone(): {"enabled": true, "settings": settings}}});
        assert_eq!(world.configure("u1", &grant, body).await.status, 200);
        let mut changed = with_settings(json!({"type": "zoom.new_meeting"}));
        changed["settings"] = json!([{"id": "email", "type": "email", "required": true}]);
        world.workflow(Method::PATCH, &json!(id), "", Some(changed)).await;
        world.workflow(Method::POST, &json!(id), "/deploy", None).await;
        let back = json!({"config": {"workflowSettings": world.made_of("u1", &grant).await}});
        assert_eq!(world.configure("u1", &grant, back).await.status, 200);
        let cleared = json!({"workflows": {id.clone(): {"settings": {"mode": null}}}});
        assert_eq!(world.configure("u1", &grant, cleared).await.status, 200);
        let made = world.made_of("u1", &grant).await;
        assert_eq!(made[&id], json!({"enabled": true, "settings": {"email": ADA}}));
    });
}

#[test]
fn the_projects_server_sees_and_changes_what_a_grant_has() {
    run(async {
        let (world, id, grant) = working().await;
        let path = format!("grants/{grant}/workflows");
        let inputs = json!([
            {"id": "email", "label": "Assistant", "type": "email", "required": true, "help": ""},
            {"id": "count", "label": "count", "type": "number", "required": false, "default": 3, "help": ""},
            {"id": "mode", "label": "mode", "type": "choice", "required": false, "help": "",
                "choices": [{"value": "a", "label": "A"}, {"value": "b", "label": "b"}]}]);
        let mut expected = json!({"workflow_id": id, "name": "Assistant", "enabled": false, "settings": {},
            "inputs": inputs, "missing": ["email"], "on": false});
        let listed = world.server(Method::GET, &path, None).await.json();
        assert_eq!(listed, json!({"success": true, "data": [expected]}));
        let changes = async |body: Value| {
            let patched = world.server(Method::PATCH, &format!("{path}/{id}"), Some(body)).await;
            assert_eq!(patched.status, 200, "{}", patched.text);
            patched.json()["data"].clone()
        };
        let filled = json!({"enabled": true, "settings": {"email": ADA, "count": 4}});
        let at = isthmus::host::Host::now(&world.host).seconds();
        for (name, value) in [
            ("settings", filled["settings"].clone()),
            ("missing", json!([])),
            ("enabled_at", json!(at)),
        ] {
            expected[name] = value;
        }
        (expected["enabled"], expected["on"]) = (json!(true), json!(true));
        assert_eq!(changes(filled).await, expected);
        expected["settings"] = json!({"email": ADA});
        assert_eq!(changes(json!({"settings": {"count": null}})).await, expected);
        // What is edited asks nobody for anything until it is deployed.
        let edited = definition();
        let saved = world.workflow(Method::PATCH, &json!(id), "", Some(edited)).await;
        assert_eq!(saved.status, 200, "{}", saved.text);
        assert_eq!(changes(json!({})).await, expected);
        world.deploy_workflow(&json!(id)).await;
        assert_eq!(changes(json!({})).await["inputs"], json!([]));
        let listed = world.server(Method::GET, &path, None).await;
        assert_eq!(listed.json()["data"][0]["inputs"], json!([]));
        assert!(!listed.text.contains("backend.acme.example"), "{}", listed.text);
        let again = world
            .workflow(
                Method::PATCH,
                &json!(id),
                "",
                Some(with_settings(json!({"type": "zoom.new_meeting"}))),
            )
            .await;
        assert_eq!(again.status, 200, "{}", again.text);
        world.deploy_workflow(&json!(id)).await;
        let by_itself = changes(json!({"enabled": null})).await;
        assert_eq!((&by_itself["enabled"], &by_itself["on"]), (&json!(false), &json!(false)));

        let wrong = json!({"settings": {"email": 5}});
        let refused = world.server(Method::PATCH, &format!("{path}/{id}"), Some(wrong)).await;
        assert_eq!(refused.refused(), (400, "invalid_request".to_owned()));
        assert!(refused.text.contains("settings.email"), "{}", refused.text);
        for (path, code) in [
            (format!("{path}/nowhere"), "workflow_not_found"),
            (format!("grants/nowhere/workflows/{id}"), "grant_not_found"),
        ] {
            let refused = world.server(Method::PATCH, &path, Some(json!({}))).await;
            assert_eq!(refused.refused(), (404, code.to_owned()));
        }
        let other = world.another_project().await;
        let refused = other.server(Method::GET, &path, None).await;
        assert_eq!(refused.refused(), (404, "grant_not_found".to_owned()));
    });
}

#[test]
fn who_disconnects_is_asked_again_after_connecting_again() {
    run(async {
        let (world, id, grant) = working().await;
        let body =
            json!({"workflows": {id.clone(): {"enabled": true, "settings": {"email": ADA}}}});
        world.configure("u1", &grant, body).await;
        world.disconnect("u1").await;
        world.let_alarms_ring().await;
        let again = world.connect("u1", ADA).await;
        let made = world.made_of("u1", &again).await;
        assert_eq!(made[&id], json!({"enabled": false, "settings": {}}));
    });
}
