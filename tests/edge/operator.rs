//! The operator at a browser: signing in with the admin secret, what the cookie opens and what it does not, wrong secrets.

use futures_util::future::join_all;
use http::Method;
use isthmus::{host::Body, settings::Settings, testing::Fault};
use serde_json::{Value, json};

use crate::{
    run,
    world::{ADMIN_SECRET, Answer, PAGE, WORKER, World},
};

const HOUR: i64 = 3_600_000;
const SESSION: &str = "/admin/session";

impl World {
    /// Somebody at the console's sign-in page, with an address.
    async fn signs_in(&self, secret: &str, address: &str) -> Answer {
        let headers = [("origin", WORKER), ("cf-connecting-ip", address)];
        let body = Body::Bytes(json!({"secret": secret}).to_string().into_bytes());
        self.send(Method::POST, SESSION, &headers, body).await
    }

    /// The cookie of a browser that has signed in.
    async fn cookie(&self) -> String {
        let answer = self.signs_in(ADMIN_SECRET, "192.0.2.1").await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.header("set-cookie").split(';').next().unwrap().to_owned()
    }

    /// A call of the console's own script.
    async fn console(&self, cookie: &str, method: Method, path: &str, body: &Value) -> Answer {
        let headers = [("cookie", cookie), ("origin", WORKER), ("sec-fetch-site", "same-origin")];
        let reads = method == Method::GET;
        let body = if reads { Body::Empty } else { Body::Bytes(body.to_string().into_bytes()) };
        self.send(method, path, if reads { &headers[..1] } else { &headers }, body).await
    }

    fn audited(&self, what: &str) -> i64 {
        let sql = "SELECT count(*) AS n FROM audit WHERE what = ?1 AND project_id = ''";
        self.host.sql(sql, [json!(what)])[0]["n"].as_i64().unwrap()
    }
}

#[test]
fn a_browser_signs_in_works_and_signs_out() {
    run(async {
        let world = World::new().await;
        let nobody = world.send(Method::GET, SESSION, &[], Body::Empty).await;
        assert_eq!(nobody.refused(), (401, "operator_signed_out".into()));
        let answer = world.signs_in(ADMIN_SECRET, "192.0.2.1").await;
        let set = answer.header("set-cookie");
        assert!(set.starts_with("__Host-isthmus-operator="), "{set}");
        assert!(
            set.ends_with("; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=43200"),
            "{set}"
        );
        let cookie = set.split(';').next().unwrap();
        let session = world.console(cookie, Method::GET, SESSION, &json!(null)).await;
        assert_eq!((session.status, session.json()), (200, answer.json()));
        assert_eq!(session.field("/by"), "secret");
        let projects = world.console(cookie, Method::GET, "/admin/projects", &json!(null)).await;
        assert_eq!(projects.field("/projects/0/id"), world.project);
        let wish = json!({"name": "New"});
        let path = format!("/admin/projects/{}", world.project);
        assert_eq!(world.console(cookie, Method::PATCH, &path, &wish).await.field("/name"), "New");
        let out = world.console(cookie, Method::DELETE, SESSION, &json!(null)).await;
        assert_eq!(out.status, 204);
        assert!(out.header("set-cookie").ends_with("Max-Age=0"));
        let after = world.console(cookie, Method::GET, "/admin/projects", &json!(null)).await;
        assert_eq!(after.refused(), (401, "operator_signed_out".into()));
        assert_eq!(world.audited("operator.signed_in"), 1);
        assert_eq!(world.audited("operator.signed_out"), 1);
        let at_rest = world.host.everything_at_rest();
        let value = cookie.split_once('=').unwrap().1;
        assert!(!at_rest.contains(value) && !at_rest.contains(ADMIN_SECRET));
    });
}

