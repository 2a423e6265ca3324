//! What Zoom sends back, and what others send to look like it.

use std::{pin::pin, time::Duration};

use isthmus_sandbox::Kind;

use crate::{
    moves::{Attempt, part_of},
    run,
    world::{ADA, Answer, Browser, GRACE, World},
};

/// A page, a code, and nothing that leads away.
fn assert_page(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.header("x-isthmus-code").as_str()), (status, code));
    assert!(answer.header("content-type").starts_with("text/html"));
    assert!(answer.text.contains(&format!("<code data-testid=\"error\">{code}</code>")));
    assert!(!answer.headers.contains_key("location"));
}

/// No code has been sent to Zoom.
fn assert_not_exchanged(world: &World) {
    assert_eq!(world.zoom.token_requests().exchange, 0);
}

fn state_of(attempt: &Attempt) -> &str {
    attempt.back.split("state=").nth(1).unwrap()
}

#[test]
fn an_unknown_state_ends_at_a_page_and_never_redirects() {
    run(async {
        let world = World::new().await;
        let attempt = world.attempt("u1", ADA).await;
        let mut browser = attempt.browser;
        let long = "x".repeat(100_000);
        for state in
            ["nonsense", "%00", "%ff%fe", "' OR 1=1 --", "<script>", &long, "https://evil.example/"]
        {
            for answer in ["code=x", "error=access_denied", "error=<script>alert(1)</script>"] {
                let url = format!("/oauth?{answer}&state={state}");
                let page = world.visit(&mut browser, &url, None).await;
                assert_page(&page, 400, "state_unknown");
                assert!(!page.text.contains("<script"));
            }
        }
        assert_not_exchanged(&world);
    });
}

#[test]
fn without_a_state_the_page_says_what_to_do_and_the_code_is_not_used() {
    run(async {
        let world = World::new().await;
        let attempt = world.attempt("u1", ADA).await;
        let code = attempt.back.split("code=").nth(1).unwrap().split('&').next().unwrap();
        let mut browser = attempt.browser;
        for query in [
            format!("?code={code}"),
            format!("?code={code}&state="),
            "?error=access_denied".to_owned(),
            "?".to_owned(),
            String::new(),
        ] {
            for path in ["/oauth", "/connect/callback"] {
                let page = world.visit(&mut browser, &format!("{path}{query}"), None).await;
                assert_page(&page, 400, "state_missing");
                assert!(page.text.contains("open the app and press Connect there"));
            }
        }
        assert_not_exchanged(&world);
    });
}

#[test]
fn neither_code_nor_error_is_a_bad_request_and_leaves_the_session_open() {
    run(async {
        let world = World::new().await;
        let mut attempt = world.attempt("u1", ADA).await;
        let url = format!("/oauth?state={}", state_of(&attempt));
        let page = world.visit(&mut attempt.browser, &url, None).await;
        assert_page(&page, 400, "invalid_request");
        assert_eq!(world.come_back(&mut attempt).await.status, 200);
    });
}

#[test]
fn another_browser_cannot_finish_a_connect() {
    run(async {
        let world = World::new().await;
        let mut attempt = world.attempt("attacker", ADA).await;
        let other = world.attempt("victim", GRACE).await;
        let name = format!("__Host-isthmus-{}", attempt.session);
        let genuine = attempt.browser.cookies[0].1.clone();
        let foreign = other.browser.cookies[0].1.clone();
        let cut = genuine[..genuine.len() - 1].to_owned();
        for value in
            [None, Some(""), Some("1"), Some(attempt.session.as_str()), Some(&foreign), Some(&cut)]
        {
            let mut browser = Browser::default();
            browser.cookies.extend(other.browser.cookies.clone());
            browser.cookies.extend(value.map(|value| (name.clone(), value.to_owned())));
            let page = world.visit(&mut browser, &attempt.back, None).await;
            assert_page(&page, 403, "browser_mismatch");
            assert!(!page.text.contains("postMessage"));
        }
        assert_not_exchanged(&world);
        assert_eq!(world.poll("attacker", &attempt.session).await.field("/status"), "open");
        // The right one still can.
        assert_eq!(world.come_back(&mut attempt).await.status, 200);
    });
}

