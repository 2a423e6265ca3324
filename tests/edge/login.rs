//! The login link: what its page asks, when it goes on unasked, and that it is good for one grant.

use std::time::Duration;

use futures_util::future::join;
use http::Method;
use isthmus_sandbox::Kind;
use serde_json::json;

use crate::{
    links::{outcome_of, page, world},
    run,
    world::{ADA, Answer, Browser, GRACE, PAGE, WORKER},
};

/// The page asks, and nothing has begun.
fn assert_asked(answer: &Answer) {
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(answer.text.contains("data-testid=\"confirm-connect\""));
    assert!(!answer.headers.contains_key("set-cookie"));
    assert!(!answer.headers.contains_key("location"));
    assert!(!answer.text.contains("zoom.test"), "{}", answer.text);
}

#[test]
fn a_link_that_somebody_else_opens_asks_before_zoom_and_changes_nothing() {
    run(async {
        let world = world().await;
        let link = world.link(json!({"account_id": "attacker"})).await;
        for referer in [
            None,
            Some("https://mail.example/"),
            Some("https://app.example.evil.example/"),
            Some("https://app.example@evil.example/"),
            Some("http://app.example/"),
            Some("null"),
        ] {
            let answer = world.visit(&mut Browser::default(), &link, referer).await;
            assert_asked(&answer);
            assert!(answer.text.contains("Connect your Zoom account to Demo as attacker?"));
            assert_eq!(answer.header("referrer-policy"), "same-origin");
        }
        assert_eq!(world.count("SELECT count(*) AS n FROM sessions"), 0);
        assert_eq!(world.count("SELECT count(*) AS n FROM logins WHERE taken_by IS NULL"), 1);
        assert_eq!(world.zoom.calls_of(Kind::Authorize).len(), 0);
    });
}

#[test]
fn the_question_names_no_user_where_none_is_known() {
    run(async {
        let world = world().await;
        let link = world.link(json!({})).await;
        let asked = world.visit(&mut Browser::default(), &link, None).await;
        assert!(asked.text.contains("Connect your Zoom account to Demo?"), "{}", asked.text);
        let script = "<script>alert(1)</script>";
        let link = world.link(json!({"account_id": script})).await;
        let asked = world.visit(&mut Browser::default(), &link, None).await;
        assert!(!asked.text.contains("<script"), "{}", asked.text);
    });
}

#[test]
fn from_the_projects_page_a_link_of_this_minute_goes_on_unasked() {
    run(async {
        let world = world().await;
        let link = world.link(json!({"account_id": "u1"})).await;
        world.pass(Duration::from_millis(59_999));
        let on = world.visit(&mut Browser::default(), &link, Some(&page())).await;
        assert_eq!(on.status, 303, "{}", on.text);
        assert!(on.header("set-cookie").starts_with("__Host-isthmus-"));
        assert_eq!(on.header("referrer-policy"), "no-referrer");
        assert!(on.header("location").contains("code_challenge_method=S256"));
        world.pass(Duration::from_millis(1));
        assert_asked(&world.visit(&mut Browser::default(), &link, Some(&page())).await);
    });
}

#[test]
fn the_question_is_answered_only_from_its_own_page() {
    run(async {
        let world = world().await;
        let link = world.link(json!({"account_id": "attacker"})).await;
        for origin in [None, Some("null"), Some("https://evil.example"), Some(PAGE)] {
            let headers: Vec<_> = origin.map(|origin| ("origin", origin)).into_iter().collect();
            let answer = world.press_login(&link, &headers).await;
            assert_eq!(answer.refused(), (403, "origin_not_allowed".to_owned()), "{origin:?}");
            assert!(!answer.headers.contains_key("set-cookie"));
            assert!(!answer.headers.contains_key("location"));
        }
        assert_eq!(world.count("SELECT count(*) AS n FROM sessions"), 0);
    });
}

#[test]
fn a_link_that_is_unknown_over_or_spent_says_so_and_leads_nowhere() {
    run(async {
        let world = world().await;
        let spent = world.link(json!({"account_id": "u1"})).await;
        let mut opened = world.open(&spent, ADA).await;
        assert_eq!(outcome_of(&world.back(&mut opened).await), "true");
        let over = world.link(json!({"account_id": "u1", "expires_in": 60})).await;
        world.pass(Duration::from_secs(60));
        let unknown = format!("{WORKER}/connect/login?id=nonsense");
        let none = format!("{WORKER}/connect/login?id=");
        for (link, status, code) in [
            (&spent, 409, "login_spent"),
            (&over, 410, "login_expired"),
            (&unknown, 404, "login_not_found"),
            (&none, 404, "login_not_found"),
        ] {
            for answer in [
                world.visit(&mut Browser::default(), link, Some(&page())).await,
                world.press_login(link, &[("origin", WORKER)]).await,
            ] {
                assert_eq!(answer.refused(), (status, code.to_owned()), "{link}");
                assert!(answer.header("content-type").starts_with("text/html"));
                assert!(!answer.headers.contains_key("location"));
                assert!(!answer.headers.contains_key("set-cookie"));
            }
        }
    });
}

