//! Integrations as a project's server sets them up: what is taken, what is kept, what is refused.

use http::Method;
use isthmus::{host::Body, testing::Fault};
use serde_json::{Value, json};

use crate::{
    run,
    world::{Answer, CLIENT_SECRET, World},
};

const SECRETS: &str = "SELECT client_secret_sealed, webhook_secret_sealed, plan FROM integrations";

/// What the guide sends, and ours besides.
pub fn wish() -> Value {
    json!({
        "name": "Zoom", "provider": "zoom", "redirect_uris": ["https://app.example/done"],
        "settings": {"client_id": "zoom-client", "client_secret": CLIENT_SECRET,
            "webhook_secret_token": "the-webhook-secret-of-zoom", "plan": "pro"},
        "expires_in": 43200, "scope": ["meeting:write", "user:read"],
    })
}

/// A project without an integration.
async fn bare() -> World {
    let world = World::new().await;
    let gone = world.server(Method::DELETE, "integrations/zoom", None).await;
    assert_eq!(gone.status, 200, "{}", gone.text);
    world
}

async fn create(world: &World, wish: &Value) -> Answer {
    world.server(Method::POST, "integrations", Some(wish.clone())).await
}

/// The same, with one field different.
fn but(path: &str, value: Value) -> Value {
    let mut wish = wish();
    let (outer, inner) = path.split_once('.').unwrap_or((path, ""));
    let field = if inner.is_empty() { &mut wish[outer] } else { &mut wish[outer][inner] };
    *field = value;
    wish
}

#[test]
fn an_integration_is_created_listed_and_read_without_its_secrets() {
    run(async {
        let world = bare().await;
        let made = create(&world, &wish()).await;
        let shown = json!({
            "id": world.integration, "name": "Zoom", "provider": "zoom", "expires_in": 43200,
            "redirect_uris": ["https://app.example/done"], "scope": ["meeting:write", "user:read"],
        });
        assert_eq!((made.status, made.json()), (201, json!({"success": true, "data": shown})));
        for path in ["integrations/zoom?offset=0", &format!("integrations/{}", world.integration)] {
            let one = world.server(Method::GET, path, None).await;
            assert_eq!((one.status, one.json()), (200, json!({"success": true, "data": shown})));
        }
        let at_rest = world.host.everything_at_rest();
        assert!(!at_rest.contains("the-webhook-secret") && !at_rest.contains(CLIENT_SECRET));
        assert!(!world.answered.borrow().contains("the-webhook-secret"));
        let noted =
            "SELECT count(*) AS n FROM audit WHERE what = 'integration.saved' AND who = 'project'";
        assert_eq!(world.count(noted), 1);
    });
}

#[test]
fn what_is_not_said_has_its_default() {
    run(async {
        let world = bare().await;
        let mut least = wish();
        least.as_object_mut().unwrap().retain(|name, _| name != "expires_in" && name != "scope");
        least["settings"] = json!({"client_id": "a", "client_secret": "b"});
        let made = create(&world, &least).await.json();
        assert_eq!(
            (&made["data"]["expires_in"], &made["data"]["scope"]),
            (&json!(1_209_600), &json!([]))
        );
        let row = &world.host.sql(SECRETS, [])[0];
        assert_eq!((&row["webhook_secret_sealed"], &row["plan"]), (&json!(null), &json!(null)));
    });
}

