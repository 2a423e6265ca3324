//! The portal: a page has it opened, a person connects, switches and disconnects in it, and the page is told of each
//! change once.

use std::time::Duration;

use http::Method;
use isthmus_sandbox::{Fault, Kind};
use serde_json::{Value, json};

use crate::{
    enablement::with_settings,
    portal_moves::Window,
    run,
    world::{ADA, Browser, GRACE, PAGE, WORKER, World},
};

/// What was done, without its numbers.
fn done(told: &Value) -> Vec<String> {
    let changes = told["changes"].as_array().unwrap().iter();
    changes.map(|change| change["what"].as_str().unwrap().to_owned()).collect()
}

/// A world with a workflow, and a window in which Ada's account was connected.
async fn with_account() -> (World, Window, String, String) {
    let world = World::new().await;
    world.zoom.set_limits(isthmus_sandbox::Limits::none());
    let workflow = world.in_service(with_settings(json!({"type": "zoom.new_meeting"}))).await;
    let mut window = world.window("u1").await;
    let grant = world.connect_in(&mut window, ADA).await;
    (world, window, grant, workflow)
}

#[test]
fn a_person_connects_in_the_portal_and_the_page_is_told() {
    run(async {
        let world = World::new().await;
        let mut window = world.window("u1").await;
        let page = world.visit(&mut window.browser, &format!("/portal/{}", window.id), None).await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(page.text.contains("/static/portal/portal.js"));
        assert_eq!(world.shown(&mut window).await["grants"], json!([]));
        let back = world.go_from(&mut window, ADA).await;
        let ended = world.visit(&mut window.browser, &back, None).await;
        assert_eq!(ended.status, 303, "{}", ended.text);
        assert_eq!(ended.header("location"), format!("/portal/{}", window.id));
        let state = world.shown(&mut window).await;
        assert_eq!(state["grants"][0]["email"], ADA);
        let grant = state["grants"][0]["id"].clone();
        let told = world.told_of(&window).await;
        assert_eq!(told["changes"], json!([{"n": 1, "what": "installed", "grant_id": grant}]));
        assert_eq!((&told["status"], &told["connecting"]), (&json!("open"), &json!(false)));
        // A reload of the last address comes to the same end, and nothing is told twice.
        assert_eq!(world.visit(&mut window.browser, &back, None).await.status, 303);
        assert_eq!(done(&world.told_of(&window).await), ["installed"]);
        assert!(world.works("u1").await);
    });
}

#[test]
fn what_is_shown_is_the_integration_the_accounts_and_the_workflows_and_nothing_of_others() {
    run(async {
        let (world, mut window, grant, workflow) = with_account().await;
        world.connect("u2", GRACE).await;
        let other = world.another_project().await;
        other.connect("u1", GRACE).await;
        let state = world.shown(&mut window).await;
        let life = state["expires_at"].as_i64().unwrap() - isthmus::host::Host::now(&world.host).0;
        assert_eq!(life, 900_000);
        assert_eq!(state["origin"], PAGE);
        assert_eq!(
            (&state["project"]["name"], &state["user"]["id"]),
            (&json!("Demo"), &json!("u1"))
        );
        let integration = &state["integration"];
        assert_eq!(integration["id"], world.integration.as_str());
        assert_eq!((&integration["type"], &integration["name"]), (&json!("zoom"), &json!("Zoom")));
        assert!(integration["icon"].as_str().unwrap().starts_with("data:image/svg+xml,"));
        assert_eq!(integration["accent_color"], "#0B5CFF");
        assert_eq!(state["grants"].as_array().unwrap().len(), 1);
        let account = &state["grants"][0];
        assert_eq!((&account["id"], &account["status"]), (&json!(grant), &json!("VALID")));
        let off = json!({workflow.clone(): {"enabled": false, "settings": {}}});
        assert_eq!(account["workflows"], off);
        let shown = &state["workflows"][0];
        assert_eq!((&shown["id"], &shown["name"]), (&json!(workflow), &json!("Assistant")));
        assert_eq!(shown["description"], "Invites the assistant.");
        assert_eq!(shown["inputs"][0]["type"], "EMAIL");
        let text = state.to_string();
        assert!(!text.contains("backend.acme.example") && !text.contains(GRACE), "{text}");
    });
}

#[test]
fn what_the_project_says_about_the_integration_is_shown() {
    run(async {
        let world = World::new().await;
        world.host.sql(
            "UPDATE integrations SET name = '<b>Meet</b>', description = 'One', overview = '',
               accent_color = '#123456', scope = 'user:read:user meeting:write:meeting'",
            [],
        );
        let state = world.shown(&mut world.window("u1").await).await;
        let integration = &state["integration"];
        for (field, text) in
            [("name", "<b>Meet</b>"), ("description", "One"), ("accent_color", "#123456")]
        {
            assert_eq!(integration[field], text);
        }
        assert_eq!(integration["scopes"], json!(["user:read:user", "meeting:write:meeting"]));
    });
}

