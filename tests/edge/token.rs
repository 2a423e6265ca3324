//! User tokens: who is let in and who is not. How soon a change of the keys counts is `signing_key`'s.

use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use http::Method;
use isthmus::{host::Body, testing::TestKey};
use rsa::{Pkcs1v15Sign, RsaPrivateKey, pkcs8::DecodePrivateKey, sha2::Digest};
use serde_json::{Value, json};

use crate::{
    run,
    world::{Answer, PAGE, World},
};

/// A compact JWS with a header and a signature of one's own.
pub fn jws(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let part = |bytes: &[u8]| Base64UrlUnpadded::encode_string(bytes);
    let input =
        format!("{}.{}", part(header.to_string().as_bytes()), part(claims.to_string().as_bytes()));
    let signature = sign(input.as_bytes());
    format!("{input}.{}", part(&signature))
}

pub fn rs256(key: &TestKey) -> impl Fn(&[u8]) -> Vec<u8> {
    let key = RsaPrivateKey::from_pkcs8_pem(&key.private_pem()).unwrap();
    move |input| {
        let digest = rsa::sha2::Sha256::digest(input);
        let scheme = Pkcs1v15Sign::new::<rsa::sha2::Sha256>();
        key.sign(scheme, &digest).unwrap()
    }
}

fn hs256(secret: String) -> impl Fn(&[u8]) -> Vec<u8> {
    move |input| {
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(input);
        mac.finalize().into_bytes().to_vec()
    }
}

pub fn assert_refused(answer: &Answer, code: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (401, code));
    assert_eq!(answer.header("x-isthmus-code"), code);
}

#[test]
fn a_missing_token_and_a_malformed_one_are_told_apart() {
    run(async {
        let world = World::new().await;
        let path = format!("/projects/{}/sdk/me", world.project);
        for headers in [vec![], vec![("authorization", "Basic dTpw")], vec![("authorization", "x")]]
        {
            let answer = world.send(Method::GET, &path, &headers, Body::Empty).await;
            assert_refused(&answer, "user_token_missing");
        }
        let whole = world.token("u1");
        let cut = &whole[..whole.len() - 1];
        let headless = whole.split_once('.').unwrap().1;
        for token in [
            "",
            "x",
            "..",
            "a.b.c",
            "null",
            cut,
            headless,
            &format!("{whole}.x"),
            &format!("{whole}="),
        ] {
            assert_refused(&world.me_with(token).await, "user_token_invalid");
        }
        assert_eq!(world.me_with(&whole).await.status, 200);
    });
}

#[test]
fn an_unsigned_token_is_refused_whatever_it_calls_itself() {
    run(async {
        let world = World::new().await;
        let claims = world.claims("u1");
        for alg in ["none", "None", "NONE", "nOnE", ""] {
            let header = json!({"alg": alg, "typ": "JWT"});
            let unsigned = jws(&header, &claims, |_| Vec::new());
            assert_refused(&world.me_with(&unsigned).await, "user_token_invalid");
            let signed = jws(&header, &claims, rs256(&world.key));
            assert_refused(&world.me_with(&signed).await, "user_token_invalid");
        }
        let stripped = jws(&json!({"alg": "RS256"}), &claims, |_| Vec::new());
        assert_refused(&world.me_with(&stripped).await, "user_token_invalid");
    });
}

#[test]
fn a_token_signed_with_the_public_key_as_a_secret_is_refused() {
    run(async {
        let world = World::new().await;
        let claims = world.claims("u1");
        let (pem, public) = (world.key.public_pem(), world.key.public());
        let secrets = [pem.trim().to_owned(), pem, public.n, String::new()];
        for secret in secrets {
            for alg in ["HS256", "RS256", "hs256"] {
                let token = jws(&json!({"alg": alg}), &claims, hs256(secret.clone()));
                assert_refused(&world.me_with(&token).await, "user_token_invalid");
            }
        }
    });
}

#[test]
fn a_key_that_a_token_brings_along_does_not_count() {
    run(async {
        let world = World::new().await;
        let stranger = TestKey::generate();
        let public = stranger.public();
        let kid = &world.key_ids()[0];
        for header in [
            json!({"alg": "RS256"}),
            json!({"alg": "RS256", "kid": kid}),
            json!({"alg": "RS256", "jwk": {"kty": "RSA", "n": public.n, "e": public.e}}),
            json!({"alg": "RS256", "jku": "https://evil.example/keys", "kid": "evil"}),
            json!({"alg": ["RS256"]}),
            json!({"alg": "RS256", "kid": 7}),
        ] {
            let token = jws(&header, &world.claims("u1"), rs256(&stranger));
            assert_refused(&world.me_with(&token).await, "user_token_invalid");
        }
    });
}

