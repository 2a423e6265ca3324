//! Links by which somebody connects again, as the console makes them: they end at a page of ours.

use http::Method;
use isthmus::{host::Body, settings::Settings};
use serde_json::json;

use crate::{
    links::wish,
    run,
    world::{ADA, ADMIN_SECRET, GRACE, WORKER, World},
};

const DONE: &str = "https://edge.example/connect/done";

#[test]
fn a_link_that_ends_at_our_own_page_needs_no_address_of_the_integrations() {
    run(async {
        let world = World::new().await;
        let grant = world.connect("u1", ADA).await;
        world.host.sql("UPDATE grants SET status = 'INVALID'", []);
        let link = world.link(json!({"redirect_uri": DONE, "grant_id": grant})).await;
        let mut opened = world.open(&link, ADA).await;
        let back = world.back(&mut opened).await;
        assert_eq!(back.status, 303, "{}", back.text);
        let end = back.header("location");
        assert!(end.starts_with(&format!("{DONE}?success=true&")), "{end}");
        let page = world.visit(&mut opened.browser, &end, None).await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("Connected") && page.text.contains("close this window"));
        assert_eq!(world.grant(&grant).await.field("/data/grant_status"), "valid");
    });
}

#[test]
fn our_page_says_why_nothing_was_connected() {
    run(async {
        let world = World::new().await;
        let grant = world.connect("u1", ADA).await;
        let link = world.link(json!({"redirect_uri": DONE, "grant_id": grant})).await;
        let mut opened = world.open(&link, GRACE).await;
        let back = world.back(&mut opened).await;
        let end = back.header("location");
        let page = world.visit(&mut opened.browser, &end, None).await;
        assert_eq!(page.status, 409);
        assert!(page.text.contains("account_mismatch") && !page.text.contains("Connected"));
        let made_up = format!("{DONE}?success=false&error=%3Cscript%3Ealert(1)%3C/script%3E");
        let page = world.visit(&mut opened.browser, &made_up, None).await;
        assert!(!page.text.contains("alert(1)"), "{}", page.text);
    });
}

#[test]
fn nothing_else_of_ours_and_nothing_like_it_is_an_end() {
    run(async {
        let world = World::new().await;
        for uri in [
            format!("{WORKER}/connect/done/"),
            format!("{WORKER}/connect/done?x=1"),
            format!("{WORKER}/connect/login"),
            format!("{WORKER}/oauth"),
            format!("{WORKER}.evil.example/connect/done"),
            "http://edge.example/connect/done".to_owned(),
            "/connect/done".to_owned(),
        ] {
            let asked = wish(&json!({"redirect_uri": uri}));
            let refused = world.server(Method::POST, "auth", Some(asked)).await;
            assert_eq!(refused.refused(), (400, "redirect_uri_refused".to_owned()), "{uri}");
        }
    });
}

#[test]
fn a_console_with_an_origin_of_its_own_makes_links_that_end_at_the_public_one() {
    run(async {
        const PUBLIC: &str = "https://connect.example";
        const CONSOLE: &str = "https://console.example";
        let world = World::new().await;
        let grant = world.connect("u1", ADA).await;
        world.host.deploy(Settings::new(|name| {
            Some(match name {
                "MASTER_KEYS" => "k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE".to_owned(),
                "ADMIN_SECRET" => ADMIN_SECRET.to_owned(),
                "PUBLIC_URL" => PUBLIC.to_owned(),
                "CONSOLE_URL" => CONSOLE.to_owned(),
                _ => return None,
            })
        }));
        let secret = Body::Bytes(json!({"secret": ADMIN_SECRET}).to_string().into_bytes());
        let session = format!("{CONSOLE}/admin/session");
        let signed_in = world.send(Method::POST, &session, &[("origin", CONSOLE)], secret).await;
        let cookie = signed_in.header("set-cookie").split(';').next().unwrap().to_owned();
        let asks = async |method: Method, path: &str, body: Body| {
            let url = format!("{CONSOLE}{path}");
            let headers =
                [("cookie", &*cookie), ("origin", CONSOLE), ("x-isthmus-project", &*world.project)];
            world.send(method, &url, &headers, body).await
        };
        // The console knows where links may end by where Zoom sends people back to.
        let path = format!("/admin/projects/{}/integrations", world.project);
        let listed = asks(Method::GET, &path, Body::Empty).await;
        assert_eq!(listed.field("/integrations/0/redirect_url"), format!("{PUBLIC}/oauth"));
        let link = async |end: &str| {
            let wish = wish(&json!({"redirect_uri": end, "grant_id": grant}));
            asks(Method::POST, "/connect/auth", Body::Bytes(wish.to_string().into_bytes())).await
        };
        let made = link(&format!("{PUBLIC}/connect/done")).await;
        assert_eq!(made.status, 200, "{}", made.text);
        let url = made.field("/data/url");
        assert!(url.starts_with(&format!("{PUBLIC}/connect/login?id=")), "{url}");
        let refused = link(&format!("{CONSOLE}/connect/done")).await;
        assert_eq!(refused.refused(), (400, "redirect_uri_refused".to_owned()));
    });
}
