//! The operator's bootstrap: who may, what is taken, what is shown once.

use futures_util::future::join;
use http::Method;
use isthmus::{
    edge,
    host::{Body, Request, SendError},
    public_key,
    settings::Settings,
    testing::{MemoryHost, TestKey},
    time::Timestamp,
};
use rsa::{RsaPrivateKey, pkcs1::EncodeRsaPublicKey, pkcs8::DecodePrivateKey, pkcs8::LineEnding};
use serde_json::{Value, json};

use crate::{
    run,
    world::{ADMIN_SECRET, Answer, PAGE, World},
};

async fn create(world: &World, wish: &Value) -> Answer {
    world.admin(Method::POST, "/admin/projects", wish).await
}

#[test]
fn only_the_admin_secret_opens_the_operators_routes() {
    run(async {
        let world = World::new().await;
        let path = format!("/admin/projects/{}", world.project);
        let user = format!("Bearer {}", world.token("u1"));
        let basic = format!("Basic {ADMIN_SECRET}");
        let almost = format!("Bearer {}", &ADMIN_SECRET[1..]);
        let longer = format!("Bearer {ADMIN_SECRET}x");
        for given in ["", "Bearer", "Bearer ", &user, &basic, &almost, &longer, ADMIN_SECRET] {
            for (method, path) in [
                (Method::GET, path.as_str()),
                (Method::POST, "/admin/projects"),
                (Method::GET, "/admin/x"),
            ] {
                let answer =
                    world.send(method, path, &[("authorization", given)], Body::Empty).await;
                assert_eq!(answer.told(), (401, "admin_secret_invalid".to_owned()), "{given}");
            }
        }
        assert_eq!(world.count("SELECT count(*) AS n FROM projects"), 1);
    });
}

#[test]
fn without_a_long_admin_secret_or_a_key_ring_the_operators_routes_are_closed() {
    run(async {
        let ring = "k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
        for (secret, ring, code) in [
            (None, ring, "admin_closed"),
            (Some("short"), ring, "admin_closed"),
            (Some(ADMIN_SECRET), "", "key_unknown"),
            (Some(ADMIN_SECRET), "k1:short", "key_unknown"),
        ] {
            let settings = Settings::new(|name| match name {
                "ADMIN_SECRET" => secret.map(str::to_owned),
                "MASTER_KEYS" => Some(ring.to_owned()),
                _ => None,
            });
            let network = Box::new(|_: Request| {
                Box::pin(async { Err(SendError::Timeout) })
                    as futures_util::future::LocalBoxFuture<_>
            });
            let host = MemoryHost::new(settings, Timestamp(0), network);
            let bearer = format!("Bearer {}", secret.unwrap_or("anything"));
            let mut headers = isthmus::headers::Headers::default();
            headers.set("authorization", &bearer);
            let request = Request {
                method: Method::POST,
                url: "https://edge.example/admin/projects".to_owned(),
                headers,
                body: Body::Bytes(b"{}".to_vec()),
                deadline_ms: 0,
            };
            let answer = edge::handle(&host, request).await;
            assert_eq!(
                (answer.status.as_u16(), answer.headers.get("x-isthmus-code")),
                (503, Some(code))
            );
        }
    });
}

#[test]
fn a_project_is_created_and_its_secrets_are_shown_once() {
    run(async {
        let world = World::new().await;
        let wish = json!({"name": " Shop ", "origins": [PAGE], "signing_key": {"generate": true}, "audience": "shop"});
        let made = create(&world, &wish).await;
        assert_eq!(made.status, 201);
        let (secret, private) =
            (made.field("/client_secret"), made.field("/signing_keys/0/private_key"));
        assert_eq!(secret.len(), 43);
        let shown = world
            .admin(Method::GET, &format!("/admin/projects/{}", made.field("/id")), &json!(null))
            .await;
        let mut wanted = made.json();
        wanted.as_object_mut().unwrap().remove("client_secret");
        wanted["signing_keys"][0].as_object_mut().unwrap().remove("private_key");
        assert_eq!(shown.json(), wanted);
        assert_eq!(
            (wanted["name"].as_str(), wanted["audience"].as_str()),
            (Some("Shop"), Some("shop"))
        );
        let at_rest = world.host.everything_at_rest();
        assert!(!at_rest.contains(&secret) && !at_rest.contains("PRIVATE"));
        // The private key signs for this project.
        assert!(RsaPrivateKey::from_pkcs8_pem(&private).is_ok());
    });
}

