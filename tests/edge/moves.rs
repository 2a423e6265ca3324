//! More moves of the people in the world, for the tests of connecting: a person on the way to Zoom and back, the
//! question of the start page, a page that waits for the end.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

use http::Method;
use isthmus::host::Body;
use isthmus_sandbox::Decision;
use serde_json::{Value, json};

use crate::world::{ADA, Answer, Browser, World};

/// One person with a popup: begun, consented, on the way back.
pub struct Attempt {
    pub user: String,
    pub session: String,
    pub browser: Browser,
    /// The address that Zoom sends the browser to.
    pub back: String,
}

/// A world in which `u1` has connected Ada's login: Zoom limits nothing, and has forgotten its calls.
pub async fn connected() -> World {
    let world = World::new().await;
    world.zoom.set_limits(isthmus_sandbox::Limits::none());
    world.connect("u1", ADA).await;
    world.zoom.reset_calls();
    world
}

impl World {
    /// Begins, goes to Zoom and allows there; the browser has not come back yet.
    pub async fn attempt(&self, user: &str, zoom_user: &str) -> Attempt {
        let (session, start) = self.begin(user).await;
        let mut browser = Browser::default();
        let zoom = self.go_to_zoom(&mut browser, &start).await;
        Attempt { user: user.to_owned(), session, browser, back: self.allow(&zoom, zoom_user) }
    }

    /// The browser of an attempt comes back from Zoom.
    pub async fn come_back(&self, attempt: &mut Attempt) -> Answer {
        let back = attempt.back.clone();
        self.visit(&mut attempt.browser, &back, None).await
    }

    /// Declines at Zoom's consent page; answers the address that Zoom sends the browser back to.
    pub fn decline(&self, zoom_url: &str) -> String {
        self.zoom.consent(zoom_url, ADA, Decision::Decline).unwrap()
    }

    /// A browser sends the form of the start page's question.
    pub async fn press(&self, session: &str, headers: &[(&str, &str)]) -> Answer {
        let form = Body::Bytes(format!("session={session}").into_bytes());
        self.send(Method::POST, "/connect/start", headers, form).await
    }

    /// Asks until the session has ended, a minute of patience between two polls. A session that never ends fails the test.
    pub async fn ended(&self, attempt: &Attempt) -> Answer {
        for _ in 0..12 {
            let polled = self.poll(&attempt.user, &attempt.session).await;
            let status = polled.json()["status"].clone();
            if polled.status == 200 && status != "open" {
                return polled;
            }
            assert!(polled.status == 200 || polled.status == 503, "{}", polled.text);
            self.pass(Duration::from_secs(60));
        }
        panic!("the session never ended");
    }

    /// A GET of the page with a token of its own.
    pub async fn me_with(&self, token: &str) -> Answer {
        let bearer = format!("Bearer {token}");
        let path = format!("/projects/{}/sdk/me", self.project);
        self.send(Method::GET, &path, &[("authorization", &bearer)], Body::Empty).await
    }

    /// Claims of a token for `user` that lives an hour.
    pub fn claims(&self, user: &str) -> Value {
        let now = self.host.now_seconds();
        json!({"sub": user, "iat": now, "exp": now + 3600})
    }

    /// Adds a user-token key; answers its id.
    pub async fn add_key(&self, pem: &str) -> String {
        let path = format!("/admin/projects/{}/signing-keys", self.project);
        let added = self.admin(Method::POST, &path, &json!({"pem": pem})).await;
        assert_eq!(added.status, 201, "{}", added.text);
        added.field("/id")
    }

    /// The ids of the project's keys.
    pub fn key_ids(&self) -> Vec<String> {
        let sql = "SELECT id FROM signing_keys WHERE project_id = ?1 ORDER BY rowid";
        let rows = self.host.sql(sql, [json!(self.project)]);
        rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Withdraws a user-token key.
    pub async fn withdraw_key(&self, id: &str) -> Answer {
        let path = format!("/admin/projects/{}/signing-keys/{id}", self.project);
        self.admin(Method::DELETE, &path, &json!(null)).await
    }

    /// Changes what a project says.
    pub async fn patch_project(&self, change: &Value) -> Answer {
        let path = format!("/admin/projects/{}", self.project);
        let patched = self.admin(Method::PATCH, &path, change).await;
        assert_eq!(patched.status, 200, "{}", patched.text);
        patched
    }

    /// Whether the user's grant opens Zoom.
    pub async fn works(&self, user: &str) -> bool {
        let answer = self.zoom(Method::GET, user, "users/me", None).await;
        answer.status == 200
    }

    /// How many rows a condition finds.
    pub fn count(&self, sql: &'static str) -> i64 {
        self.host.sql(sql, [])[0]["n"].as_i64().unwrap()
    }
}

/// The seconds that a JWT counts.
trait NowSeconds {
    fn now_seconds(&self) -> i64;
}

impl NowSeconds for isthmus::testing::MemoryHost {
    fn now_seconds(&self) -> i64 {
        isthmus::host::Host::now(self).seconds()
    }
}

/// Lets `first` go `steps` steps, then `second` as far as it gets alone, then both to their end. Nothing when `first`
/// ended before.
pub async fn interleaved<A, B>(
    steps: usize,
    first: impl Future<Output = A>,
    second: impl Future<Output = B>,
) -> Option<(A, B)> {
    let (mut first, mut second) = (pin!(first), pin!(second));
    if part_of(first.as_mut(), steps).await.is_some() {
        return None;
    }
    // It may have to wait for what `first` holds; the clock moves only when nobody can go on.
    match tokio::time::timeout(Duration::from_secs(1), second.as_mut()).await {
        Ok(second) => Some((first.await, second)),
        Err(_) => Some(futures_util::future::join(first, second).await),
    }
}

/// Lets a journey go so many steps, from one wait to the next; its outcome if it ended in them.
pub async fn part_of<F: Future>(
    mut journey: std::pin::Pin<&mut F>,
    steps: usize,
) -> Option<F::Output> {
    let mut taken = 0;
    poll_fn(|context| {
        if taken == steps {
            return Poll::Ready(None);
        }
        taken += 1;
        journey.as_mut().poll(context).map(Some)
    })
    .await
}
