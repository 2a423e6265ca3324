//! Cross-origin calls: the project's pages and nobody else's, and never with the browser's own credentials.

use http::Method;
use isthmus::{host::Body, testing::Fault};
use serde_json::json;

use crate::{
    run,
    world::{Answer, PAGE, World},
};

const FOREIGN: [&str; 8] = [
    "https://evil.example",
    "null",
    "*",
    "https://app.example/",
    "https://app.example:443",
    "https://APP.example",
    "http://app.example",
    "https://sub.app.example",
];

async fn preflight(world: &World, origin: &str, path: &str) -> Answer {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", "PATCH"),
        ("access-control-request-headers", "authorization,content-type,x-paragon-sdk-version"),
    ];
    let path = format!("/projects/{}/sdk/{path}", world.project);
    world.send(Method::OPTIONS, &path, &headers, Body::Empty).await
}

fn assert_closed(answer: &Answer) {
    for name in answer.headers.keys() {
        assert!(!name.as_str().starts_with("access-control-"), "{name}");
    }
}

fn assert_open(answer: &Answer) {
    assert_eq!(answer.header("access-control-allow-origin"), PAGE);
    assert!(!answer.headers.contains_key("access-control-allow-credentials"));
    let vary = answer.headers.get_all("vary").iter();
    assert!(vary.into_iter().any(|value| value == "Origin"));
}

#[test]
fn a_preflight_of_the_projects_page_is_allowed_what_it_asks() {
    run(async {
        let world = World::new().await;
        for path in ["me", "sessions", "proxy/zoom/users/me", "credentials/x", "nowhere"] {
            let answer = preflight(&world, PAGE, path).await;
            assert_eq!((answer.status, answer.text.as_str()), (204, ""));
            assert_open(&answer);
            let methods = answer.header("access-control-allow-methods");
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
                assert!(methods.contains(method));
            }
            let allowed = answer.header("access-control-allow-headers");
            assert_eq!(allowed, "authorization,content-type,x-paragon-sdk-version");
        }
    });
}

#[test]
fn a_foreign_page_is_refused_and_changes_nothing() {
    run(async {
        let world = World::new().await;
        for origin in FOREIGN {
            let asked = preflight(&world, origin, "me").await;
            assert_eq!(asked.told(), (403, "origin_not_allowed".to_owned()), "{origin}");
            assert_closed(&asked);
            let meta = json!({"meta": {"planted": true}});
            let bearer = format!("Bearer {}", world.token("u1"));
            let headers = [("origin", origin), ("authorization", bearer.as_str())];
            let path = format!("/projects/{}/sdk/me", world.project);
            let body = Body::Bytes(meta.to_string().into_bytes());
            let sent = world.send(Method::PATCH, &path, &headers, body).await;
            assert_eq!(sent.status, 403, "{origin}");
            assert_closed(&sent);
        }
        assert_eq!(world.count("SELECT count(*) AS n FROM users"), 0);
    });
}

#[test]
fn failures_can_be_read_by_the_projects_page() {
    run(async {
        let world = World::new().await;
        let path = format!("/projects/{}/sdk/me", world.project);
        let unknown = world.send(Method::GET, &path, &[("origin", PAGE)], Body::Empty).await;
        let missing = world.call(Method::GET, "u1", "nowhere", None).await;
        let wrong = world.call(Method::PUT, "u1", "me", None).await;
        let unconnected = world.call(Method::GET, "u1", "proxy/zoom/users/me", None).await;
        world.host.fault_always("tables", Some(Fault::Fail));
        let down = world.call(Method::GET, "u1", "me", None).await;
        assert_eq!(down.header("retry-after"), "1");
        for (answer, status) in
            [(unknown, 401), (missing, 404), (wrong, 405), (unconnected, 404), (down, 503)]
        {
            assert_eq!(answer.status, status, "{}", answer.text);
            assert_open(&answer);
            assert_eq!(answer.header("access-control-expose-headers"), "*");
        }
    });
}

#[test]
fn a_call_without_an_origin_is_no_pages_and_gets_no_permission() {
    run(async {
        let world = World::new().await;
        let answer = world.me_with(&world.token("u1")).await;
        assert_eq!(answer.status, 200);
        assert_closed(&answer);
        assert_eq!(answer.header("vary"), "Origin");
        assert_eq!(answer.header("cache-control"), "no-store");
    });
}

#[test]
fn a_change_of_the_origins_counts_at_once() {
    run(async {
        for lag in [0, 3_600_000] {
            let world = World::new().await;
            let new = "https://new.example";
            assert_eq!(preflight(&world, new, "me").await.status, 403);
            world.host.lag(lag);
            world.patch_project(&json!({"origins": [new]})).await;
            assert_eq!(preflight(&world, new, "me").await.status, 204, "copies {lag} ms late");
            if lag == 0 {
                assert_eq!(preflight(&world, PAGE, "me").await.status, 403);
            }
        }
    });
}

#[test]
fn the_operators_routes_and_the_pages_are_for_no_other_origin() {
    run(async {
        let world = World::new().await;
        let project = format!("/admin/projects/{}", world.project);
        for path in [
            project.as_str(),
            "/admin/projects",
            "/connect/start?session=x",
            "/oauth",
            "/healthz",
            "/",
        ] {
            for method in [Method::OPTIONS, Method::GET, Method::POST] {
                let headers = [("origin", PAGE), ("access-control-request-method", "POST")];
                assert_closed(&world.send(method, path, &headers, Body::Empty).await);
            }
        }
    });
}

#[test]
fn a_page_can_read_that_its_project_is_unknown_or_our_storage_is_down() {
    run(async {
        let world = World::new().await;
        let headers = [("origin", PAGE), ("access-control-request-method", "GET")];
        let path = "/projects/nobody/sdk/me";
        let asked = world.send(Method::OPTIONS, path, &headers, Body::Empty).await;
        assert_eq!(asked.status, 204);
        assert_open(&asked);
        let answer = world.send(Method::GET, path, &headers, Body::Empty).await;
        assert_eq!(answer.told(), (404, "project_not_found".to_owned()));
        assert_open(&answer);

        world.host.drop_copies();
        world.host.restart();
        world.host.fault_always("tables", Some(Fault::Fail));
        let answer = world.call(Method::GET, "u1", "me", None).await;
        assert_eq!(answer.told(), (503, "store_unavailable".to_owned()));
        assert_open(&answer);
    });
}