#[test]
fn an_expired_session_takes_no_code() {
    run(async {
        let world = World::new().await;
        let mut attempt = world.attempt("u1", ADA).await;
        world.pass(Duration::from_secs(600));
        assert_page(&world.come_back(&mut attempt).await, 410, "session_expired");
        assert_not_exchanged(&world);
        let polled = world.poll("u1", &attempt.session).await;
        assert_eq!(polled.field("/problem/code"), "session_expired");
    });
}

#[test]
fn a_poll_after_the_end_of_its_time_ends_a_session_too() {
    run(async {
        let world = World::new().await;
        let mut attempt = world.attempt("u1", ADA).await;
        world.pass(Duration::from_millis(599_999));
        assert_eq!(world.poll("u1", &attempt.session).await.field("/status"), "open");
        world.pass(Duration::from_millis(1));
        let polled = world.poll("u1", &attempt.session).await;
        assert_eq!(polled.field("/problem/code"), "session_expired");
        assert_page(&world.come_back(&mut attempt).await, 410, "session_expired");
        assert_not_exchanged(&world);
    });
}

#[test]
fn a_declined_consent_ends_the_session_with_a_code() {
    run(async {
        let world = World::new().await;
        let (session, start) = world.begin("u1").await;
        let mut browser = Browser::default();
        let zoom = world.go_to_zoom(&mut browser, &start).await;
        let back = world.decline(&zoom);
        assert!(back.contains("error=access_denied"), "{back}");
        for _ in 0..2 {
            let page = world.visit(&mut browser, &back, None).await;
            assert_page(&page, 403, "consent_declined");
        }
        let polled = world.poll("u1", &session).await;
        assert_eq!(polled.field("/status"), "failed");
        assert_eq!(polled.field("/problem/code"), "consent_declined");
        assert_not_exchanged(&world);
    });
}

#[test]
fn any_other_error_of_zooms_ends_the_session_and_is_not_repeated_to_the_person() {
    run(async {
        let world = World::new().await;
        let mut attempt = world.attempt("u1", ADA).await;
        let error = "error=%3Cimg%20src%3Dx%3E&error_description=call+0900";
        let url = format!("/oauth?{error}&state={}", state_of(&attempt));
        let page = world.visit(&mut attempt.browser, &url, None).await;
        assert_page(&page, 502, "exchange_refused");
        assert!(!page.text.contains("<img") && !page.text.contains("0900"));
        let polled = world.poll("u1", &attempt.session).await;
        assert_eq!(polled.field("/problem/code"), "exchange_refused");
    });
}

#[test]
fn the_finished_page_may_be_loaded_again() {
    run(async {
        let world = World::new().await;
        let mut attempt = world.attempt("u1", ADA).await;
        let first = world.come_back(&mut attempt).await;
        for _ in 0..3 {
            let again = world.come_back(&mut attempt).await;
            assert_eq!(again.status, 200);
            assert!(again.text.contains("Your Zoom account is connected."));
            assert!(first.text.contains("Your Zoom account is connected."));
        }
        assert_eq!(world.zoom.token_requests().exchange, 1);
        assert!(world.works("u1").await);
    });
}

#[test]
fn a_state_is_good_once_another_code_with_it_is_not_used() {
    run(async {
        let world = World::new().await;
        let mut attempt = world.attempt("u1", ADA).await;
        let other = world.attempt("attacker", GRACE).await;
        assert_eq!(world.come_back(&mut attempt).await.status, 200);
        let code = other.back.split("code=").nth(1).unwrap().split('&').next().unwrap();
        for answer in [format!("code={code}"), "error=access_denied".to_owned()] {
            let url = format!("/oauth?{answer}&state={}", state_of(&attempt));
            let page = world.visit(&mut attempt.browser, &url, None).await;
            assert!(page.text.contains("Your Zoom account is connected."));
        }
        assert_eq!(world.zoom.token_requests().exchange, 1);
        let polled = world.poll("u1", &attempt.session).await;
        assert_eq!(polled.field("/status"), "done");
        let me = world.call(http::Method::GET, "u1", "me", None).await;
        assert_eq!(me.field("/integrations/zoom/providerData/email"), ADA);
    });
}

