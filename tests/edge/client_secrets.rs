//! A project's client secrets: several at a time, so that one can be changed without an outage.

use base64ct::{Base64, Encoding};
use http::Method;
use isthmus::{host::Body, testing::Fault};
use serde_json::{Value, json};

use crate::{
    run,
    world::{Answer, World},
};

impl World {
    async fn new_secret(&self) -> (String, String) {
        let made = self.secrets(Method::POST, "").await;
        assert_eq!(made.status, 201, "{}", made.text);
        (made.field("/id"), made.field("/client_secret"))
    }

    async fn secrets(&self, method: Method, id: &str) -> Answer {
        let path = format!("/admin/projects/{}/client-secrets{id}", self.project);
        self.admin(method, &path, &json!({})).await
    }

    async fn secret_ids(&self) -> Vec<String> {
        let list = self.secrets(Method::GET, "").await.json();
        let ids = list.as_array().unwrap().iter().map(|secret| secret["id"].as_str().unwrap());
        ids.map(str::to_owned).collect()
    }

    async fn secret_opens(&self, secret: &str) -> bool {
        let with = World {
            client: (self.client.0.clone(), secret.to_owned()),
            ..self.clone_for(&self.project)
        };
        with.server(Method::GET, "integrations", None).await.status == 200
    }

    /// The same world, seen as this project.
    fn clone_for(&self, project: &str) -> World {
        World {
            host: self.host.clone(),
            zoom: self.zoom.clone(),
            project: project.to_owned(),
            integration: self.integration.clone(),
            client: self.client.clone(),
            key: self.key.clone(),
            answered: std::rc::Rc::clone(&self.answered),
            called: std::rc::Rc::clone(&self.called),
            heard: std::rc::Rc::clone(&self.heard),
            minted: std::cell::RefCell::default(),
        }
    }
}

#[test]
fn a_secret_is_changed_without_an_outage() {
    run(async {
        let world = World::new().await;
        let first = world.secret_ids().await[0].clone();
        let old = world.client.1.clone();
        assert!(world.secret_opens(&old).await);
        let (id, new) = world.new_secret().await;
        assert!(world.secret_opens(&old).await && world.secret_opens(&new).await);
        let list = world.secrets(Method::GET, "").await;
        assert_eq!(list.status, 200);
        assert_eq!(world.secret_ids().await, [first.clone(), id.clone()]);
        let now = isthmus::host::Host::now(&world.host).seconds();
        assert_eq!(list.json()[1], json!({"id": id, "created_at": now}));
        assert!(!list.text.contains(&new) && !world.host.everything_at_rest().contains(&new));
        assert_eq!(new.len(), 43);
        assert_eq!(world.secrets(Method::DELETE, &format!("/{first}")).await.status, 204);
        assert!(!world.secret_opens(&old).await && world.secret_opens(&new).await);
        let noted = world
            .host
            .sql("SELECT what, who FROM audit WHERE what LIKE 'client_secret.%' ORDER BY id", []);
        let noted: Vec<&Value> = noted.iter().map(|row| &row["what"]).collect();
        assert_eq!(noted, ["client_secret.created", "client_secret.revoked"]);
    });
}

#[test]
fn the_last_secret_stays_also_when_two_are_revoked_at_once() {
    run(async {
        let world = World::new().await;
        let first = world.secret_ids().await[0].clone();
        let last = world.secrets(Method::DELETE, &format!("/{first}")).await;
        assert_eq!(last.told(), (409, "client_secret_last".to_owned()));
        for seed in 1..40 {
            let world = World::new().await;
            world.new_secret().await;
            let ids = world.secret_ids().await;
            world.host.shuffle(seed);
            let (one, two) = (format!("/{}", ids[0]), format!("/{}", ids[1]));
            let (one, two) = futures_util::future::join(
                world.secrets(Method::DELETE, &one),
                world.secrets(Method::DELETE, &two),
            )
            .await;
            let mut told = [one.status, two.status];
            told.sort_unstable();
            assert_eq!((told, world.secret_ids().await.len()), ([204, 409], 1), "{seed}");
            let noted = "SELECT count(*) AS n FROM audit WHERE what = 'client_secret.revoked'";
            assert_eq!(world.count(noted), 1);
        }
    });
}

