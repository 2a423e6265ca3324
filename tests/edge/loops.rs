//! Runs that start one another through what they make: an event about it is one deeper, and past five the loop is cut.

use std::time::Duration;

use isthmus::{connection::Question, host::Host};
use serde_json::json;

use crate::{
    moves::connected,
    run,
    world::{ADA, World},
};

/// A workflow that starts with each new meeting.
async fn working() -> World {
    let world = connected().await;
    world.deployed("w1", json!({"type": "zoom.new_meeting"}), true);
    world.deployed("w2", json!({"type": "zoom.meeting_ended"}), true);
    world.let_alarms_ring().await;
    world
}

impl World {
    /// What a run of this depth made, as it says itself.
    fn made(&self, thing: &str, depth: i64, until: i64) {
        let sql =
            "INSERT OR REPLACE INTO made (integration_id, thing, run_id, depth, made_at, until)
            VALUES (?1, ?2, 'r', ?3, ?4, ?5)";
        let now = self.host.now();
        let params = [
            json!(self.integration),
            json!(thing),
            json!(depth),
            json!(now),
            json!(now.plus(until)),
        ];
        self.host.sql(sql, params);
    }

    /// How deep the run stands that an event starts, and how far it is.
    async fn depth_of(&self, kind: &str, id: &str, meeting: &str) -> (i64, String) {
        let mut event = Box::new(self.event_of(kind, id));
        event.meeting_id = Some(meeting.to_owned());
        self.question(Question::TakeIn { event }).await;
        self.let_alarms_ring().await;
        let run = self.host.sql("SELECT * FROM runs WHERE event_id = ?1", [json!(id)]).remove(0);
        (run["depth"].as_i64().unwrap(), run["status"].as_str().unwrap().to_owned())
    }
}

#[test]
fn a_loop_is_cut_after_five_runs_and_says_so() {
    run(async {
        let world = working().await;
        let mut depths = Vec::new();
        for round in 0..8 {
            let meeting = format!("{round}");
            let (depth, status) =
                world.depth_of("meeting.created", &format!("e{round}"), &meeting).await;
            depths.push(depth);
            if status == "stopped" {
                break;
            }
            // The run makes a meeting, of which Zoom tells next.
            world.made(&format!("meeting/{}", round + 1), depth, 7 * 24 * 3_600_000);
        }
        assert_eq!(depths, [0, 1, 2, 3, 4, 5, 6]);
        let cut = world
            .host
            .sql("SELECT status, problem, due_at, ended_at FROM runs WHERE depth = 6", []);
        let now = cut[0]["ended_at"].clone();
        assert_eq!(
            json!(cut),
            json!([{"status": "stopped", "problem": "loop_cut", "due_at": null, "ended_at": now}])
        );
        assert!(now.is_i64());
        assert_eq!((world.runs().len(), world.begun().await), (7, 6), "the engine is not told");
        let outcomes = "SELECT count(*) AS n FROM outcomes WHERE outcome = 'matched' AND runs = 1";
        assert_eq!(world.count(outcomes), 7);
        world.take_in_surely("again").await;
        world.let_hours_pass(1).await;
        assert_eq!(world.begun().await, 7, "another meeting starts from the beginning");
    });
}

#[test]
fn what_zoom_says_before_it_has_answered_the_run_counts_as_made_by_it() {
    run(async {
        let world = working().await;
        let user = world.adas().provider_user_id;
        world.made(&format!("creating/{user}"), 2, 120_000);
        let queued = |depth: i64| (depth, "queued".to_owned());
        assert_eq!(world.depth_of("meeting.created", "e1", "1").await, queued(3));
        assert_eq!(world.depth_of("meeting.ended", "e2", "1").await, queued(0), "nothing is made");
        world.made("meeting/2", 0, 60_000);
        assert_eq!(world.depth_of("meeting.created", "e3", "2").await, queued(1), "it is known");
        world.pass(Duration::from_secs(121));
        assert_eq!(world.depth_of("meeting.created", "e4", "3").await, queued(0), "long ago");
        world.made("creating/somebody_else", 2, 120_000);
        assert_eq!(world.depth_of("meeting.created", "e5", "4").await, queued(0));
    });
}

#[test]
fn what_was_made_counts_from_when_the_event_came_however_late_it_is_handed_on() {
    run(async {
        let world = working().await;
        world.made("meeting/1", 4, 10_000);
        let mut event = Box::new(world.event_of("meeting.ended", "e1"));
        event.meeting_id = Some("1".to_owned());
        world.question(Question::TakeIn { event }).await;
        world.pass(Duration::from_secs(3600));
        world.let_alarms_ring().await;
        assert_eq!(world.runs()[0]["depth"], 5);
        assert_eq!(
            world.depth_of("meeting.ended", "e2", "1").await,
            (0, "queued".to_owned()),
            "and no longer"
        );
    });
}

#[test]
fn what_runs_of_another_integration_made_does_not_count() {
    run(async {
        let world = working().await;
        world.another_project().await.made("meeting/1", 9, 60_000);
        assert_eq!(world.depth_of("meeting.created", "e1", "1").await, (0, "queued".to_owned()));
        world.connect("u2", ADA).await;
        world.made("meeting/2", 9, 60_000);
        let (depth, status) = world.depth_of("meeting.ended", "e2", "2").await;
        assert_eq!((depth, status.as_str()), (10, "stopped"));
        let cut = "SELECT count(*) AS n FROM runs WHERE problem = 'loop_cut'";
        assert_eq!(world.count(cut), 2, "for every grant");
    });
}
