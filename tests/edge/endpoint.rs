//! The project's own endpoint for our events: what it heard, what it answers, and the moves of a test that needs one.

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, VecDeque},
    rc::Rc,
};

use base64ct::{Base64, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use http::{Method, StatusCode};
use isthmus::{
    connection::{Answer, ConnectionName, Question},
    headers::Headers,
    host::{BUFFER_LIMIT, Body, Host, Request, Response, SendError, Stream},
};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::world::{ADA, World};

/// Where it is.
pub const HOOKS: &str = "https://hooks.acme.example/zoom";
/// Where the endpoints of subscriptions are, too.
pub const ENDPOINTS: &str = "https://hooks.acme.example/";

/// What was heard, and what is answered.
#[derive(Default)]
pub struct Heard {
    pub requests: RefCell<Vec<Request>>,
    /// The next answers; no status: none comes.
    pub answers: RefCell<VecDeque<Option<u16>>>,
    /// The answer when none is planned; zero: 204.
    pub always: Cell<u16>,
    /// What one address answers each time; zero: nothing.
    pub by_url: RefCell<HashMap<String, u16>>,
    /// What one address says, with its headers.
    pub says: RefCell<HashMap<String, (Headers, Vec<u8>)>>,
    /// What happens when something is heard.
    pub meanwhile: RefCell<Option<Meanwhile>>,
}

/// What a test does when something is heard.
pub type Meanwhile = Box<dyn Fn(&Request)>;

impl Heard {
    pub fn hear(&self, request: Request) -> Result<Response, SendError> {
        if let Some(meanwhile) = &*self.meanwhile.borrow() {
            meanwhile(&request);
        }
        let of_url = self.by_url.borrow().get(&request.url).copied();
        let (headers, said) = self.says.borrow().get(&request.url).cloned().unwrap_or_default();
        self.requests.borrow_mut().push(request);
        if let Some(status) = of_url {
            self.answers.borrow_mut().push_front(Some(status).filter(|status| *status > 0));
        }
        let always = Some(self.always.get()).filter(|status| *status > 0).unwrap_or(204);
        let planned = self.answers.borrow_mut().pop_front().unwrap_or(Some(always));
        let status = planned.ok_or(SendError::Timeout)?;
        let status = StatusCode::from_u16(status).unwrap();
        let body = match said.len() {
            0 => Body::Empty,
            1..=BUFFER_LIMIT => Body::Bytes(said),
            _ => Body::Stream(Stream(Rc::new(said))),
        };
        Ok(Response { status, headers, body })
    }

    /// The bodies that were heard since the last look.
    pub fn events(&self) -> Vec<Value> {
        let read =
            |request: Request| serde_json::from_slice(request.body.bytes().unwrap()).unwrap();
        self.requests.borrow_mut().drain(..).map(read).collect()
    }

    /// The types that were heard since the last look.
    pub fn types(&self) -> Vec<String> {
        let kind = |event: &Value| event["type"].as_str().unwrap().to_owned();
        self.events().iter().map(kind).collect()
    }
}

/// Whether a Standard Webhooks library that has this secret takes the message.
pub fn verifies(secret: &str, request: &Request) -> bool {
    let header = |name: &str| request.headers.get(name).unwrap();
    let key = Base64::decode_vec(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(header("webhook-id").as_bytes());
    mac.update(b".");
    mac.update(header("webhook-timestamp").as_bytes());
    mac.update(b".");
    mac.update(request.body.bytes().unwrap());
    let expected = format!("v1,{}", Base64::encode_string(&mac.finalize().into_bytes()));
    header("webhook-signature").split(' ').any(|signature| signature == expected)
}

impl World {
    /// Says where the project's events go; answers the secret when one was minted.
    pub async fn listen(&self, wish: Value) -> Option<String> {
        let path = format!("/admin/projects/{}/event-endpoint", self.project);
        let put = self.admin(Method::PUT, &path, &wish).await;
        assert_eq!(put.status, 200, "{}", put.text);
        put.json()["secret"].as_str().map(str::to_owned)
    }

    /// The connection of Ada's Zoom login.
    pub fn adas(&self) -> ConnectionName {
        let users = self.zoom.snapshot().users;
        let ada = users.into_iter().find(|user| user.email == ADA).unwrap();
        ConnectionName { integration_id: self.integration.clone(), provider_user_id: ada.id }
    }

    /// One question to the connection of Ada's Zoom login.
    pub async fn question(&self, question: Question) -> Answer {
        self.host.ask(&self.adas(), question).await.unwrap()
    }

    /// The deliveries as the tables know them, in order.
    pub fn deliveries(&self) -> Vec<Value> {
        let rows = self.host.sql("SELECT * FROM deliveries ORDER BY created_at, id", []);
        rows.into_iter().map(|row| json!(row)).collect()
    }

    /// What the audit trail says: what and who, in order.
    pub fn audit(&self) -> Vec<(String, String)> {
        let sql = "SELECT what, who FROM audit WHERE what LIKE 'grant.%' OR what LIKE 'revocation.%' ORDER BY id";
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let rows = self.host.sql(sql, []);
        rows.iter().map(|row| (text(&row["what"]), text(&row["who"]))).collect()
    }
}
