//! Rate limits.

use std::time::Duration;

use isthmus_sandbox::{Limit, Limits};
use serde_json::{Value, json};

use crate::rig::{ADA, ALAN, GRACE, MONDAY, Rig, problem};

fn light(per_second: Option<u32>, per_day: Option<u32>) -> Limits {
    Limits { light: Limit { per_second, per_day }, ..Limits::none() }
}

#[tokio::test]
async fn the_limit_per_second_is_shared_by_an_account_and_ends_with_the_second() {
    let rig = Rig::new();
    rig.sandbox.set_limits(light(Some(2), None));
    let (ada, alan) = (rig.connect(ADA).await.access, rig.connect(ALAN).await.access);
    let grace = rig.connect(GRACE).await.access;
    let first = rig.whoami(&ada).await;
    assert_eq!((first.status, first.header("x-ratelimit-remaining")), (200, "1"));
    assert_eq!(rig.whoami(&alan).await.status, 200);
    let got = rig.whoami(&ada).await;
    let text = "You have reached the maximum per-second rate limit for this API. Try again later.";
    assert_eq!(problem(&got), (429, 429, text));
    assert_eq!(got.header("x-ratelimit-category"), "Light");
    assert_eq!(got.header("x-ratelimit-type"), "QPS");
    assert_eq!(got.header("x-ratelimit-limit"), "2");
    assert_eq!(got.header("x-ratelimit-remaining"), "0");
    assert_eq!(got.header("x-ratelimit-reset"), (MONDAY / 1_000 + 1).to_string());
    assert_eq!(rig.whoami(&grace).await.status, 200, "another account");
    let medium = rig.api("GET", "/users/me/meetings", &ada, &Value::Null).await;
    assert_eq!(medium.status, 200, "another category");
    rig.sandbox.advance(Duration::from_secs(1));
    assert_eq!(rig.whoami(&ada).await.status, 200);
}

#[tokio::test]
async fn the_daily_limit_names_the_next_utc_midnight() {
    let rig = Rig::new();
    rig.sandbox.set_limits(light(None, Some(1)));
    let ada = rig.connect(ADA).await.access;
    assert_eq!(rig.whoami(&ada).await.status, 200);
    let got = rig.whoami(&ada).await;
    assert_eq!(got.status, 429);
    assert!(problem(&got).2.starts_with("You have reached the maximum daily rate limit"));
    assert_eq!(got.header("x-ratelimit-type"), "Daily-limit");
    assert_eq!(got.header("retry-after"), "2026-01-06T00:00:00Z");
    rig.sandbox.advance(Duration::from_hours(14));
    let again = rig.connect(ADA).await.access;
    assert_eq!(rig.whoami(&again).await.status, 200);
}

#[tokio::test]
async fn the_limits_of_a_business_account_are_in_force_at_the_start() {
    let rig = Rig::new();
    let ada = rig.connect(ADA).await.access;
    for _ in 0..80 {
        assert_eq!(rig.whoami(&ada).await.status, 200);
    }
    assert_eq!(rig.whoami(&ada).await.status, 429);
}

#[tokio::test]
async fn a_dead_token_counts_for_nobody() {
    let rig = Rig::new();
    rig.sandbox.set_limits(light(Some(1), None));
    let ada = rig.connect(ADA).await.access;
    assert_eq!(rig.whoami("dead").await.status, 401);
    assert_eq!(rig.whoami(&ada).await.status, 200);
}

#[tokio::test]
async fn creating_and_updating_meetings_can_be_limited_by_user_and_day() {
    let rig = Rig::new();
    rig.sandbox.set_limits(Limits { changes_per_user_per_day: Some(2), ..Limits::none() });
    let (ada, alan) = (rig.connect(ADA).await.access, rig.connect(ALAN).await.access);
    let made = rig.api("POST", "/users/me/meetings", &ada, &json!({})).await;
    let path = format!("/meetings/{}", made.json["id"]);
    assert_eq!(rig.api("PATCH", &path, &ada, &json!({"topic": "x"})).await.status, 204);
    let got = rig.api("POST", "/users/me/meetings", &ada, &json!({})).await;
    let text = "A maximum of 2 meetings can be created/updated for a single user in one day.";
    assert_eq!(problem(&got), (429, 429, text));
    assert_eq!(rig.api("POST", "/users/me/meetings", &alan, &json!({})).await.status, 201);
}