#[test]
fn a_project_sees_its_own_secrets_alone() {
    run(async {
        let world = World::new().await;
        let other = world.another_project().await;
        other.new_secret().await;
        let foreign = other.secret_ids().await[0].clone();
        for id in [foreign.as_str(), "nothing"] {
            let refused = world.secrets(Method::DELETE, &format!("/{id}")).await;
            assert_eq!(refused.told(), (404, "not_found".to_owned()));
        }
        assert_eq!(other.secret_ids().await.len(), 2);
        let nowhere = world.clone_for("nowhere");
        for method in [Method::POST, Method::GET] {
            let refused = nowhere.secrets(method, "").await;
            assert_eq!(refused.told(), (404, "project_not_found".to_owned()));
        }
        let refused = nowhere.secrets(Method::DELETE, &format!("/{foreign}")).await;
        assert_eq!(refused.told(), (404, "project_not_found".to_owned()));
    });
}

#[test]
fn under_failing_tables_a_secret_is_there_or_not_and_the_last_one_always() {
    run(async {
        for fault in [Fault::Fail, Fault::LoseAnswer] {
            for before in 0..3 {
                let world = World::new().await;
                world.host.restart();
                world.host.fault_after(before, "tables", fault);
                let made = world.secrets(Method::POST, "").await;
                assert!([201, 503].contains(&made.status), "{}", made.text);
                world.host.clear_faults();
                let ids = world.secret_ids().await;
                world.host.restart();
                world.host.fault_after(before, "tables", fault);
                let revoked = world.secrets(Method::DELETE, &format!("/{}", ids[0])).await;
                assert!([204, 409, 503].contains(&revoked.status), "{}", revoked.text);
                world.host.clear_faults();
                assert!(!world.secret_ids().await.is_empty());
                let noted = "SELECT count(*) AS n FROM audit WHERE what = 'client_secret.revoked'";
                let gone = i64::from(!world.secret_ids().await.contains(&ids[0]));
                assert_eq!(world.count(noted), gone);
            }
        }
    });
}

#[test]
fn without_the_projects_credentials_nothing_is_answered() {
    run(async {
        let world = World::new().await;
        let other = world.another_project().await;
        let (id, secret) = world.client.clone();
        let basic = |id: &str, secret: &str| {
            format!("Basic {}", Base64::encode_string(format!("{id}:{secret}").as_bytes()))
        };
        let bearer = format!("Bearer {}", world.token("u1"));
        for (given, code) in [
            (String::new(), "client_credentials_missing"),
            ("Basic".to_owned(), "client_credentials_missing"),
            ("Basic !".to_owned(), "client_credentials_missing"),
            (format!("Basic {id}:{secret}"), "client_credentials_missing"),
            (bearer, "client_credentials_missing"),
            (basic(&id, ""), "client_credentials_invalid"),
            (basic("", &secret), "client_credentials_invalid"),
            (basic(&id, &secret[1..]), "client_credentials_invalid"),
            (basic(&id, &format!("{secret}x")), "client_credentials_invalid"),
            (basic(&id, &other.client.1), "client_credentials_invalid"),
            (basic(&other.client.0, &secret), "client_credentials_invalid"),
        ] {
            for (method, path) in [
                (Method::POST, "integrations"),
                (Method::GET, "integrations"),
                (Method::PATCH, "integrations/zoom"),
                (Method::DELETE, "integrations/zoom"),
                (Method::POST, "auth"),
                (Method::GET, "grants"),
                (Method::DELETE, "users/u1"),
                (Method::GET, "deliveries"),
                (Method::GET, "nothing"),
            ] {
                let headers = [("authorization", given.as_str())];
                let path = format!("/connect/{path}");
                let refused = world.send(method, &path, &headers, Body::Empty).await;
                assert_eq!(refused.refused(), (401, code.to_owned()), "{given} {path}");
                assert!(refused.header("www-authenticate").starts_with("Basic"));
                assert_eq!(refused.json()["success"], false);
            }
        }
        assert_eq!(world.server(Method::GET, "integrations/zoom", None).await.status, 200);
    });
}
