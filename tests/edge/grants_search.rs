//! Connected users as the console looks for them: by a part of what is known of them, and by whether they can be used.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use crate::{
    links::world,
    run,
    world::{ADA, GRACE, World},
};

async fn users(world: &World, query: &str) -> Vec<Value> {
    let listed = world.server(Method::GET, &format!("grants?{query}"), None).await;
    assert_eq!(listed.status, 200, "{}", listed.text);
    let body = listed.json();
    body["data"].as_array().unwrap().iter().map(|one| one["account_id"].clone()).collect()
}

#[test]
fn a_part_of_the_users_id_address_or_name_finds_a_grant_whatever_its_letters() {
    run(async {
        let world = world().await;
        world.connect("user-1", ADA).await;
        world.pass(Duration::from_secs(1));
        world.connect("user-2", GRACE).await;
        world.pass(Duration::from_secs(1));
        world.connect("100%_a\\b", GRACE).await;
        world.pass(Duration::from_secs(1));
        world.connect("\u{c4}rzte", ADA).await;
        for (query, wanted) in [
            ("q=USER", vec!["user-1", "user-2"]),
            ("q=er-2", vec!["user-2"]),
            ("q=ada%40ACME", vec!["user-1", "\u{c4}rzte"]),
            // Letters beyond A to Z are found as they are written.
            ("q=%C3%84RZTE", vec!["\u{c4}rzte"]),
            ("q=%C3%A4rzte", vec![]),
            ("q=hopper", vec!["user-2", "100%_a\\b"]),
            ("q=globex&account_id=user-2", vec!["user-2"]),
            ("q=%25", vec!["100%_a\\b"]),
            ("q=_", vec!["100%_a\\b"]),
            ("q=a%5Cb", vec!["100%_a\\b"]),
            ("q=%27%20OR%201%3D1", vec![]),
            ("q=nobody", vec![]),
            ("q=user&limit=1&offset=1", vec!["user-2"]),
            // What ends one and what begins the next is no text of anybody's.
            ("q=user-1ada", vec![]),
        ] {
            assert_eq!(users(&world, query).await, wanted, "{query}");
        }
        for query in ["q=", &format!("q={}", "x".repeat(201)), "status=valid", "status="] {
            let refused = world.server(Method::GET, &format!("grants?{query}"), None).await;
            assert_eq!(refused.refused(), (400, "invalid_request".to_owned()), "{query}");
        }
        let other = world.another_project().await;
        assert!(users(&other, "q=user").await.is_empty());
    });
}

#[test]
fn grants_that_cannot_be_used_are_found_by_their_status_and_say_when_they_were_renewed_last() {
    run(async {
        let world = world().await;
        world.connect("u1", ADA).await;
        world.connect("u2", GRACE).await;
        world.host.sql("UPDATE grants SET status = 'INVALID' WHERE user_id = 'u1'", []);
        let sql = "UPDATE grants SET refreshed_at = ?1";
        world.host.sql(sql, [json!(1_795_000_000_999_i64)]);
        assert_eq!(users(&world, "status=INVALID").await, ["u1"]);
        assert_eq!(users(&world, "status=VALID").await, ["u2"]);
        assert_eq!(users(&world, "status=INVALID&q=grace").await, [""; 0]);
        let listed = world.server(Method::GET, "grants", None).await.json();
        assert_eq!(listed["data"][0]["refreshed_at"], 1_795_000_000);
    });
}
