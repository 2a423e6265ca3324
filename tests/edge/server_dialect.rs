//! How a project's server is answered: who may ask, what a failure looks like, and what `POST /connect/auth` takes.

use base64ct::{Base64, Encoding};
use http::Method;
use isthmus::host::Body;
use serde_json::{Value, json};

use crate::{
    links::{END, ada, wish, world},
    run,
    world::{ADA, Answer, PAGE, WORKER, World},
};

async fn auth(world: &World, more: Value) -> Answer {
    world.server(Method::POST, "auth", Some(wish(&more))).await
}

/// A failure in the dialect's one form; its message.
fn assert_failure(answer: &Answer, status: u16, code: &str) -> String {
    assert_eq!(answer.refused(), (status, code.to_owned()), "{}", answer.text);
    let json = answer.json();
    assert_eq!(json["success"], false);
    assert_eq!(json["error"]["code"], code);
    assert_eq!(json["error"]["http_code"], status);
    assert!(json["error"]["event_code"].as_u64().is_some_and(|number| number > 26000));
    assert_eq!(json["error"]["request_id"], json!(answer.header("x-request-id")));
    assert_eq!(json["error"]["message"], json["message"]);
    assert_eq!(json["error"]["type"], json["type"]);
    assert_eq!(answer.header("content-type"), "application/json");
    assert!(!answer.headers.contains_key("access-control-allow-origin"));
    json["message"].as_str().unwrap().to_owned()
}

fn basic(pair: &str) -> String {
    format!("Basic {}", Base64::encode_string(pair.as_bytes()))
}

/// What may stand in the header that does not let one in, and why.
fn refused_headers(
    (id, secret): &(String, String),
    other: &(String, String),
) -> Vec<(Option<String>, &'static str)> {
    let missing = [
        None,
        Some("Basic".to_owned()),
        Some("Basic %%%".to_owned()),
        Some(basic("no colon")),
        Some(format!("Bearer {secret}")),
    ];
    let invalid = [
        format!("{id}:"),
        format!(":{secret}"),
        format!("{id}:{secret}x"),
        format!("{}:{secret}", other.0),
        format!("{id}:{}", other.1),
    ];
    let missing = missing.into_iter().map(|header| (header, "client_credentials_missing"));
    let invalid = invalid.iter().map(|pair| (Some(basic(pair)), "client_credentials_invalid"));
    missing.chain(invalid).collect()
}

#[test]
fn without_the_projects_credentials_nothing_is_answered() {
    run(async {
        let world = world().await;
        let other = world.another_project().await;
        let cases = refused_headers(&world.client, &other.client);
        for (header, code) in cases {
            for path in ["/connect/grants", "/connect/integrations/zoom", "/connect/nowhere"] {
                let headers: Vec<_> =
                    header.iter().map(|header| ("authorization", header.as_str())).collect();
                let answer = world.send(Method::GET, path, &headers, Body::Empty).await;
                assert_failure(&answer, 401, code);
                assert_eq!(answer.header("www-authenticate"), "Basic realm=\"isthmus\"");
            }
        }
        let (id, secret) = &world.client;
        let scheme = basic(&format!("{id}:{secret}")).replace("Basic", "bAsIc");
        let headers = [("authorization", scheme.as_str())];
        let answer = world.send(Method::GET, "/connect/grants", &headers, Body::Empty).await;
        assert_eq!(answer.status, 200);
    });
}

#[test]
fn every_answer_names_its_request() {
    run(async {
        let world = world().await;
        let (one, two) = (auth(&world, json!({})).await, auth(&world, json!({})).await);
        assert_ne!(one.header("x-request-id"), two.header("x-request-id"));
        let lines = world.host.log_lines();
        assert_eq!(lines.last().unwrap()["request_id"], json!(two.header("x-request-id")));
        assert_failure(&world.server(Method::GET, "no/such", None).await, 404, "not_found");
        let wrong = world.server(Method::PUT, "auth", None).await;
        assert_failure(&wrong, 405, "method_not_allowed");
    });
}

#[test]
fn a_redirect_uri_is_one_of_the_integrations_to_the_letter() {
    run(async {
        let world = world().await;
        for (uri, reason) in [
            ("https://evil.example/", "not one of the integration's"),
            ("https://app.example/connected", "not one of"),
            ("https://app.example/connected?tab=zoom&x=1", "not one of"),
            ("https://app.example/connected?tab=zoom#top", "not one of"),
            ("http://app.example/connected?tab=zoom", "not one of"),
            ("HTTPS://app.example/connected?tab=zoom", "not one of"),
            ("https://app.example@evil.example/connected?tab=zoom", "not one of"),
            ("https://app.example/plain/", "differs by a slash"),
            ("", "not one of"),
            ("javascript:alert(1)", "not one of"),
            ("https://edge.example/oauth", "where Zoom sends people back"),
            ("https://edge.example/oauth?x=1", "where Zoom sends people back"),
            ("https://edge.example/connect/callback", "where Zoom sends people back"),
        ] {
            let refused = auth(&world, json!({"redirect_uri": uri})).await;
            let message = assert_failure(&refused, 400, "redirect_uri_refused");
            assert!(message.contains(reason), "{uri}: {message}");
        }
        assert_eq!(world.count("SELECT count(*) AS n FROM logins"), 0);
        assert_eq!(
            auth(&world, json!({"redirect_uri": "https://app.example/plain"})).await.status,
            200
        );
    });
}

