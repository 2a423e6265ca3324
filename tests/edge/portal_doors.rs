//! Who gets into a portal: only the browser that brought its ticket, in time and once; a person who was led there by
//! somebody else is asked first; and only the portal's own page calls.

use http::Method;
use isthmus::host::Body;
use isthmus_sandbox::Kind;
use serde_json::json;

use crate::{
    portal_moves::Window,
    run,
    world::{ADA, Answer, Browser, GRACE, PAGE, WORKER, World},
};

/// A browser into which somebody else's ticket was put from a page of this origin.
pub async fn lured(world: &World, attacker: &str, origin: Option<&str>) -> Window {
    let (id, ticket) = world.ticket(attacker).await;
    let mut browser = Browser::default();
    let entered = world.enter(&mut browser, &ticket, origin).await;
    assert_eq!(entered.status, 303, "{}", entered.text);
    Window { user: attacker.to_owned(), id, browser }
}

/// The page asks whether the person meant to open it, and shows nothing.
pub fn assert_asked(page: &Answer) {
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains("data-testid=\"confirm-portal\""), "{}", page.text);
    assert!(!page.text.contains("/static/portal"));
}

/// Every call of the portal's page.
fn calls() -> [(Method, &'static str, Option<serde_json::Value>); 5] {
    [
        (Method::GET, "state", None),
        (Method::POST, "connect", Some(json!({}))),
        (Method::DELETE, "grants/x", None),
        (Method::PATCH, "grants/x/workflows/y", Some(json!({"enabled": true}))),
        (Method::POST, "close", None),
    ]
}

#[test]
fn a_ticket_is_for_a_page_of_the_project_and_in_no_address() {
    run(async {
        let world = World::new().await;
        let wish = || Some(json!({"integration": "zoom"}));
        let made = world.call(Method::POST, "u1", "portals", wish()).await;
        assert_eq!(made.status, 201, "{}", made.text);
        assert_eq!(made.field("/url"), format!("{WORKER}/portal"));
        assert_eq!(made.field("/ticket").len(), 43, "256 bits");
        let life = made.json()["expires_at"].as_i64().unwrap();
        assert_eq!(life - isthmus::host::Host::now(&world.host).0, 60_000);
        assert!(!world.host.everything_at_rest().contains(&made.field("/ticket")));
        let entered =
            world.enter(&mut Browser::default(), &made.field("/ticket"), Some(PAGE)).await;
        assert_eq!(entered.header("location"), format!("/portal/{}", made.field("/id")));
        assert_eq!(entered.header("referrer-policy"), "no-referrer");
        assert_eq!(entered.header("cache-control"), "no-store");
        let cookie = entered.header("set-cookie");
        assert!(cookie.starts_with(&format!("__Host-isthmus-portal-{}=", made.field("/id"))));
        for attribute in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax", "; Max-Age=1500"]
        {
            assert!(cookie.contains(attribute), "{attribute}: {cookie}");
        }
        let value = cookie.split(['=', ';']).nth(1).unwrap();
        assert!(!world.host.everything_at_rest().contains(value));
    });
}

#[test]
fn a_portal_is_made_for_a_user_of_a_page_of_the_project_only() {
    run(async {
        let world = World::new().await;
        let path = format!("/projects/{}/sdk/portals", world.project);
        let bearer = format!("Bearer {}", world.token("u1"));
        for (bearer, origin, body, status, code) in [
            (None, Some(PAGE), r#"{"integration":"zoom"}"#, 401, "user_token_missing"),
            (Some(&bearer), None, r#"{"integration":"zoom"}"#, 400, "invalid_request"),
            (Some(&bearer), Some("null"), r#"{"integration":"zoom"}"#, 403, "origin_not_allowed"),
            (Some(&bearer), Some(WORKER), r#"{"integration":"zoom"}"#, 403, "origin_not_allowed"),
            (Some(&bearer), Some(PAGE), "{}", 400, "invalid_request"),
            (Some(&bearer), Some(PAGE), r#"{"integration":"x"}"#, 404, "integration_not_found"),
        ] {
            let mut headers = Vec::new();
            headers.extend(bearer.map(|bearer| ("authorization", bearer.as_str())));
            headers.extend(origin.map(|origin| ("origin", origin)));
            let body = Body::Bytes(body.as_bytes().to_vec());
            let answer = world.send(Method::POST, &path, &headers, body).await;
            assert_eq!(answer.told(), (status, code.to_owned()), "{origin:?}");
        }
        assert_eq!(world.count("SELECT count(*) AS n FROM portals"), 0);
    });
}

#[test]
fn a_ticket_opens_once_also_when_it_is_brought_twice_at_once() {
    run(async {
        let world = World::new().await;
        let (id, ticket) = world.ticket("u1").await;
        let (mut one, mut two) = (Browser::default(), Browser::default());
        world.host.shuffle(7);
        let (first, second) = futures_util::future::join(
            world.enter(&mut one, &ticket, Some(PAGE)),
            world.enter(&mut two, &ticket, Some(PAGE)),
        )
        .await;
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 404]);
        let third = world.enter(&mut Browser::default(), &ticket, Some(PAGE)).await;
        assert_eq!(third.refused(), (404, "portal_not_found".to_owned()));
        assert!(!third.headers.contains_key("set-cookie"));
        assert!(third.text.contains("open it again"));
        let opened = if first.status == 303 { one } else { two };
        let mut window = Window { user: "u1".to_owned(), id, browser: opened };
        world.shown(&mut window).await;
    });
}

#[test]
fn a_guessed_ticket_or_none_opens_nothing() {
    run(async {
        let world = World::new().await;
        let (id, _) = world.ticket("u1").await;
        let digest = world.host.sql("SELECT ticket_digest AS d FROM portals", []);
        let digest = digest[0]["d"].as_str().unwrap().to_owned();
        for form in [
            "ticket=".to_owned(),
            String::new(),
            format!("ticket={id}"),
            format!("ticket={digest}"),
            "ticket=%25".to_owned(),
            "other=x".to_owned(),
        ] {
            let body = Body::Bytes(form.clone().into_bytes());
            let answer = world.send(Method::POST, "/portal", &[("origin", PAGE)], body).await;
            assert_eq!(answer.refused(), (404, "portal_not_found".to_owned()), "{form}");
            assert!(!answer.headers.contains_key("set-cookie"));
        }
        let long = Body::Bytes(vec![b'x'; 5000]);
        let answer = world.send(Method::POST, "/portal", &[("origin", PAGE)], long).await;
        assert_eq!(answer.refused(), (413, "payload_too_large".to_owned()));
    });
}

#[test]
fn whoever_is_led_to_a_portal_by_another_page_is_asked_first() {
    run(async {
        let world = World::new().await;
        for origin in [
            None,
            Some("null"),
            Some("https://evil.example"),
            Some("https://app.example.evil.example"),
            Some("http://app.example"),
            Some("https://app.example/"),
            Some(WORKER),
        ] {
            let mut window = lured(&world, "attacker", origin).await;
            let home = format!("/portal/{}", window.id);
            let page = world.visit(&mut window.browser, &home, Some(&format!("{PAGE}/"))).await;
            assert_asked(&page);
            assert!(page.text.contains("Open your Zoom settings in Demo as attacker?"));
            assert_eq!(world.told_of(&window).await["status"], "asked");
            for (method, path, body) in calls() {
                let answer = world.within(&mut window, method, path, body).await;
                assert_eq!(answer.told(), (403, "portal_unconfirmed".to_owned()), "{path}");
            }
        }
        assert_eq!(world.zoom.calls_of(Kind::Authorize).len(), 0);
        assert_eq!(world.count("SELECT count(*) AS n FROM sessions"), 0);
    });
}

#[test]
fn the_question_is_answered_by_a_click_on_its_own_page_only() {
    run(async {
        let world = World::new().await;
        let mut window = lured(&world, "u1", None).await;
        let other = lured(&world, "u1", None).await;
        let home = format!("/portal/{}", window.id);
        let form = |id: &str| Body::Bytes(format!("portal={id}").into_bytes());
        let cookie = |window: &Window| {
            let (name, value) = window.browser.cookies.last().unwrap().clone();
            format!("{name}={value}")
        };
        let (own, theirs) = (cookie(&window), cookie(&other));
        for (origin, cookie, id, status) in [
            (None, &own, &window.id, 403),
            (Some("null"), &own, &window.id, 403),
            (Some("https://evil.example"), &own, &window.id, 403),
            (Some(PAGE), &own, &window.id, 403),
            (Some(WORKER), &theirs, &window.id, 404),
            (Some(WORKER), &String::new(), &window.id, 404),
            (Some(WORKER), &own, &other.id, 404),
        ] {
            let mut headers = vec![("cookie", cookie.as_str())];
            headers.extend(origin.map(|origin| ("origin", origin)));
            let answer = world.send(Method::POST, &home, &headers, form(id)).await;
            assert_eq!(answer.status, status, "{origin:?}");
            assert_eq!(world.told_of(&window).await["status"], "asked");
        }
        let headers = [("cookie", own.as_str()), ("origin", WORKER)];
        let pressed = world.send(Method::POST, &home, &headers, form(&window.id)).await;
        assert_eq!((pressed.status, pressed.header("location")), (303, home));
        world.connect_in(&mut window, ADA).await;
        assert_eq!(world.told_of(&other).await["status"], "asked");
    });
}

#[test]
fn only_the_browser_that_entered_sees_anything() {
    run(async {
        let world = World::new().await;
        let window = world.window("u1").await;
        let foreign = world.window("u2").await;
        let value = foreign.browser.cookies[0].1.clone();
        let stolen_name = format!("__Host-isthmus-portal-{}", window.id);
        for cookies in [
            Vec::new(),
            foreign.browser.cookies.clone(),
            vec![(stolen_name.clone(), value)],
            vec![(stolen_name.clone(), String::new())],
            vec![(stolen_name, window.id.clone())],
        ] {
            let browser = Browser { cookies };
            let mut other = Window { user: "u1".to_owned(), id: window.id.clone(), browser };
            for (method, path, body) in calls() {
                let answer = world.within(&mut other, method, path, body).await;
                assert_eq!(answer.told(), (404, "portal_not_found".to_owned()), "{path}");
            }
            let home = format!("/portal/{}", window.id);
            let page = world.visit(&mut other.browser, &home, None).await;
            assert_eq!(page.refused(), (404, "portal_not_found".to_owned()));
            assert!(page.header("content-type").starts_with("text/html"));
            assert!(page.text.contains("open it again"));
        }
    });
}

#[test]
fn nobody_elses_page_makes_the_browser_call() {
    run(async {
        let world = World::new().await;
        let mut window = world.window("u1").await;
        let grant = world.connect_in(&mut window, ADA).await;
        let leave = format!("grants/{grant}");
        for (method, path, body) in
            calls().into_iter().chain([(Method::DELETE, leave.as_str(), None)])
        {
            for headers in [
                vec![("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")],
                vec![("origin", PAGE), ("sec-fetch-site", "same-site")],
                vec![("origin", "null")],
                vec![("origin", WORKER), ("sec-fetch-site", "cross-site")],
                vec![("sec-fetch-site", "same-site")],
                vec![("sec-fetch-site", "none")],
            ] {
                let (method, body) = (method.clone(), body.clone());
                let answer = world.within_with(&mut window, method, path, &headers, body).await;
                assert_eq!(
                    answer.told(),
                    (403, "origin_not_allowed".to_owned()),
                    "{path} {headers:?}"
                );
                assert!(!answer.headers.contains_key("access-control-allow-origin"));
            }
        }
        for (method, path) in [(Method::POST, "close"), (Method::POST, "connect")] {
            let answer = world.within_with(&mut window, method, path, &[], Some(json!({}))).await;
            assert_eq!(answer.told(), (403, "origin_not_allowed".to_owned()), "{path}");
        }
        // Browsers send no origin with a reading call of the page's own.
        let headers = [("sec-fetch-site", "same-origin")];
        let state = world.within_with(&mut window, Method::GET, "state", &headers, None).await;
        assert_eq!(state.status, 200);
        assert!(world.works("u1").await);
    });
}

#[test]
fn a_session_of_the_portal_is_taken_to_zoom_by_its_own_browser_only() {
    run(async {
        let world = World::new().await;
        let mut attacker = world.window("attacker").await;
        let begun = world.within(&mut attacker, Method::POST, "connect", Some(json!({}))).await;
        let start = begun.field("/start_url");
        // The link of the attacker's session in the browser of somebody else, from wherever.
        let victim = world.window("victim").await;
        for cookies in [Vec::new(), victim.browser.cookies.clone()] {
            for referer in [None, Some(format!("{PAGE}/")), Some(format!("{WORKER}/"))] {
                let mut browser = Browser { cookies: cookies.clone() };
                let answer = world.visit(&mut browser, &start, referer.as_deref()).await;
                assert_eq!(answer.refused(), (404, "portal_not_found".to_owned()));
                assert!(!answer.headers.contains_key("set-cookie"));
            }
        }
        let session = start.rsplit('=').next().unwrap();
        let pressed = world.press(session, &[("origin", WORKER)]).await;
        assert_eq!(pressed.refused(), (404, "portal_not_found".to_owned()));
        // Zoom's answer to the attacker's own way there, in the browser of somebody else.
        let started = world.visit(&mut attacker.browser, &start, None).await;
        let back = world.allow(&started.header("location"), ADA);
        let mut browser = Browser { cookies: victim.browser.cookies.clone() };
        let returned = world.visit(&mut browser, &back, None).await;
        assert_eq!(returned.refused(), (403, "browser_mismatch".to_owned()));
        assert_eq!(world.count("SELECT count(*) AS n FROM grants"), 0);
    });
}

#[test]
fn a_session_of_a_portal_that_asks_or_has_ended_goes_nowhere() {
    run(async {
        let world = World::new().await;
        let mut window = world.window("u1").await;
        let begun = world.within(&mut window, Method::POST, "connect", Some(json!({}))).await;
        let start = begun.field("/start_url");
        for (change, refused) in [
            ("UPDATE portals SET asks = 1", (403, "portal_unconfirmed")),
            ("UPDATE portals SET asks = 0, closed_at = 1", (410, "portal_expired")),
            ("UPDATE portals SET closed_at = NULL, expires_at = 1", (410, "portal_expired")),
            ("DELETE FROM portals", (404, "portal_not_found")),
        ] {
            world.host.sql(change, []);
            let answer = world.visit(&mut window.browser, &start, None).await;
            assert_eq!(answer.refused(), (refused.0, refused.1.to_owned()), "{change}");
        }
    });
}

#[test]
fn accounts_of_another_user_or_project_are_not_there() {
    run(async {
        let world = World::new().await;
        world.zoom.set_limits(isthmus_sandbox::Limits::none());
        let theirs = world.connect("u2", GRACE).await;
        let other = world.another_project().await;
        let elsewhere = other.connect("u1", ADA).await;
        let mut window = world.window("u1").await;
        for grant in [theirs.as_str(), elsewhere.as_str(), "' OR 1=1 --", "x"] {
            let grant = grant.replace(' ', "+");
            let leave = format!("grants/{grant}");
            let patch = format!("grants/{grant}/workflows/x");
            let wish = json!({"grant_id": grant});
            for (method, path, body) in [
                (Method::DELETE, leave.as_str(), None),
                (Method::PATCH, patch.as_str(), Some(json!({"enabled": true}))),
                (Method::POST, "connect", Some(wish)),
            ] {
                let answer = world.within(&mut window, method, path, body).await;
                assert_eq!(answer.told(), (404, "credential_not_found".to_owned()), "{path}");
            }
        }
        assert!(world.works("u2").await && other.works("u1").await);
        assert_eq!(world.told_of(&window).await["changes"], json!([]));
    });
}

#[test]
fn what_was_done_in_a_portal_is_told_to_its_own_user_only() {
    run(async {
        let world = World::new().await;
        let mut window = world.window("u1").await;
        world.connect_in(&mut window, ADA).await;
        let other = world.another_project().await;
        let path = format!("portals/{}", window.id);
        for answer in [
            world.call(Method::GET, "u2", &path, None).await,
            other.call(Method::GET, "u1", &path, None).await,
            world.call(Method::GET, "u1", "portals/x", None).await,
        ] {
            assert_eq!(answer.told(), (404, "portal_not_found".to_owned()));
        }
    });
}
