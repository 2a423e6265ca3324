//! Each trigger, from Zoom's own sample to the project's endpoint: signed there as Standard Webhooks says, with what
//! the trigger brings and, beside it, what Zoom sent.

use serde_json::{Value, json};

use isthmus::zoom::trigger::{TRIGGERS, output};

use crate::{
    endpoint::{HOOKS, verifies},
    run,
    webhook_moves::{example, listening, subscribe},
};

#[test]
fn the_sample_of_every_trigger_comes_to_the_endpoint_of_who_wants_it() {
    run(async {
        let world = listening().await;
        let secret = world.listen(json!({"url": HOOKS})).await.unwrap();
        for trigger in TRIGGERS {
            subscribe(&world, trigger.id);
            let mut body = example(trigger.event, &world.ada());
            if trigger.id == "meeting_updated" {
                body["payload"]["operator_id"] = json!(world.ada());
            }
            let sent = serde_json::to_string_pretty(&body).unwrap();
            let now = isthmus::host::Host::now(&world.host).seconds();
            let secret_token = crate::webhook_moves::SECRET;
            assert_eq!(world.hear_bytes(secret_token, now, sent.as_bytes()).await.status, 204);
            world.host.ring_alarms().await;
            let heard: Vec<_> = world.heard.requests.borrow_mut().drain(..).collect();
            assert_eq!(heard.len(), 1, "{}", trigger.id);
            assert!(verifies(&secret, &heard[0]), "{}", trigger.id);
            let text = String::from_utf8(heard[0].body.bytes().unwrap().to_vec()).unwrap();
            assert!(text.contains(&sent), "what came is there byte for byte: {text}");
            let told: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(
                (&told["type"], &told["data"]["trigger"]),
                (&json!(trigger.event), &json!(trigger.id))
            );
            assert_eq!(told["data"]["original"], body);
            assert_eq!(told["data"]["output"], output(body));
            assert!(told["data"]["output"]["object"]["id"].is_string());
            assert_eq!(told["data"]["account_id"], "u1");
        }
        // Whoever looks from outside finds none of it.
        let at_rest = world.host.everything_at_rest();
        for secret in ["PaSsWoRd", "abJhbGciOiJIUzUxMiJ9", "yNYIS408EJygs7rE5vVsJwXIz4", "Jill"] {
            assert!(!at_rest.contains(secret), "{secret}");
        }
    });
}
