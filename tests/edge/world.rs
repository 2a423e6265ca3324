//! The world of the edge's tests: a host in memory, the sandbox in process as its Zoom, a project with a page, and the
//! moves of the people in it: a page that calls, a person with a browser at the popup.

use std::{cell::RefCell, collections::HashMap, rc::Rc, time::Duration};

use crate::endpoint::{ENDPOINTS, Heard};
use axum::body::{Body as AxumBody, to_bytes};
use base64ct::{Base64, Encoding};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use isthmus::{
    edge,
    headers::Headers,
    host::{Body, Host, Request, Response, SendError},
    settings::Settings,
    testing::{MemoryHost, TestKey},
    time::Timestamp,
};
use isthmus_sandbox::{AppConfig, Clock, Config, Decision, Sandbox};
use serde_json::{Value, json};
use tower::ServiceExt;

pub const WORKER: &str = "https://edge.example";
pub const PAGE: &str = "https://app.example";
pub const ADMIN_SECRET: &str = "an admin secret of more than thirty-two bytes";
pub const CLIENT_SECRET: &str = "zoom-client-secret-that-must-not-be-found";
pub const ADA: &str = "ada@acme.example";
pub const GRACE: &str = "grace@globex.example";
const BEGAN: i64 = 1_795_294_260_000;

/// Everything a test has.
pub struct World {
    pub host: MemoryHost,
    pub zoom: Sandbox,
    pub project: String,
    pub integration: String,
    /// The credentials of the project's server.
    pub client: (String, String),
    pub key: TestKey,
    /// Everything that was answered, as text, to be searched for secrets.
    pub answered: Rc<RefCell<String>>,
    /// The origins of Zoom's addresses that were called, in order.
    pub called: Rc<RefCell<Vec<String>>>,
    /// What the project's own endpoint heard and answers.
    pub heard: Rc<Heard>,
    /// User tokens by user and second: making one takes long, and crowds need many.
    pub minted: RefCell<HashMap<(String, i64), String>>,
}

/// One browser: its cookies.
#[derive(Default)]
pub struct Browser {
    pub cookies: Vec<(String, String)>,
}