#[test]
fn a_signing_key_is_taken_in_every_usual_form() {
    run(async {
        let world = World::new().await;
        let key = TestKey::generate();
        let public = key.public();
        let whole = RsaPrivateKey::from_pkcs8_pem(&key.private_pem()).unwrap();
        let pkcs1 = whole.to_public_key().to_pkcs1_pem(LineEnding::CRLF).unwrap();
        let padded = format!("\n  comment\n{}\n", key.public_pem().replace('\n', "\r\n  "));
        for wish in [
            json!({"pem": key.public_pem()}),
            json!({"pem": pkcs1}),
            json!({"pem": padded}),
            json!({"jwk": {"kty": "RSA", "n": public.n, "e": public.e, "use": "sig", "kid": "x"}}),
        ] {
            let project = World { key: key.clone(), ..world.another_project().await };
            assert_eq!(project.me_with(&project.token("u1")).await.status, 401);
            let path = format!("/admin/projects/{}/signing-keys", project.project);
            let added = project.admin(Method::POST, &path, &wish).await;
            assert_eq!(added.status, 201, "{wish}: {}", added.text);
            assert!(added.json().get("private_key").is_none());
            assert_eq!(project.me_with(&project.token("u1")).await.status, 200, "{wish}");
        }
    });
}

#[test]
fn a_key_that_is_none_private_or_weak_is_refused() {
    run(async {
        let world = World::new().await;
        let key = world.key.public();
        let private = world.key.private_pem();
        for (wish, why) in [
            (json!({}), "one of"),
            (json!({"generate": false}), "one of"),
            (json!({"generate": true, "pem": world.key.public_pem()}), "one of"),
            (json!({"pem": private}), "private key"),
            (json!({"pem": "-----BEGIN PUBLIC KEY-----"}), "not an RSA public key"),
            (json!({"pem": private.replace("PRIVATE", "PUBLIC")}), "not an RSA public key"),
            (json!({"jwk": {"kty": "RSA", "n": key.n, "e": key.e, "d": "AQ"}}), "private key"),
            (json!({"jwk": {"kty": "RSA", "n": key.n, "e": "AQ"}}), "not an RSA public key"),
            (json!({"jwk": {"kty": "RSA", "n": "_".repeat(172), "e": key.e}}), "2048"),
            (json!({"jwk": {"kty": "RSA", "n": "", "e": ""}}), "2048"),
            (json!({"jwk": {"kty": "oct", "k": "AQAB"}}), "not an RSA public key"),
            (json!({"jwk": "x"}), "not an RSA public key"),
        ] {
            let path = format!("/admin/projects/{}/signing-keys", world.project);
            let answer = world.admin(Method::POST, &path, &wish).await;
            assert_eq!(answer.told(), (400, "invalid_request".to_owned()), "{wish}");
            assert!(answer.text.contains(why), "{wish}: {}", answer.text);
            assert!(!answer.text.contains(&private[60..120]));
        }
        assert_eq!(world.key_ids().len(), 1);
    });
}

#[test]
fn no_text_that_is_pasted_as_a_key_breaks_anything() {
    let pem = TestKey::generate().public_pem();
    let lines: Vec<&str> = pem.lines().collect();
    for at in 0..pem.len() {
        let _ = public_key::from_pem(&pem[..at]);
        let mut changed = pem.clone().into_bytes();
        changed[at] = if changed[at] == b'/' { b'8' } else { b'/' };
        let _ = public_key::from_pem(&String::from_utf8(changed).unwrap());
    }
    for length in 0..lines.len() {
        let _ = public_key::from_pem(&[lines[0], &lines[length..].join("\n")].join("\n"));
    }
}

