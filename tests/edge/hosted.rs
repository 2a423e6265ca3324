//! Hosted authentication: the guide's two calls and the redirect, and where a person ends when it goes otherwise.

use std::{pin::pin, time::Duration};

use http::Method;
use isthmus_sandbox::{Fault, Kind};
use serde_json::json;

use crate::{
    links::{END, ada, end_of, outcome_of, page, world},
    moves::part_of,
    run,
    world::{ADA, Browser, GRACE, PAGE, WORKER, World},
};

#[test]
fn the_guides_calls_end_with_a_grant_that_is_readable_at_once_and_opens_zoom() {
    run(async {
        let world = world().await;
        let body = json!({"provider": "zoom", "redirect_uri": END, "expires_in": 43200, "account_id": "u1",
            "state": "s&t", "metadata": {"team": "a"}, "settings": {"grant_expires_in": 86400}});
        let asked = world.server(Method::POST, "auth", Some(body.clone())).await;
        assert_eq!(asked.status, 200, "{}", asked.text);
        let data = &asked.json()["data"];
        let id = data["id"].as_str().unwrap();
        assert_eq!(data["url"], format!("{WORKER}/connect/login?id={id}"));
        let now = isthmus::host::Host::now(&world.host).seconds();
        assert_eq!(data["expires_at"], now + 43200);
        assert_eq!(data["request"], body);
        assert_eq!(asked.json()["success"], true);

        let mut browser = Browser::default();
        let zoom = world.go_unasked(&mut browser, data["url"].as_str().unwrap()).await;
        let back = world.allow(&zoom, ADA);
        let ended = world.visit(&mut browser, &back, None).await;
        let grant = end_of(&ended)["grant_id"].clone();
        let location = ended.header("location");
        let wanted = format!("{END}&success=true&provider=zoom&grant_id={grant}&state=s%26t");
        assert_eq!(location, wanted);
        assert_eq!(ended.header("cache-control"), "no-store");
        assert_eq!(ended.header("referrer-policy"), "no-referrer");

        assert_read(&world, &grant, now).await;
        assert!(world.opens(&grant).await);
    });
}

/// The grant of the guide, as the server reads it.
async fn assert_read(world: &World, grant: &str, now: i64) {
    let read = world.grant(grant).await;
    assert_eq!(read.status, 200, "{}", read.text);
    let read = &read.json()["data"];
    for (name, value) in [
        ("id", json!(grant)),
        ("provider", json!("zoom")),
        ("integration_id", json!(world.integration)),
        ("account_id", json!("u1")),
        ("email", json!(ADA)),
        ("state", json!("s&t")),
        ("metadata", json!({"team": "a"})),
        ("settings", json!({})),
        ("grant_status", json!("valid")),
        ("expires_at", json!(now + 86400)),
        ("created_at", json!(now)),
    ] {
        assert_eq!(read[name], value, "{name}");
    }
    assert!(read["scope"].as_array().is_some_and(|scope| !scope.is_empty()));
}

#[test]
fn without_an_account_id_the_user_is_named_after_zooms() {
    run(async {
        let world = world().await;
        let grant = world.hosted(json!({}), ADA).await;
        let read = world.grant(&grant).await;
        let wanted = format!("zoom:{}", read.field("/data/provider_user_id"));
        assert_eq!(read.field("/data/account_id"), wanted);
        assert!(world.opens(&grant).await);
        // And again, by that name and by none.
        assert_eq!(world.hosted(json!({"account_id": wanted}), ADA).await, grant);
        assert_eq!(world.hosted(json!({"grant_id": grant}), ADA).await, grant);
        assert_eq!(world.hosted(json!({}), ADA).await, grant);
        assert_eq!(world.count("SELECT count(*) AS n FROM grants"), 1);
    });
}

#[test]
fn where_the_person_was_is_kept_with_the_grant() {
    run(async {
        let world = world().await;
        let link = world.link(json!({"account_id": "u1"})).await;
        let mut browser = Browser::default();
        let headers = [
            ("origin", WORKER),
            ("cf-connecting-ip", "203.0.113.7"),
            ("user-agent", "Mozilla/5.0 (test)"),
        ];
        let pressed = world.press_login(&link, &headers).await;
        browser.keep(&pressed.headers);
        let back = world.allow(&pressed.header("location"), ADA);
        let grant = end_of(&world.visit(&mut browser, &back, None).await)["grant_id"].clone();
        let read = world.grant(&grant).await;
        assert_eq!(read.field("/data/ip"), "203.0.113.7");
        assert_eq!(read.field("/data/user_agent"), "Mozilla/5.0 (test)");
    });
}