#[test]
fn a_connect_that_fails_comes_back_to_the_portal_and_may_be_tried_again() {
    run(async {
        let world = World::new().await;
        let mut window = world.window("u1").await;
        let zoom = world.zoom_from(&mut window, json!({})).await;
        let declined = world.decline(&zoom);
        let back = world.visit(&mut window.browser, &declined, None).await;
        let home = format!("/portal/{}", window.id);
        assert_eq!(
            (back.status, back.header("location")),
            (303, format!("{home}?failed=consent_declined"))
        );
        assert_eq!(back.header("x-isthmus-code"), "consent_declined");
        assert_eq!(done(&world.told_of(&window).await), [""; 0]);
        let page = world.visit(&mut window.browser, &back.header("location"), None).await;
        assert_eq!(page.status, 200);
        world.connect_in(&mut window, ADA).await;
        assert_eq!(done(&world.told_of(&window).await), ["installed"]);
    });
}

#[test]
fn an_account_is_connected_again_and_another_in_its_place_is_refused() {
    run(async {
        let (world, mut window, grant, _) = with_account().await;
        for (zoom_user, failed) in [(GRACE, "?failed=account_mismatch"), (ADA, "")] {
            let zoom = world.zoom_from(&mut window, json!({"grant_id": grant})).await;
            let back = world.allow(&zoom, zoom_user);
            let ended = world.visit(&mut window.browser, &back, None).await;
            assert_eq!(ended.header("location"), format!("/portal/{}{failed}", window.id));
        }
        assert_eq!(done(&world.told_of(&window).await), ["installed", "installed"]);
        assert_eq!(world.shown(&mut window).await["grants"].as_array().unwrap().len(), 1);
    });
}

#[test]
fn several_accounts_are_connected_side_by_side_and_leave_one_by_one() {
    run(async {
        let (world, mut window, ada, _) = with_account().await;
        let grace = world.connect_in(&mut window, GRACE).await;
        assert_eq!(world.shown(&mut window).await["grants"].as_array().unwrap().len(), 2);
        let left = world.within(&mut window, Method::DELETE, &format!("grants/{ada}"), None).await;
        assert_eq!((left.status, left.text.as_str()), (204, ""));
        let state = world.shown(&mut window).await;
        assert_eq!(state["grants"].as_array().unwrap().len(), 1);
        assert_eq!(state["grants"][0]["id"], grace.as_str());
        let told = world.told_of(&window).await;
        assert_eq!(done(&told), ["installed", "installed", "uninstalled"]);
        assert_eq!(told["changes"][2]["grant_id"], ada.as_str());
        assert_eq!(world.zoom.live_pairs(ADA), Ok(0));
        // Once more changes nothing; the answer to the first may have been lost.
        let again = world.within(&mut window, Method::DELETE, &format!("grants/{ada}"), None).await;
        assert_eq!(again.status, 204);
        assert_eq!(done(&world.told_of(&window).await).len(), 3);
    });
}

#[test]
fn while_zoom_cannot_be_told_an_account_leaves_all_the_same() {
    run(async {
        let (world, mut window, grant, _) = with_account().await;
        world.zoom.fail_always(Kind::Revoke, Fault::status(503));
        let path = format!("grants/{grant}");
        let left = world.within(&mut window, Method::DELETE, &path, None).await;
        assert_eq!((left.status, left.json()), (202, json!({"revocation": "pending"})));
        assert_eq!(done(&world.told_of(&window).await), ["installed", "uninstalled"]);
        world.zoom.clear_faults();
        world.let_alarms_end().await;
        assert_eq!(done(&world.told_of(&window).await), ["installed", "uninstalled"]);
    });
}