/// An answer, read.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl World {
    /// A project with one page origin, one signing key and its Zoom integration.
    pub async fn new() -> Self {
        Self::with(sandbox_config()).await
    }

    /// The same, with another Zoom.
    pub async fn with(config: Config) -> Self {
        let zoom = Sandbox::new(config);
        let called = Rc::default();
        let heard = Rc::default();
        let network = network(&zoom, Rc::clone(&called), Rc::clone(&heard));
        let world = Self {
            host: MemoryHost::new(settings(), Timestamp(BEGAN), network),
            zoom,
            project: String::new(),
            integration: String::new(),
            client: Default::default(),
            key: signing_key(),
            answered: Rc::default(),
            called,
            heard,
            minted: RefCell::default(),
        };
        world.another_project().await
    }

    /// The same world as another project sees it.
    pub async fn another_project(&self) -> Self {
        let mut world = Self {
            host: self.host.clone(),
            zoom: self.zoom.clone(),
            project: String::new(),
            integration: String::new(),
            client: Default::default(),
            key: self.key.clone(),
            answered: Rc::clone(&self.answered),
            called: Rc::clone(&self.called),
            heard: Rc::clone(&self.heard),
            minted: RefCell::default(),
        };
        let wish = json!({"name": "Demo", "origins": [PAGE], "signing_key": {"pem": world.key.public_pem()}});
        let project = world.admin(Method::POST, "/admin/projects", &wish).await;
        assert_eq!(project.status, 201, "{}", project.text);
        world.project = project.field("/id");
        world.client = (project.field("/client_id"), project.field("/client_secret"));
        let path = format!("/admin/projects/{}/integrations/zoom", world.project);
        let wish = json!({"client_id": "zoom-client", "client_secret": CLIENT_SECRET});
        let integration = world.admin(Method::PUT, &path, &wish).await;
        world.integration = integration.field("/id");
        world
    }

    /// Lets time pass here and at Zoom.
    pub fn pass(&self, time: Duration) {
        self.host.pass(i64::try_from(time.as_millis()).unwrap());
        self.zoom.clock().advance(time);
    }

    /// A user token that lives an hour.
    pub fn token(&self, user: &str) -> String {
        let now = self.host.now().seconds();
        let mut minted = self.minted.borrow_mut();
        let minted = minted.entry((user.to_owned(), now));
        let claims = json!({"sub": user, "iat": now, "exp": now + 3600});
        minted.or_insert_with(|| self.key.token(&claims)).clone()
    }

    /// One request to the edge.
    pub async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Answer {
        let mut sent = Headers::default();
        for (name, value) in headers {
            sent.append(name, value);
        }
        let url = if url.starts_with('/') { format!("{WORKER}{url}") } else { url.to_owned() };
        let request = Request { method, url, headers: sent, body, deadline_ms: 0 };
        let answer = read(Box::pin(edge::handle(&self.host, request)).await);
        self.answered.borrow_mut().push_str(&format!("{:?}\n{}\n", answer.headers, answer.text));
        answer
    }

    /// A request of the operator.
    pub async fn admin(&self, method: Method, path: &str, body: &Value) -> Answer {
        let bearer = format!("Bearer {ADMIN_SECRET}");
        let body = Body::Bytes(body.to_string().into_bytes());
        self.send(method, path, &[("authorization", &bearer)], body).await
    }

    /// A call of the project's server; `path` is what follows `/connect/`.
    pub async fn server(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let json = [("content-type", "application/json")];
        let headers = if body.is_some() { json.as_slice() } else { &[] };
        let body = body.map_or(Body::Empty, |value| Body::Bytes(value.to_string().into_bytes()));
        self.server_with(method, path, headers, body).await
    }

    /// The same with more headers and any body.
    pub async fn server_with(
        &self,
        method: Method,
        path: &str,
        more: &[(&str, &str)],
        body: Body,
    ) -> Answer {
        let (id, secret) = &self.client;
        let basic = format!("Basic {}", Base64::encode_string(format!("{id}:{secret}").as_bytes()));
        let mut headers = vec![("authorization", basic.as_str())];
        headers.extend_from_slice(more);
        self.send(method, &format!("/connect/{path}"), &headers, body).await
    }

    /// A call of the project's page for a user; `path` is what follows `/sdk/`.
    pub async fn call(
        &self,
        method: Method,
        user: &str,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        self.call_with(method, user, path, &[], body).await
    }

    /// The same with more headers.
    pub async fn call_with(
        &self,
        method: Method,
        user: &str,
        path: &str,
        more: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let bearer = format!("Bearer {}", self.token(user));
        let mut headers = vec![("authorization", bearer.as_str()), ("origin", PAGE)];
        if body.is_some() {
            headers.push(("content-type", "application/json"));
        }
        headers.extend_from_slice(more);
        let body = body.map_or(Body::Empty, |value| Body::Bytes(value.to_string().into_bytes()));
        let path = format!("/projects/{}/sdk/{path}", self.project);
        self.send(method, &path, &headers, body).await
    }

    /// The page asks for a session; answers its id and start URL.
    pub async fn begin(&self, user: &str) -> (String, String) {
        let begun =
            self.call(Method::POST, user, "sessions", Some(json!({"integration": "zoom"}))).await;
        assert_eq!(begun.status, 201, "{}", begun.text);
        (begun.field("/id"), begun.field("/start_url"))
    }

    /// The popup goes from the page to the start page, and on to Zoom; answers Zoom's address.
    pub async fn go_to_zoom(&self, browser: &mut Browser, start_url: &str) -> String {
        let started = self.visit(browser, start_url, Some(&format!("{PAGE}/"))).await;
        assert_eq!(started.status, 303, "{}", started.text);
        started.header("location")
    }

    /// Allows at Zoom's consent page; answers the address that Zoom sends the browser back to.
    pub fn allow(&self, zoom_url: &str, zoom_user: &str) -> String {
        self.zoom.consent(zoom_url, zoom_user, Decision::Allow).unwrap()
    }

    /// A browser opens an address of ours.
    pub async fn visit(&self, browser: &mut Browser, url: &str, referer: Option<&str>) -> Answer {
        let cookies: Vec<_> =
            browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let mut headers = vec![("cookie", cookies.as_str())];
        headers.extend(referer.map(|referer| ("referer", referer)));
        let answer = self.send(Method::GET, url, &headers, Body::Empty).await;
        browser.keep(&answer.headers);
        answer
    }

    /// A whole connect, as a person does it; answers the grant's id.
    pub async fn connect(&self, user: &str, zoom_user: &str) -> String {
        let (session, start) = self.begin(user).await;
        let mut browser = Browser::default();
        let zoom = self.go_to_zoom(&mut browser, &start).await;
        let back = self.allow(&zoom, zoom_user);
        let last = self.visit(&mut browser, &back, None).await;
        assert_eq!(last.status, 200, "{}", last.text);
        let polled = self.poll(user, &session).await;
        assert_eq!(polled.field("/status"), "done", "{}", polled.text);
        polled.field("/credential_id")
    }

    /// The page asks how its session ended.
    pub async fn poll(&self, user: &str, session: &str) -> Answer {
        self.call(Method::GET, user, &format!("sessions/{session}"), None).await
    }

    /// A call to Zoom's API by the page, raw.
    pub async fn zoom(
        &self,
        method: Method,
        user: &str,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let raw = [("x-paragon-use-raw-response", "1")];
        self.call_with(method, user, &format!("proxy/zoom/{path}"), &raw, body).await
    }
}