#[test]
fn the_same_user_by_browser_and_by_server_is_one_user_with_the_same_grant() {
    run(async {
        let world = world().await;
        let by_page = world.connect("u1", ADA).await;
        let by_server = ada(&world, "u1").await;
        assert_eq!(by_page, by_server);
        assert!(world.works("u1").await && world.opens(&by_page).await);
        let second = world.hosted(json!({"account_id": "u1"}), GRACE).await;
        let of_page = world.call(Method::GET, "u1", "credentials", None).await.json();
        let mut ids: Vec<_> =
            of_page.as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
        let listed = world.server(Method::GET, "grants?account_id=u1", None).await.json();
        let mut listed: Vec<_> =
            listed["data"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
        ids.sort_by_key(ToString::to_string);
        listed.sort_by_key(ToString::to_string);
        assert_eq!(ids, listed);
        assert!(ids.contains(&json!(second)) && ids.len() == 2);
        assert_eq!(world.zoom.live_pairs(ADA), Ok(1));
    });
}

#[test]
fn a_declined_consent_is_told_to_the_product_and_the_link_may_be_tried_again() {
    run(async {
        let world = world().await;
        let link = world.link(json!({"account_id": "u1", "state": "mine"})).await;
        let mut browser = Browser::default();
        let zoom = world.go_to_zoom_by_button(&mut browser, &link).await;
        let back = world.decline(&zoom);
        for _ in 0..2 {
            let end = end_of(&world.visit(&mut browser, &back, None).await);
            assert_eq!(end["success"], "false");
            assert_eq!(end["error"], "consent_declined");
            assert!(end["error_description"].contains("press Connect again"));
            assert_eq!(end["event_code"].parse(), Ok(26008));
            assert_eq!(end["state"], "mine");
            assert!(!end.contains_key("grant_id"));
        }
        let mut again = world.open(&link, ADA).await;
        assert_eq!(outcome_of(&world.back(&mut again).await), "true");
    });
}

#[test]
fn what_fails_at_zoom_is_told_to_the_product_and_the_link_is_free_again() {
    run(async {
        for (kind, fault, code) in [
            (Kind::Exchange, Fault::status(400), "exchange_refused"),
            (Kind::Exchange, Fault::status(401), "client_refused"),
            (Kind::Exchange, Fault::Refused, "zoom_unreachable"),
            (Kind::Exchange, Fault::hold(Duration::from_secs(60)), "zoom_timeout"),
            (Kind::UsersMe, Fault::status(403), "account_unreadable"),
        ] {
            let world = world().await;
            let link = world.link(json!({"account_id": "u1"})).await;
            let mut opened = world.open(&link, ADA).await;
            world.zoom.fail_next(kind, fault.clone());
            for _ in 0..2 {
                let ended = world.back(&mut opened).await;
                assert_eq!(outcome_of(&ended), code, "{fault:?}");
                assert_eq!(ended.header("x-isthmus-code"), code);
            }
            assert_eq!(
                world.zoom.live_pairs(ADA),
                Ok(0),
                "{fault:?}: nothing stays alive for nothing"
            );
            let mut again = world.open(&link, ADA).await;
            assert_eq!(outcome_of(&world.back(&mut again).await), "true", "{fault:?}");
            assert_eq!(world.zoom.live_pairs(ADA), Ok(1));
        }
    });
}

#[test]
fn while_zoom_is_slow_a_page_tries_again_by_itself() {
    run(async {
        let world = world().await;
        let link = world.link(json!({"account_id": "u1"})).await;
        let mut opened = world.open(&link, ADA).await;
        world.zoom.fail_next(Kind::UsersMe, Fault::status(503));
        let slow = world.back(&mut opened).await;
        assert_eq!((slow.status, slow.header("refresh").as_str()), (200, "3"));
        assert!(!slow.headers.contains_key("location"));
        world.pass(Duration::from_secs(5));
        assert_eq!(outcome_of(&world.back(&mut opened).await), "true");
        assert_eq!(world.zoom.token_requests().exchange, 1);
    });
}

#[test]
fn another_zoom_account_than_the_grants_is_refused_and_its_pair_does_not_stay() {
    run(async {
        let world = world().await;
        let grant = ada(&world, "u1").await;
        let link = world.link(json!({"grant_id": grant})).await;
        let mut opened = world.open(&link, GRACE).await;
        assert_eq!(outcome_of(&world.back(&mut opened).await), "account_mismatch");
        assert_eq!(world.zoom.live_pairs(GRACE), Ok(0));
        assert_eq!(world.count("SELECT count(*) AS n FROM grants"), 1);
        assert!(world.opens(&grant).await);
        // The same link, with the right account.
        let mut again = world.open(&link, ADA).await;
        assert_eq!(end_of(&world.back(&mut again).await)["grant_id"], grant);
    });
}

#[test]
fn a_mismatch_does_not_cut_off_others_who_use_that_zoom_account() {
    run(async {
        let world = world().await;
        let (one, other) =
            (ada(&world, "u1").await, world.hosted(json!({"account_id": "u2"}), GRACE).await);
        let link = world.link(json!({"grant_id": one})).await;
        let mut opened = world.open(&link, GRACE).await;
        assert_eq!(outcome_of(&world.back(&mut opened).await), "account_mismatch");
        // Grace's consent has killed the pair that u2 used: the new one is theirs now.
        assert_eq!(world.zoom.live_pairs(GRACE), Ok(1));
        assert!(world.opens(&other).await && world.opens(&one).await);
    });
}

#[test]
fn an_integration_that_is_going_connects_nobody() {
    run(async {
        let world = world().await;
        let link = world.link(json!({"account_id": "u1"})).await;
        let mut opened = world.open(&link, ADA).await;
        world.host.sql("UPDATE integrations SET deleting_at = 1", []);
        assert_eq!(outcome_of(&world.back(&mut opened).await), "integration_deleting");
        assert_eq!(world.zoom.token_requests().exchange, 0);
        let asked = world.press_login(&link, &[("origin", WORKER)]).await;
        assert_eq!(asked.refused(), (409, "integration_deleting".to_owned()));
        let body = json!({"provider": "zoom", "redirect_uri": END});
        let refused = world.server(Method::POST, "auth", Some(body)).await;
        assert_eq!(refused.refused(), (409, "integration_deleting".to_owned()));
    });
}

#[test]
fn an_integration_that_begins_to_go_while_somebody_connects_keeps_nobody() {
    run(async {
        let (mut connected, mut refused) = (0, 0);
        for steps in 1.. {
            let world = world().await;
            let link = world.link(json!({"account_id": "u1"})).await;
            let mut opened = world.open(&link, ADA).await;
            let back = opened.back.clone();
            let ended = {
                let mut journey = pin!(world.visit(&mut opened.browser, &back, None));
                if part_of(journey.as_mut(), steps).await.is_some() {
                    break;
                }
                world.host.sql("UPDATE integrations SET deleting_at = 1", []);
                journey.await
            };
            match outcome_of(&ended).as_str() {
                // It was there before the deletion began, which finds it.
                "true" => connected += 1,
                code => {
                    assert_eq!(code, "integration_deleting", "after {steps} steps");
                    refused += 1;
                    assert_eq!(world.count("SELECT count(*) AS n FROM grants"), 0, "{steps}");
                    assert_eq!(world.zoom.live_pairs(ADA), Ok(0), "after {steps} steps");
                }
            }
        }
        assert!(connected > 0 && refused > 10, "{connected} {refused}");
    });
}

#[test]
fn the_two_calls_back_to_back_work_under_full_lag_with_late_misses() {
    run(async {
        let world = world().await;
        world.host.lag(i64::MAX);
        let link = world.link(json!({"account_id": "u1"})).await;
        let mut browser = Browser::default();
        world.host.restart();
        let zoom = world.visit(&mut browser, &link, Some(&page())).await.header("location");
        let back = world.allow(&zoom, ADA);
        world.host.restart();
        let grant = end_of(&world.visit(&mut browser, &back, None).await)["grant_id"].clone();
        world.host.restart();
        assert_eq!(world.grant(&grant).await.status, 200);
        assert!(world.opens(&grant).await);
        world.host.restart();
        assert!(world.opens(&grant).await);
        let header = [("x-paragon-credential", grant.as_str())];
        let by_page =
            world.call_with(Method::GET, "u1", "proxy/zoom/users/me", &header, None).await;
        assert_eq!(by_page.status, 200, "{}", by_page.text);
        assert_eq!(by_page.header("access-control-allow-origin"), PAGE);
    });
}

#[test]
fn an_end_that_was_taken_back_gets_nobody_any_more() {
    run(async {
        for allows in [true, false] {
            let world = world().await;
            let link = world.link(json!({"account_id": "u1"})).await;
            let mut opened = world.open(&link, ADA).await;
            if !allows {
                opened.back = opened.back.replace("code=", "error=access_denied&x=");
            }
            let change = json!({"redirect_uris": ["https://app.example/plain"]});
            world.server(Method::PATCH, "integrations/zoom", Some(change)).await;
            let back = world.back(&mut opened).await;
            assert_eq!(back.refused(), (400, "redirect_uri_refused".to_owned()));
            assert!(!back.headers.contains_key("location"));
        }
    });
}

#[test]
fn what_a_link_asks_zoom_for_is_a_short_list_of_scopes() {
    run(async {
        let world = world().await;
        let many: Vec<String> = (0..150).map(|number| format!("{number:0>200}")).collect();
        for scope in [
            json!([]),
            json!(["a b"]),
            json!(["a\u{7f}b"]),
            json!(["\u{0}"]),
            json!(["\""]),
            json!([""]),
            json!(["x".repeat(30_000)]),
            json!(many),
        ] {
            let wish = crate::links::wish(&json!({"scope": scope}));
            let refused = world.server(Method::POST, "auth", Some(wish)).await;
            assert_eq!(refused.refused(), (400, "invalid_request".to_owned()));
        }
    });
}
