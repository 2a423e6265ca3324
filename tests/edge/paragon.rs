//! The endpoints of Paragon's Connect protocol: the shapes that its published package reads, and whose data they show.

use http::Method;
use isthmus::host::Body;
use serde_json::{Value, json};

use crate::{
    run,
    world::{ADA, GRACE, PAGE, World},
};

async fn shown(world: &World, user: &str, path: &str) -> Value {
    let answer = world.call(Method::GET, user, path, None).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    assert_eq!(answer.header("content-type"), "application/json");
    answer.json()
}

#[test]
fn a_user_without_an_account_is_shown_as_the_package_needs_it() {
    run(async {
        let world = World::new().await;
        let wanted = json!({
            "authenticated": true,
            "userId": "u1",
            "meta": {},
            "resources": [],
            "integrations": {"zoom": {
                "enabled": false, "allCredentials": [], "allConfigurations": [],
                "configuredWorkflows": {}, "sharedSettings": {},
            }},
            "project": {
                "id": world.project, "billingPlan": "enterprise",
                "accessibleFeatures": ["headless-cp", "user-metadata"],
            },
        });
        assert_eq!(shown(&world, "u1", "me").await, wanted);
        assert_eq!(shown(&world, "u1", "credentials").await, json!([]));
    });
}

#[test]
fn a_connected_user_is_shown_with_the_account_and_nothing_secret() {
    run(async {
        let world = World::new().await;
        let grant = world.connect("u1", ADA).await;
        let me = shown(&world, "u1", "me").await;
        let zoom = &me["integrations"]["zoom"];
        assert_eq!(zoom["enabled"], true);
        assert_eq!(zoom["credentialId"], grant.as_str());
        assert_eq!(zoom["credentialStatus"], "VALID");
        assert_eq!(zoom["providerId"], "AdaLovelace-zoomuser01");
        assert_eq!(zoom["providerData"]["email"], ADA);
        assert_eq!(zoom["allCredentials"].as_array().unwrap().len(), 1);
        assert_eq!(zoom["allConfigurations"].as_array().unwrap().len(), 1);
        let credential = shown(&world, "u1", &format!("credentials/{grant}")).await;
        assert_eq!(zoom["allCredentials"][0], credential);
        let mut names: Vec<_> = credential.as_object().unwrap().keys().cloned().collect();
        names.sort();
        assert_eq!(
            names,
            [
                "config",
                "configurations",
                "dateCreated",
                "dateRefreshed",
                "dateUpdated",
                "id",
                "integrationId",
                "isPreviewCredential",
                "personaId",
                "projectId",
                "providerData",
                "providerId",
                "refreshFailureCount",
                "status",
            ]
        );
        assert_eq!(credential["integrationId"], world.integration.as_str());
        let configuration = &credential["configurations"][0];
        for (name, value) in [
            ("connectCredentialId", json!(grant)),
            ("isDefault", json!(true)),
            ("workflowSettings", json!({})),
            ("sharedSettings", json!({})),
            ("configMeta", json!({})),
        ] {
            assert_eq!(configuration[name], value, "{name}");
        }
    });
}

#[test]
fn the_integrations_are_shown_as_the_package_needs_them() {
    run(async {
        let world = World::new().await;
        for connected in [false, true] {
            if connected {
                world.connect("u1", ADA).await;
            }
            let all = shown(&world, "u1", "integrations").await;
            let zoom = &all[0];
            assert_eq!(all.as_array().unwrap().len(), 1);
            for (name, value) in [
                ("id", json!(world.integration)),
                ("projectId", json!(world.project)),
                ("type", json!("zoom")),
                ("name", json!("Zoom")),
                ("isActive", json!(true)),
                ("authenticationType", json!("oauth")),
                ("hasCredential", json!(connected)),
                ("connectedUserLimitOnDevCred", json!(0)),
                ("connectedUserLimitReached", json!(false)),
                ("needPreOauthInputs", json!(false)),
                ("workflows", json!([])),
            ] {
                assert_eq!(zoom[name], value, "{name}");
            }
            let values = &zoom["configs"][0]["values"];
            assert_eq!(
                (&values["workflowMeta"], &values["sharedMeta"]),
                (&json!({}), &json!({"inputs": []}))
            );
            for list in ["oauthInputs", "accountTypes", "authConfigInputs", "postOauthInputs"] {
                assert_eq!(zoom["sdkIntegrationConfig"][list], json!([]));
            }
            assert!(zoom["dateCreated"].as_str().unwrap().ends_with('Z'));
            assert_eq!(zoom["providerData"]["email"].as_str(), connected.then_some(ADA));
        }
        let metadata = shown(&world, "u1", "metadata").await;
        let entry = metadata[0].as_object().unwrap();
        assert_eq!(
            (entry.len(), &entry["type"], &entry["brandColor"]),
            (4, &json!("zoom"), &json!("#0B5CFF"))
        );
        assert!(entry["icon"].as_str().unwrap().starts_with("data:image/svg+xml"));
    });
}

