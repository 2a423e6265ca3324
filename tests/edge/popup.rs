//! The pages in the popup: what they tell their opener, what they keep to themselves, how they are sent.

use http::Method;
use isthmus_sandbox::{Fault, Kind};
use serde_json::json;

use crate::{
    run,
    world::{ADA, Answer, Browser, PAGE, World},
};

fn assert_closed_page(answer: &Answer) {
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("x-frame-options"), "DENY");
    assert!(!answer.headers.contains_key("cross-origin-opener-policy"));
    assert!(!answer.headers.contains_key("access-control-allow-origin"));
    let policy = answer.header("content-security-policy");
    for part in
        ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"]
    {
        assert!(policy.contains(part), "{part}: {policy}");
    }
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    assert!(nonce.len() >= 22);
    for opening in ["<script", "<style"] {
        for tag in answer.text.split(opening).skip(1) {
            assert!(tag.starts_with(&format!(" nonce=\"{nonce}\">")), "{tag}");
        }
    }
    assert!(!answer.text.contains("http://") && !answer.text.contains("src="));
}

/// The scripts of a page.
fn script(answer: &Answer) -> String {
    let scripts = answer.text.split("<script").skip(1);
    scripts
        .map(|script| script.split_once('>').unwrap().1.split("</script>").next().unwrap())
        .collect()
}

#[test]
fn the_last_page_posts_the_session_to_its_exact_origin_and_closes() {
    run(async {
        let world = World::new().await;
        let mut attempt = world.attempt("u1", ADA).await;
        let last = world.come_back(&mut attempt).await;
        assert_closed_page(&last);
        let wanted = format!(
            "if(window.opener)window.opener.postMessage({{type:\"isthmus\",session:\"{}\"}},\"{PAGE}\");window.close();",
            attempt.session
        );
        assert_eq!(script(&last), wanted);
        let polled = world.poll("u1", &attempt.session).await;
        assert!(!last.text.contains(&polled.field("/credential_id")));
    });
}

#[test]
fn a_failure_stays_open_and_says_what_to_do() {
    run(async {
        let world = World::new().await;
        let (session, start) = world.begin("u1").await;
        let mut browser = Browser::default();
        let zoom = world.go_to_zoom(&mut browser, &start).await;
        let last = world.visit(&mut browser, &world.decline(&zoom), None).await;
        assert_closed_page(&last);
        let wanted = format!(
            "if(window.opener)window.opener.postMessage({{type:\"isthmus\",session:\"{session}\"}},\"{PAGE}\");"
        );
        assert_eq!(script(&last), wanted);
        assert!(last.text.contains("press Connect again and choose Allow"));
    });
}

#[test]
fn pages_without_a_session_post_nothing() {
    run(async {
        let world = World::new().await;
        for url in ["/oauth", "/oauth?state=x&code=y", "/connect/start?session=x", "/connect/start"]
        {
            let page = world.visit(&mut Browser::default(), url, Some(PAGE)).await;
            assert_closed_page(&page);
            assert_eq!(script(&page), "");
        }
    });
}

#[test]
fn a_slow_zoom_lets_the_page_close_and_the_app_go_on() {
    run(async {
        let world = World::new().await;
        let mut attempt = world.attempt("u1", ADA).await;
        world.zoom.fail_next(Kind::UsersMe, Fault::status(503));
        let last = world.come_back(&mut attempt).await;
        assert_closed_page(&last);
        assert!(last.text.contains("Almost there"));
        assert!(script(&last).ends_with("window.close();"));
        assert_eq!(world.ended(&attempt).await.field("/status"), "done");
    });
}

/// Begins as `@useparagon/connect` does; answers the start URL.
async fn build_oauth(world: &World, key: &str) -> String {
    let query = format!(
        "action=zoom&integrationId={}&originForPostMessage={PAGE}&oauthMetaKeyId={key}&parameters=%7B%7D&isPreviewMode=false",
        world.integration
    );
    let path = format!("/v2/projects/{}/sdk/actions/build-oauth?{query}", world.project);
    let bearer = format!("Bearer {}", world.token("u1"));
    let headers = [("authorization", bearer.as_str()), ("origin", PAGE)];
    let built = world.send(Method::GET, &path, &headers, isthmus::host::Body::Empty).await;
    assert_eq!(built.status, 200, "{}", built.text);
    built.field("/redirectUrl")
}

