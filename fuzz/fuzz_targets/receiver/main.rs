//! The receiver of Zoom's webhooks under any body, header and state of the integration: it never panics, answers only
//! what is documented, admits only what is signed over these very bytes, keeps nothing of what it refuses, and keeps
//! the same event once, however often it comes. What is kept goes all the way to the project's endpoint.
#![no_main]

mod delivery;
mod world;

use std::{cell::RefCell, collections::BTreeSet};

use isthmus::{edge, host::Row};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tokio::{runtime::Runtime, task::LocalSet};

use delivery::Delivery;
use world::{HOST, Place, World};

/// The log of a host grows: after so many inputs it is another one.
const INPUTS_OF_A_WORLD: u32 = 256;
/// Everything that is stored is compared for the first of so many inputs, numbers of rows for all: reading everything takes
/// longer than all the rest.
const LOOKED_AT_CLOSELY: u32 = 16;

struct Bench {
    runtime: Runtime,
    tasks: LocalSet,
    world: Option<World>,
    inputs: u32,
}

thread_local! {
    static BENCH: RefCell<Bench> = RefCell::new(Bench {
        runtime: tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime"),
        tasks: LocalSet::new(),
        world: None,
        inputs: 0,
    });
}

fuzz_target!(|input: &[u8]| {
    BENCH.with_borrow_mut(|bench| {
        let Bench { runtime, tasks, world, inputs } = bench;
        *inputs += 1;
        if *inputs % INPUTS_OF_A_WORLD == 0
            || world.as_ref().is_some_and(|world| !world.is_connected())
        {
            // What is at work holds its host, and would keep it for ever.
            world.take().inspect(|world| world.host.restart());
        }
        runtime.block_on(tasks.run_until(async {
            if world.is_none() {
                *world = Some(World::new().await);
            }
            if let Some(world) = world
                && let Some(delivery) = Delivery::new(input, world.now())
            {
                let closely = *inputs % LOOKED_AT_CLOSELY == 1;
                receive(world, &delivery, closely).await;
            }
        }));
    });
});

/// Sends one delivery and checks all that can be said about it.
async fn receive(world: &World, delivery: &Delivery, closely: bool) {
    let before = Stored::of(world, closely);
    let (status, code, answer) = send(world, delivery).await;
    assert!(is_documented(status, &code), "{status} {code}");
    let admitted = matches!(status, 200 | 204 | 400);
    assert_eq!(admitted, delivery.genuine, "{status} {code} at {:?}", delivery.place);
    let expected = match delivery.place {
        _ if delivery.is_too_long() => Some((413, "payload_too_large")),
        Place::Unknown => Some((404, "integration_not_found")),
        Place::Deleting => Some((409, "integration_deleting")),
        Place::WithoutSecret => Some((503, "webhook_secret_missing")),
        Place::Connected | Place::Deserted => None,
    };
    assert!(expected.is_none_or(|expected| expected == (status, code.as_str())), "{status} {code}");
    if status >= 400 {
        before.assert_same(world, "a refusal has left something behind");
        return;
    }
    let body: Value = serde_json::from_slice(delivery.body()).expect("what was admitted is JSON");
    if status == 200 {
        assert_eq!(body["event"], "endpoint.url_validation");
        assert_eq!(answer["plainToken"], body["payload"]["plainToken"]);
        return;
    }
    let (kept, _) = world.events();
    assert!(kept <= 1 && (kept == 0 || delivery.place == Place::Connected), "{kept} events");
    let is_trigger =
        isthmus::zoom::trigger::by_event(body["event"].as_str().unwrap_or_default()).is_some();
    let expected = is_trigger && body["payload"]["object"]["host_id"] == HOST;
    if expected && delivery.place == Place::Connected {
        assert_eq!(kept, 1, "an event of a connected host was not kept");
    }
    // A removal of the app seals the connection's record anew, whatever comes of it.
    repeat(world, delivery, status, closely && body["event"] != "app_deauthorized").await;
    hand_on(world, &body, kept).await;
}

/// The same once more, at another time: nothing more comes of it.
async fn repeat(world: &World, delivery: &Delivery, status: u16, closely: bool) {
    let before = Stored::of(world, closely);
    let (again, code, _) = send(world, &delivery.repeated(world.now())).await;
    assert_eq!(again, status, "the same event again: {code}");
    before.assert_same(world, "the same event again has left something behind");
}

/// The connection tells the project: each subscription once, with what Zoom sent as it came.
async fn hand_on(world: &World, body: &Value, kept: usize) {
    for _ in 0..3 {
        world.host.ring_alarms().await;
    }
    assert_eq!(world.events(), (kept, kept), "kept here and there");
    let told = world.told();
    if kept == 1 {
        assert!((1..=2).contains(&told.len()), "told {} times", told.len());
    }
    for (_, message) in &told {
        assert_eq!(message["type"], body["event"]);
        assert_eq!(&message["data"]["original"], body);
    }
    let ids: BTreeSet<_> = told.iter().map(|(id, _)| id).collect();
    assert_eq!(ids.len(), told.len(), "one delivery was made twice");
    world.forget();
}

async fn send(world: &World, delivery: &Delivery) -> (u16, String, Value) {
    let request = delivery.request(world.id_of(delivery.place));
    let answer = edge::handle(&world.host, request).await;
    let code = answer.headers.get("x-isthmus-code").unwrap_or_default().to_owned();
    let body = serde_json::from_slice(answer.body.bytes().unwrap_or_default()).unwrap_or_default();
    (answer.status.as_u16(), code, body)
}

/// What was stored: numbers of rows, and all of it if one looks closely.
struct Stored {
    rows: (Vec<Row>, Vec<Row>),
    everything: Option<Vec<String>>,
}

impl Stored {
    fn of(world: &World, closely: bool) -> Self {
        Self { rows: world.rows(), everything: closely.then(|| world.stored()) }
    }

    /// Nothing has changed since.
    fn assert_same(&self, world: &World, what: &str) {
        assert_eq!(self.rows, world.rows(), "{what}");
        let Some(before) = &self.everything else {
            return;
        };
        let after = world.stored();
        assert_eq!(before.len(), after.len(), "{what}");
        for (before, after) in before.iter().zip(&after) {
            assert!(before == after, "{what}:\n{before}\n{after}");
        }
    }
}

/// Whether the documentation has this answer.
fn is_documented(status: u16, code: &str) -> bool {
    matches!(
        (status, code),
        (200 | 204, "")
            | (400, "webhook_malformed")
            | (401, "webhook_signature_invalid" | "webhook_stale")
            | (404, "integration_not_found")
            | (409, "integration_deleting")
            | (413, "payload_too_large")
            | (503, "webhook_secret_missing")
    )
}
