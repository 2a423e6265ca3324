//! What a person may open by a link that came to harm, and what whoever only looks at a link finds.

use http::Method;
use isthmus::host::Body;
use serde_json::json;

use crate::{
    links::world,
    run,
    world::{ADA, PAGE, World},
};

/// Everything that a look must leave as it is.
const STATE: &str = "SELECT (SELECT count(*) FROM sessions) * 1000 + (SELECT count(*) FROM grants) * 100
    + (SELECT count(*) FROM sessions WHERE status = 'open') * 10 + (SELECT count(*) FROM logins WHERE taken_by IS NULL) AS n";

#[test]
fn a_mangled_link_is_a_page_and_never_asks_for_a_password() {
    run(async {
        let world = World::new().await;
        for path in [
            "/connect",
            "/connect/",
            "/connect?id=x",
            "/connect/login/",
            "/connect/login/?id=x",
            "/connect/login/x",
            "/connect/start/x/y",
            "/connect/callback/?code=c&state=s",
            "/oauth/",
        ] {
            let answer = world.send(Method::GET, path, &[], Body::Empty).await;
            assert_eq!(answer.refused(), (404, "not_found".to_owned()), "{path}");
            assert!(answer.text.contains("is the link whole?"), "{path}: {}", answer.text);
            assert!(!answer.headers.contains_key("www-authenticate"), "{path}");
        }
    });
}

#[test]
fn another_method_is_told_which_ones_there_are() {
    run(async {
        let world = World::new().await;
        for (path, allow) in [
            ("/connect/login?id=x", "GET, HEAD, POST"),
            ("/connect/start?session=x", "GET, HEAD, POST"),
            ("/connect/callback", "GET, HEAD"),
            ("/oauth", "GET, HEAD"),
        ] {
            for method in [Method::PUT, Method::DELETE, Method::OPTIONS] {
                let answer = world.send(method, path, &[], Body::Empty).await;
                assert_eq!(answer.refused(), (405, "method_not_allowed".to_owned()), "{path}");
                assert_eq!(answer.header("allow"), allow);
                assert!(!answer.headers.contains_key("www-authenticate"), "{path}");
            }
        }
        let server = world.server(Method::PUT, "grants", None).await;
        assert_eq!((server.status, server.header("allow")), (405, "GET, POST".to_owned()));
        let page = world.call(Method::PUT, "u1", "me", None).await;
        assert_eq!((page.status, page.header("allow")), (405, "GET, PATCH".to_owned()));
    });
}

#[test]
fn whoever_only_looks_at_a_link_changes_nothing_and_goes_nowhere() {
    run(async {
        let world = world().await;
        let link = world.link(json!({"account_id": "u1"})).await;
        let (_, start) = world.begin("u2").await;
        let mut attempt = world.attempt("u3", ADA).await;
        let (back, before) = (attempt.back.clone(), world.count(STATE));
        let cookies = attempt.browser.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        let page = format!("{PAGE}/");
        let headers = [("referer", page.as_str()), ("cookie", cookies.as_str())];
        for url in [&link, &start, &back] {
            let looked = world.send(Method::HEAD, url, &headers, Body::Empty).await;
            assert_eq!((looked.status, looked.text.as_str()), (200, ""), "{url}");
            assert!(!looked.headers.contains_key("location"), "{url}");
            assert!(!looked.headers.contains_key("set-cookie"), "{url}");
        }
        assert_eq!(world.count(STATE), before);
        let unknown = world.send(Method::HEAD, "/connect/login?id=x", &headers, Body::Empty).await;
        assert_eq!(unknown.refused(), (404, "login_not_found".to_owned()));
        assert_eq!(unknown.text, "");
        // The person comes after all.
        assert_eq!(world.come_back(&mut attempt).await.status, 200);
        assert_eq!(world.count("SELECT count(*) AS n FROM grants"), 1);
    });
}
