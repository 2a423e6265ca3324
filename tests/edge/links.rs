//! Moves of the people around a login link: the project's server that asks for one, the person who opens it, and where
//! the person ends.

use std::collections::BTreeMap;

use http::Method;
use isthmus::host::Body;
use serde_json::{Value, json};

use crate::world::{ADA, Answer, Browser, PAGE, WORKER, World};

/// Where links end: it has a query of its own.
pub const END: &str = "https://app.example/connected?tab=zoom";

/// A person who has opened a link and allowed at Zoom, on the way back.
pub struct Opened {
    pub browser: Browser,
    pub back: String,
}

/// Where a person ends: the query of the product's page.
pub type End = BTreeMap<String, String>;

/// A world whose integration lets links end at [`END`].
pub async fn world() -> World {
    let world = World::new().await;
    allow_ends(&world).await;
    world
}

/// Lets links end at [`END`].
pub async fn allow_ends(world: &World) {
    let uris = json!([END, "https://app.example/plain", format!("{WORKER}/oauth")]);
    let change = json!({"redirect_uris": uris});
    let changed = world.server(Method::PATCH, "integrations/zoom", Some(change)).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
}

/// What a server sends, with some fields of its own.
pub fn wish(more: &Value) -> Value {
    let mut wish = json!({"provider": "zoom", "redirect_uri": END});
    for (name, value) in more.as_object().unwrap() {
        wish[name] = value.clone();
    }
    wish
}

impl World {
    /// The server asks for a link; its address.
    pub async fn link(&self, more: Value) -> String {
        let asked = self.server(Method::POST, "auth", Some(wish(&more))).await;
        assert_eq!(asked.status, 200, "{}", asked.text);
        asked.field("/data/url")
    }

    /// A browser opens a link from the product's page and goes on to Zoom, where the person allows.
    pub async fn open(&self, link: &str, zoom_user: &str) -> Opened {
        let mut browser = Browser::default();
        let zoom = self.go_to_zoom_by_button(&mut browser, link).await;
        Opened { browser, back: self.allow(&zoom, zoom_user) }
    }

    /// A browser opens a link and presses the button of its question; Zoom's address.
    pub async fn go_to_zoom_by_button(&self, browser: &mut Browser, link: &str) -> String {
        let asked = self.visit(browser, link, None).await;
        assert!(asked.text.contains("confirm-connect"), "{}", asked.text);
        let pressed = self.press_login(link, &[("origin", WORKER)]).await;
        assert_eq!(pressed.status, 303, "{}", pressed.text);
        browser.keep(&pressed.headers);
        pressed.header("location")
    }

    /// A browser sends the form of a link's question.
    pub async fn press_login(&self, link: &str, headers: &[(&str, &str)]) -> Answer {
        let id = link.split("id=").nth(1).unwrap();
        let form = Body::Bytes(format!("id={id}").into_bytes());
        self.send(Method::POST, "/connect/login", headers, form).await
    }

    /// The person comes back from Zoom.
    pub async fn back(&self, opened: &mut Opened) -> Answer {
        let back = opened.back.clone();
        self.visit(&mut opened.browser, &back, None).await
    }

    /// A whole hosted authentication; the grant's id.
    pub async fn hosted(&self, more: Value, zoom_user: &str) -> String {
        let link = self.link(more).await;
        let mut opened = self.open(&link, zoom_user).await;
        let end = end_of(&self.back(&mut opened).await);
        assert_eq!(end["success"], "true", "{end:?}");
        end["grant_id"].clone()
    }

    /// The grant of this id, as the server reads it.
    pub async fn grant(&self, id: &str) -> Answer {
        self.server(Method::GET, &format!("grants/{id}"), None).await
    }

    /// A call to Zoom's API by the server.
    pub async fn by_server(&self, method: Method, grant: &str, path: &str) -> Answer {
        self.server(method, &format!("grants/{grant}/request/{path}"), None).await
    }

    /// Whether a grant opens Zoom for the server.
    pub async fn opens(&self, grant: &str) -> bool {
        self.by_server(Method::GET, grant, "users/me").await.status == 200
    }

    /// The whole conversation of a browser from the product's page on, without a question.
    pub async fn go_unasked(&self, browser: &mut Browser, link: &str) -> String {
        self.go_to_zoom(browser, link).await
    }

    /// A refresh token that somebody else has got from Zoom for a person: by a consent of that person to the same app.
    pub async fn refresh_token(&self, zoom_user: &str) -> String {
        let redirect_uri = format!("{WORKER}/oauth");
        let page = format!(
            "http://zoom.test/oauth/authorize?response_type=code&client_id=zoom-client&state=x&redirect_uri={redirect_uri}"
        );
        let back = self.allow(&page, zoom_user);
        let code = back.split("code=").nth(1).unwrap().split('&').next().unwrap().to_owned();
        let form = format!("grant_type=authorization_code&code={code}&redirect_uri={redirect_uri}");
        self.token_endpoint(form).await["refresh_token"].as_str().unwrap().to_owned()
    }

    async fn token_endpoint(&self, form: String) -> Value {
        use base64ct::{Base64, Encoding};
        use tower::ServiceExt;

        let client = format!("zoom-client:{}", crate::world::CLIENT_SECRET);
        let request = http::Request::builder()
            .method(Method::POST)
            .uri("http://zoom.test/oauth/token")
            .header("authorization", format!("Basic {}", Base64::encode_string(client.as_bytes())))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(axum::body::Body::from(form))
            .unwrap();
        let answer = self.zoom.router().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), 200);
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }
}

/// Where a person ended, who was sent back to the product.
pub fn end_of(answer: &Answer) -> End {
    assert_eq!(answer.status, 303, "{}", answer.text);
    let location = answer.header("location");
    let query = location.strip_prefix(&format!("{END}&"));
    let query = query.unwrap_or_else(|| panic!("it ends elsewhere: {location}"));
    serde_urlencoded::from_str(query).unwrap()
}

/// The outcome of a person who was sent back: `true`, or the code of the failure.
pub fn outcome_of(answer: &Answer) -> String {
    let end = end_of(answer);
    end.get("error").unwrap_or(&end["success"]).clone()
}

/// Ada by a link for this user.
pub async fn ada(world: &World, user: &str) -> String {
    world.hosted(json!({"account_id": user}), ADA).await
}

/// The product's page that a link was opened from.
pub fn page() -> String {
    format!("{PAGE}/settings")
}
