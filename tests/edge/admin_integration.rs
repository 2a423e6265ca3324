//! Integrations as the operator sets them up: what is listed, what may be left out, what people will see.

use http::Method;
use isthmus::testing::Fault;
use serde_json::{Value, json};

use crate::{
    run,
    world::{ADA, Answer, World},
};

fn path(world: &World) -> String {
    format!("/admin/projects/{}/integrations", world.project)
}

async fn list(world: &World) -> Value {
    let listed = world.admin(Method::GET, &path(world), &json!(null)).await;
    assert_eq!(listed.status, 200, "{}", listed.text);
    listed.json()
}

async fn put(world: &World, wish: &Value) -> Answer {
    world.admin(Method::PUT, &format!("{}/zoom", path(world)), wish).await
}

#[test]
fn what_is_set_up_is_listed_without_its_secrets_beside_what_can_be() {
    run(async {
        let world = World::new().await;
        world.connect("u1", ADA).await;
        let wish = json!({"name": "Our Zoom", "scopes": ["user:read:user"], "plan": "pro",
            "redirect_uris": ["https://app.example/done"], "webhook_secret_token": "a-secret-of-zooms"});
        let saved = put(&world, &wish).await;
        let listed = list(&world).await;
        assert_eq!((saved.status, &saved.json()), (200, &listed["integrations"][0]));
        let origin = "https://edge.example";
        let mut one = saved.json();
        let times = [one["created_at"].take(), one["updated_at"].take()];
        assert!(times.iter().all(Value::is_i64));
        let wanted = json!({
            "id": world.integration, "provider": "zoom", "name": "Our Zoom", "description": "", "overview": "",
            "accent_color": "", "client_id": one["client_id"], "has_client_secret": true, "has_webhook_secret": true,
            "scopes": ["user:read:user"], "plan": "pro", "redirect_uris": ["https://app.example/done"],
            "expires_in": 1_209_600, "redirect_url": format!("{origin}/oauth"),
            "webhook_url": format!("{origin}/webhook/triggers/connect/zoom/{}", world.integration),
            "webhook_validated_at": null, "status": "active", "grants": 1, "created_at": null, "updated_at": null,
        });
        assert_eq!(one, wanted);
        let catalog = json!([{"provider": "zoom", "name": "Zoom", "brand_color": "#0B5CFF",
            "description": "Schedule and manage Zoom meetings and their registrants.",
            "redirect_url": one["redirect_url"], "webhook_url": one["webhook_url"]}]);
        assert_eq!(listed["catalog"], catalog);
        assert!(!world.answered.borrow().contains("a-secret-of-zooms"));
        let other = world.another_project().await;
        assert_eq!(list(&other).await["integrations"][0]["grants"], 0);
        let nowhere = "/admin/projects/nowhere/integrations";
        let answer = world.admin(Method::GET, nowhere, &json!(null)).await;
        assert_eq!(answer.told(), (404, "project_not_found".to_owned()));
    });
}

#[test]
fn id_and_secret_are_wanted_while_there_is_no_integration_and_then_no_more() {
    run(async {
        let world = World::new().await;
        let gone = world.server(Method::DELETE, "integrations/zoom", None).await;
        assert_eq!(gone.status, 200, "{}", gone.text);
        assert_eq!(list(&world).await["integrations"], json!([]));
        for (wish, why) in [
            (json!({"client_secret": "s"}), "client_id: a text is wanted"),
            (json!({"client_id": "c"}), "client_secret: a text is wanted"),
            (json!({}), "client_id: a text is wanted"),
        ] {
            let refused = put(&world, &wish).await;
            assert_eq!(refused.told(), (400, "invalid_request".to_owned()), "{wish}");
            assert!(refused.text.contains(why), "{}", refused.text);
        }
        assert_eq!(put(&world, &json!({"client_id": "c", "client_secret": "s"})).await.status, 200);
        let sealed = "SELECT client_secret_sealed FROM integrations";
        let before = world.host.sql(sealed, []);
        let changed = put(&world, &json!({"client_id": "d"})).await;
        assert_eq!((changed.status, changed.field("/client_id")), (200, "d".to_owned()));
        assert_eq!(world.host.sql(sealed, []), before);
        assert_eq!(put(&world, &json!({"plan": "pro"})).await.field("/client_id"), "d");
    });
}