#[test]
fn metadata_is_the_users_own_and_replaced_as_a_whole() {
    run(async {
        let world = World::new().await;
        let meta = json!({"Name": "Ada <b>", "Email": ADA, "deep": {"list": [1, null, "ü"]}});
        let patched = world.call(Method::PATCH, "u1", "me", Some(json!({"meta": meta}))).await;
        assert_eq!((patched.status, &patched.json()["meta"]), (200, &meta));
        assert_eq!(shown(&world, "u1", "me").await["meta"], meta);
        assert_eq!(shown(&world, "u2", "me").await["meta"], json!({}));
        assert_eq!(shown(&world.another_project().await, "u1", "me").await["meta"], json!({}));
        world.call(Method::PATCH, "u1", "me", Some(json!({"meta": {"x": 1}}))).await;
        assert_eq!(shown(&world, "u1", "me").await["meta"], json!({"x": 1}));
    });
}

#[test]
fn metadata_that_is_none_or_too_long_is_refused() {
    run(async {
        let world = World::new().await;
        let bearer = format!("Bearer {}", world.token("u1"));
        let deep = format!("{{\"meta\":{{\"a\":{}{}}}}}", "[".repeat(2000), "]".repeat(2000));
        let long = json!({"meta": {"a": "x".repeat(17_000)}}).to_string();
        for (body, status) in [
            ("", 400),
            ("{}", 400),
            ("[]", 400),
            ("{\"meta\":null}", 400),
            ("{\"meta\":[]}", 400),
            ("{\"meta\":\"x\"}", 400),
            ("{\"meta\":{}", 400),
            ("\u{feff}{\"meta\":{}}", 400),
            (&deep, 400),
            (&long, 413),
        ] {
            let path = format!("/projects/{}/sdk/me", world.project);
            let body = Body::Bytes(body.as_bytes().to_vec());
            let answer =
                world.send(Method::PATCH, &path, &[("authorization", &bearer)], body).await;
            assert_eq!(answer.status, status, "{}", answer.text);
        }
        assert_eq!(world.count("SELECT count(*) AS n FROM users"), 0);
    });
}

#[test]
fn credentials_are_listed_by_integration_the_last_one_first() {
    run(async {
        let world = World::new().await;
        let ada = world.connect("u1", ADA).await;
        world.pass(std::time::Duration::from_secs(1));
        let grace = world.connect("u1", GRACE).await;
        for query in [
            "",
            "?integration=zoom",
            "?includeAccountAuth=true",
            &format!("?integrationId={}", world.integration),
        ] {
            let all = shown(&world, "u1", &format!("credentials{query}")).await;
            let ids: Vec<_> = all.as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
            assert_eq!(ids, [json!(grace), json!(ada)], "{query}");
        }
        assert_eq!(shown(&world, "u1", "credentials?integration=slack").await, json!([]));
        let me = shown(&world, "u1", "me").await;
        assert_eq!(me["integrations"]["zoom"]["credentialId"], grace.as_str());
        assert_eq!(me["integrations"]["zoom"]["allCredentials"].as_array().unwrap().len(), 2);
    });
}

#[test]
fn anothers_credential_is_not_there() {
    run(async {
        let world = World::new().await;
        let grant = world.connect("u1", ADA).await;
        let other = world.another_project().await;
        let path = format!("credentials/{grant}");
        for answer in [
            world.call(Method::GET, "u2", &path, None).await,
            other.call(Method::GET, "u1", &path, None).await,
            world.call(Method::GET, "u1", "credentials/nonsense", None).await,
        ] {
            assert_eq!(answer.told(), (404, "credential_not_found".to_owned()));
        }
        for world in [(&world, "u2"), (&other, "u1")] {
            assert_eq!(shown(world.0, world.1, "credentials").await, json!([]));
            let me = shown(world.0, world.1, "me").await;
            assert_eq!(me["integrations"]["zoom"]["allCredentials"], json!([]));
        }
    });
}

#[test]
fn a_credential_comes_of_the_users_own_session_and_of_nothing_that_the_page_says() {
    run(async {
        let world = World::new().await;
        let mut attempt = world.attempt("u1", ADA).await;
        let body = |session: &str| {
            Some(
                json!({"integrationId": world.integration, "config": {}, "payload": {"session": session}, "installOptions": {}}),
            )
        };
        let early = world.call(Method::POST, "u1", "credentials", body(&attempt.session)).await;
        assert_eq!(early.told(), (404, "not_connected".to_owned()));
        world.come_back(&mut attempt).await;
        let made = world.call(Method::POST, "u1", "credentials", body(&attempt.session)).await;
        assert_eq!((made.status, made.field("/status").as_str()), (200, "VALID"));
        assert_eq!(made.json()["configurations"].as_array().unwrap().len(), 1);
        let planted = world.call(Method::POST, "u2", "credentials", body(&attempt.session)).await;
        assert_eq!(planted.told(), (404, "session_not_found".to_owned()));
        for body in [json!({}), json!({"payload": {"access_token": "x"}}), json!([])] {
            let answer = world.call(Method::POST, "u1", "credentials", Some(body)).await;
            assert_eq!(answer.told(), (400, "invalid_request".to_owned()));
        }
    });
}

