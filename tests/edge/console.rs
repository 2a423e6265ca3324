//! The console's page: what it is made of, and the origin that it may be bound to.

use http::Method;
use isthmus::{host::Body, settings::Settings};
use serde_json::json;

use crate::{
    run,
    world::{ADMIN_SECRET, Answer, WORKER, World},
};

const CONSOLE: &str = "https://console.example";

impl World {
    async fn page(&self, url: &str) -> Answer {
        self.send(Method::GET, url, &[], Body::Empty).await
    }

    fn bind_console(&self) {
        self.bind_console_to(&format!("{CONSOLE}/"));
    }

    fn bind_console_to(&self, url: &str) {
        self.host.deploy(Settings::new(|name| {
            Some(match name {
                "MASTER_KEYS" => "k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE".to_owned(),
                "ADMIN_SECRET" => ADMIN_SECRET.to_owned(),
                "CONSOLE_URL" => url.to_owned(),
                _ => return None,
            })
        }));
    }

    async fn signs_in_at(&self, origin: &str) -> Answer {
        let body = Body::Bytes(json!({"secret": ADMIN_SECRET}).to_string().into_bytes());
        let url = format!("{origin}/admin/session");
        self.send(Method::POST, &url, &[("origin", origin)], body).await
    }
}

#[test]
fn every_page_of_the_console_is_one_shell_without_anything_inline_or_of_others() {
    run(async {
        let world = World::new().await;
        for path in ["/console", "/console/", "/console/projects/x/workflows/y"] {
            let page = world.page(path).await;
            assert_eq!(
                (page.status, page.header("content-type")),
                (200, "text/html; charset=utf-8".into())
            );
            let policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
                img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; \
                frame-ancestors 'none'; base-uri 'none'";
            assert_eq!(page.header("content-security-policy"), policy);
            for (name, value) in [
                ("x-frame-options", "DENY"),
                ("x-content-type-options", "nosniff"),
                ("cache-control", "no-store"),
                ("referrer-policy", "same-origin"),
                ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
            ] {
                assert_eq!(page.header(name), value, "{name}");
            }
            let [script, style] =
                ["src=\"/static/console/console.js\"", "href=\"/static/console/console.css\""];
            assert!(page.text.contains(script) && page.text.contains(style), "{}", page.text);
            for never in ["<style", "style=", "http:", "https:", "onload"] {
                assert!(!page.text.contains(never), "{never}: {}", page.text);
            }
            assert_eq!(page.text.matches("<script").count(), 1);
        }
        assert_eq!(world.page("/").await.refused(), (404, "not_found".into()));
        let posted = world.send(Method::POST, "/console", &[], Body::Empty).await;
        assert_eq!(posted.status, 405);
    });
}

#[test]
fn the_consoles_origin_may_be_written_in_any_way() {
    run(async {
        let world = World::new().await;
        for url in ["HTTPS://Console.Example:443/console", "console.example"] {
            world.bind_console_to(url);
            assert_eq!(world.page(&format!("{CONSOLE}/console")).await.status, 200, "{url}");
            assert_eq!(world.page("/console").await.status, 404, "{url}");
            assert_eq!(world.signs_in_at(CONSOLE).await.status, 201, "{url}");
        }
    });
}

#[test]
fn a_console_with_an_origin_of_its_own_is_nowhere_else() {
    run(async {
        let world = World::new().await;
        world.bind_console();
        let front = world.page(&format!("{CONSOLE}/")).await;
        assert_eq!((front.status, front.header("location")), (303, "/console".into()));
        assert_eq!(world.page(&format!("{CONSOLE}/console")).await.status, 200);
        for path in ["/", "/console", "/console/projects"] {
            assert_eq!(world.page(path).await.refused(), (404, "not_found".into()), "{path}");
        }
        // Somebody who signs in there has no authority here.
        assert_eq!(world.signs_in_at(WORKER).await.refused(), (404, "not_found".into()));
        let signed_in = world.signs_in_at(CONSOLE).await;
        assert_eq!(signed_in.status, 201, "{}", signed_in.text);
        let cookie = signed_in.header("set-cookie").split(';').next().unwrap().to_owned();
        let with_cookie = [("cookie", cookie.as_str())];
        for (origin, status) in [(CONSOLE, 200), (WORKER, 401)] {
            let url = format!("{origin}/admin/projects");
            let answer = world.send(Method::GET, &url, &with_cookie, Body::Empty).await;
            assert_eq!(answer.status, status, "{origin}: {}", answer.text);
        }
        let session = world.send(Method::GET, "/admin/session", &with_cookie, Body::Empty).await;
        assert_eq!(session.refused(), (404, "not_found".into()));
        let url = format!("{CONSOLE}/admin/projects");
        let headers = [("cookie", cookie.as_str()), ("origin", WORKER)];
        let foreign = world.send(Method::POST, &url, &headers, Body::Empty).await;
        assert_eq!(foreign.refused(), (403, "origin_not_allowed".into()));
        // The admin secret itself opens everywhere.
        for origin in [CONSOLE, WORKER] {
            let answer =
                world.admin(Method::GET, &format!("{origin}/admin/projects"), &json!(null)).await;
            assert_eq!(answer.status, 200, "{origin}");
        }
    });
}
