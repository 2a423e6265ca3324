//! Where a project's events go: which addresses are taken, when a secret is minted and shown, how it is changed.

use std::time::Duration;

use base64ct::{Base64, Encoding};
use http::Method;
use isthmus::{host::Host, record::delivery, testing::Fault, time::Timestamp};
use serde_json::{Value, json};

use crate::{
    run,
    world::{Answer, World},
};

const URL: &str = "https://hooks.acme.example/zoom";

impl World {
    async fn endpoint(&self, method: Method, body: Value) -> Answer {
        let path = format!("/admin/projects/{}/event-endpoint", self.project);
        self.admin(method, &path, &body).await
    }

    /// The secrets that sign now, the newest first, with their ends.
    async fn signers(&self) -> Vec<(String, Option<i64>)> {
        let endpoint = delivery::endpoint(&self.host, &self.project).await.unwrap().unwrap();
        let secret = |one: &delivery::EventSecret| {
            (one.secret.expose().to_owned(), one.until.map(Timestamp::seconds))
        };
        endpoint.secrets.iter().map(secret).collect()
    }
}

#[test]
fn the_first_address_mints_a_secret_and_another_address_keeps_it() {
    run(async {
        let world = World::new().await;
        assert_eq!(world.endpoint(Method::GET, json!(null)).await.told().0, 404);
        let put = world.endpoint(Method::PUT, json!({"url": URL})).await;
        assert_eq!(put.status, 200, "{}", put.text);
        let secret = put.field("/secret");
        assert_eq!(put.json(), json!({"url": URL, "secret": secret}));
        let bytes = secret.strip_prefix("whsec_").unwrap();
        assert_eq!(Base64::decode_vec(bytes).unwrap().len(), 32);
        assert!(!world.host.everything_at_rest().contains(bytes));
        let other = "https://hooks.acme.example/other";
        let moved = world.endpoint(Method::PUT, json!({"url": other})).await;
        assert_eq!((moved.status, moved.json()), (200, json!({"url": other})));
        let shown = world.endpoint(Method::GET, json!(null)).await;
        assert_eq!(shown.json(), json!({"url": other, "previous_secret_until": null}));
        assert_eq!(world.signers().await, [(secret.clone(), None)]);
        for _ in 0..2 {
            assert_eq!(world.endpoint(Method::DELETE, json!(null)).await.status, 204);
        }
        assert_eq!(world.endpoint(Method::GET, json!(null)).await.told().0, 404);
        let again = world.endpoint(Method::PUT, json!({"url": URL})).await;
        assert_ne!(again.field("/secret"), secret);
    });
}

#[test]
fn after_a_rotation_the_previous_secret_signs_for_a_day() {
    run(async {
        let world = World::new().await;
        let first = world.endpoint(Method::PUT, json!({"url": URL})).await.field("/secret");
        let now = world.host.now().seconds();
        let second = world.endpoint(Method::PUT, json!({"rotate": true})).await;
        assert_eq!(second.field("/url"), URL);
        let second = second.field("/secret");
        let day = now + 86_400;
        assert_eq!(world.signers().await, [(second.clone(), None), (first.clone(), Some(day))]);
        let shown = world.endpoint(Method::GET, json!(null)).await.json();
        assert_eq!(shown["previous_secret_until"], day);
        world.pass(Duration::from_secs(3600));
        let third = world.endpoint(Method::PUT, json!({"url": URL, "rotate": true})).await;
        let (third, later) = (third.field("/secret"), Some(day + 3600));
        assert_eq!(
            world.signers().await,
            [(third.clone(), None), (second.clone(), later), (first, Some(day))]
        );
        world.pass(Duration::from_secs(86_400));
        let shown = world.endpoint(Method::GET, json!(null)).await.json();
        assert_eq!(shown["previous_secret_until"], json!(null));
        let fourth = world.endpoint(Method::PUT, json!({"rotate": true})).await.field("/secret");
        assert_eq!(world.signers().await.len(), 2);
        assert_eq!(world.signers().await[0].0, fourth);
    });
}

#[test]
fn an_address_that_is_not_called_is_refused_with_the_reason() {
    run(async {
        let world = World::new().await;
        for (body, why) in [
            (json!({}), "url: the address"),
            (json!({"rotate": true}), "url: the address"),
            (json!({"url": 7}), "url: a text"),
            (json!({"url": ""}), "https://"),
            (json!({"url": "http://hooks.acme.example/"}), "https://"),
            (json!({"url": "https://127.0.0.1/"}), "host name"),
            (json!({"url": "https://localhost/"}), "host name"),
            (json!({"url": "http://localhost:3000/"}), "https://"),
            (json!({"url": "https://hooks.acme.example:8443/"}), "443"),
            (json!({"url": "https://a:b@hooks.acme.example/"}), "user name"),
            (json!({"url": "https://edge.example/connect"}), "this service itself"),
            (json!({"url": URL, "rotate": "yes"}), "rotate: true or false"),
        ] {
            let refused = world.endpoint(Method::PUT, body.clone()).await;
            assert_eq!(refused.told(), (400, "invalid_request".to_owned()), "{body}");
            assert!(refused.text.contains(why), "{body}: {}", refused.text);
        }
        let nowhere = format!("/admin/projects/{}/event-endpoint", "nowhere");
        for method in [Method::PUT, Method::GET, Method::DELETE] {
            let refused = world.admin(method, &nowhere, &json!({"url": URL})).await;
            assert_eq!(refused.told(), (404, "project_not_found".to_owned()));
        }
    });
}

#[test]
fn of_two_rotations_at_once_both_secrets_sign() {
    run(async {
        for seed in 1..40 {
            let world = World::new().await;
            let first = world.endpoint(Method::PUT, json!({"url": URL})).await.field("/secret");
            world.host.shuffle(seed);
            let (one, two) = futures_util::future::join(
                world.endpoint(Method::PUT, json!({"rotate": true})),
                world.endpoint(Method::PUT, json!({"rotate": true})),
            )
            .await;
            let signers: Vec<String> =
                world.signers().await.into_iter().map(|(secret, _)| secret).collect();
            assert_eq!(signers.len(), 3);
            for secret in [first, one.field("/secret"), two.field("/secret")] {
                assert!(signers.contains(&secret), "{seed}");
            }
        }
    });
}

#[test]
fn under_failing_tables_no_secret_that_signs_is_lost() {
    run(async {
        for fault in [Fault::Fail, Fault::LoseAnswer] {
            for before in 0..4 {
                let world = World::new().await;
                let first = world.endpoint(Method::PUT, json!({"url": URL})).await.field("/secret");
                world.host.restart();
                world.host.fault_after(before, "tables", fault);
                let rotated = world.endpoint(Method::PUT, json!({"rotate": true})).await;
                world.host.clear_faults();
                assert!([200, 503].contains(&rotated.status), "{}", rotated.text);
                let signers = world.signers().await;
                assert!(signers.iter().any(|(secret, _)| *secret == first));
                if rotated.status == 200 {
                    assert_eq!(signers[0].0, rotated.field("/secret"));
                }
            }
        }
    });
}
