//! Several accounts, several users, several projects: whose credential may be used by whom.

use http::Method;

use crate::{
    run,
    world::{ADA, Answer, GRACE, World},
};

#[test]
fn of_several_accounts_the_named_one_is_used_else_the_one_connected_last() {
    run(async {
        let world = World::new().await;
        let ada = world.connect("u1", ADA).await;
        world.pass(std::time::Duration::from_secs(1));
        let grace = world.connect("u1", GRACE).await;
        for copies in ["fresh", "lost"] {
            assert_eq!(whose(&world, "u1", Some(&ada)).await, ADA, "{copies}");
            assert_eq!(whose(&world, "u1", Some(&grace)).await, GRACE, "{copies}");
            assert_eq!(whose(&world, "u1", None).await, GRACE, "{copies}");
            world.host.drop_copies();
        }
    });
}

#[test]
fn another_users_credential_is_not_there() {
    run(async {
        let world = World::new().await;
        let ada = world.connect("u1", ADA).await;
        world.connect("u2", GRACE).await;
        world.zoom.reset_calls();
        for _ in ["copies", "no copies"] {
            let answer = me(&world, "u2", Some(&ada)).await;
            assert_eq!((answer.status, answer.code().as_str()), (404, "credential_not_found"));
            world.host.drop_copies();
        }
        assert!(world.zoom.calls().is_empty());
    });
}

#[test]
fn another_projects_credential_is_not_there_although_the_user_has_the_same_name() {
    run(async {
        let world = World::new().await;
        let ada = world.connect("u1", ADA).await;
        let other = world.another_project().await;
        other.connect("u1", GRACE).await;
        other.zoom.reset_calls();
        for _ in ["copies", "no copies"] {
            let answer = me(&other, "u1", Some(&ada)).await;
            assert_eq!((answer.status, answer.code().as_str()), (404, "credential_not_found"));
            world.host.drop_copies();
        }
        assert!(world.zoom.calls().is_empty());
        assert_eq!(whose(&other, "u1", None).await, GRACE);
        assert_eq!(whose(&world, "u1", None).await, ADA);
    });
}

#[test]
fn an_unknown_credential_is_not_there() {
    run(async {
        let world = World::new().await;
        world.connect("u1", ADA).await;
        for unknown in ["nothing", "../x", "00000000-0000-4000-8000-000000000000"] {
            let answer = me(&world, "u1", Some(unknown)).await;
            assert_eq!((answer.status, answer.code().as_str()), (404, "credential_not_found"));
        }
    });
}

#[test]
fn of_several_accounts_the_named_one_is_disconnected_and_no_other_users() {
    run(async {
        let world = World::new().await;
        let ada = world.connect("u1", ADA).await;
        world.pass(std::time::Duration::from_secs(1));
        world.connect("u1", GRACE).await;
        let disconnect = async |user: &str| {
            let header = [("x-paragon-credential", ada.as_str())];
            world.call_with(Method::DELETE, user, "integrations/zoom", &header, None).await.status
        };
        assert_eq!(disconnect("u2").await, 404);
        assert_eq!(disconnect("u1").await, 204);
        assert_eq!(world.zoom.live_pairs(ADA), Ok(0));
        assert_eq!(whose(&world, "u1", None).await, GRACE);
        let gone = me(&world, "u1", Some(&ada)).await;
        assert_eq!((gone.status, gone.code().as_str()), (404, "credential_not_found"));
    });
}

async fn me(world: &World, user: &str, credential: Option<&str>) -> Answer {
    let headers: Vec<_> = [("x-paragon-use-raw-response", "1")]
        .into_iter()
        .chain(credential.map(|id| ("x-paragon-credential", id)))
        .collect();
    world.call_with(Method::GET, user, "proxy/zoom/users/me", &headers, None).await
}

async fn whose(world: &World, user: &str, credential: Option<&str>) -> String {
    let answer = me(world, user, credential).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.field("/email")
}
