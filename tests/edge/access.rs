//! The console behind the platform's access product: whom its word admits, and how often its keys are asked for.

use futures_util::future::join_all;
use http::Method;
use isthmus::{
    headers::Headers,
    host::{Body, Host},
    memory::AccessKey,
    settings::Settings,
    testing::TestKey,
};
use serde_json::{Value, json};

use crate::{
    run,
    world::{ADMIN_SECRET, Answer, WORKER, World},
};

/// The team answers where the project's endpoints do.
const TEAM: &str = "https://hooks.acme.example";
const CERTS: &str = "https://hooks.acme.example/cdn-cgi/access/certs";
const TAG: &str = "4714c1358e65fe4b408ad6d432a5f878f08194bdb4752441fd56faefa9b2b6f2";
const MINUTE: i64 = 60_000;

/// A world behind a team, whose key of now is `one`.
async fn behind_access() -> (World, TestKey) {
    let world = World::new().await;
    world.host.deploy(settings(Some(TAG)));
    let key = TestKey::generate();
    world.team_has(&[("one", &key)]);
    (world, key)
}

fn settings(audience: Option<&str>) -> Settings {
    Settings::new(|name| {
        Some(match name {
            "MASTER_KEYS" => "k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE".to_owned(),
            "ADMIN_SECRET" => ADMIN_SECRET.to_owned(),
            "ACCESS_TEAM_DOMAIN" => TEAM.to_owned(),
            "ACCESS_AUD" => audience?.to_owned(),
            _ => return None,
        })
    })
}

impl World {
    /// What the team says its keys are.
    fn team_has(&self, keys: &[(&str, &TestKey)]) {
        let jwk = |(id, key): &(&str, &TestKey)| {
            let public = key.public();
            json!({"kid": id, "kty": "RSA", "alg": "RS256", "use": "sig", "e": public.e, "n": public.n})
        };
        let keys: Vec<Value> = keys.iter().map(jwk).collect();
        let said = json!({"keys": keys, "public_cert": {}, "public_certs": []}).to_string();
        let mut headers = Headers::default();
        headers.set("content-type", "application/json");
        self.heard.says.borrow_mut().insert(CERTS.to_owned(), (headers, said.into_bytes()));
        self.heard.by_url.borrow_mut().insert(CERTS.to_owned(), 200);
    }

    fn team_was_asked(&self) -> usize {
        let heard = self.heard.requests.borrow();
        heard.iter().filter(|request| request.url == CERTS).count()
    }

    /// What such a token says of a person who may.
    fn vouching(&self) -> Value {
        let now = self.host.now().seconds();
        json!({"aud": [TAG], "email": "operator@acme.example", "exp": now + 600, "iat": now, "nbf": now,
            "iss": TEAM, "type": "app", "sub": "7335d417-61da-459d-899c-0a01c76a2f94", "country": "DE"})
    }

    async fn vouched(
        &self,
        assertion: &str,
        method: Method,
        path: &str,
        more: &[(&str, &str)],
    ) -> Answer {
        let mut headers = vec![("cf-access-jwt-assertion", assertion)];
        headers.extend_from_slice(more);
        self.send(method, path, &headers, Body::Bytes(b"{\"name\":\"New\"}".to_vec())).await
    }

    async fn session(&self, assertion: &str) -> (u16, Value) {
        let answer = self.vouched(assertion, Method::GET, "/admin/session", &[]).await;
        (answer.status, answer.json()["by"].clone())
    }
}

#[test]
fn whom_the_platform_vouches_for_is_the_operator_on_our_own_pages() {
    run(async {
        let (world, key) = behind_access().await;
        let token = key.token_by("one", &world.vouching());
        let session = world.vouched(&token, Method::GET, "/admin/session", &[]).await;
        let ends = world.host.now().0 / 1000 * 1000 + 600_000;
        assert_eq!(session.json(), json!({"by": "access", "expires_at": ends}));
        let path = format!("/admin/projects/{}", world.project);
        let own = [("origin", WORKER), ("sec-fetch-site", "same-origin")];
        assert_eq!(world.vouched(&token, Method::PATCH, &path, &own).await.field("/name"), "New");
        let of_project = [("x-isthmus-project", world.project.as_str())];
        let grants = world.vouched(&token, Method::GET, "/connect/grants", &of_project).await;
        assert_eq!(grants.status, 200, "{}", grants.text);
        for headers in [
            vec![],
            vec![("origin", "https://evil.example")],
            vec![("sec-fetch-site", "cross-site")],
        ] {
            let answer = world.vouched(&token, Method::PATCH, &path, &headers).await;
            assert_eq!(answer.refused(), (403, "origin_not_allowed".into()), "{headers:?}");
        }
        // A service has no `sub`; one audience may stand alone.
        let mut service = world.vouching();
        service["sub"] = json!("");
        service["aud"] = json!(TAG);
        assert_eq!(world.session(&key.token_by("one", &service)).await.0, 200);
    });
}