/// `build-oauth` as the package asks; what it answers.
async fn build(world: &World, user: &str, query: &str) -> crate::world::Answer {
    let path = format!("actions/build-oauth?{query}");
    world.call(Method::GET, user, &path, None).await
}

#[test]
fn build_oauth_answers_our_own_start_page() {
    run(async {
        let world = World::new().await;
        let whole = format!(
            "action=zoom&integrationId={}&originForPostMessage={PAGE}&oauthMetaKeyId=k",
            world.integration
        );
        let built = build(&world, "u1", &whole).await;
        assert_eq!(built.status, 200);
        assert!(
            built.field("/redirectUrl").starts_with("https://edge.example/connect/start?session=")
        );
        let by_action =
            build(&world, "u1", &format!("action=zoom&originForPostMessage={PAGE}")).await;
        assert_eq!(by_action.status, 200);
        for (query, status, code) in [
            (format!("originForPostMessage={PAGE}"), 400, "invalid_request"),
            ("action=zoom".to_owned(), 400, "invalid_request"),
            (
                "action=zoom&originForPostMessage=https://evil.example".to_owned(),
                403,
                "origin_not_allowed",
            ),
            ("action=zoom&originForPostMessage=*".to_owned(), 403, "origin_not_allowed"),
            (format!("action=slack&originForPostMessage={PAGE}"), 404, "integration_not_found"),
            (
                format!(
                    "action=zoom&originForPostMessage={PAGE}&redirectUrl=https://evil.example/"
                ),
                403,
                "origin_not_allowed",
            ),
        ] {
            assert_eq!(
                build(&world, "u1", &query).await.told(),
                (status, code.to_owned()),
                "{query}"
            );
        }
        // The token in the URL, which the package sends besides, is not what counts.
        let path = format!(
            "/v2/projects/{}/sdk/actions/build-oauth?{whole}&userToken={}",
            world.project,
            world.token("u1")
        );
        let answer = world.send(Method::GET, &path, &[("origin", PAGE)], Body::Empty).await;
        assert_eq!(answer.told(), (401, "user_token_missing".to_owned()));
    });
}

#[test]
fn a_session_key_is_the_users_own_and_forgetting_it_always_succeeds() {
    run(async {
        let world = World::new().await;
        let query = format!("action=zoom&originForPostMessage={PAGE}&oauthMetaKeyId=key");
        let built = build(&world, "u1", &query).await;
        let mut browser = crate::world::Browser::default();
        let zoom = world.go_to_zoom(&mut browser, &built.field("/redirectUrl")).await;
        world.visit(&mut browser, &world.allow(&zoom, ADA), None).await;
        let own = shown(&world, "u1", "actions/session-id/key").await;
        assert!(own["connectCredentialId"].is_string());
        let other = world.another_project().await;
        for (world, user, key) in [
            (&world, "u2", "key"),
            (&other, "u1", "key"),
            (&world, "u1", "other"),
            (&world, "u1", "%"),
        ] {
            assert_eq!(shown(world, user, &format!("actions/session-id/{key}")).await, json!({}));
        }
        for (user, left) in [("u2", true), ("u1", false), ("u1", false)] {
            let forgotten = world.call(Method::DELETE, user, "actions/session-id/key", None).await;
            assert_eq!(forgotten.status, 204);
            let polled = shown(&world, "u1", "actions/session-id/key").await;
            assert_eq!(polled != json!({}), left);
        }
    });
}

#[test]
fn a_wrong_method_and_an_unknown_path_are_told_apart_and_both_prefixes_serve() {
    run(async {
        let world = World::new().await;
        let bearer = format!("Bearer {}", world.token("u1"));
        for prefix in ["", "/v2"] {
            for (method, path, status) in [
                (Method::GET, "me", 200),
                (Method::PUT, "me", 405),
                (Method::POST, "integrations", 405),
                (Method::DELETE, "credentials", 405),
                (Method::GET, "me/", 404),
                (Method::GET, "", 404),
                (Method::GET, "//me", 404),
                (Method::GET, "credentials/a/b", 404),
                (Method::HEAD, "me", 405),
            ] {
                let path = format!("{prefix}/projects/{}/sdk/{path}", world.project);
                let answer =
                    world.send(method, &path, &[("authorization", &bearer)], Body::Empty).await;
                assert_eq!(answer.status, status, "{path}");
            }
        }
    });
}