#[test]
fn names_origins_and_audiences_that_cannot_work_are_refused() {
    run(async {
        let world = World::new().await;
        let path = format!("/admin/projects/{}", world.project);
        let before = world.admin(Method::GET, &path, &json!(null)).await.json();
        for change in [
            json!({"name": ""}),
            json!({"name": "  "}),
            json!({"name": "x".repeat(201)}),
            json!({"name": 7}),
            json!({"audience": ""}),
            json!({"audience": ["x"]}),
            json!({"origins": "https://a.example"}),
            json!({"origins": ["https://a.example", "*"]}),
            json!({"origins": ["null"]}),
            json!({"origins": [""]}),
            json!({"origins": ["https://"]}),
            json!({"origins": ["https://a.example/"]}),
            json!({"origins": ["https://a.example/path"]}),
            json!({"origins": ["https://A.example"]}),
            json!({"origins": ["https://user@a.example"]}),
            json!({"origins": ["https://*.example"]}),
            json!({"origins": ["a.example"]}),
            json!({"origins": ["javascript://a.example"]}),
            json!({"origins": ["https://a.example\n"]}),
        ] {
            let patched = world.admin(Method::PATCH, &path, &change).await;
            assert_eq!(patched.told(), (400, "invalid_request".to_owned()), "{change}");
            let mut wish = json!({"name": "x", "signing_key": {"pem": world.key.public_pem()}});
            for (name, value) in change.as_object().unwrap() {
                wish[name] = value.clone();
            }
            assert_eq!(create(&world, &wish).await.status, 400, "{change}");
        }
        assert_eq!(world.admin(Method::GET, &path, &json!(null)).await.json(), before);
        for origin in [
            "http://localhost:8788",
            "https://a-b.example",
            "http://127.0.0.1:1",
            "http://[::1]:8080",
        ] {
            world.patch_project(&json!({"origins": [origin]})).await;
        }
    });
}

#[test]
fn an_integration_keeps_its_id_and_hides_its_secret() {
    run(async {
        let world = World::new().await;
        let path = format!("/admin/projects/{}/integrations/zoom", world.project);
        let wish = json!({"client_id": "other-client", "client_secret": "other-secret-of-zoom", "scopes": ["a:b", "c:d"]});
        let put = world.admin(Method::PUT, &path, &wish).await;
        assert_eq!((put.status, put.field("/id")), (200, world.integration.clone()));
        assert!(!world.host.everything_at_rest().contains("other-secret-of-zoom"));
        let (_, start) = world.begin("u1").await;
        let zoom = world.go_to_zoom(&mut crate::world::Browser::default(), &start).await;
        assert!(
            zoom.contains("client_id=other-client") && zoom.contains("scope=a%3Ab+c%3Ad"),
            "{zoom}"
        );
        for (path, wish, status) in [
            (path.clone(), json!({"client_id": "", "client_secret": "x"}), 400),
            (path.clone(), json!({"client_id": "x", "client_secret": ""}), 400),
            (path.replace("/zoom", "/slack"), wish.clone(), 404),
            ("/admin/projects/nowhere/integrations/zoom".to_owned(), wish.clone(), 404),
        ] {
            assert_eq!(
                world.admin(Method::PUT, &path, &wish).await.status,
                status,
                "{path} {wish}"
            );
        }
    });
}