#[test]
fn a_token_that_is_not_the_teams_for_this_application_opens_nothing() {
    run(async {
        let (world, key) = behind_access().await;
        let with = |name: &str, value: Value| {
            let mut claims = world.vouching();
            claims[name] = value;
            key.token_by("one", &claims)
        };
        let now = world.host.now().seconds();
        let good = world.vouching();
        for token in [
            TestKey::generate().token_by("one", &good),
            key.token_by("two", &good),
            key.token(&good),
            with("aud", json!(["another"])),
            with("aud", json!(null)),
            with("iss", json!("https://other.cloudflareaccess.com")),
            with("iss", json!(null)),
            with("exp", json!(now - 61)),
            with("exp", json!(null)),
            with("nbf", json!(now + 61)),
            "e30.e30.e30".to_owned(),
            String::new(),
        ] {
            assert_eq!(world.session(&token).await, (401, Value::Null), "{token}");
            let answer = world.vouched(&token, Method::GET, "/admin/projects", &[]).await;
            assert_eq!(answer.refused(), (401, "admin_secret_invalid".into()));
        }
        // The admin secret opens all the same.
        assert_eq!(world.admin(Method::GET, "/admin/projects", &json!(null)).await.status, 200);
    });
}

#[test]
fn it_is_off_unless_team_and_application_are_set() {
    run(async {
        let (world, key) = behind_access().await;
        world.host.deploy(settings(None));
        let token = key.token_by("one", &world.vouching());
        assert_eq!(world.session(&token).await.0, 401);
        assert_eq!(world.team_was_asked(), 0);
    });
}

#[test]
fn the_teams_keys_are_asked_for_once_an_hour_and_when_one_is_not_known_once_a_minute() {
    run(async {
        let (world, key) = behind_access().await;
        let known = |world: &World| key.token_by("one", &world.vouching());
        for _ in 0..3 {
            assert_eq!(world.session(&known(&world)).await.0, 200);
        }
        assert_eq!(world.team_was_asked(), 1);
        // Another key: the minute since the last time has to pass.
        let next = TestKey::generate();
        world.team_has(&[("two", &next), ("one", &key)]);
        let new = |world: &World| next.token_by("two", &world.vouching());
        for _ in 0..3 {
            assert_eq!(world.session(&new(&world)).await.0, 401);
        }
        assert_eq!(world.team_was_asked(), 1);
        world.host.pass(MINUTE);
        assert_eq!(world.session(&new(&world)).await.0, 200);
        assert_eq!(world.session(&known(&world)).await.0, 200);
        for _ in 0..3 {
            assert_eq!(world.session(&key.token_by("guessed", &world.vouching())).await.0, 401);
        }
        assert_eq!(world.team_was_asked(), 2);
        world.host.pass(60 * MINUTE);
        assert_eq!(world.session(&new(&world)).await.0, 200);
        assert_eq!(world.team_was_asked(), 3);
        // One that was taken back counts no longer.
        world.team_has(&[("two", &next)]);
        world.host.pass(60 * MINUTE);
        assert_eq!(world.session(&new(&world)).await.0, 200);
        assert_eq!(world.session(&known(&world)).await.0, 401);
    });
}

#[test]
fn while_the_team_does_not_answer_what_was_known_counts_and_the_secret_opens() {
    run(async {
        let (world, key) = behind_access().await;
        world.heard.by_url.borrow_mut().insert(CERTS.to_owned(), 500);
        let token = |world: &World| key.token_by("one", &world.vouching());
        assert_eq!(world.session(&token(&world)).await.0, 401);
        assert_eq!(world.admin(Method::GET, "/admin/projects", &json!(null)).await.status, 200);
        world.team_has(&[("one", &key)]);
        // While no key at all is known, it is asked again soon.
        assert_eq!(world.session(&token(&world)).await.0, 401);
        assert_eq!(world.team_was_asked(), 1);
        world.host.pass(10_000);
        assert_eq!(world.session(&token(&world)).await.0, 200);
        world.heard.by_url.borrow_mut().insert(CERTS.to_owned(), 500);
        world.host.pass(60 * MINUTE);
        assert_eq!(world.session(&token(&world)).await.0, 200);
        let told =
            world.host.log_lines().iter().filter(|line| line["what"] == "access_keys").count();
        assert_eq!(told, 2);
    });
}

#[test]
fn a_crowd_with_invented_keys_makes_one_call_and_those_with_a_good_one_wait_for_it() {
    run(async {
        for seed in 1..6 {
            let (world, key) = behind_access().await;
            let good = key.token_by("one", &world.vouching());
            let invented: Vec<_> = (0..20)
                .map(|number| key.token_by(&format!("invented{number}"), &world.vouching()))
                .collect();
            world.host.shuffle(seed);
            let tokens = invented.iter().chain([&good, &good]);
            let statuses: Vec<_> = join_all(tokens.map(|token| world.session(token))).await;
            let statuses: Vec<_> = statuses.into_iter().map(|(status, _)| status).collect();
            assert_eq!(statuses[..20], [401; 20], "seed {seed}");
            assert_eq!(statuses[20..], [200; 2], "seed {seed}");
            assert_eq!(world.team_was_asked(), 1, "seed {seed}");
        }
    });
}

#[test]
fn when_whoever_asks_for_the_keys_is_cut_off_the_next_one_asks() {
    run(async {
        let (world, key) = behind_access().await;
        let token = key.token_by("one", &world.vouching());
        let memory = world.host.memory();
        assert_eq!(memory.access_key("one", world.host.now()), AccessKey::Ask);
        assert_eq!(memory.access_key("one", world.host.now()), AccessKey::Asked);
        let began = world.host.now();
        assert_eq!(world.session(&token).await.0, 200);
        assert_eq!(world.team_was_asked(), 1);
        assert_eq!(world.host.now().since(began), 10_000);
    });
}