impl Browser {
    pub fn keep(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
    }
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    /// A text in the JSON body, by JSON pointer.
    pub fn field(&self, pointer: &str) -> String {
        let json = self.json();
        let found = json.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_else(|| panic!("no {pointer} in {}", self.text)).to_owned()
    }

    /// The stable code of a failure.
    pub fn code(&self) -> String {
        self.field("/code")
    }

    /// Status and stable code of a failure, in any dialect.
    pub fn refused(&self) -> (u16, String) {
        (self.status, self.header("x-isthmus-code"))
    }

    pub fn header(&self, name: &str) -> String {
        let value = self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {self:?}"));
        value.to_str().unwrap().to_owned()
    }
}

/// The project's key: one for all tests, since making one takes long.
fn signing_key() -> TestKey {
    static KEY: std::sync::OnceLock<TestKey> = std::sync::OnceLock::new();
    KEY.get_or_init(TestKey::generate).clone()
}

pub fn settings() -> Settings {
    Settings::new(|name| {
        Some(match name {
            "MASTER_KEYS" => "k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE".to_owned(),
            "ADMIN_SECRET" => ADMIN_SECRET.to_owned(),
            "ZOOM_OAUTH_URL" | "ZOOM_API_URL" => "http://zoom.test".to_owned(),
            _ => return None,
        })
    })
}

pub fn sandbox_config() -> Config {
    Config {
        app: AppConfig {
            client_id: "zoom-client".to_owned(),
            client_secret: CLIENT_SECRET.to_owned(),
            redirect_uris: vec![format!("{WORKER}/oauth")],
            ..AppConfig::default()
        },
        base_url: Some("http://zoom.test".to_owned()),
        clock: Clock::fixed(BEGAN),
        ..Config::default()
    }
}

/// The sandbox as the host's network, and the project's endpoint: no socket between them.
fn network(
    zoom: &Sandbox,
    called: Rc<RefCell<Vec<String>>>,
    heard: Rc<Heard>,
) -> isthmus::testing::Network {
    let zoom = zoom.clone();
    Box::new(move |request| {
        let router = zoom.router();
        let origin = request.url.splitn(4, '/').take(3).collect::<Vec<_>>();
        called.borrow_mut().push(origin.join("/"));
        if request.url.starts_with(ENDPOINTS) {
            let answer = heard.hear(request);
            return Box::pin(async { answer });
        }
        Box::pin(async move {
            let mut outgoing = http::Request::builder().method(request.method).uri(request.url);
            for (name, value) in request.headers.iter() {
                outgoing = outgoing.header(name, value);
            }
            let bytes = match request.body {
                Body::Empty => Vec::new(),
                Body::Bytes(bytes) => bytes,
                Body::Stream(stream) => stream.0.downcast_ref::<Vec<u8>>().unwrap().clone(),
            };
            let outgoing = outgoing.body(AxumBody::from(bytes)).unwrap();
            let answer = router.oneshot(outgoing).await.unwrap();
            if answer.headers().contains_key(isthmus_sandbox::LOST_HEADER) {
                return Err(SendError::Unreachable("the answer was lost".to_owned()));
            }
            let (parts, body) = answer.into_parts();
            let bytes = to_bytes(body, usize::MAX).await.unwrap().to_vec();
            let body = if bytes.is_empty() { Body::Empty } else { Body::Bytes(bytes) };
            Ok(Response { status: parts.status, headers: incoming(&parts.headers), body })
        })
    })
}

fn read(answer: Response) -> Answer {
    let text = String::from_utf8_lossy(answer.body.bytes().unwrap_or_default()).into_owned();
    let zooms_own = answer.headers.get("x-isthmus-code").is_none();
    assert!(zooms_own || answer.status != StatusCode::INTERNAL_SERVER_ERROR, "{text}");
    let headers = answer.headers.iter().map(|(name, value)| {
        (HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap())
    });
    Answer { status: answer.status.as_u16(), headers: headers.collect(), text }
}

fn incoming(headers: &HeaderMap) -> Headers {
    let mut list = Headers::default();
    for (name, value) in headers {
        list.append(name.as_str(), value.to_str().unwrap());
    }
    list
}
