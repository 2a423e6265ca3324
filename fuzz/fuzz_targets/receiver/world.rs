//! What the webhooks come to: an edge in memory with an integration in each state, one of them with a connected host,
//! and subscriptions to everything. The provider's side is the few answers that connecting takes.

use std::{cell::RefCell, rc::Rc};

use base64ct::{Base64, Encoding};
use http::{Method, StatusCode};
use isthmus::{
    connection::ConnectionName,
    edge,
    headers::Headers,
    host::{Body, Host, Request, Response, Row},
    settings::Settings,
    testing::{MemoryHost, Network},
    time::{HOUR, Timestamp},
    zoom::trigger::TRIGGERS,
};
use serde_json::{Value, json};

pub const EDGE: &str = "https://edge.example";
/// What the integrations' webhooks are signed with, and one of them was before.
pub const SECRET: &str = "4fv1RkqGQUq5sWbEz6hA5A";
pub const SECRET_BEFORE: &str = "the-secret-before-that-one";
/// The Zoom user who is connected: the host of the samples.
pub const HOST: &str = "x1yCzABCDEfg23HiJKl4mN";
const HOOKS: &str = "https://hooks.acme.example/zoom";
const ADMIN_SECRET: &str = "an admin secret of more than thirty-two bytes";
const BEGAN: i64 = 1_795_294_260_000;

/// To which integration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// With a connected host, and a secret of before that is still good.
    Connected,
    /// Nobody has connected; its secret of before is good no longer.
    Deserted,
    /// No secret is set.
    WithoutSecret,
    /// It is being deleted.
    Deleting,
    /// There is none.
    Unknown,
}

impl Place {
    /// The letters `a` to `g` of an input.
    pub const ALL: [Self; 7] = [
        Self::Connected,
        Self::Deserted,
        Self::WithoutSecret,
        Self::Deleting,
        Self::Unknown,
        Self::Connected,
        Self::Connected,
    ];

    /// What its webhooks may be signed with.
    pub fn secrets(self) -> &'static [&'static str] {
        match self {
            Self::Connected => &[SECRET, SECRET_BEFORE],
            Self::Deserted => &[SECRET],
            Self::WithoutSecret | Self::Deleting | Self::Unknown => &[],
        }
    }
}

/// The edge, and what its projects' endpoint has heard.
pub struct World {
    pub host: MemoryHost,
    places: Vec<(Place, String)>,
    heard: Rc<RefCell<Vec<Request>>>,
}

impl World {
    pub async fn new() -> Self {
        let heard: Rc<RefCell<Vec<Request>>> = Rc::default();
        let host = MemoryHost::new(settings(), Timestamp(BEGAN), network(Rc::clone(&heard)));
        let mut world = Self { host, places: Vec::new(), heard };
        world.integration(Place::Deserted, &[SECRET_BEFORE, SECRET]).await;
        world.host.pass(25 * HOUR);
        world.integration(Place::WithoutSecret, &[]).await;
        world.integration(Place::Deleting, &[SECRET]).await;
        world.host.sql(
            "UPDATE integrations SET deleting_at = 1 WHERE id = ?1",
            [json!(world.id_of(Place::Deleting))],
        );
        let client = world.integration(Place::Connected, &[SECRET_BEFORE, SECRET]).await;
        let token = json!({"provider": "zoom", "settings": {"refresh_token": "theirs"}, "account_id": "u1"});
        world.ask(Method::POST, "/connect/grants", &client, &token).await;
        for trigger in TRIGGERS {
            let wish = json!({"trigger": trigger.id, "url": HOOKS});
            world.ask(Method::POST, "/connect/subscriptions", &client, &wish).await;
        }
        let condition =
            json!({"field": "object.topic", "operator": "$stringContains", "value": "Meeting"});
        let wish = json!({"trigger": "new_meeting", "url": HOOKS, "filter": condition});
        world.ask(Method::POST, "/connect/subscriptions", &client, &wish).await;
        world.host.ring_alarms().await;
        world
    }

    /// The id of the integration there.
    pub fn id_of(&self, place: Place) -> &str {
        self.places.iter().find(|(other, _)| *other == place).map_or("none", |(_, id)| id)
    }

