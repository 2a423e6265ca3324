//! The Request journey: what reaches Zoom, byte for byte, and what comes back to the page.

use std::{collections::BTreeMap, rc::Rc, time::Duration};

use http::Method;
use isthmus::host::{Body, Stream};
use isthmus_sandbox::{Fault, Kind};
use serde_json::json;

use crate::{
    run,
    world::{ADA, Answer, PAGE, World, sandbox_config},
};

const RAW: (&str, &str) = ("x-paragon-use-raw-response", "1");

#[test]
fn a_user_without_a_connection_is_told_to_connect() {
    run(async {
        let world = World::new().await;
        let answer = world.zoom(Method::GET, "u1", "users/me", None).await;
        assert_eq!(told(&answer), (404, "not_connected"));
        assert!(world.zoom.calls().is_empty());
    });
}

#[test]
fn an_unknown_integration_is_named_so_connected_or_not() {
    run(async {
        let world = World::new().await;
        let hubspot = async || {
            let path = "proxy/hubspot/users/me";
            told(&world.call(Method::GET, "u1", path, None).await)
        };
        assert_eq!(hubspot().await, (404, "integration_not_found"));
        world.connect("u1", ADA).await;
        assert_eq!(hubspot().await, (404, "integration_not_found"));
    });
}

#[test]
fn an_integration_answers_to_its_id_and_to_its_provider() {
    run(async {
        let world = connected().await;
        for name in ["zoom", &world.integration] {
            let path = format!("proxy/{name}/users/me");
            let answer = world.call(Method::GET, "u1", &path, None).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
        }
    });
}

#[test]
fn a_path_that_leaves_the_api_is_refused_and_nothing_is_sent() {
    run(async {
        let world = connected().await;
        for path in [
            "",
            "../oauth/token",
            "users/../me",
            "users/./me",
            "users/%2E%2e/me",
            "users/.%2e/me",
            "users/%252e%252e/me",
            "users/x%2f..%2fme",
            "users\\..\\me",
            "https://evil.example/users/me",
            "https:/evil.example/users/me",
            "//evil.example/users/me",
            "///evil.example/users/me",
        ] {
            let answer = world.zoom(Method::GET, "u1", path, None).await;
            assert_eq!(told(&answer), (400, "path_refused"), "{path}");
        }
        assert_eq!(world.zoom.calls_of(Kind::Any).len(), 0);
    });
}

#[test]
fn a_path_with_a_slash_in_front_stays_below_the_api() {
    run(async {
        let world = connected().await;
        let answer = world.zoom(Method::GET, "u1", "/evil.example/x", None).await;
        assert_eq!(answer.status, 404);
        assert_eq!(world.zoom.calls()[0].path, "/v2/evil.example/x");
        assert_eq!(world.called.borrow().last().unwrap(), "http://zoom.test");
    });
}

#[test]
fn a_doubly_encoded_meeting_uuid_is_sent_as_it_is_and_found() {
    run(async {
        let world = connected().await;
        world.zoom.add_meeting(ADA, "Slashes", Some("/abc//def==")).unwrap();
        let path = "meetings/%252Fabc%252F%252Fdef%3D%3D?show_previous_occurrences=true&x=a%20b";
        let answer = world.zoom(Method::GET, "u1", path, None).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.json()["topic"], "Slashes");
        assert_eq!(world.zoom.calls()[0].path, format!("/v2/{path}"));
    });
}

#[test]
fn a_body_of_two_megabytes_passes_through_whole() {
    run(async {
        let world = connected().await;
        let answer = post_stream(&world).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        assert_eq!(world.zoom.calls()[0].content_length, 2_000_000);
    });
}

#[test]
fn a_large_body_cannot_be_repeated_after_a_401_and_the_page_is_told_to_send_again() {
    run(async {
        let world = connected().await;
        world.zoom.expire_access_tokens(ADA).unwrap();
        let first = post_stream(&world).await;
        assert_eq!(told(&first), (503, "send_again"));
        assert_eq!(first.header("retry-after"), "1");
        assert_eq!(world.zoom.snapshot().meetings.len(), 0);
        let second = post_stream(&world).await;
        assert_eq!(second.status, 201, "{}", second.text);
        assert_eq!(world.zoom.token_requests().refresh, 1);
        assert_eq!(world.zoom.snapshot().meetings.len(), 1);
    });
}

#[test]
fn a_429_is_passed_on_with_its_headers_and_not_repeated() {
    run(async {
        let world = connected().await;
        world.zoom.fail_always(Kind::Api, Fault::status(429));
        let answer = world.zoom(Method::GET, "u1", "users/me", None).await;
        assert_eq!(answer.status, 429);
        assert_eq!(answer.json()["code"], 429);
        assert_eq!(answer.header("x-ratelimit-type"), "QPS");
        assert_eq!(answer.header("x-ratelimit-remaining"), "0");
        assert!(answer.header("retry-after").ends_with('Z'));
        assert_eq!(world.zoom.calls_of(Kind::Api).len(), 1);
    });
}