#[test]
fn a_list_ends_with_an_empty_page_and_shows_the_projects_own_alone() {
    run(async {
        let world = World::new().await;
        let other = world.another_project().await;
        for (query, ids, limit, offset) in [
            ("", vec![world.integration.as_str()], 50, 0),
            ("?offset=0&limit=1", vec![world.integration.as_str()], 1, 0),
            ("?offset=1&limit=50", vec![], 50, 1),
            ("?offset=999999999", vec![], 50, 999_999_999),
        ] {
            let page = world.server(Method::GET, &format!("integrations{query}"), None).await;
            let body = page.json();
            let found = body["data"].as_array().unwrap().iter();
            let found: Vec<_> = found.map(|one| one["id"].as_str().unwrap()).collect();
            assert_eq!((page.status, found), (200, ids), "{query}");
            assert_eq!(
                (&body["limit"], &body["offset"]),
                (&json!(limit), &json!(offset)),
                "{query}"
            );
            assert_eq!(body["success"], true);
        }
        for query in ["limit=0", "limit=201", "limit=x", "offset=-1", "limit=1.5"] {
            let refused = world.server(Method::GET, &format!("integrations?{query}"), None).await;
            assert_eq!(refused.refused(), (400, "invalid_request".to_owned()), "{query}");
        }
        let foreign = format!("integrations/{}", other.integration);
        for (method, body) in
            [(Method::GET, None), (Method::PATCH, Some(json!({}))), (Method::DELETE, None)]
        {
            let refused = world.server(method, &foreign, body).await;
            assert_eq!(refused.refused(), (404, "integration_not_found".to_owned()));
        }
        assert_eq!(other.server(Method::GET, "integrations/zoom", None).await.status, 200);
    });
}

#[test]
fn a_second_integration_of_a_provider_is_refused_and_of_two_at_once_one_wins() {
    run(async {
        let world = World::new().await;
        let before = world.host.sql(SECRETS, []);
        let second = create(&world, &wish()).await;
        assert_eq!(second.refused(), (409, "integration_exists".to_owned()));
        assert!(second.field("/message").contains("PATCH"), "{}", second.text);
        assert_eq!(world.host.sql(SECRETS, []), before);
        for seed in 1..40 {
            let world = bare().await;
            world.host.shuffle(seed);
            let (one, two) = (but("name", json!("One")), but("name", json!("Two")));
            let (one, two) =
                futures_util::future::join(create(&world, &one), create(&world, &two)).await;
            let mut told = [one.status, two.status];
            told.sort_unstable();
            assert_eq!(told, [201, 409], "{} {}", one.text, two.text);
            let winner = if one.status == 201 { "One" } else { "Two" };
            let kept = world.server(Method::GET, "integrations/zoom", None).await;
            assert_eq!(kept.field("/data/name"), winner);
            let noted = "SELECT count(*) AS n FROM audit WHERE what = 'integration.saved' AND who = 'project'";
            assert_eq!(world.count(noted), 1);
        }
    });
}