    /// Everything that is stored, but for what is counted and the log.
    pub fn stored(&self) -> Vec<String> {
        let all = self.host.everything_at_rest();
        let lines = all.lines().filter(|line| !line.starts_with('{'));
        let counts = |line: &str| line.contains(r#""metric":"webhooks""#);
        lines.map(|line| if counts(line) { "[]" } else { line }.to_owned()).collect()
    }

    /// How many rows there are of everything but what is counted.
    pub fn rows(&self) -> (Vec<Row>, Vec<Row>) {
        let tables =
            "SELECT (SELECT count(*) FROM integrations) AS a, (SELECT count(*) FROM grants) AS b,
            (SELECT count(*) FROM events) AS c, (SELECT count(*) FROM outcomes) AS d,
            (SELECT count(*) FROM meetings) AS e, (SELECT count(*) FROM deliveries) AS f,
            (SELECT count(*) FROM connections) AS g, (SELECT count(*) FROM audit) AS h,
            (SELECT count(*) FROM subscriptions WHERE failing_since IS NULL) AS i,
            (SELECT count(*) FROM users) AS j, (SELECT count(*) FROM sessions) AS k";
        let own =
            "SELECT (SELECT count(*) FROM events) AS a, (SELECT count(*) FROM deliveries) AS b";
        (self.host.sql(tables, []), self.host.object_sql(&self.connection(), own))
    }

    /// How many events the connection has kept, and the tables.
    pub fn events(&self) -> (usize, usize) {
        let tables = self.host.sql("SELECT id FROM events", []);
        (self.host.object_sql(&self.connection(), "SELECT id FROM events").len(), tables.len())
    }

    /// Whether the host is still connected.
    pub fn is_connected(&self) -> bool {
        !self.host.sql("SELECT id FROM grants", []).is_empty()
    }

    /// What the endpoint was sent: the ids, and the bodies.
    pub fn told(&self) -> Vec<(String, Value)> {
        let heard = self.heard.borrow();
        let read = |request: &Request| {
            let id = request.headers.get("webhook-id").expect("an id").to_owned();
            let body = request.body.bytes().and_then(|bytes| serde_json::from_slice(bytes).ok());
            (id, body.expect("a body of JSON"))
        };
        heard.iter().map(read).collect()
    }

    /// Forgets the events, so that the next input finds what this one found.
    pub fn forget(&self) {
        for sql in [
            "DELETE FROM events",
            "DELETE FROM outcomes",
            "DELETE FROM meetings",
            "DELETE FROM deliveries",
        ] {
            self.host.sql(sql, []);
        }
        for sql in ["DELETE FROM events", "DELETE FROM deliveries"] {
            self.host.object_sql(&self.connection(), sql);
        }
        self.heard.borrow_mut().clear();
    }

    fn connection(&self) -> ConnectionName {
        ConnectionName {
            integration_id: self.id_of(Place::Connected).to_owned(),
            provider_user_id: HOST.to_owned(),
        }
    }

    /// Sets a project with its integration up, with these secrets one after the other; answers the project's credentials.
    async fn integration(&mut self, place: Place, secrets: &[&str]) -> String {
        let admin = format!("Bearer {ADMIN_SECRET}");
        let key = include_str!("signing_key.pem");
        let wish =
            json!({"name": "P", "origins": ["https://app.example"], "signing_key": {"pem": key}});
        let project = self.ask(Method::POST, "/admin/projects", &admin, &wish).await;
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let path = format!("/admin/projects/{}/integrations/zoom", text(&project["id"]));
        let wish = json!({"client_id": "c", "client_secret": "s"});
        let mut integration = self.ask(Method::PUT, &path, &admin, &wish).await;
        for secret in secrets {
            let wish =
                json!({"client_id": "c", "client_secret": "s", "webhook_secret_token": secret});
            integration = self.ask(Method::PUT, &path, &admin, &wish).await;
        }
        self.places.push((place, text(&integration["id"])));
        let client = format!("{}:{}", text(&project["client_id"]), text(&project["client_secret"]));
        format!("Basic {}", Base64::encode_string(client.as_bytes()))
    }

    /// Asks something that has to go well.
    async fn ask(&self, method: Method, path: &str, authorization: &str, body: &Value) -> Value {
        let mut headers = Headers::default();
        headers.append("authorization", authorization);
        headers.append("content-type", "application/json");
        let body = Body::Bytes(body.to_string().into_bytes());
        let request =
            Request { method, url: format!("{EDGE}{path}"), headers, body, deadline_ms: 0 };
        let answer = edge::handle(&self.host, request).await;
        let text = String::from_utf8_lossy(answer.body.bytes().unwrap_or_default()).into_owned();
        assert!(answer.status.is_success(), "{path}: {} {text}", answer.status);
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// The clock, in seconds.
    pub fn now(&self) -> i64 {
        self.host.now().seconds()
    }
}

fn settings() -> Settings {
    Settings::new(|name| match name {
        "MASTER_KEYS" => Some("k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE".to_owned()),
        "ADMIN_SECRET" => Some(ADMIN_SECRET.to_owned()),
        "ZOOM_OAUTH_URL" | "ZOOM_API_URL" => Some("http://zoom.test".to_owned()),
        _ => None,
    })
}

/// Zoom, as far as connecting takes it, and the endpoint.
fn network(heard: Rc<RefCell<Vec<Request>>>) -> Network {
    Box::new(move |request| {
        let json = if request.url.starts_with(HOOKS) {
            heard.borrow_mut().push(request);
            json!({})
        } else if request.url.ends_with("/oauth/token") {
            json!({"access_token": "a", "refresh_token": "r", "token_type": "bearer", "expires_in": 3600, "scope": "s"})
        } else {
            json!({"id": HOST, "account_id": "VjZoEArIT5y-HlWxkV-tVA", "email": "ada@acme.example"})
        };
        Box::pin(async move {
            let body = Body::Bytes(json.to_string().into_bytes());
            Ok(Response { status: StatusCode::OK, headers: Headers::default(), body })
        })
    })
}