#[test]
fn a_code_put_under_another_sessions_state_does_not_fit_its_verifier() {
    run(async {
        let world = World::new().await;
        let mut attempt = world.attempt("u1", ADA).await;
        let stolen = world.attempt("u2", GRACE).await;
        let code = stolen.back.split("code=").nth(1).unwrap().split('&').next().unwrap();
        let url = format!("/oauth?code={code}&state={}", state_of(&attempt));
        let page = world.visit(&mut attempt.browser, &url, None).await;
        assert_page(&page, 502, "exchange_refused");
        assert!(!world.works("u1").await);
    });
}

#[test]
fn two_popups_in_one_browser_do_not_meet() {
    run(async {
        let world = World::new().await;
        let mut browser = Browser::default();
        let (first, start) = world.begin("u1").await;
        let to_first = world.go_to_zoom(&mut browser, &start).await;
        let (second, start) = world.begin("u1").await;
        let to_second = world.go_to_zoom(&mut browser, &start).await;
        let (from_first, from_second) =
            (world.allow(&to_first, ADA), world.allow(&to_second, GRACE));
        // Back in the other order.
        assert_eq!(world.visit(&mut browser, &from_second, None).await.status, 200);
        assert_eq!(world.visit(&mut browser, &from_first, None).await.status, 200);
        let first = world.poll("u1", &first).await.field("/credential_id");
        let second = world.poll("u1", &second).await.field("/credential_id");
        assert_ne!(first, second);
        for (grant, email) in [(first, ADA), (second, GRACE)] {
            let picked =
                [("x-paragon-credential", grant.as_str()), ("x-paragon-use-raw-response", "1")];
            let asked = world
                .call_with(http::Method::GET, "u1", "proxy/zoom/users/me", &picked, None)
                .await;
            assert_eq!(asked.field("/email"), email);
        }
    });
}

#[test]
fn a_session_is_told_to_its_own_user_only() {
    run(async {
        let world = World::new().await;
        let mut attempt = world.attempt("u1", ADA).await;
        let other = world.another_project().await;
        for done in [false, true] {
            if done {
                world.come_back(&mut attempt).await;
            }
            for answer in [
                world.poll("u2", &attempt.session).await,
                other.poll("u1", &attempt.session).await,
                world.poll("u1", "00000000-0000-4000-8000-000000000000").await,
            ] {
                assert_eq!(answer.told(), (404, "session_not_found".to_owned()));
            }
        }
        assert_eq!(world.poll("u1", &attempt.session).await.field("/status"), "done");
    });
}

#[test]
fn a_code_and_a_refusal_at_once_end_in_one_of_the_two() {
    run(async {
        let mut ends = [0, 0];
        for steps in (1..8).flat_map(|refusal| (1..30).map(move |code| (refusal, code))) {
            let world = World::new().await;
            let mut attempt = world.attempt("u1", ADA).await;
            let refusal = format!("/oauth?error=access_denied&state={}", state_of(&attempt));
            let (cookies, back) = (attempt.browser.cookies.clone(), attempt.back.clone());
            let mut same = Browser { cookies };
            {
                let mut refused = pin!(world.visit(&mut same, &refusal, None));
                let mut returned = pin!(world.visit(&mut attempt.browser, &back, None));
                let over = part_of(refused.as_mut(), steps.0).await.is_some();
                if over || part_of(returned.as_mut(), steps.1).await.is_some() {
                    continue;
                }
                refused.await;
                returned.await;
            }
            let polled = world.ended(&attempt).await;
            let done = polled.field("/status") == "done";
            ends[usize::from(done)] += 1;
            assert_eq!(world.works("u1").await, done, "{steps:?}: {}", polled.text);
        }
        assert!(ends[0] > 0 && ends[1] > 0, "{ends:?}");
    });
}

#[test]
fn no_query_makes_the_redirect_fail() {
    run(async {
        let world = World::new().await;
        let pieces = [
            "code=",
            "state=",
            "error=",
            "%",
            "%zz",
            "&&",
            "=",
            "code=a&code=b",
            "state=a&state=b",
            "+",
            "%F0%9F%92%A9",
            "\u{1f4a9}",
            ";",
            "a".repeat(9000).leak(),
        ];
        for one in pieces {
            for two in pieces {
                let url = format!("/oauth?{one}&{two}{one}");
                let page = world.visit(&mut Browser::default(), &url, None).await;
                assert_eq!(page.status, 400, "{url}");
            }
        }
        assert_eq!(world.zoom.calls_of(Kind::Any).len(), 0);
    });
}
