//! The portal's page: what its headers allow, what it shows of what people wrote, and the frame of the published package.

use http::Method;
use isthmus::host::Body;
use serde_json::json;

use crate::{
    portal_doors::{assert_asked, lured},
    run,
    world::{PAGE, World},
};

#[test]
fn the_page_is_framed_by_nobody_and_loads_nothing_of_others() {
    run(async {
        let world = World::new().await;
        let mut window = world.window("u1").await;
        let home = format!("/portal/{}", window.id);
        let page = world.visit(&mut window.browser, &home, None).await;
        let policy = page.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{part}: {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
        assert_eq!(page.header("x-frame-options"), "DENY");
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert!(!page.headers.contains_key("cross-origin-opener-policy"), "it cuts the opener off");
        assert!(!page.text.contains("u1"), "what is shown is data, never markup");
    });
}

#[test]
fn what_people_named_is_shown_as_text_in_the_question() {
    run(async {
        let world = World::new().await;
        let name = "<script>alert(1)</script>";
        world.patch_project(&json!({"name": name})).await;
        let user = "\"><img src=x onerror=alert(2)>";
        let mut window = lured(&world, user, None).await;
        let page = world.visit(&mut window.browser, &format!("/portal/{}", window.id), None).await;
        assert_asked(&page);
        assert!(!page.text.contains("<script") && !page.text.contains("<img"), "{}", page.text);
        assert!(page.text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
        let mut own = world.window(user).await;
        let state = world.shown(&mut own).await;
        assert_eq!((&state["project"]["name"], &state["user"]["id"]), (&json!(name), &json!(user)));
    });
}

#[test]
fn a_frame_of_the_published_package_may_be_in_the_projects_pages_only() {
    run(async {
        let world = World::new().await;
        let path = format!("/ui?projectId={}", world.project);
        let page = world.send(Method::GET, &path, &[], Body::Empty).await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(page.text.contains("/static/portal/portal.js"));
        let policy = page.header("content-security-policy");
        assert!(policy.contains(&format!("; frame-ancestors {PAGE}; ")), "{policy}");
        assert!(!page.headers.contains_key("x-frame-options"));
        assert!(!page.headers.contains_key("set-cookie"));
        let looked = world.send(Method::HEAD, &path, &[], Body::Empty).await;
        assert_eq!((looked.status, looked.text.as_str()), (200, ""));
        // A page that was added a moment ago frames it too, although copies are late.
        world.host.lag(3_600_000);
        world.patch_project(&json!({"origins": [PAGE, "http://localhost:3000"]})).await;
        world.host.restart();
        let page = world.send(Method::GET, &path, &[], Body::Empty).await;
        let policy = page.header("content-security-policy");
        assert!(policy.contains(&format!("; frame-ancestors {PAGE} http://localhost:3000; ")));
        world.patch_project(&json!({"origins": []})).await;
        let page = world.send(Method::GET, &path, &[], Body::Empty).await;
        assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"));
        assert_eq!(page.header("x-frame-options"), "DENY");
    });
}

#[test]
fn a_frame_that_does_not_know_its_project_yet_is_the_same_for_everybody() {
    run(async {
        let world = World::new().await;
        for path in ["/ui", "/ui?projectId="] {
            let page = world.send(Method::GET, path, &[], Body::Empty).await;
            assert_eq!(page.status, 200);
            assert!(page.header("content-security-policy").contains("frame-ancestors *;"));
            assert!(!page.headers.contains_key("set-cookie"));
            assert!(!page.text.contains(&world.project) && !page.text.contains("Demo"));
        }
    });
}

#[test]
fn a_frame_of_no_project_says_so_and_while_the_tables_are_down_a_copy_will_do() {
    run(async {
        let world = World::new().await;
        for path in ["/ui?projectId=x", "/ui?projectId=%27%20OR%201"] {
            let page = world.send(Method::GET, path, &[], Body::Empty).await;
            assert_eq!(page.refused(), (404, "project_not_found".to_owned()), "{path}");
            assert!(page.header("content-type").starts_with("text/html"));
        }
        let path = format!("/ui?projectId={}", world.project);
        world.host.fault_always("tables", Some(isthmus::testing::Fault::Fail));
        let page = world.send(Method::GET, &path, &[], Body::Empty).await;
        assert_eq!(page.status, 200, "{}", page.text);
        world.host.fault_always("tables", None);
    });
}