#[test]
fn a_workflow_is_filled_in_and_switched_and_each_is_told_once() {
    run(async {
        let (world, mut window, grant, workflow) = with_account().await;
        let path = format!("grants/{grant}/workflows/{workflow}");
        let mut change = async |body: Value| {
            let answer = world.within(&mut window, Method::PATCH, &path, Some(body)).await;
            (answer.status, answer.json())
        };
        let (status, refused) = change(json!({"enabled": true})).await;
        assert_eq!((status, &refused["code"]), (409, &json!("settings_missing")));
        assert!(refused["message"].as_str().unwrap().contains("(email)"), "{refused}");
        let email = json!({"email": "a@b.example"});
        let filled = json!({"enabled": false, "settings": email, "missing": []});
        assert_eq!(change(json!({"settings": email})).await, (200, filled.clone()));
        let on = json!({"enabled": true, "settings": email, "missing": []});
        for _ in 0..2 {
            assert_eq!(change(json!({"enabled": true})).await, (200, on.clone()));
        }
        assert_eq!(change(json!({"enabled": false})).await, (200, filled));
        let (status, refused) = change(json!({"settings": {"email": "nobody"}})).await;
        assert_eq!((status, &refused["code"]), (400, &json!("invalid_request")));
        let told = world.told_of(&window).await;
        assert_eq!(done(&told), ["installed", "workflow", "workflow", "workflow"]);
        let changes: Vec<&Value> =
            told["changes"].as_array().unwrap().iter().map(|one| &one["enabled"]).collect();
        assert_eq!(changes, [&Value::Null, &Value::Null, &json!(true), &json!(false)]);
        assert_eq!(told["changes"][1]["workflow_id"], workflow.as_str());
        // What the user's own page does is not told as the portal's.
        assert_eq!(world.switch("u1", &workflow, true).await.status, 200);
        assert_eq!(done(&world.told_of(&window).await).len(), 4);
    });
}

#[test]
fn a_workflow_that_is_not_there_or_cannot_run_is_refused() {
    run(async {
        let (world, mut window, grant, workflow) = with_account().await;
        let on = || Some(json!({"enabled": true, "settings": {"email": "a@b.example"}}));
        let unknown = format!("grants/{grant}/workflows/{grant}");
        let answer = world.within(&mut window, Method::PATCH, &unknown, on()).await;
        assert_eq!(answer.told(), (404, "workflow_not_found".to_owned()));
        world.host.sql("UPDATE grants SET status = 'INVALID'", []);
        let path = format!("grants/{grant}/workflows/{workflow}");
        let answer = world.within(&mut window, Method::PATCH, &path, on()).await;
        assert_eq!(answer.told(), (401, "reconnect_required".to_owned()));
        let account = world.shown(&mut window).await["grants"][0].clone();
        assert_eq!(account["status"], "INVALID");
        assert_eq!(done(&world.told_of(&window).await), ["installed"]);
    });
}

#[test]
fn a_page_that_has_heard_of_some_changes_is_told_the_others() {
    run(async {
        let (world, mut window, grant, _) = with_account().await;
        let path = format!("grants/{grant}");
        world.within(&mut window, Method::DELETE, &path, None).await;
        let all = world.told_of(&window).await["changes"].clone();
        for (index, change) in all.as_array().unwrap().iter().enumerate() {
            let path = format!("portals/{}?after={}", window.id, change["n"]);
            let rest = world.call(Method::GET, "u1", &path, None).await.json();
            assert_eq!(rest["changes"].as_array().unwrap().len(), 1 - index);
        }
        let path = format!("portals/{}?after=x", window.id);
        let wrong = world.call(Method::GET, "u1", &path, None).await;
        assert_eq!(wrong.told(), (400, "invalid_request".to_owned()));
    });
}

#[test]
fn a_portal_is_new_then_open_then_closed_and_takes_nothing_any_more() {
    run(async {
        let world = World::new().await;
        let status = async |window: &Window| world.told_of(window).await["status"].clone();
        let (id, ticket) = world.ticket("u1").await;
        let mut window = Window { user: "u1".to_owned(), id, browser: Browser::default() };
        assert_eq!(status(&window).await, "new");
        assert_eq!(world.enter(&mut window.browser, &ticket, Some(PAGE)).await.status, 303);
        assert_eq!(status(&window).await, "open");
        let closed = world.within(&mut window, Method::POST, "close", None).await;
        assert_eq!((closed.status, closed.text.as_str()), (204, ""));
        assert!(closed.header("set-cookie").contains("; Max-Age=0"));
        assert_eq!(status(&window).await, "closed");
        // The browser has the old cookie first, like one that did not hear of the end.
        let state = world.within(&mut window, Method::GET, "state", None).await;
        assert_eq!(state.told(), (410, "portal_expired".to_owned()));
        let page = world.visit(&mut window.browser, &format!("/portal/{}", window.id), None).await;
        assert_eq!(page.refused(), (410, "portal_expired".to_owned()));
    });
}