#[test]
fn what_does_not_fit_is_refused_with_the_field_in_the_message() {
    run(async {
        let world = bare().await;
        let (long, many) = (json!("x".repeat(65)), json!(vec!["https://a.example"; 21]));
        for (path, value, why) in [
            ("provider", json!(null), "a text is wanted, not nothing"),
            ("name", json!(7), "a text is wanted, not this number"),
            ("name", json!("  "), "1 to 200 bytes"),
            ("settings", json!([]), "an object is wanted, not a list"),
            ("settings.client_id", json!(null), "a text is wanted, not nothing"),
            ("settings.client_id", json!(7), "a text is wanted, not this number"),
            ("settings.client_id", json!(""), "1 to 256 bytes"),
            ("settings.client_secret", json!(null), "a text is wanted, not nothing"),
            ("settings.client_secret", json!({"a": 1}), "a text is wanted, not an object"),
            ("settings.client_secret", json!(""), "1 to 512 bytes"),
            ("settings.webhook_secret_token", json!(true), "a text is wanted"),
            ("settings.webhook_secret_token", json!(""), "1 to 512 bytes"),
            ("settings.plan", json!(1), "a text is wanted"),
            ("settings.plan", long, "1 to 64 bytes"),
            ("redirect_uris", json!("https://app.example/"), "a list is wanted, not this text"),
            ("redirect_uris", json!(null), "a list is wanted, not nothing"),
            ("redirect_uris", many, "at most 20"),
            ("redirect_uris[1]", json!(["https://a.example", 7]), "a text is wanted"),
            ("expires_in", json!(59), "60 to 31536000"),
            ("expires_in", json!(31_536_001), "60 to 31536000"),
            ("expires_in", json!(-1), "60 to 31536000"),
            ("expires_in", json!(1.5), "a whole number"),
            ("expires_in", json!("3600"), "a whole number"),
            ("expires_in", json!(u64::MAX), "a whole number"),
            ("scope", json!("meeting:write"), "a list is wanted"),
            ("scope[1]", json!(["a", ["b"]]), "a text is wanted"),
            ("scope[0]", json!(["a b"]), "one scope"),
            ("scope[0]", json!([""]), "one scope"),
        ] {
            let field = path.split('[').next().unwrap();
            let refused = create(&world, &but(field, value.clone())).await;
            assert_eq!(refused.refused(), (400, "invalid_request".to_owned()), "{path} {value}");
            let message = refused.field("/message");
            assert!(message.contains(&format!("({path}: {why}")), "{path} {value}: {message}");
        }
        let slack = create(&world, &but("provider", json!("slack"))).await;
        assert_eq!(slack.refused(), (400, "provider_unknown".to_owned()));
        for body in ["", "{", "[]", "7", "null", "\u{0}"] {
            let body = Body::Bytes(body.as_bytes().to_vec());
            let refused = world.server_with(Method::POST, "integrations", &[], body).await;
            assert_eq!(refused.refused(), (400, "invalid_request".to_owned()));
        }
        assert_eq!(world.count("SELECT count(*) AS n FROM integrations"), 0);
    });
}

#[test]
fn an_address_where_no_login_may_end_is_refused_with_the_reason() {
    run(async {
        let world = bare().await;
        for (uris, why) in [
            (json!(["http://a.example/"]), "redirect_uris[0]: https, unless"),
            (json!(["https://a.example/#x"]), "redirect_uris[0]: no fragment"),
            (json!(["https://u@a.example/"]), "redirect_uris[0]: no user name"),
            (json!(["https://a.example", "/x"]), "redirect_uris[1]: an address like"),
            (json!([""]), "redirect_uris[0]: an address like"),
        ] {
            let refused = create(&world, &but("redirect_uris", uris.clone())).await;
            assert_eq!(refused.refused(), (400, "redirect_uri_refused".to_owned()), "{uris}");
            assert!(refused.field("/message").contains(why), "{uris}: {}", refused.text);
            let error = &refused.json()["error"];
            assert_eq!(
                (&error["http_code"], &error["code"]),
                (&json!(400), &json!("redirect_uri_refused"))
            );
            assert_eq!(error["request_id"], refused.header("x-request-id"));
        }
    });
}

#[test]
fn a_body_over_64_kib_is_refused() {
    run(async {
        let world = World::new().await;
        let fits = but("name", json!("x".repeat(65_536 - wish().to_string().len())));
        assert_eq!(create(&world, &fits).await.status, 400);
        let large = but("name", json!("x".repeat(65_537)));
        for (method, path) in [(Method::POST, "integrations"), (Method::PATCH, "integrations/zoom")]
        {
            let refused = world.server(method, path, Some(large.clone())).await;
            assert_eq!(refused.refused(), (413, "payload_too_large".to_owned()));
        }
    });
}