#[test]
fn a_browser_that_is_signed_in_acts_for_a_project_as_its_server_would() {
    run(async {
        let world = World::new().await;
        let cookie = world.cookie().await;
        for (project, status) in [(world.project.as_str(), 200), ("nowhere", 404)] {
            let headers = [("cookie", cookie.as_str()), ("x-isthmus-project", project)];
            let answer =
                world.send(Method::GET, "/connect/integrations", &headers, Body::Empty).await;
            assert_eq!(answer.status, status, "{}", answer.text);
        }
        // A browser would ask for a password if it were told of one.
        for (project, cookie, code) in [
            (world.project.as_str(), "", "admin_secret_invalid"),
            (&world.project, "__Host-isthmus-operator=old", "operator_signed_out"),
            ("", "", "client_credentials_missing"),
        ] {
            let headers = [("x-isthmus-project", project), ("cookie", cookie)];
            let nobody =
                world.send(Method::GET, "/connect/integrations", &headers, Body::Empty).await;
            assert_eq!(nobody.refused(), (401, code.into()));
            assert!(!nobody.headers.contains_key("www-authenticate"), "{code}");
        }
    });
}

#[test]
fn no_page_of_somebody_else_has_the_operators_authority() {
    run(async {
        let world = World::new().await;
        let cookie = world.cookie().await;
        let changes = "SELECT count(*) AS n FROM projects";
        for (method, headers) in [
            (Method::POST, vec![("origin", PAGE)]),
            (Method::POST, vec![("origin", "null")]),
            (Method::POST, vec![]),
            (Method::POST, vec![("origin", WORKER), ("sec-fetch-site", "same-site")]),
            (Method::GET, vec![("origin", PAGE)]),
            (Method::GET, vec![("sec-fetch-site", "cross-site")]),
            (Method::GET, vec![("sec-fetch-site", "none")]),
        ] {
            let mut all = vec![("cookie", cookie.as_str())];
            all.extend(headers);
            let body = json!({"name": "x", "signing_key": {"generate": true}}).to_string();
            let body = if method == Method::GET { Body::Empty } else { Body::Bytes(body.into()) };
            let answer = world.send(method, "/admin/projects", &all, body).await;
            assert_eq!(answer.refused(), (403, "origin_not_allowed".into()), "{all:?}");
        }
        assert_eq!(world.count(changes), 1);
        // Nor can it sign a browser in or out.
        let body = || Body::Bytes(json!({"secret": ADMIN_SECRET}).to_string().into_bytes());
        for (method, body) in [(Method::POST, body()), (Method::DELETE, Body::Empty)] {
            let headers = [("origin", PAGE), ("cookie", cookie.as_str())];
            let answer = world.send(method, SESSION, &headers, body).await;
            assert_eq!(answer.refused(), (403, "origin_not_allowed".into()));
        }
        assert_eq!(world.console(&cookie, Method::GET, SESSION, &json!(null)).await.status, 200);
    });
}

#[test]
fn a_session_ends_by_itself_and_with_the_admin_secret_that_opened_it() {
    run(async {
        let world = World::new().await;
        let cookie = world.cookie().await;
        world.host.pass(12 * HOUR - 1);
        assert_eq!(world.console(&cookie, Method::GET, SESSION, &json!(null)).await.status, 200);
        world.host.pass(1);
        let answer = world.console(&cookie, Method::GET, SESSION, &json!(null)).await;
        assert_eq!(answer.refused(), (401, "operator_signed_out".into()));
        let rows = "SELECT count(*) AS n FROM operator_sessions";
        assert_eq!(world.count(rows), 1);
        world.sweep().await;
        assert_eq!(world.count(rows), 0);
        let cookie = world.cookie().await;
        let other = |name: &str| match name {
            "ADMIN_SECRET" => Some("another admin secret, also long enough".to_owned()),
            "MASTER_KEYS" => Some("k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE".to_owned()),
            _ => None,
        };
        world.host.deploy(Settings::new(other));
        for path in [SESSION, "/admin/projects"] {
            let answer = world.console(&cookie, Method::GET, path, &json!(null)).await;
            assert_eq!(answer.refused(), (401, "operator_signed_out".into()));
        }
    });
}