#[test]
fn every_opening_is_an_attempt_of_its_own_and_the_first_grant_spends_the_link() {
    run(async {
        let world = world().await;
        let link = world.link(json!({"account_id": "u1"})).await;
        // A scanner that follows even the button.
        let scanner = world.press_login(&link, &[("origin", WORKER)]).await;
        assert_eq!(scanner.status, 303);
        let mut one = world.open(&link, ADA).await;
        let mut two = world.open(&link, GRACE).await;
        assert_eq!(outcome_of(&world.back(&mut one).await), "true");
        assert_eq!(outcome_of(&world.back(&mut two).await), "login_spent");
        assert_eq!(outcome_of(&world.back(&mut one).await), "true", "a reload tells the same");
        assert_eq!(world.count("SELECT count(*) AS n FROM grants"), 1);
        assert_eq!(world.zoom.live_pairs(GRACE), Ok(0));
    });
}

#[test]
fn two_browsers_at_once_with_two_zoom_accounts_make_one_grant() {
    run(async {
        for seed in 1..60 {
            let world = world().await;
            let link = world.link(json!({"account_id": "u1"})).await;
            let mut one = world.open(&link, ADA).await;
            let mut two = world.open(&link, GRACE).await;
            world.host.shuffle(seed);
            let (first, second) = join(world.back(&mut one), world.back(&mut two)).await;
            let mut ends = [first, second];
            for (end, opened) in ends.iter_mut().zip([&mut one, &mut two]) {
                // One who comes while the other is at it is asked to wait.
                if end.status == 200 {
                    assert_eq!(end.header("refresh"), "3");
                    *end = world.back(opened).await;
                }
            }
            let mut codes: Vec<_> = ends.iter().map(outcome_of).collect();
            codes.sort();
            assert_eq!(codes, ["login_spent", "true"], "seed {seed}");
            assert_eq!(world.count("SELECT count(*) AS n FROM grants"), 1, "seed {seed}");
            let pairs = world.zoom.live_pairs(ADA).unwrap() + world.zoom.live_pairs(GRACE).unwrap();
            assert_eq!(pairs, 1, "seed {seed}");
        }
    });
}

#[test]
fn a_link_may_be_used_up_to_its_end_and_what_was_begun_may_be_finished() {
    run(async {
        let world = world().await;
        let link = world.link(json!({"account_id": "u1", "expires_in": 60})).await;
        let mut opened = world.open(&link, ADA).await;
        world.pass(Duration::from_secs(120));
        assert_eq!(outcome_of(&world.back(&mut opened).await), "true");
    });
}

#[test]
fn an_opening_that_took_too_long_is_told_to_the_product() {
    run(async {
        let world = world().await;
        let link = world.link(json!({"account_id": "u1"})).await;
        let mut opened = world.open(&link, ADA).await;
        world.pass(Duration::from_secs(600));
        assert_eq!(outcome_of(&world.back(&mut opened).await), "session_expired");
        assert_eq!(world.zoom.token_requests().exchange, 0);
    });
}

#[test]
fn a_browser_that_did_not_open_the_link_is_not_sent_to_the_product() {
    run(async {
        let world = world().await;
        let link = world.link(json!({"account_id": "attacker"})).await;
        let opened = world.open(&link, ADA).await;
        let page = world.visit(&mut Browser::default(), &opened.back, None).await;
        assert_eq!(page.refused(), (403, "browser_mismatch".to_owned()));
        assert!(!page.headers.contains_key("location"));
        assert_eq!(world.zoom.token_requests().exchange, 0);
    });
}

#[test]
fn a_session_of_a_link_is_no_page_of_its_own() {
    run(async {
        let world = world().await;
        let link = world.link(json!({"account_id": "u1"})).await;
        world.open(&link, ADA).await;
        let id =
            world.host.sql("SELECT id FROM sessions", [])[0]["id"].as_str().unwrap().to_owned();
        let start = format!("/connect/start?session={id}");
        let answer = world.visit(&mut Browser::default(), &start, Some(PAGE)).await;
        assert_eq!(answer.refused(), (404, "session_not_found".to_owned()));
    });
}

#[test]
fn a_link_has_no_other_methods() {
    run(async {
        let world = world().await;
        for method in [Method::PUT, Method::DELETE, Method::PATCH] {
            let answer = world.server(method, "login?id=x", None).await;
            assert!([404, 405].contains(&answer.status), "{}", answer.status);
        }
    });
}

#[test]
fn a_link_to_a_place_that_is_not_the_integrations_any_more_leads_nowhere() {
    run(async {
        let world = world().await;
        let link = world.link(json!({"account_id": "u1"})).await;
        let change = json!({"redirect_uris": ["https://app.example/plain"]});
        let changed = world.server(Method::PATCH, "integrations/zoom", Some(change)).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
        let pressed = world.press_login(&link, &[("origin", WORKER)]).await;
        assert_eq!(pressed.refused(), (400, "redirect_uri_refused".to_owned()));
        assert!(!pressed.headers.contains_key("location"));
    });
}
