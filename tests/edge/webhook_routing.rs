//! For whom an event is: the connection of the meeting's host, else of who did it, else of the host who is remembered.
//! Nobody else hears of it, in this project or another.

use http::Method;
use isthmus::{connection::ConnectionName, testing::Fault};
use serde_json::{Value, json};

use crate::{
    run,
    webhook_moves::{SECRET, example, listening},
    world::{ADA, GRACE, World},
};

/// How many outcomes there are for the grants of a user.
fn outcomes(world: &World, user: &str) -> usize {
    let sql = "SELECT event_id FROM outcomes WHERE project_id = ?1 AND user_id = ?2";
    world.host.sql(sql, [json!(world.project), json!(user)]).len()
}

fn by_nobody(mut body: Value) -> Value {
    body["payload"].as_object_mut().unwrap().remove("operator_id");
    body
}

#[test]
fn every_grant_of_the_host_hears_of_an_event_and_a_colleague_does_not() {
    run(async {
        let world = listening().await;
        world.connect("u2", ADA).await;
        world.connect("u3", GRACE).await;
        let mut body = example("meeting.created", &world.ada());
        // A colleague did it, for the host.
        body["payload"]["operator_id"] = json!(world.connection_of(GRACE).provider_user_id);
        assert_eq!(world.hear(&body).await.status, 204);
        world.host.ring_alarms().await;
        let heard = ["u1", "u2", "u3"].map(|user| outcomes(&world, user));
        assert_eq!(heard, [1, 1, 0]);
        assert!(world.taken(&world.connection_of(GRACE)).is_empty());
        assert_eq!(world.counted(&world.integration, "taken").await, 1);
    });
}

#[test]
fn where_no_host_is_named_who_did_it_hears_of_it() {
    run(async {
        let world = listening().await;
        let mut body = example("meeting.updated", "");
        body["payload"]["operator_id"] = json!(world.ada());
        assert_eq!(world.hear(&body).await.status, 204);
        assert_eq!(world.taken(&world.adas()).len(), 1);
        // Who did something to a meeting need not host it.
        world.host.ring_alarms().await;
        assert_eq!(world.count("SELECT count(*) AS n FROM meetings"), 0);
    });
}

#[test]
fn where_nobody_is_named_who_is_here_the_remembered_host_hears_of_it() {
    run(async {
        let world = listening().await;
        let mut created = example("meeting.created", &world.ada());
        created["payload"]["object"]["id"] = json!(94_890_226_305_i64);
        assert_eq!(world.hear(&created).await.status, 204);
        world.host.ring_alarms().await;
        // As a number and as text; with somebody who is not here, and with nobody.
        let updated = example("meeting.updated", "");
        let mut other = by_nobody(updated.clone());
        other["event_ts"] = json!(2);
        other["payload"]["object"]["id"] = json!("94890226305");
        for body in [updated, other] {
            assert_eq!(world.hear(&body).await.status, 204);
        }
        assert_eq!(world.taken(&world.adas()).len(), 3);
        // Another meeting is nobody's.
        let mut other = by_nobody(example("meeting.updated", ""));
        other["payload"]["object"]["id"] = json!(5);
        assert_eq!(world.hear(&other).await.status, 204);
        other["payload"]["object"].as_object_mut().unwrap().remove("id");
        assert_eq!(world.hear(&other).await.status, 204);
        assert_eq!(world.counted(&world.integration, "nobody").await, 2);
    });
}

#[test]
fn a_host_who_is_not_here_is_not_stood_in_for() {
    run(async {
        let world = listening().await;
        world.hear(&example("meeting.created", &world.ada())).await;
        world.host.ring_alarms().await;
        // Of the same meeting, as a stranger's, done by somebody who is here.
        let mut body = example("meeting.created", "a-stranger");
        body["event_ts"] = json!(2);
        body["payload"]["operator_id"] = json!(world.ada());
        assert_eq!(world.hear(&body).await.status, 204);
        assert_eq!(world.taken(&world.adas()).len(), 1);
        assert_eq!(world.counted(&world.integration, "nobody").await, 1);
    });
}

#[test]
fn an_event_for_nobody_is_answered_counted_and_leaves_nothing_behind() {
    run(async {
        let world = listening().await;
        world.connect("u2", GRACE).await;
        world.disconnect("u2").await;
        let before = world.stored();
        let grace = world.connection_of(GRACE).provider_user_id;
        let long = "x".repeat(200);
        for host_id in ["a-stranger", "..", "a/b", "\u{0}", "é", &long, &grace] {
            let answer = world.hear(&example("meeting.ended", host_id)).await;
            assert_eq!((answer.status, answer.text.as_str()), (204, ""), "{host_id}");
        }
        assert_eq!(world.counted(&world.integration, "nobody").await, 7);
        world.assert_stored(&before, "it left something");
    });
}