#[test]
fn a_token_with_one_letter_changed_is_refused() {
    run(async {
        let world = World::new().await;
        let token = world.token("u1");
        for at in (0..token.len()).step_by(3) {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            let answer = world.me_with(&changed).await;
            assert_eq!(answer.status, 401, "letter {at}: {}", answer.text);
        }
    });
}

#[test]
fn an_expired_token_is_refused_after_a_minute_of_leeway_even_if_it_was_remembered() {
    run(async {
        let world = World::new().await;
        let mut claims = world.claims("u1");
        claims["exp"] = json!(claims["iat"].as_i64().unwrap() + 10);
        let token = world.key.token(&claims);
        world.pass(Duration::from_secs(69));
        assert_eq!(world.me_with(&token).await.status, 200);
        world.pass(Duration::from_secs(1));
        assert_refused(&world.me_with(&token).await, "user_token_expired");
    });
}

#[test]
fn a_token_of_the_future_is_refused_but_for_a_minute() {
    run(async {
        let world = World::new().await;
        for (claim, ahead, status) in
            [("iat", 60, 200), ("iat", 61, 401), ("nbf", 60, 200), ("nbf", 61, 401)]
        {
            let mut claims = world.claims("u1");
            claims[claim] = json!(claims["iat"].as_i64().unwrap() + ahead);
            let answer = world.me_with(&world.key.token(&claims)).await;
            assert_eq!(answer.status, status, "{claim} {ahead}");
        }
    });
}

#[test]
fn another_projects_token_is_refused() {
    run(async {
        let world = World::new().await;
        let other = world.another_project().await;
        let key = TestKey::generate();
        other.add_key(&key.public_pem()).await;
        let token = key.token(&other.claims("u1"));
        assert_eq!(other.me_with(&token).await.status, 200);
        assert_refused(&world.me_with(&token).await, "user_token_invalid");
        let nowhere = World { project: "no-such-project".to_owned(), ..other };
        let answer = nowhere.me_with(&token).await;
        assert_eq!((answer.status, answer.code().as_str()), (404, "project_not_found"));
    });
}

#[test]
fn an_audience_counts_from_the_moment_it_is_configured() {
    run(async {
        let world = World::new().await;
        let token = |audience: Value| {
            let mut claims = world.claims("u1");
            claims["aud"] = audience;
            world.key.token(&claims)
        };
        let (ours, theirs) = (token(json!("isthmus/demo")), token(json!("isthmus/other")));
        assert_eq!(world.me_with(&theirs).await.status, 200);
        world.patch_project(&json!({"audience": "isthmus/demo"})).await;
        assert_eq!(world.me_with(&ours).await.status, 200);
        assert_eq!(world.me_with(&token(json!(["x", "isthmus/demo"]))).await.status, 200);
        assert_refused(&world.me_with(&theirs).await, "user_token_invalid");
        assert_refused(&world.me_with(&token(json!(null))).await, "user_token_invalid");
        world.patch_project(&json!({"audience": null})).await;
        assert_eq!(world.me_with(&theirs).await.status, 200);
    });
}

#[test]
fn no_route_makes_user_tokens() {
    run(async {
        let world = World::new().await;
        let project = &world.project;
        let bearer = format!("Bearer {}", world.token("u1"));
        let admin = format!("Bearer {}", crate::world::ADMIN_SECRET);
        let wish = json!({"sub": "u1", "user": "u1", "expires_in": 60}).to_string();
        for place in ["", "/v2"] {
            for thing in [
                "token",
                "tokens",
                "user-tokens",
                "sessions/token",
                "actions/token",
                "jwt",
                "authenticate",
                "me/token",
            ] {
                for path in [
                    format!("{place}/projects/{project}/sdk/{thing}"),
                    format!("{place}/projects/{project}/{thing}"),
                    format!("{place}/admin/projects/{project}/{thing}"),
                    format!("{place}/{thing}"),
                ] {
                    for (method, auth) in [
                        (Method::POST, &admin),
                        (Method::POST, &bearer),
                        (Method::GET, &admin),
                        (Method::GET, &bearer),
                    ] {
                        let headers = [("authorization", auth.as_str()), ("origin", PAGE)];
                        let body = Body::Bytes(wish.clone().into_bytes());
                        let answer = world.send(method, &path, &headers, body).await;
                        assert!(
                            [401, 404, 405].contains(&answer.status),
                            "{path}: {}",
                            answer.status
                        );
                    }
                }
            }
        }
        // Nor could it: the private half of a key that was made here is not kept.
        let path = format!("/admin/projects/{project}/signing-keys");
        let made = world.admin(Method::POST, &path, &json!({"generate": true})).await;
        assert!(made.field("/private_key").starts_with("-----BEGIN PRIVATE KEY-----"));
        assert!(!world.host.everything_at_rest().contains("PRIVATE KEY"));
        let shown =
            world.admin(Method::GET, &format!("/admin/projects/{project}"), &json!(null)).await;
        assert!(!shown.text.contains("private_key"));
    });
}
