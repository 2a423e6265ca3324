//! The moves of a person with a portal: a page has it opened, its window enters with the ticket, its script calls.

use http::Method;
use isthmus::host::Body;
use serde_json::{Value, json};

use crate::world::{Answer, Browser, PAGE, WORKER, World};

/// A portal that was opened in a browser.
pub struct Window {
    pub user: String,
    pub id: String,
    pub browser: Browser,
}

impl World {
    /// The page has a portal made; its id and ticket.
    pub async fn ticket(&self, user: &str) -> (String, String) {
        let wish = json!({"integration": "zoom"});
        let made = self.call(Method::POST, user, "portals", Some(wish)).await;
        assert_eq!(made.status, 201, "{}", made.text);
        (made.field("/id"), made.field("/ticket"))
    }

    /// A browser sends a form with a ticket.
    pub async fn enter(&self, browser: &mut Browser, ticket: &str, origin: Option<&str>) -> Answer {
        let headers: Vec<_> = origin.map(|origin| ("origin", origin)).into_iter().collect();
        let form = Body::Bytes(format!("ticket={ticket}").into_bytes());
        let answer = self.send(Method::POST, "/portal", &headers, form).await;
        browser.keep(&answer.headers);
        answer
    }

    /// A portal that a page has opened for its user.
    pub async fn window(&self, user: &str) -> Window {
        let (id, ticket) = self.ticket(user).await;
        let mut browser = Browser::default();
        let entered = self.enter(&mut browser, &ticket, Some(PAGE)).await;
        assert_eq!(entered.status, 303, "{}", entered.text);
        assert_eq!(entered.header("location"), format!("/portal/{id}"));
        Window { user: user.to_owned(), id, browser }
    }

    /// The portal's page calls.
    pub async fn within(
        &self,
        window: &mut Window,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let headers = [("origin", WORKER), ("sec-fetch-site", "same-origin")];
        self.within_with(window, method, path, &headers, body).await
    }

    /// The same with other headers.
    pub async fn within_with(
        &self,
        window: &mut Window,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let cookies = window.browser.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        let mut all = vec![("cookie", cookies.as_str())];
        all.extend_from_slice(headers);
        let body = body.map_or(Body::Empty, |value| Body::Bytes(value.to_string().into_bytes()));
        let path = format!("/portal/{}/{path}", window.id);
        let answer = self.send(method, &path, &all, body).await;
        window.browser.keep(&answer.headers);
        answer
    }

    /// What the portal shows.
    pub async fn shown(&self, window: &mut Window) -> Value {
        let answer = self.within(window, Method::GET, "state", None).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    /// What the page that opened a portal is told.
    pub async fn told_of(&self, window: &Window) -> Value {
        let path = format!("portals/{}", window.id);
        let answer = self.call(Method::GET, &window.user, &path, None).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    /// The portal's window goes to Zoom; answers Zoom's address.
    pub async fn zoom_from(&self, window: &mut Window, wish: Value) -> String {
        let begun = self.within(window, Method::POST, "connect", Some(wish)).await;
        assert_eq!(begun.status, 201, "{}", begun.text);
        let start = begun.field("/start_url");
        let started = self.visit(&mut window.browser, &start, None).await;
        assert_eq!(started.status, 303, "{}", started.text);
        started.header("location")
    }

    /// The same, and allows there; answers where Zoom sends it back to.
    pub async fn go_from(&self, window: &mut Window, zoom_user: &str) -> String {
        let zoom = self.zoom_from(window, json!({})).await;
        self.allow(&zoom, zoom_user)
    }

    /// A whole connect in a portal; answers the grant's id.
    pub async fn connect_in(&self, window: &mut Window, zoom_user: &str) -> String {
        let back = self.go_from(window, zoom_user).await;
        let ended = self.visit(&mut window.browser, &back, None).await;
        assert_eq!(ended.header("location"), format!("/portal/{}", window.id));
        let told = self.told_of(window).await;
        let last = told["changes"].as_array().unwrap().last().unwrap();
        last["grant_id"].as_str().unwrap().to_owned()
    }
}
