//! The main job from end to end: connect, ask, create, list, delete, disconnect.

use http::Method;
use serde_json::json;

use crate::{
    run,
    world::{ADA, World},
};

#[test]
fn a_user_connects_works_with_meetings_and_disconnects() {
    run(async {
        let world = World::new().await;
        let grant = world.connect("u1", ADA).await;
        let me = world.call(Method::GET, "u1", "me", None).await;
        assert_eq!(me.field("/integrations/zoom/credentialId"), grant);
        assert_eq!(me.field("/integrations/zoom/providerData/email"), ADA);

        let meeting = json!({"topic": "Planning", "type": 2});
        let created = world.zoom(Method::POST, "u1", "users/me/meetings", Some(meeting)).await;
        assert_eq!(created.status, 201, "{}", created.text);
        let id = created.json()["id"].as_u64().unwrap();
        let listed = world.zoom(Method::GET, "u1", "users/me/meetings", None).await;
        assert_eq!(listed.json()["meetings"][0]["topic"], "Planning");
        let deleted = world.zoom(Method::DELETE, "u1", &format!("meetings/{id}"), None).await;
        assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));

        let path = format!("integrations/{}", world.integration);
        let left = world.call(Method::DELETE, "u1", &path, None).await;
        assert_eq!(left.status, 204, "{}", left.text);
        let after = world.zoom(Method::GET, "u1", "users/me", None).await;
        assert_eq!((after.status, after.code().as_str()), (404, "not_connected"));
    });
}