#[test]
fn a_misfit_is_named_with_its_place() {
    run(async {
        let world = world().await;
        for (more, place) in [
            (json!({"provider": 7}), "provider: a text is wanted, not this number"),
            (json!({"redirect_uri": null}), "redirect_uri: a text is wanted, not nothing"),
            (json!({"account_id": ["u1"]}), "account_id: a text is wanted, not a list"),
            (json!({"account_id": ""}), "account_id: a text that is not empty is wanted"),
            (json!({"account_id": "u".repeat(256)}), "account_id: at most 255 characters"),
            (json!({"state": "ß".repeat(257)}), "state: at most 256 characters"),
            (json!({"state": {}}), "state: a text is wanted, not an object"),
            (json!({"expires_in": "43200"}), "expires_in: a whole number is wanted, not this text"),
            (json!({"expires_in": 59}), "expires_in: seconds from 60 to 31536000"),
            (json!({"expires_in": 31_536_001}), "expires_in: seconds from 60 to 31536000"),
            (json!({"expires_in": -1}), "expires_in: seconds from 60"),
            (json!({"expires_in": 1e300}), "expires_in: a whole number is wanted"),
            (json!({"settings": []}), "settings: an object is wanted, not a list"),
            (json!({"settings": {"grant_expires_in": true}}), "settings.grant_expires_in: a whole"),
            (
                json!({"settings": {"grant_expires_in": 59}}),
                "settings.grant_expires_in: seconds from",
            ),
            (json!({"metadata": "x"}), "metadata: an object is wanted, not this text"),
            (json!({"scope": "a b"}), "scope: a list is wanted, not this text"),
            (json!({"scope": []}), "scope: a list that is not empty is wanted"),
            (json!({"scope": ["a", 7]}), "scope[1]: a text is wanted, not this number"),
            (json!({"scope": ["a", "b c"]}), "scope[1]: one scope, without spaces"),
            (json!({"scope": [""]}), "scope[0]: one scope, without spaces"),
            (json!({"login_hint": "x".repeat(321)}), "login_hint: at most 320 characters"),
        ] {
            let message = assert_failure(&auth(&world, more.clone()).await, 400, "invalid_request");
            assert!(message.contains(place), "{more}: {message}");
        }
        assert_eq!(world.count("SELECT count(*) AS n FROM logins"), 0);
    });
}

#[test]
fn a_body_that_is_no_object_is_refused() {
    run(async {
        let world = world().await;
        for body in ["", "[]", "7", "{", "null"] {
            let body = Body::Bytes(body.as_bytes().to_vec());
            let answer = world.server_with(Method::POST, "auth", &[], body).await;
            assert_failure(&answer, 400, "invalid_request");
        }
    });
}

#[test]
fn a_link_is_made_for_a_known_provider_and_a_grant_of_the_project_only() {
    run(async {
        let world = world().await;
        let other = world.another_project().await;
        crate::links::allow_ends(&other).await;
        let grant = ada(&world, "u1").await;
        let cases = [
            (json!({"provider": "slack"}), 400, "provider_unknown"),
            (json!({"grant_id": "nonsense"}), 404, "grant_not_found"),
            (json!({"grant_id": grant, "account_id": "u2"}), 400, "invalid_request"),
        ];
        for (more, status, code) in cases {
            assert_failure(&auth(&world, more).await, status, code);
        }
        assert_failure(&auth(&other, json!({"grant_id": grant})).await, 404, "grant_not_found");
        assert_eq!(auth(&world, json!({"grant_id": grant, "account_id": "u1"})).await.status, 200);
        world.host.sql("DELETE FROM integrations", []);
        assert_failure(&auth(&world, json!({})).await, 404, "integration_not_found");
    });
}

#[test]
fn metadata_and_bodies_have_their_limits() {
    run(async {
        let world = world().await;
        let with = |length: usize| json!({"metadata": {"x": "y".repeat(length)}});
        // `{"x":"…"}`: eight bytes around it.
        assert_eq!(auth(&world, with(16 * 1024 - 8)).await.status, 200);
        assert_failure(&auth(&world, with(16 * 1024 - 7)).await, 413, "payload_too_large");
        assert_failure(&auth(&world, with(1_000_000)).await, 413, "payload_too_large");
    });
}

#[test]
fn what_was_sent_is_answered_without_nulls_and_without_what_is_not_known() {
    run(async {
        let world = world().await;
        let asked = auth(
            &world,
            json!({"state": null, "metadata": null, "settings": {"client_secret": "mine"}, "scope": ["a:b"]}),
        )
        .await;
        let wanted =
            json!({"provider": "zoom", "redirect_uri": END, "settings": {}, "scope": ["a:b"]});
        assert_eq!(asked.json()["data"]["request"], wanted);
        assert!(!asked.text.contains("mine"));
    });
}

#[test]
fn a_link_asks_zoom_for_what_the_server_wants_and_gives_no_hint() {
    run(async {
        let world = world().await;
        let link = world
            .link(json!({"scope": ["meeting:write:meeting", "user:read:user"], "login_hint": ADA}))
            .await;
        let mut browser = crate::world::Browser::default();
        let zoom = world.go_unasked(&mut browser, &link).await;
        assert!(zoom.contains("&scope=meeting%3Awrite%3Ameeting+user%3Aread%3Auser"), "{zoom}");
        assert!(!zoom.contains("hint") && !zoom.contains("ada"), "{zoom}");
    });
}

#[test]
fn a_page_cannot_read_what_a_server_is_answered() {
    run(async {
        let world = world().await;
        let headers = [("origin", PAGE)];
        let answer = world.server_with(Method::GET, "grants", &headers, Body::Empty).await;
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
        let path = format!("{WORKER}/connect/grants");
        let preflight = world.send(Method::OPTIONS, &path, &headers, Body::Empty).await;
        assert_eq!(preflight.status, 401);
    });
}