#[test]
fn who_connected_a_second_ago_is_found_although_the_tables_do_not_know_it_yet() {
    run(async {
        let world = listening().await;
        let mut attempt = world.attempt("u2", GRACE).await;
        let grace = world.connection_of(GRACE);
        // Nothing that the new connection has to say comes to the tables.
        for before in 0..20 {
            world.host.fault_after(before, "tables", Fault::Fail);
            world.come_back(&mut attempt).await;
            world.host.clear_faults();
            if world.host.has_records(&grace) {
                break;
            }
            world.pass(std::time::Duration::from_secs(60));
        }
        let known = "SELECT count(*) AS n FROM grants WHERE user_id = 'u2'";
        assert_eq!(world.count(known), 0);
        let body = example("meeting.ended", &grace.provider_user_id);
        assert_eq!(world.hear(&body).await.status, 204);
        assert_eq!(world.taken(&grace).len(), 1);
        world.let_alarms_end().await;
        assert_eq!((world.count(known), outcomes(&world, "u2")), (1, 1));
    });
}

#[test]
fn the_same_event_through_two_integrations_acts_in_both() {
    run(async {
        let world = listening().await;
        let other = world.another_project().await;
        other.set_webhook_secret(&json!(SECRET)).await;
        other.connect("u9", ADA).await;
        let body = example("meeting.ended", &world.ada());
        for (each, user) in [(&world, "u1"), (&other, "u9")] {
            assert_eq!(each.hear(&body).await.status, 204);
            each.host.ring_alarms().await;
            assert_eq!(outcomes(each, user), 1);
        }
        assert_ne!(world.taken(&world.adas()), other.taken(&other.adas()));
        assert_eq!(world.count("SELECT count(*) AS n FROM events"), 2);
    });
}

#[test]
fn what_one_project_forges_with_its_own_secret_changes_nothing_in_another() {
    run(async {
        let world = listening().await;
        let thief = world.another_project().await;
        thief.set_webhook_secret(&json!("the thief's own")).await;
        // What the thief could learn of: the user's id at Zoom, and the meeting.
        world.hear(&example("meeting.created", &world.ada())).await;
        world.host.ring_alarms().await;
        let (ada, integration, before) = (world.ada(), &world.integration, world.stored());
        let mut forged: Vec<Value> = Vec::new();
        for host_id in
            [ada.clone(), world.adas().text(), format!("../{integration}/{ada}"), format!("/{ada}")]
        {
            forged.push(example("meeting.ended", &host_id));
            let mut updated = example("meeting.updated", "");
            updated["payload"]["operator_id"] = json!(host_id);
            forged.push(updated);
            forged.push(json!({"event": "app_deauthorized", "payload":
                {"user_id": host_id, "deauthorization_time": "2099-01-01T00:00:00Z"}}));
        }
        let mut remembered = by_nobody(example("meeting.updated", ""));
        remembered["payload"]["object"]["id"] = json!(1_234_567_890);
        forged.push(remembered);
        for body in forged {
            let bytes = body.to_string();
            let now = isthmus::host::Host::now(&world.host).seconds();
            let heard = thief.hear_bytes("the thief's own", now, bytes.as_bytes()).await;
            assert_eq!(heard.status, 204, "{body}");
            // At the other's door it is not signed.
            let refused = world.hear_bytes("the thief's own", now, bytes.as_bytes()).await;
            assert_eq!(refused.status, 401);
        }
        world.assert_stored(&before, "it left something");
        assert_eq!(thief.counted(&thief.integration, "nobody").await, 13);
        assert!(world.works("u1").await);
    });
}

#[test]
fn an_event_for_a_connection_whose_name_has_a_slash_stays_in_its_integration() {
    run(async {
        let world = listening().await;
        let name = ConnectionName {
            integration_id: world.integration.clone(),
            provider_user_id: "a/b/c".to_owned(),
        };
        assert_eq!(ConnectionName::parse(&name.text()), Some(name));
        // An integration cannot be named with a slash.
        let body = Value::Null.to_string().into_bytes();
        let path = format!("{}/x", world.hook());
        let answer = world.send(Method::POST, &path, &[], isthmus::host::Body::Bytes(body)).await;
        assert_eq!(answer.refused(), (404, "not_found".into()));
    });
}