#[test]
fn a_portal_ends_after_a_quarter_of_an_hour_and_its_ticket_after_a_minute() {
    run(async {
        let world = World::new().await;
        let (id, ticket) = world.ticket("u1").await;
        let mut window = world.window("u1").await;
        world.pass(Duration::from_mins(1));
        let late = world.enter(&mut Browser::default(), &ticket, Some(PAGE)).await;
        assert_eq!(late.refused(), (404, "portal_not_found".to_owned()));
        assert!(late.header("content-type").starts_with("text/html"));
        let unopened = Window { user: "u1".to_owned(), id, browser: Browser::default() };
        assert_eq!(world.told_of(&unopened).await["status"], "unopened");
        world.pass(Duration::from_millis(14 * 60_000 - 1));
        world.shown(&mut window).await;
        world.pass(Duration::from_millis(1));
        for (method, path, body) in [
            (Method::GET, "state", None),
            (Method::POST, "connect", Some(json!({}))),
            (Method::DELETE, "grants/x", None),
            (Method::PATCH, "grants/x/workflows/y", Some(json!({"enabled": true}))),
            (Method::POST, "close", None),
        ] {
            let answer = world.within(&mut window, method, path, body).await;
            assert_eq!(answer.told(), (410, "portal_expired".to_owned()), "{path}");
        }
        assert_eq!(world.told_of(&window).await["status"], "expired");
    });
}

#[test]
fn a_portal_that_is_closed_in_the_middle_of_a_consent_loses_nothing() {
    run(async {
        let world = World::new().await;
        let mut window = world.window("u1").await;
        let zoom = world.zoom_from(&mut window, json!({})).await;
        // In another tab of this browser.
        let closed = world.within(&mut window, Method::POST, "close", None).await;
        assert_eq!(closed.status, 204);
        let back = world.allow(&zoom, ADA);
        let last = world.visit(&mut window.browser, &back, None).await;
        assert_eq!(last.status, 200, "{}", last.text);
        assert!(last.text.contains("Connected") && last.text.contains("window.close()"));
        let message = format!("{{type:\"isthmus-portal\",portal:\"{}\"}},\"{PAGE}\"", window.id);
        assert!(last.text.contains(&message), "{}", last.text);
        let told = world.told_of(&window).await;
        assert_eq!(
            (done(&told), &told["status"]),
            (vec!["installed".to_owned()], &json!("closed"))
        );
        assert!(world.works("u1").await);
    });
}

#[test]
fn two_portals_of_one_user_do_not_meet() {
    run(async {
        let world = World::new().await;
        let mut one = world.window("u1").await;
        let mut two = world.window("u1").await;
        // Both are in one browser.
        one.browser.cookies.append(&mut two.browser.cookies);
        two.browser.cookies.clone_from(&one.browser.cookies);
        let (back_one, back_two) =
            (world.go_from(&mut one, ADA).await, world.go_from(&mut two, GRACE).await);
        for (window, back) in [(&mut one, back_one), (&mut two, back_two)] {
            let ended = world.visit(&mut window.browser, &back, None).await;
            assert_eq!(ended.header("location"), format!("/portal/{}", window.id));
        }
        for window in [&one, &two] {
            assert_eq!(done(&world.told_of(window).await), ["installed"]);
        }
        let closed = world.within(&mut one, Method::POST, "close", None).await;
        assert_eq!(closed.status, 204);
        assert_eq!(world.shown(&mut two).await["grants"].as_array().unwrap().len(), 2);
    });
}

#[test]
fn an_integration_that_is_going_opens_no_portal_and_connects_nothing() {
    run(async {
        let world = World::new().await;
        let mut window = world.window("u1").await;
        let back = world.go_from(&mut window, ADA).await;
        world.host.sql("UPDATE integrations SET deleting_at = 1", []);
        let wish = Some(json!({"integration": "zoom"}));
        let made = world.call(Method::POST, "u1", "portals", wish).await;
        assert_eq!(made.told(), (409, "integration_deleting".to_owned()));
        let begun = world.within(&mut window, Method::POST, "connect", Some(json!({}))).await;
        assert_eq!(begun.told(), (409, "integration_deleting".to_owned()));
        let ended = world.visit(&mut window.browser, &back, None).await;
        assert!(ended.header("location").ends_with("?failed=integration_deleting"));
    });
}

#[test]
fn head_looks_at_the_page_and_changes_nothing() {
    run(async {
        let world = World::new().await;
        let (id, ticket) = world.ticket("u1").await;
        let mut window = Window { user: "u1".to_owned(), id, browser: Browser::default() };
        let looked =
            world.send(Method::HEAD, "/portal", &[("origin", PAGE)], isthmus::host::Body::Empty);
        assert_eq!(looked.await.status, 405);
        world.enter(&mut window.browser, &ticket, None).await;
        for _ in 0..2 {
            let page = world.within_with(&mut window, Method::HEAD, "", &[], None).await;
            assert!([404, 200].contains(&page.status));
            assert_eq!(page.text, "");
            assert_eq!(world.told_of(&window).await["status"], "asked");
        }
        let headers = [("origin", WORKER)];
        let state = world.within_with(&mut window, Method::HEAD, "state", &headers, None).await;
        assert_eq!((state.status, state.header("allow")), (405, "GET".to_owned()));
    });
}