#[test]
fn the_published_package_is_told_of_success_by_its_poll_alone() {
    run(async {
        let world = World::new().await;
        let start = build_oauth(&world, "key-1").await;
        let mut browser = Browser::default();
        let zoom = world.go_to_zoom(&mut browser, &start).await;
        let pending = world.call(Method::GET, "u1", "actions/session-id/key-1", None).await;
        assert_eq!((pending.status, pending.json()), (200, json!({})));
        let last = world.visit(&mut browser, &world.allow(&zoom, ADA), None).await;
        assert_closed_page(&last);
        assert_eq!(script(&last), "window.close();");
        let polled = world.call(Method::GET, "u1", "actions/session-id/key-1", None).await;
        let path = format!("credentials/{}", polled.field("/connectCredentialId"));
        let credential = world.call(Method::GET, "u1", &path, None).await;
        assert_eq!(credential.field("/status"), "VALID");
    });
}

#[test]
fn the_published_package_is_told_of_a_failure_by_a_message() {
    run(async {
        let world = World::new().await;
        let start = build_oauth(&world, "key-1").await;
        let mut browser = Browser::default();
        let zoom = world.go_to_zoom(&mut browser, &start).await;
        let last = world.visit(&mut browser, &world.decline(&zoom), None).await;
        assert_closed_page(&last);
        let script = script(&last);
        assert!(script.starts_with(
            "if(window.opener)window.opener.postMessage({type:\"oauth_error_callback\","
        ));
        assert!(script.contains("code:\"consent_declined\""));
        assert!(
            script.ends_with(&format!("integrationId:\"{}\"}},\"{PAGE}\");", world.integration))
        );
    });
}

#[test]
fn the_nonce_page_speaks_to_an_origin_of_the_project_only() {
    run(async {
        let world = World::new().await;
        let token = world.token("u1");
        let page = async |origin: &str, more: &str| {
            let path = format!(
                "/projects/{}/sdk/actions/oauth-nonce?originForPostMessage={origin}&userToken={token}{more}",
                world.project
            );
            let answer = world.visit(&mut Browser::default(), &path, Some(PAGE)).await;
            assert!(!answer.text.contains(&token));
            assert_closed_page(&answer);
            answer
        };
        let integration = format!("&action=zoom&integrationId={}", world.integration);
        let good = page(PAGE, &integration).await;
        assert_eq!(good.status, 200);
        let wanted = format!(
            "if(window.opener)window.opener.postMessage({{type:\"oauth-nonce-loaded\"}},\"{PAGE}\");"
        );
        assert_eq!(script(&good), wanted);
        for origin in [
            "",
            "*",
            "https://evil.example",
            "https://app.example/",
            "https://app.example.evil.example",
            "%22);alert(1);(%22",
            "null",
        ] {
            let refused = page(origin, &integration).await;
            assert_eq!((refused.status, script(&refused)), (403, String::new()), "{origin}");
        }
        assert_eq!(page(PAGE, "").await.status, 400);
    });
}

#[test]
fn a_failure_of_our_own_stores_is_a_page_and_its_reason_goes_to_the_log() {
    run(async {
        let world = World::new().await;
        let mut attempt = world.attempt("u1", ADA).await;
        let fail = isthmus::testing::Fault::Fail;
        world.host.fault_once("tables", fail);
        let last = world.come_back(&mut attempt).await;
        assert_eq!(last.header("x-isthmus-code"), "store_unavailable");
        assert_closed_page(&last);
        let log = json!(world.host.log_lines()).to_string();
        assert!(!last.text.contains("planned") && log.contains("tables: planned"), "{log}");
        // Nothing was taken yet: a reload does it.
        assert_eq!(world.come_back(&mut attempt).await.status, 200);
    });
}