#[test]
fn what_the_operator_does_not_say_of_an_integration_stays() {
    run(async {
        let world = World::new().await;
        let path = format!("/admin/projects/{}/integrations/zoom", world.project);
        let whole = json!({"client_id": "zoom-client", "client_secret": "one", "name": "Ours", "scopes": ["a"],
            "redirect_uris": ["https://app.example/done"], "expires_in": 60, "plan": "pro",
            "webhook_secret_token": "a-secret-of-zooms-webhooks"});
        assert_eq!(world.admin(Method::PUT, &path, &whole).await.status, 200);
        let sql = "SELECT * FROM integrations";
        let before = world.host.sql(sql, [])[0].clone();
        let least = json!({"client_id": "zoom-client", "client_secret": "two"});
        assert_eq!(world.admin(Method::PUT, &path, &least).await.status, 200);
        let after = world.host.sql(sql, [])[0].clone();
        for (name, value) in &before {
            let same = after[name] == *value;
            assert_eq!(same, name != "client_secret_sealed", "{name}");
        }
        let without = json!({"client_id": "zoom-client", "client_secret": "two", "plan": null,
            "webhook_secret_token": null, "scopes": []});
        assert_eq!(world.admin(Method::PUT, &path, &without).await.status, 200);
        let row = &world.host.sql(sql, [])[0];
        let gone = [&row["plan"], &row["webhook_secret_sealed"], &row["scope"]];
        assert_eq!(gone, [&json!(null), &json!(null), &json!("")]);
        assert!(!world.host.everything_at_rest().contains("a-secret-of-zooms"));
        for (field, value, why) in [
            ("expires_in", json!(1), "expires_in: 60 to"),
            ("redirect_uris", json!(["http://a.example"]), "redirect_uris[0]: https"),
            ("plan", json!(7), "plan: a text"),
            ("webhook_secret_token", json!(""), "webhook_secret_token: 1 to"),
            ("name", json!(""), "name: 1 to"),
            ("scopes", json!("a"), "scopes: a list"),
            ("client_secret", json!(["x"]), "client_secret: a text"),
        ] {
            let mut wish = least.clone();
            wish[field] = value;
            let refused = world.admin(Method::PUT, &path, &wish).await;
            assert_eq!(refused.status, 400, "{field}");
            assert!(refused.text.contains(why), "{field}: {}", refused.text);
        }
    });
}

#[test]
fn a_key_is_withdrawn_in_its_own_project_only_and_noted_once() {
    run(async {
        let world = World::new().await;
        let other = world.another_project().await;
        let id = world.key_ids()[0].clone();
        let noted = "SELECT count(*) AS n FROM audit WHERE what = 'signing_key.deleted'";
        let nowhere = World { project: "nowhere".to_owned(), ..world.another_project().await };
        for (answer, code) in [
            (other.withdraw_key(&id).await, "not_found"),
            (world.withdraw_key("nonsense").await, "not_found"),
            (nowhere.withdraw_key(&id).await, "project_not_found"),
        ] {
            assert_eq!(answer.told(), (404, code.to_owned()));
        }
        assert_eq!((world.key_ids().len(), world.count(noted)), (1, 0));
        assert_eq!(world.withdraw_key(&id).await.status, 204);
        assert_eq!((world.key_ids().len(), world.count(noted)), (0, 1));
    });
}

#[test]
fn a_failure_of_the_store_says_so_and_leaves_nothing_by_halves() {
    run(async {
        let world = World::new().await;
        let wish = json!({"name": "Shop", "origins": [PAGE], "signing_key": {"pem": world.key.public_pem()}});
        for before in 0..2 {
            world.host.fault_after(before, "tables", isthmus::testing::Fault::Fail);
            let answer = create(&world, &wish).await;
            assert_eq!(answer.told(), (503, "store_unavailable".to_owned()));
            world.host.clear_faults();
            let without_key = "SELECT count(*) AS n FROM projects WHERE id NOT IN (SELECT project_id FROM signing_keys)";
            assert_eq!(world.count(without_key), 0);
        }
    });
}

#[test]
fn two_changes_of_a_project_at_once_both_count() {
    run(async {
        for seed in 1..20 {
            let world = World::new().await;
            world.host.shuffle(seed);
            let (name, origins) =
                (json!({"name": "New"}), json!({"origins": ["https://new.example"]}));
            join(world.patch_project(&name), world.patch_project(&origins)).await;
            world.patch_project(&json!({"audience": "shop"})).await;
            let project = world.patch_project(&json!({})).await.json();
            assert_eq!(project["name"], "New", "seed {seed}");
            assert_eq!(project["origins"], json!(["https://new.example"]), "seed {seed}");
            assert_eq!(project["audience"], "shop", "seed {seed}");
            let open = world.patch_project(&json!({"audience": null})).await.json();
            assert_eq!(open["audience"], json!(null));
        }
    });
}
