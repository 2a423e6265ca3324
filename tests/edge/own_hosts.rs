//! Our own hosts, that of the console too: no address that people give leads there, nor one that was stored before.

use http::Method;
use isthmus::settings::Settings;
use serde_json::json;

use crate::{
    endpoint::HOOKS,
    interference::ended,
    run,
    world::{ADA, ADMIN_SECRET, World},
};

/// With the host of [`HOOKS`] for one of our own.
fn with(setting: &'static str) -> Settings {
    Settings::new(|name| {
        Some(match name {
            "MASTER_KEYS" => "k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE".to_owned(),
            "ADMIN_SECRET" => ADMIN_SECRET.to_owned(),
            "ZOOM_OAUTH_URL" | "ZOOM_API_URL" => "http://zoom.test".to_owned(),
            _ if name == setting => "https://hooks.acme.example".to_owned(),
            _ => return None,
        })
    })
}

#[test]
fn no_address_of_people_may_lead_to_a_host_of_ours() {
    run(async {
        for setting in ["PUBLIC_URL", "CONSOLE_URL"] {
            let world = World::new().await;
            world.host.deploy(with(setting));
            // The one that the request came to is ours, whatever the settings say.
            for url in [HOOKS, "https://edge.example/x"] {
                let wish = json!({"trigger": "new_meeting", "url": url});
                let subscribed = world.server(Method::POST, "subscriptions", Some(wish)).await;
                let path = format!("/admin/projects/{}/event-endpoint", world.project);
                let put = world.admin(Method::PUT, &path, &json!({"url": url})).await;
                for answer in [subscribed, put] {
                    assert_eq!(answer.refused(), (400, "invalid_request".into()), "{setting}");
                    assert!(answer.text.contains("this service itself"), "{}", answer.text);
                }
            }
        }
    });
}

#[test]
fn an_endpoint_whose_host_has_become_ours_is_not_called() {
    run(async {
        for setting in ["PUBLIC_URL", "CONSOLE_URL"] {
            let world = World::new().await;
            world.listen(json!({"url": HOOKS})).await;
            world.connect("u1", ADA).await;
            world.host.deploy(with(setting));
            ended(world.host.ring_alarms()).await;
            let attempts = world.deliveries()[0]["attempts"].as_str().unwrap().to_owned();
            assert!(attempts.contains("address_refused"), "{setting}: {attempts}");
            assert!(world.heard.requests.borrow().is_empty(), "{setting}");
        }
    });
}
