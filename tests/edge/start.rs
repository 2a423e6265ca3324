//! The start of a connect: who may begin one, and when the start page asks before it goes on to Zoom.

use std::time::Duration;

use http::Method;
use isthmus::host::Body;
use isthmus_sandbox::Kind;
use serde_json::{Value, json};

use crate::{
    run,
    world::{ADA, Answer, Browser, PAGE, WORKER, World},
};

/// The start page asks, and has tied nothing to this browser.
fn assert_asked(answer: &Answer) {
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(answer.text.contains("data-testid=\"confirm-connect\""));
    assert!(!answer.headers.contains_key("set-cookie"));
    assert!(!answer.headers.contains_key("location"));
    assert!(!answer.text.contains("zoom.test"), "{}", answer.text);
}

async fn arrive(world: &World, start: &str, referer: Option<&str>) -> Answer {
    world.visit(&mut Browser::default(), start, referer).await
}

#[test]
fn from_the_projects_page_the_popup_goes_straight_to_zoom() {
    run(async {
        let world = World::new().await;
        let (session, start) = world.begin("u1").await;
        assert_eq!(start, format!("{WORKER}/connect/start?session={session}"));
        let answer = arrive(&world, &start, Some(&format!("{PAGE}/settings?x=1"))).await;
        assert_eq!(answer.status, 303);
        let cookie = answer.header("set-cookie");
        assert!(cookie.starts_with(&format!("__Host-isthmus-{session}=")));
        for attribute in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax", "; Max-Age=600"] {
            assert!(cookie.contains(attribute), "{attribute}: {cookie}");
        }
        assert!(!cookie.contains("Domain"));
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("cache-control"), "no-store");
        let zoom = answer.header("location");
        assert!(zoom.starts_with("http://zoom.test/oauth/authorize?response_type=code&"));
        assert!(zoom.contains("&code_challenge_method=S256"));
        assert!(!zoom.contains(&session) && !zoom.contains("verifier"), "{zoom}");
    });
}

#[test]
fn a_link_from_an_email_or_a_foreign_page_asks_first() {
    run(async {
        let world = World::new().await;
        let (_, start) = world.begin("attacker").await;
        for referer in [
            None,
            Some(""),
            Some("https://evil.example/"),
            Some("https://app.example.evil.example/"),
            Some("https://app.example@evil.example/"),
            Some("https://evil.example/https://app.example/"),
            Some("https://evil.example/?https://app.example"),
            Some("http://app.example/"),
            Some("https://app.example:444/"),
            Some("https://edge.example/connect/start"),
            Some("null"),
            Some("about:blank"),
        ] {
            assert_asked(&arrive(&world, &start, referer).await);
        }
        assert_eq!(world.zoom.calls_of(Kind::Authorize).len(), 0);
    });
}

#[test]
fn a_link_older_than_a_minute_asks_even_from_the_projects_own_page() {
    run(async {
        let world = World::new().await;
        let (_, start) = world.begin("attacker").await;
        let own = format!("{PAGE}/comments");
        world.pass(Duration::from_millis(59_999));
        assert_eq!(arrive(&world, &start, Some(&own)).await.status, 303);
        world.pass(Duration::from_millis(1));
        assert_asked(&arrive(&world, &start, Some(&own)).await);
    });
}

#[test]
fn the_question_names_the_product_and_the_user_and_leads_to_zoom_by_a_click() {
    run(async {
        let world = World::new().await;
        let (session, start) = world.begin("u1").await;
        let mut browser = Browser::default();
        let question = world.visit(&mut browser, &start, None).await;
        assert_asked(&question);
        assert!(question.text.contains("Connect your Zoom account to Demo as u1?"));
        // A browser that may not say where it is sends `Origin: null` with its form.
        assert_eq!(question.header("referrer-policy"), "same-origin");
        // Browsers check each redirect after a form against it, and Zoom redirects where it likes.
        assert!(!question.header("content-security-policy").contains("form-action"));
        let pressed = world.press(&session, &[("origin", WORKER)]).await;
        assert_eq!(pressed.status, 303, "{}", pressed.text);
        assert_eq!(pressed.header("referrer-policy"), "no-referrer");
        let cookie = pressed.header("set-cookie");
        let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
        browser.cookies.push((name.to_owned(), value.to_owned()));
        let back = world.allow(&pressed.header("location"), ADA);
        assert_eq!(world.visit(&mut browser, &back, None).await.status, 200);
        assert_eq!(world.poll("u1", &session).await.field("/status"), "done");
    });
}

