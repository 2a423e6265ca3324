//! Events as the receiver gives them to a connection, and what a test looks at when they have been handed on.

use std::{collections::BTreeSet, time::Duration};

use isthmus::{
    connection::{Answer, Question},
    host::Host,
    record::event::{Event, seal_body},
};
use serde_json::{Value, json};

use crate::{interference::ended, moves::connected, subscriptions::OWN, world::World};

/// A world in which `u1` has connected Ada's login, and one subscription to new meetings has an endpoint of its own.
pub async fn subscribed() -> World {
    let world = connected().await;
    world.subscribe(json!({"trigger": "new_meeting", "url": OWN})).await;
    world
}

/// What Zoom says of a new meeting.
pub fn body(id: &str) -> Value {
    json!({"event": "meeting.created", "event_ts": 1_626_230_691_572_i64, "payload": {"account_id": "a",
        "object": {"id": 123_456, "uuid": id, "topic": format!("topic of {id}")}}})
}

impl World {
    /// A new meeting of Ada's.
    pub fn event(&self, id: &str) -> Event {
        self.event_of("meeting.created", id)
    }

    pub fn event_of(&self, kind: &str, id: &str) -> Event {
        let bytes = body(id).to_string().into_bytes();
        Event {
            id: id.to_owned(),
            event: kind.to_owned(),
            event_ts: isthmus::time::Timestamp(1_626_230_691_572),
            meeting_id: Some("123456".to_owned()),
            by_host: true,
            received_at: self.host.now(),
            sealed: seal_body(&self.host, id, &bytes).unwrap(),
        }
    }

    /// The connection of Ada's login is given an event.
    pub async fn take_in(&self, id: &str) -> Answer {
        let event = Box::new(self.event(id));
        let name = self.adas();
        let asked = self.host.ask(&name, Question::TakeIn { event });
        let failed = |error: isthmus::host::HostError| Answer::Unavailable {
            part: error.part.to_owned(),
            reason: error.reason,
        };
        ended(asked).await.unwrap_or_else(failed)
    }

    /// The same, as often as it takes; whether it had been there.
    pub async fn take_in_surely(&self, id: &str) -> bool {
        for _ in 0..5 {
            if let Answer::Taken { again } = self.take_in(id).await {
                return again;
            }
        }
        panic!("{id} is never taken in");
    }

    /// Rings alarms while any is due, a second apart; how many rounds.
    pub async fn let_alarms_ring(&self) -> usize {
        for rounds in 0..400 {
            if ended(self.host.ring_alarms()).await == 0 {
                return rounds;
            }
            self.host.pass(1000);
        }
        panic!("the alarm rings for ever");
    }

    /// The same for some hours, a minute apart.
    pub async fn let_hours_pass(&self, hours: i64) -> usize {
        let mut rounds = 0;
        for _ in 0..hours * 60 {
            rounds += ended(self.host.ring_alarms()).await;
            self.pass(Duration::from_secs(60));
        }
        rounds
    }

    /// What was told of events since the last look: the events' ids and how often, the messages' ids.
    pub fn told(&self) -> (Vec<String>, BTreeSet<String>) {
        let requests = self.heard.requests.take();
        let ids = requests.iter().map(|one| one.headers.get("webhook-id").unwrap().to_owned());
        let ids = ids.collect();
        let event = |body: Value| body["data"]["event_id"].as_str().map(str::to_owned);
        let bodies = requests.iter().map(|one| one.body.bytes().unwrap());
        let read = |bytes: &[u8]| serde_json::from_slice(bytes).unwrap();
        (bodies.map(read).filter_map(event).collect(), ids)
    }

    /// How many rows a statement counts in the object of Ada's login.
    pub fn count_in_object(&self, sql: &'static str) -> i64 {
        let rows = self.host.object_sql(&self.adas(), sql);
        rows.first().map_or(0, |row| row["n"].as_i64().unwrap())
    }

    /// What the tables say of the deliveries to subscriptions: how far they are, and why the last attempt failed.
    pub fn ends(&self) -> Vec<(String, String)> {
        let sql = "SELECT status, attempts FROM deliveries WHERE subscription_id IS NOT NULL ORDER BY created_at, id";
        let rows = self.host.sql(sql, []);
        let end = |row: &isthmus::host::Row| {
            let attempts: Vec<Value> =
                serde_json::from_str(row["attempts"].as_str().unwrap()).unwrap();
            let error = attempts.last().and_then(|last| last["error"].as_str()).unwrap_or_default();
            (row["status"].as_str().unwrap().to_owned(), error.to_owned())
        };
        rows.iter().map(end).collect()
    }

    /// Everything about one event has ended well: one outcome, one delivery, and nothing is left of it but the mark.
    pub fn assert_passed_on(&self, what: &str) {
        let outcomes = self.host.sql("SELECT outcome, subscriptions FROM outcomes", []);
        let matched = json!([{"outcome": "matched", "subscriptions": 1}]);
        assert_eq!(json!(outcomes), matched, "{what}");
        assert_eq!(self.ends(), [("delivered".to_owned(), String::new())], "{what}");
        let left = "SELECT (SELECT count(*) FROM deliveries) + (SELECT count(*) FROM events
            WHERE sealed IS NOT NULL OR handed_on = 0) AS n";
        assert_eq!(self.count_in_object(left), 0, "{what}");
        assert_eq!(self.count_in_object("SELECT count(*) AS n FROM events"), 1, "{what}");
    }
}