#[test]
fn success_is_wrapped_and_raw_success_is_not() {
    run(async {
        let world = connected().await;
        let raw = world.zoom(Method::GET, "u1", "users/me", None).await;
        let wrapped = world.call(Method::GET, "u1", "proxy/zoom/users/me", None).await;
        assert_eq!(wrapped.json()["output"], raw.json());
        assert_eq!(raw.json()["email"], ADA);
    });
}

#[test]
fn an_answer_without_a_body_stays_without_one() {
    run(async {
        let world = connected().await;
        let id = world.zoom.add_meeting(ADA, "Gone", None).unwrap();
        let path = format!("proxy/zoom/meetings/{id}");
        let deleted = world.call(Method::DELETE, "u1", &path, None).await;
        assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
        let head = world.call(Method::HEAD, "u1", "proxy/zoom/users/me", None).await;
        assert_eq!((head.status, head.text.as_str()), (200, ""));
        assert_eq!(world.zoom.calls().last().unwrap().method, "HEAD");
    });
}

#[test]
fn zooms_errors_pass_unchanged() {
    run(async {
        let world = connected().await;
        for path in ["proxy/zoom/meetings/12345678901", "proxy/zoom/no/such"] {
            let answer = world.call(Method::GET, "u1", path, None).await;
            assert_eq!(answer.status, 404);
            assert!(answer.json()["code"].is_u64(), "{}", answer.text);
            assert!(!answer.headers.contains_key("x-isthmus-code"));
        }
        let missing = world.zoom(Method::POST, "u1", "users/me/meetings", None).await;
        assert_eq!((missing.status, missing.json()["code"].as_u64()), (400, Some(300)));
    });
}

#[test]
fn what_is_not_json_passes_raw_and_is_wrapped_as_text() {
    run(async {
        let world = connected().await;
        let page = answer_with(200, "<p>\"hi\"</p>", &[("content-type", "text/html")]);
        world.zoom.fail_always(Kind::UsersMe, page);
        let raw = world.zoom(Method::GET, "u1", "users/me", None).await;
        assert_eq!(raw.text, "<p>\"hi\"</p>");
        assert_eq!(raw.header("content-type"), "text/html");
        assert_eq!(raw.header("x-content-type-options"), "nosniff");
        let path = "proxy/zoom/users/me";
        let wrapped = world.call(Method::GET, "u1", path, None).await;
        assert_eq!(wrapped.json(), json!({"output": "<p>\"hi\"</p>"}));
        assert_eq!(wrapped.header("content-type"), "application/json");
    });
}

#[test]
fn a_redirect_is_told_and_never_followed() {
    run(async {
        let world = connected().await;
        for status in [301, 302, 303, 307, 308] {
            world.zoom.reset_calls();
            world.zoom.fail_next(Kind::UsersMe, Fault::status(status));
            let answer = world.zoom(Method::GET, "u1", "users/me", None).await;
            assert_eq!(told(&answer), (502, "zoom_redirected"));
            assert!(answer.field("/location").ends_with("/_sandbox/elsewhere"));
            assert!(!answer.headers.contains_key("location"));
            assert_eq!(world.zoom.calls().len(), 1);
        }
    });
}

#[test]
fn a_post_is_never_repeated_when_its_outcome_is_bad_or_unknown() {
    run(async {
        let long = Fault::hold(Duration::from_secs(31));
        for (fault, status, made) in [
            (Fault::status(500), 500, 0),
            (Fault::status(500).after_effect(), 500, 1),
            (Fault::status(503), 503, 0),
            (Fault::garbage().after_effect(), 200, 1),
            (long.clone(), 504, 0),
            (long.after_effect(), 504, 1),
            (Fault::Refused, 502, 0),
            (Fault::Lost, 502, 1),
        ] {
            let world = connected().await;
            world.zoom.fail_next(Kind::CreateMeeting, fault.clone());
            let meeting = Some(json!({"topic": "Once"}));
            let answer = world.zoom(Method::POST, "u1", "users/me/meetings", meeting).await;
            assert_eq!(answer.status, status, "{fault:?}");
            assert_eq!(world.zoom.calls_of(Kind::CreateMeeting).len(), 1, "{fault:?}");
            assert_eq!(world.zoom.snapshot().meetings.len(), made, "{fault:?}");
        }
    });
}

#[test]
fn an_unreachable_and_a_silent_zoom_are_told_apart() {
    run(async {
        let world = connected().await;
        world.zoom.fail_next(Kind::UsersMe, Fault::Refused);
        let answer = world.zoom(Method::GET, "u1", "users/me", None).await;
        assert_eq!(told(&answer), (502, "zoom_unreachable"));
        let silence = Fault::hold(Duration::from_secs(40));
        world.zoom.fail_next(Kind::UsersMe, silence);
        let answer = world.zoom(Method::GET, "u1", "users/me", None).await;
        assert_eq!(told(&answer), (504, "zoom_timeout"));
    });
}