#[test]
fn the_question_is_answered_only_from_its_own_page() {
    run(async {
        let world = World::new().await;
        let (session, _) = world.begin("attacker").await;
        for origin in [
            None,
            Some("null"),
            Some("https://evil.example"),
            Some(PAGE),
            Some("https://edge.example.evil.example"),
            Some("http://edge.example"),
            Some("https://edge.example/"),
        ] {
            let headers: Vec<_> = origin.map(|origin| ("origin", origin)).into_iter().collect();
            let answer = world.press(&session, &headers).await;
            assert_eq!(answer.status, 403, "{origin:?}");
            assert_eq!(answer.header("x-isthmus-code"), "origin_not_allowed");
            assert!(!answer.headers.contains_key("set-cookie"));
            assert!(!answer.headers.contains_key("location"));
        }
    });
}

#[test]
fn a_start_link_that_is_over_or_unknown_says_so() {
    run(async {
        let world = World::new().await;
        let grant = world.connect("u1", ADA).await;
        let used = "SELECT id FROM sessions WHERE status = 'done'";
        let used = world.host.sql(used, [])[0]["id"].as_str().unwrap().to_owned();
        let (expired, _) = world.begin("u1").await;
        world.pass(Duration::from_secs(600));
        for (session, status, code) in [
            (used.as_str(), 409, "session_used"),
            (expired.as_str(), 410, "session_expired"),
            (grant.as_str(), 404, "session_not_found"),
            ("' OR 1=1 --", 404, "session_not_found"),
            ("", 404, "session_not_found"),
        ] {
            let start = format!("/connect/start?session={}", session.replace(' ', "+"));
            for answer in [
                arrive(&world, &start, Some(PAGE)).await,
                world.press(&session.replace(' ', "+"), &[("origin", WORKER)]).await,
            ] {
                assert_eq!(answer.status, status, "{session}: {}", answer.text);
                assert_eq!(answer.header("x-isthmus-code"), code);
                assert!(answer.header("content-type").starts_with("text/html"));
                assert!(!answer.headers.contains_key("set-cookie"));
            }
        }
    });
}

#[test]
fn a_body_that_is_no_form_does_not_confirm() {
    run(async {
        let world = World::new().await;
        let (session, _) = world.begin("u1").await;
        let long = format!("x={}&session={session}", "x".repeat(5000)).into_bytes();
        let bodies = [Vec::new(), b"{}".to_vec(), vec![0xff; 20], long];
        for body in bodies {
            let headers = [("origin", WORKER)];
            let answer =
                world.send(Method::POST, "/connect/start", &headers, Body::Bytes(body)).await;
            assert!([400, 404, 413].contains(&answer.status), "{}", answer.status);
        }
    });
}

/// What a page sends to begin a session.
async fn ask(world: &World, origin: Option<&str>, body: &str) -> Answer {
    let bearer = format!("Bearer {}", world.token("u1"));
    let mut headers = vec![("authorization", bearer.as_str())];
    headers.extend(origin.map(|origin| ("origin", origin)));
    let path = format!("/projects/{}/sdk/sessions", world.project);
    let body = Body::Bytes(body.as_bytes().to_vec());
    world.send(Method::POST, &path, &headers, body).await
}