#[test]
fn a_change_leaves_alone_what_it_does_not_name() {
    run(async {
        let world = bare().await;
        create(&world, &wish()).await;
        let (before, secrets) = (world.shown_integration().await, world.host.sql(SECRETS, []));
        for nothing in [
            json!({}),
            json!({"settings": {}}),
            json!({"settings": null, "name": null, "scope": null}),
            json!({"settings": {"client_secret": null}, "unknown": 7}),
        ] {
            assert_eq!(world.change_integration(nothing.clone()).await.status, 200, "{nothing}");
            assert_eq!(
                (world.shown_integration().await, world.host.sql(SECRETS, [])),
                (before.clone(), secrets.clone())
            );
        }
        // The Python client's form: everything as it was read, and empty settings.
        let saved = json!({"name": "Other", "expires_in": 43200, "settings": {},
            "redirect_uris": ["https://app.example/done"], "scope": ["meeting:write", "user:read"]});
        let changed = world.change_integration(saved).await.json();
        assert_eq!(changed["data"]["name"], "Other");
        assert_eq!(world.host.sql(SECRETS, []), secrets);
        world.change_integration(json!({"settings": {"webhook_secret_token": null}})).await;
        let row = &world.host.sql(SECRETS, [])[0];
        assert_eq!((&row["webhook_secret_sealed"], &row["plan"]), (&json!(null), &json!("pro")));
        assert_eq!(row["client_secret_sealed"], secrets[0]["client_secret_sealed"]);
        world
            .change_integration(json!({"settings": {"plan": null, "client_secret": "new-secret"}}))
            .await;
        let row = &world.host.sql(SECRETS, [])[0];
        assert_eq!(row["plan"], json!(null));
        assert_ne!(row["client_secret_sealed"], secrets[0]["client_secret_sealed"]);
        let changed = world.change_integration(json!({"redirect_uris": []})).await;
        assert_eq!(changed.json()["data"]["redirect_uris"], json!([]));
    });
}

#[test]
fn of_two_changes_at_once_both_count() {
    run(async {
        for seed in 1..20 {
            let world = bare().await;
            create(&world, &wish()).await;
            world.host.shuffle(seed);
            let one = world.change_integration(json!({"name": "Other"}));
            let two =
                world.change_integration(json!({"expires_in": 60, "settings": {"plan": "basic"}}));
            futures_util::future::join(one, two).await;
            let now = world.shown_integration().await;
            assert_eq!((&now["name"], &now["expires_in"]), (&json!("Other"), &json!(60)));
        }
    });
}

#[test]
fn a_failure_of_the_tables_is_told_and_leaves_nothing_by_halves() {
    run(async {
        for fault in [Fault::Fail, Fault::LoseAnswer] {
            for before in 0..4 {
                let world = bare().await;
                world.host.restart();
                world.host.fault_after(before, "tables", fault);
                let made = create(&world, &wish()).await;
                world.host.clear_faults();
                let again = create(&world, &wish()).await;
                match (made.status, again.status) {
                    // It failed and had no effect; or its answer was lost.
                    (503, 201 | 409) | (201, 409) => {}
                    other => panic!("{other:?} {before} {fault:?}"),
                }
                let noted = "SELECT count(*) AS n FROM audit WHERE what = 'integration.saved' AND who = 'project'";
                assert_eq!(world.count(noted), 1, "{before} {fault:?}");

                let secrets = world.host.sql(SECRETS, []);
                world.host.restart();
                world.host.fault_after(before, "tables", fault);
                let changed =
                    world.change_integration(json!({"name": "Other", "settings": {}})).await;
                world.host.clear_faults();
                let name = world.shown_integration().await["name"].clone();
                let done = name == "Other";
                let told = matches!(
                    (changed.status, fault, done),
                    (200, _, true) | (503, Fault::Fail, false) | (503, Fault::LoseAnswer, _)
                );
                assert!(told, "{before} {fault:?}: {} {name}", changed.status);
                assert_eq!(world.host.sql(SECRETS, []), secrets);
            }
        }
    });
}

impl World {
    /// What the project's server reads of its integration.
    pub async fn shown_integration(&self) -> Value {
        self.server(Method::GET, "integrations/zoom", None).await.json()["data"].clone()
    }

    /// The project's server changes its integration.
    pub async fn change_integration(&self, change: Value) -> Answer {
        self.server(Method::PATCH, "integrations/zoom", Some(change)).await
    }
}
