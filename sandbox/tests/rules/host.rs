//! A connected user, for the tests of the meeting operations.

use serde_json::Value;

use crate::rig::{ADA, Got, Rig};

/// A user who has connected, and calls.
pub(crate) struct Host {
    pub(crate) rig: Rig,
    pub(crate) token: String,
}

/// Ada.
pub(crate) async fn ada() -> Host {
    let rig = Rig::new();
    let token = rig.connect(ADA).await.access;
    Host { rig, token }
}

impl Host {
    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Got {
        self.rig.api(method, path, &self.token, &body).await
    }

    pub(crate) async fn create(&self, body: Value) -> Got {
        self.call("POST", "/users/me/meetings", body).await
    }

    pub(crate) async fn read(&self, path: &str) -> Got {
        self.call("GET", path, Value::Null).await
    }

    pub(crate) async fn created(&self, body: Value) -> u64 {
        let got = self.create(body).await;
        assert_eq!(got.status, 201, "{}", got.text);
        got.json["id"].as_u64().unwrap()
    }
}
