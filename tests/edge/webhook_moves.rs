//! Zoom's side of a webhook, and what a test looks at afterwards: what was counted, what is stored.

use hmac::{Hmac, KeyInit, Mac};
use http::Method;
use isthmus::{
    connection::ConnectionName,
    host::{Body, Host},
    zoom::trigger,
};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{
    moves::connected,
    world::{ADA, Answer, World},
};

/// What the Zoom app of every project here signs with.
pub const SECRET: &str = "the-secret-token-of-the-zoom-app";

/// A world in which `u1` has connected Ada's login, and webhooks can be checked.
pub async fn listening() -> World {
    let world = connected().await;
    world.set_webhook_secret(&json!(SECRET)).await;
    // What there is to tell of the connect itself is told before anybody listens.
    world.host.ring_alarms().await;
    world
}

/// The hex of an HMAC-SHA256.
pub fn hmac(secret: &str, message: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(message);
    isthmus::secret::hex(&mac.finalize().into_bytes())
}

/// The headers by which Zoom vouches for a body.
pub fn signed(secret: &str, seconds: i64, body: &[u8]) -> [(&'static str, String); 2] {
    let message = [format!("v0:{seconds}:").as_bytes(), body].concat();
    let signature = format!("v0={}", hmac(secret, &message));
    [("x-zm-request-timestamp", seconds.to_string()), ("x-zm-signature", signature)]
}

/// The example of an event, about a meeting of this host.
pub fn example(event: &str, host_id: &str) -> Value {
    let mut body: Value = serde_json::from_str(trigger::by_id(event).unwrap().example).unwrap();
    if let Some(host) = body.pointer_mut("/payload/object/host_id") {
        *host = json!(host_id);
    }
    body
}

impl World {
    /// The project's server sets the secret token of its Zoom app.
    pub async fn set_webhook_secret(&self, secret: &Value) {
        let wish = json!({"settings": {"webhook_secret_token": secret}});
        let set = self.server(Method::PATCH, "integrations/zoom", Some(wish)).await;
        assert_eq!(set.status, 200, "{}", set.text);
    }

    /// Where Zoom calls.
    pub fn hook(&self) -> String {
        format!("/webhook/triggers/connect/zoom/{}", self.integration)
    }

    /// Zoom says something, now, signed with the secret of the test.
    pub async fn hear(&self, body: &Value) -> Answer {
        self.hear_bytes(SECRET, self.host.now().seconds(), body.to_string().as_bytes()).await
    }

    /// The same of any bytes, with any secret, as if sent at this second.
    pub async fn hear_bytes(&self, secret: &str, seconds: i64, body: &[u8]) -> Answer {
        let headers = signed(secret, seconds, body);
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.send(Method::POST, &self.hook(), &headers, Body::Bytes(body.to_vec())).await
    }

    /// Zoom asks to show that we have the secret.
    pub async fn validate(&self, secret: &str) -> Answer {
        let body = json!({"event": "endpoint.url_validation", "event_ts": 1, "payload": {"plainToken": "abc-_1"}});
        self.hear_bytes(secret, self.host.now().seconds(), body.to_string().as_bytes()).await
    }

    /// The connection of a Zoom login.
    pub fn connection_of(&self, email: &str) -> ConnectionName {
        let users = self.zoom.snapshot().users;
        let user = users.into_iter().find(|user| user.email == email).unwrap();
        ConnectionName { integration_id: self.integration.clone(), provider_user_id: user.id }
    }

    /// Zoom's id of Ada.
    pub fn ada(&self) -> String {
        self.connection_of(ADA).provider_user_id
    }

    /// The ids of the events that this connection has taken in.
    pub fn taken(&self, name: &ConnectionName) -> Vec<String> {
        let rows = self.host.object_sql(name, "SELECT id FROM events ORDER BY received_at, id");
        rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    }

    /// What is counted.
    pub async fn metrics(&self) -> String {
        let counted = self.admin(Method::GET, "/metrics", &json!(null)).await;
        assert_eq!(counted.status, 200, "{}", counted.text);
        counted.text
    }

    /// How many webhooks of an integration came to this end; no integration: where it is not known.
    pub async fn counted(&self, integration: &str, outcome: &str) -> i64 {
        let metrics = self.metrics().await;
        let line = format!(
            "isthmus_webhooks_total{{integration=\"{integration}\",outcome=\"{outcome}\"}} "
        );
        metrics
            .lines()
            .find_map(|found| found.strip_prefix(&line))
            .map_or(0, |n| n.parse().unwrap())
    }

    /// Nothing is stored but what was.
    pub fn assert_stored(&self, before: &[String], what: &str) {
        let stored = self.stored();
        let new: Vec<_> = stored.iter().filter(|line| !before.contains(line)).collect();
        assert!(new.is_empty() && stored.len() == before.len(), "{what}: {new:#?}");
    }

    /// Everything that is stored, but for the counts and the log.
    pub fn stored(&self) -> Vec<String> {
        let (everything, log) = (self.host.everything_at_rest(), self.host.log_lines().len());
        let mut lines: Vec<_> = everything.lines().map(str::to_owned).collect();
        lines.truncate(lines.len() - log);
        lines.retain(|line| {
            !["[]", "null"].contains(&line.as_str()) && !line.contains("\"metric\":")
        });
        lines.sort();
        lines
    }
}

/// Subscribes the project to a trigger; its own event endpoint is told.
pub fn subscribe(world: &World, trigger: &str) {
    let sql = "INSERT INTO subscriptions (id, project_id, trigger, status, created_at, updated_at)
        VALUES ('sub_' || ?1, ?2, ?1, 'active', 1, 1)";
    world.host.sql(sql, [json!(trigger), json!(world.project)]);
}

/// What Zoom says when a user has removed the app.
pub fn removal(user_id: &str, at: &Value) -> Value {
    json!({"event": "app_deauthorized", "payload": {"account_id": "EabCDEFghiLHMA", "user_id": user_id,
        "signature": "827edc3452044f0bc86bdd5684afb7d1e6becfa1a767f24df1b287853cf73000",
        "deauthorization_time": at, "client_id": "zoom-client"}})
}