#[test]
fn wrong_secrets_from_one_address_wait_longer_and_longer_and_nobody_else_does() {
    run(async {
        let world = World::new().await;
        let wrong = "a wrong secret of more than thirty-two bytes";
        for _ in 0..5 {
            let answer = world.signs_in(wrong, "192.0.2.7").await;
            assert_eq!(answer.refused(), (401, "admin_secret_invalid".into()));
        }
        for secret in [wrong, ADMIN_SECRET] {
            let answer = world.signs_in(secret, "192.0.2.7").await;
            assert_eq!(answer.refused(), (429, "sign_in_throttled".into()));
            assert_eq!(answer.header("retry-after"), "10");
        }
        world.host.pass(9_001);
        assert_eq!(world.signs_in(wrong, "192.0.2.7").await.header("retry-after"), "1");
        world.host.pass(999);
        assert_eq!(world.signs_in(wrong, "192.0.2.7").await.status, 401);
        assert_eq!(world.signs_in(wrong, "192.0.2.7").await.header("retry-after"), "20");
        // Somebody else, and a script, may.
        assert_eq!(world.signs_in(ADMIN_SECRET, "192.0.2.8").await.status, 201);
        let bearer = format!("Bearer {ADMIN_SECRET}");
        let script = [("authorization", bearer.as_str()), ("cf-connecting-ip", "192.0.2.7")];
        assert_eq!(
            world.send(Method::GET, "/admin/projects", &script, Body::Empty).await.status,
            200
        );
        // The right one clears its own address.
        world.host.pass(20_000);
        assert_eq!(world.signs_in(ADMIN_SECRET, "192.0.2.7").await.status, 201);
        for _ in 0..4 {
            assert_eq!(world.signs_in(wrong, "192.0.2.7").await.status, 401);
        }
        assert_eq!(world.signs_in(ADMIN_SECRET, "192.0.2.7").await.status, 201);
        assert_eq!(world.audited("operator.refused"), 10);
        assert!(!world.host.everything_at_rest().contains("a wrong secret"));
    });
}

#[test]
fn guesses_from_many_places_wait_and_change_nothing_and_the_right_secret_opens_all_the_while() {
    run(async {
        let world = World::new().await;
        let wrong = "a wrong secret of more than thirty-two bytes";
        for number in 0..50 {
            assert_eq!(world.signs_in(wrong, &format!("192.0.2.{number}")).await.status, 401);
        }
        let stored = || world.host.sql("SELECT * FROM sign_in_failures ORDER BY origin", []);
        for (number, wait) in (0..8).zip(["10", "20", "40", "60", "60", "60", "60", "60"]) {
            let (guesser, before) = (format!("203.0.113.{number}"), stored());
            let throttled = world.signs_in(wrong, &guesser).await;
            assert_eq!(throttled.refused(), (429, "sign_in_throttled".into()));
            assert_eq!(throttled.header("retry-after"), wait);
            assert_eq!(stored(), before);
            assert_eq!(world.signs_in(ADMIN_SECRET, "198.51.100.1").await.status, 201);
            assert_eq!(stored(), before);
            world.host.pass(wait.parse::<i64>().unwrap() * 1000);
            assert_eq!(world.signs_in(wrong, &guesser).await.status, 401);
        }
        assert_eq!(world.audited("operator.refused"), 58);
        // Two quiet days later everything is forgotten.
        world.host.pass(48 * HOUR);
        world.sweep().await;
        assert_eq!(world.count("SELECT count(*) AS n FROM sign_in_failures"), 0);
    });
}