#[test]
fn what_people_read_and_its_colour_are_kept_and_shown_to_pages() {
    run(async {
        let world = World::new().await;
        let values = async || {
            let shown = world.call(Method::GET, "u1", "integrations", None).await.json();
            let values = &shown[0]["configs"][0]["values"];
            [&values["description"], &values["overview"], &values["accentColor"]].map(Value::clone)
        };
        let own = "Schedule and manage Zoom meetings and their registrants.";
        assert_eq!(values().await, [json!(own), json!(own), json!("#0B5CFF")]);
        put(&world, &json!({"description": " <b>Meetings</b> "})).await;
        assert_eq!(values().await[..2], [json!("<b>Meetings</b>"), json!("<b>Meetings</b>")]);
        let wish = json!({"overview": "More.\nOf it.", "accent_color": "#00fF7f"});
        let saved = put(&world, &wish).await.json();
        assert_eq!(saved["description"], "<b>Meetings</b>");
        assert_eq!(values().await[1..], [json!("More.\nOf it."), json!("#00fF7f")]);
        put(&world, &json!({"description": "", "overview": "", "accent_color": ""})).await;
        assert_eq!(values().await, [json!(own), json!(own), json!("#0B5CFF")]);
        for (field, value) in [
            ("accent_color", json!("#00ff7")),
            ("accent_color", json!("#00ff7g")),
            ("accent_color", json!("#00ff7f;color:red")),
            ("accent_color", json!("red")),
            ("accent_color", json!("#éé\u{e9}")),
            ("accent_color", json!(7)),
            ("description", json!("x".repeat(201))),
            ("overview", json!("x".repeat(4001))),
        ] {
            let mut wish = json!({});
            wish[field] = value.clone();
            let refused = put(&world, &wish).await;
            assert_eq!(refused.told(), (400, "invalid_request".to_owned()), "{value}");
            assert!(refused.text.contains(&format!("{field}: ")), "{}", refused.text);
        }
    });
}

#[test]
fn one_that_is_being_deleted_is_listed_and_not_changed() {
    run(async {
        let world = World::new().await;
        world.connect("u1", ADA).await;
        world.host.sql("UPDATE integrations SET deleting_at = 1", []);
        assert_eq!(list(&world).await["integrations"][0]["status"], "deleting");
        let refused = put(&world, &json!({"name": "x"})).await;
        assert_eq!(refused.told(), (409, "integration_deleting".to_owned()));
    });
}

#[test]
fn a_failure_of_the_store_says_so_and_changes_nothing() {
    run(async {
        let world = World::new().await;
        let before = list(&world).await;
        for after in 0..3 {
            world.host.fault_after(after, "tables", Fault::Fail);
            let answer = put(&world, &json!({"name": "x"})).await;
            assert_eq!(answer.told(), (503, "store_unavailable".to_owned()), "{after}");
            world.host.clear_faults();
        }
        assert_eq!(list(&world).await, before);
    });
}

#[test]
fn projects_are_listed_a_part_at_a_time_the_newest_first_and_their_grants_counted_to_a_thousand() {
    run(async {
        let first = World::new().await;
        let mut worlds = vec![];
        for _ in 0..3 {
            first.pass(std::time::Duration::from_secs(1));
            worlds.push(first.another_project().await);
        }
        let part = async |query: &str| {
            let path = format!("/admin/projects{query}");
            let listed = first.admin(Method::GET, &path, &json!(null)).await;
            assert_eq!(listed.status, 200, "{}", listed.text);
            listed.json()
        };
        let ids = |listed: &Value| {
            let all = listed["projects"].as_array().unwrap().iter();
            all.map(|one| one["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let newest = [&worlds[2], &worlds[1], &worlds[0], &first].map(|one| one.project.clone());
        let all = part("").await;
        assert_eq!(
            (ids(&all), &all["limit"], &all["offset"]),
            (newest.to_vec(), &json!(50), &json!(0))
        );
        assert_eq!(ids(&part("?limit=2").await), newest[..2]);
        assert_eq!(ids(&part("?limit=2&offset=1").await), newest[1..3]);
        assert_eq!(ids(&part("?offset=4").await), [""; 0]);
        for query in ["limit=0", "limit=201", "offset=-1", "limit=x"] {
            let path = format!("/admin/projects?{query}");
            let refused = first.admin(Method::GET, &path, &json!(null)).await;
            assert_eq!(refused.told(), (400, "invalid_request".to_owned()), "{query}");
        }
        first.connect("u1", ADA).await;
        let more = |n: i64, name: &str| {
            let sql = "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
                INSERT INTO grants (id, project_id, integration_id, provider, provider_user_id, user_id, account_id,
                  email, display_name, scope, status, created_at, updated_at, connected_at)
                SELECT ?4 || i, ?2, ?3, 'zoom', ?4 || i, ?4 || i, '', '', '', '', 'VALID', 1, 1, 1 FROM n";
            let (project, integration) = (&first.project, &first.integration);
            first.host.sql(sql, [json!(n), json!(project), json!(integration), json!(name)]);
        };
        more(998, "g");
        assert_eq!(part("").await["projects"][3]["grants"], 999);
        assert_eq!(list(&first).await["integrations"][0]["grants"], 999);
        more(500, "h");
        let shown = part("").await;
        assert_eq!(
            (&shown["projects"][3]["grants"], &shown["projects"][3]["integrations"]),
            (&json!(1000), &json!(1))
        );
        assert_eq!(shown["projects"][2]["grants"], 0);
        assert_eq!(list(&first).await["integrations"][0]["grants"], 1000);
    });
}
