//! How a test gets in the way of a journey: its caller goes away, its process dies, time passes; and how it sees that
//! nothing hangs.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

use http::Method;
use serde_json::json;

use crate::world::{Answer, World};

/// Longer than any access token lives.
pub const TOO_LATE: Duration = Duration::from_mins(61);
/// So late that an access token should be renewed, and still works.
pub const LATE: Duration = Duration::from_mins(56);

/// What a future comes to; the test fails when it hangs. Time passes only while everybody waits.
pub async fn ended<T>(future: impl Future<Output = T>) -> T {
    let hour = Duration::from_secs(3600);
    let ended = tokio::time::timeout(hour, Box::pin(future)).await;
    ended.unwrap_or_else(|_| panic!("it hangs"))
}

/// Polls a future so many times and then drops it; what it came to, if it got there.
pub async fn gone_after<T>(polls: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut polled = 0;
    poll_fn(|context| {
        if polled == polls {
            return Poll::Ready(None);
        }
        polled += 1;
        match future.as_mut().poll(context) {
            Poll::Ready(result) => Poll::Ready(Some(result)),
            Poll::Pending if polled == polls => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Returns when every task has done what it can.
pub async fn idle() {
    tokio::time::sleep(Duration::from_secs(60)).await;
}

impl World {
    /// Who the user is at Zoom.
    pub async fn ask(&self, user: &str) -> Answer {
        ended(self.zoom(Method::GET, user, "users/me", None)).await
    }

    /// The user disconnects.
    pub async fn disconnect(&self, user: &str) -> Answer {
        ended(self.call(Method::DELETE, user, "integrations/zoom", None)).await
    }

    /// What `me` says about the user's grant: `VALID`, `INVALID`, or nothing when there is none.
    pub async fn grant_status(&self, user: &str) -> Option<String> {
        let me = self.call(Method::GET, user, "me", None).await.json();
        let status = me.pointer("/integrations/zoom/credentialStatus");
        status.and_then(|status| status.as_str()).map(str::to_owned)
    }

    /// The operator changes the Zoom app's secret.
    pub async fn set_client_secret(&self, secret: &str) {
        let path = format!("/admin/projects/{}/integrations/zoom", self.project);
        let wish = json!({"client_id": "zoom-client", "client_secret": secret});
        let answer = self.admin(Method::PUT, &path, &wish).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    /// How many refreshes have reached Zoom since the log was reset.
    pub fn refreshes(&self) -> usize {
        self.zoom.token_requests().refresh
    }

    /// Lets time pass until no alarm is set any more.
    pub async fn let_alarms_end(&self) {
        for _ in 0..20 {
            self.pass(Duration::from_secs(2 * 3600));
            if ended(self.host.ring_alarms()).await == 0 {
                return;
            }
        }
        panic!("the alarms never end");
    }
}

impl Answer {
    /// Status and stable code; no code for an answer of Zoom's.
    pub fn told(&self) -> (u16, String) {
        let code = self.headers.contains_key("x-isthmus-code");
        let code = code.then(|| self.code());
        (self.status, code.unwrap_or_default())
    }
}