#[test]
fn the_right_secret_opens_in_a_crowd_of_guesses_from_everywhere() {
    run(async {
        for seed in 1..6 {
            let world = World::new().await;
            world.host.shuffle(seed);
            let addresses: Vec<_> = (0..40).map(|number| format!("192.0.2.{number}")).collect();
            let crowd = join_all(addresses.iter().map(|from| world.signs_in("wrong", from)));
            let operator = world.signs_in(ADMIN_SECRET, "198.51.100.1");
            let (answers, opened) = futures_util::future::join(crowd, operator).await;
            assert_eq!(opened.status, 201, "seed {seed}: {}", opened.text);
            assert!(answers.iter().all(|answer| matches!(answer.status, 401 | 429)));
        }
    });
}

#[test]
fn what_signing_in_left_in_the_audit_trail_is_forgotten_after_ninety_days() {
    run(async {
        let world = World::new().await;
        assert_eq!(world.signs_in("wrong", "192.0.2.7").await.status, 401);
        let of_projects = "SELECT count(*) AS n FROM audit WHERE project_id <> ''";
        let kept = world.count(of_projects);
        assert!(kept > 0);
        for (days, left) in [(90, 1), (1, 0)] {
            world.host.pass(days * 24 * HOUR);
            world.sweep().await;
            assert_eq!(world.audited("operator.refused"), left);
        }
        assert_eq!(world.count(of_projects), kept);
    });
}

#[test]
fn many_guesses_at_once_are_no_more_than_a_few() {
    run(async {
        for seed in 1..6 {
            let world = World::new().await;
            world.host.shuffle(seed);
            let crowd = (0..40).map(|_| world.signs_in("wrong", "192.0.2.7"));
            let answers = join_all(crowd).await;
            let told = answers.iter().filter(|answer| answer.status == 401).count();
            assert!(told <= 5, "seed {seed}: {told} guesses were looked at");
            assert!(answers.iter().all(|answer| matches!(answer.status, 401 | 429)));
        }
    });
}

#[test]
fn a_right_secret_is_held_against_nobody() {
    run(async {
        let world = World::new().await;
        assert_eq!(world.signs_in("wrong", "192.0.2.7").await.status, 401);
        for number in 0..60 {
            assert_eq!(
                world.signs_in(ADMIN_SECRET, &format!("192.0.2.{number}")).await.status,
                201
            );
        }
        let rows = world.host.sql("SELECT origin, failures FROM sign_in_failures", []);
        assert_eq!(json!(rows), json!([{"origin": "*", "failures": 1}]));
    });
}

#[test]
fn when_the_store_fails_signing_in_says_so_and_can_be_done_again() {
    run(async {
        for fault in [Fault::Fail, Fault::LoseAnswer] {
            for before in 0..2 {
                let world = World::new().await;
                world.host.fault_after(before, "tables", fault);
                let answer = world.signs_in(ADMIN_SECRET, "192.0.2.7").await;
                assert_eq!(
                    answer.refused(),
                    (503, "store_unavailable".into()),
                    "{fault:?} {before}"
                );
                assert_eq!(world.signs_in(ADMIN_SECRET, "192.0.2.7").await.status, 201);
            }
        }
        let world = World::new().await;
        let cookie = world.cookie().await;
        world.host.fault_always("tables", Some(Fault::Fail));
        for path in [SESSION, "/admin/projects"] {
            let answer = world.console(&cookie, Method::GET, path, &json!(null)).await;
            assert_eq!(answer.refused(), (503, "store_unavailable".into()), "{path}");
        }
    });
}

#[test]
fn without_an_admin_secret_nobody_signs_in() {
    run(async {
        let world = World::new().await;
        let cookie = world.cookie().await;
        world.host.deploy(Settings::new(|name| {
            let ring = "k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
            (name == "MASTER_KEYS").then(|| ring.to_owned())
        }));
        let answer = world.signs_in(ADMIN_SECRET, "192.0.2.7").await;
        assert_eq!(answer.refused(), (503, "admin_closed".into()));
        let answer = world.console(&cookie, Method::GET, SESSION, &json!(null)).await;
        assert_eq!(answer.refused(), (503, "admin_closed".into()));
    });
}