#[test]
fn a_session_needs_an_origin_of_the_project_and_an_integration() {
    run(async {
        let world = World::new().await;
        let zoom = r#"{"integration":"zoom"}"#;
        for (origin, body, status, code) in [
            (None, zoom, 400, "invalid_request"),
            (Some("https://evil.example"), zoom, 403, "origin_not_allowed"),
            (Some("null"), zoom, 403, "origin_not_allowed"),
            (Some(PAGE), "", 400, "invalid_request"),
            (Some(PAGE), "[]", 400, "invalid_request"),
            (Some(PAGE), r#"{"integration":7}"#, 400, "invalid_request"),
            (Some(PAGE), r#"{"integration":"slack"}"#, 404, "integration_not_found"),
        ] {
            let answer = ask(&world, origin, body).await;
            assert_eq!(answer.told(), (status, code.to_owned()), "{body} {origin:?}");
        }
        assert_eq!(world.count("SELECT count(*) AS n FROM sessions"), 0);
        let by_id = json!({"integration": world.integration}).to_string();
        let answer = ask(&world, Some(PAGE), &by_id).await;
        let life =
            answer.json()["expires_at"].as_i64().unwrap() - isthmus::host::Host::now(&world.host).0;
        assert_eq!((answer.status, life), (201, 600_000));
    });
}

#[test]
fn an_integration_that_is_going_begins_no_session() {
    run(async {
        let world = World::new().await;
        world.host.sql("UPDATE integrations SET deleting_at = 1", []);
        let answer = ask(&world, Some(PAGE), r#"{"integration":"zoom"}"#).await;
        assert_eq!(answer.told(), (409, "integration_deleting".to_owned()));
        assert_eq!(world.count("SELECT count(*) AS n FROM sessions"), 0);
    });
}

#[test]
fn a_redirect_url_is_taken_on_the_projects_own_origins_only() {
    run(async {
        let world = World::new().await;
        for url in [
            "https://evil.example/callback",
            "https://app.example.evil.example/callback",
            "https://app.example@evil.example/",
            "https://app.example:444/callback",
            "http://app.example/callback",
            "//app.example/callback",
            "/callback",
            "javascript:alert(1)//https://app.example/",
        ] {
            let body = json!({"integration": "zoom", "redirect_url": url}).to_string();
            let answer = ask(&world, Some(PAGE), &body).await;
            assert_eq!(answer.told(), (403, "origin_not_allowed".to_owned()), "{url}");
        }
        let own = format!("{PAGE}/zoom/callback");
        world.zoom.add_redirect_uri(&own);
        let body = json!({"integration": "zoom", "redirect_url": own}).to_string();
        let begun = ask(&world, Some(PAGE), &body).await;
        let mut browser = Browser::default();
        let zoom = world.go_to_zoom(&mut browser, &begun.field("/start_url")).await;
        let back = world.allow(&zoom, ADA);
        let query = back.strip_prefix(&own).unwrap();
        // Their page passes it on; the exchange names the same address.
        let last = world.visit(&mut browser, &format!("/oauth{query}"), None).await;
        assert_eq!(last.status, 200, "{}", last.text);
    });
}

#[test]
fn an_origin_added_a_moment_ago_counts_although_copies_are_late() {
    run(async {
        let world = World::new().await;
        let new = "https://new.example";
        assert_eq!(ask(&world, Some(new), "{}").await.status, 403);
        world.host.lag(3_600_000);
        world.patch_project(&json!({"origins": [PAGE, new]})).await;
        world.host.restart();
        let body = json!({"integration": "zoom", "redirect_url": format!("{new}/callback")});
        for origin in [PAGE, new] {
            world.host.restart();
            let answer = ask(&world, Some(origin), &body.to_string()).await;
            assert_eq!(answer.status, 201, "{origin}: {}", answer.text);
        }
        let start = ask(&world, Some(new), r#"{"integration":"zoom"}"#).await.field("/start_url");
        world.host.restart();
        assert_eq!(arrive(&world, &start, Some(&format!("{new}/x"))).await.status, 303);
    });
}

#[test]
fn what_people_named_is_shown_as_text() {
    run(async {
        let world = World::new().await;
        let script = "<script>alert(1)</script>";
        world.patch_project(&json!({"name": script})).await;
        let user = "\"><img src=x onerror=alert(2)>";
        let (_, start) = world.begin(user).await;
        let question = arrive(&world, &start, None).await;
        assert_asked(&question);
        assert!(!question.text.contains("<script") && !question.text.contains("<img"));
        assert!(question.text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
        assert!(question.text.contains("&quot;&gt;&lt;img src=x onerror=alert(2)&gt;"));
        let policy = question.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"));
    });
}

#[test]
fn the_state_and_the_challenge_of_each_session_are_new() {
    run(async {
        let world = World::new().await;
        let mut seen: Vec<Value> = Vec::new();
        for _ in 0..4 {
            let (_, start) = world.begin("u1").await;
            let zoom = world.go_to_zoom(&mut Browser::default(), &start).await;
            for name in ["&state=", "&code_challenge="] {
                let value = zoom.split(name).nth(1).unwrap().split('&').next().unwrap();
                assert!(value.len() >= 22, "{name}{value}");
                assert!(!seen.contains(&json!(value)));
                seen.push(json!(value));
            }
        }
    });
}