#[test]
fn only_what_describes_the_content_goes_to_zoom() {
    run(async {
        let world = connected().await;
        let sent = [
            RAW,
            ("accept", "application/json"),
            ("if-none-match", "\"1\""),
            ("x-request-id", "7"),
            ("cookie", "a=1"),
            ("connection", "keep-alive"),
            ("transfer-encoding", "chunked"),
            ("proxy-authorization", "Basic x"),
            ("te", "trailers"),
            ("upgrade", "h2c"),
            ("referer", PAGE),
            ("user-agent", "page"),
            ("x-forwarded-for", "10.0.0.1"),
            ("x-real-ip", "10.0.0.1"),
            ("cf-connecting-ip", "10.0.0.1"),
            ("host", "edge.example"),
        ];
        let answer = world.call_with(Method::GET, "u1", "proxy/zoom/users/me", &sent, None).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let mut names = world.zoom.calls()[0].header_names.clone();
        names.sort_unstable();
        assert_eq!(names, ["accept", "authorization", "if-none-match", "x-request-id"]);
    });
}

#[test]
fn nothing_of_the_hop_or_of_zooms_own_origin_comes_back() {
    run(async {
        let world = connected().await;
        let kept = [("x-zm-trackingid", "t"), ("etag", "\"1\""), ("x-ratelimit-limit", "80")];
        let dropped = [
            ("set-cookie", "zm=1"),
            ("connection", "close"),
            ("keep-alive", "timeout=5"),
            ("www-authenticate", "Bearer"),
            ("proxy-authenticate", "Basic"),
            ("authorization", "Bearer x"),
            ("strict-transport-security", "max-age=1"),
            ("clear-site-data", "\"*\""),
            ("access-control-allow-credentials", "true"),
            ("access-control-expose-headers", "x-secret"),
            ("server", "zoom"),
        ];
        let headers = [kept.as_slice(), dropped.as_slice()].concat();
        world.zoom.fail_next(Kind::UsersMe, answer_with(200, "{}", &headers));
        let answer = world.zoom(Method::GET, "u1", "users/me", None).await;
        for (name, value) in kept {
            assert_eq!(answer.header(name), value);
        }
        for (name, value) in dropped {
            let seen = answer.headers.get(name);
            assert!(seen.is_none_or(|seen| seen != value), "{name}");
        }
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("access-control-allow-origin"), PAGE);
    });
}

#[test]
fn the_address_in_a_token_is_used_when_it_is_zooms_and_only_then() {
    run(async {
        for (api_url, used) in [
            ("https://api-eu.zoom.us", "https://api-eu.zoom.us"),
            ("https://zoom.us", "https://zoom.us"),
            ("http://api-eu.zoom.us", "http://zoom.test"),
            ("https://zoom.us.evil.example", "http://zoom.test"),
            ("https://evilzoom.us", "http://zoom.test"),
            ("https://api.zoom.us:8443", "http://zoom.test"),
            ("https://u:p@api.zoom.us", "http://zoom.test"),
        ] {
            let mut config = sandbox_config();
            config.base_url = Some(api_url.to_owned());
            let world = World::with(config).await;
            world.connect("u1", ADA).await;
            let answer = world.zoom(Method::GET, "u1", "users/me", None).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            assert_eq!(world.called.borrow().last().unwrap(), used);
        }
    });
}

/// A world in which `u1` has connected Ada's Zoom account; the log of calls is empty.
async fn connected() -> World {
    let world = World::new().await;
    world.connect("u1", ADA).await;
    world.zoom.reset_calls();
    world
}

/// Sends two megabytes that cannot be read twice.
async fn post_stream(world: &World) -> Answer {
    let mut bytes = br#"{"topic":"Large""#.to_vec();
    bytes.resize(1_999_999, b' ');
    bytes.push(b'}');
    let path = format!("/projects/{}/sdk/proxy/zoom/users/me/meetings", world.project);
    let bearer = format!("Bearer {}", world.token("u1"));
    let headers = [RAW, ("authorization", bearer.as_str()), ("content-type", "application/json")];
    let body = Body::Stream(Stream(Rc::new(bytes)));
    world.send(Method::POST, &path, &headers, body).await
}

fn answer_with(status: u16, body: &str, headers: &[(&str, &str)]) -> Fault {
    let headers: BTreeMap<_, _> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Fault::Answer { status, body: Some(body.to_owned()), headers, after_effect: false }
}

fn told(answer: &Answer) -> (u16, &'static str) {
    let codes = isthmus::edge::Code::ALL.iter();
    let code = answer.code();
    let known = codes.map(|known| known.text()).find(|known| *known == code);
    (answer.status, known.unwrap_or("no code of ours"))
}
