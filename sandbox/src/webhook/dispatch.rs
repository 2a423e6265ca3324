//! Carries queued deliveries out: signs, sends, notes the attempt, waits, tries again. Waiting is
//! real time, whatever the sandbox's clock says.

use std::time::{Duration, Instant};

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::clock::{Clock, SECOND};
use crate::sandbox::Sandbox;
use crate::webhook::courier::Reply;
use crate::webhook::delivery::{Attempt, Job};
use crate::webhook::signature::signature;

/// What an attempt needs to know.
struct Instructions {
    secret_token: String,
    timeout: Duration,
    timestamp: i64,
}

impl Sandbox {
    /// Starts what was queued.
    pub(crate) fn dispatch(&self, jobs: Vec<Job>) {
        if jobs.is_empty() {
            return;
        }
        let Some(runtime) = self.courier().runtime() else {
            return;
        };
        for job in jobs {
            runtime.spawn(deliver(self.clone(), job));
        }
    }

    /// Waits until no delivery is pending. With Zoom's own pauses a failing endpoint takes 85
    /// minutes, so a test shortens them first.
    pub async fn webhooks_idle(&self) {
        loop {
            let settled = self.courier().settled.notified();
            tokio::pin!(settled);
            // From here on no notice is missed.
            settled.as_mut().enable();
            if self.delivery_counts().pending == 0 {
                return;
            }
            settled.await;
        }
    }

    /// Wakes whoever waits for idleness.
    pub(crate) fn webhooks_changed(&self) {
        self.courier().settled.notify_waiters();
    }

    fn instructions(&self, job: &Job, first: Option<i64>) -> Option<Instructions> {
        let now = self.clock().receivers_now().div_euclid(SECOND);
        self.with(|state| {
            let webhooks = &state.webhooks;
            let kept = first.filter(|_| webhooks.rules.retry_keeps_timestamp);
            let asked = job.headers.get("x-zm-request-timestamp").cloned().flatten();
            let asked = asked.and_then(|text| text.parse().ok());
            webhooks.deliveries.is_pending(job.number).then(|| Instructions {
                secret_token: webhooks.secret_token(&job.client_id).to_owned(),
                timeout: webhooks.rules.timeout,
                timestamp: asked.or(kept).unwrap_or(now),
            })
        })
    }

    pub(super) async fn post_signed(
        &self,
        job: &Job,
        secret_token: &str,
        timestamp: i64,
        limit: Duration,
    ) -> Reply {
        let headers = headers(job, secret_token, timestamp);
        self.courier().post(&job.url, headers, job.body.clone(), limit).await
    }
}

async fn deliver(sandbox: Sandbox, job: Job) {
    let mut first = None;
    loop {
        let Ok(flight) = sandbox.courier().flights.acquire().await else {
            return;
        };
        let Some(told) = sandbox.instructions(&job, first) else {
            break;
        };
        first = first.or(Some(told.timestamp));
        let attempt = attempt(&sandbox, &job, &told).await;
        drop(flight);
        let pause = sandbox.with(|state| {
            let webhooks = &mut state.webhooks;
            webhooks.deliveries.attempted(job.number, attempt, &webhooks.rules)
        });
        let Some(pause) = pause else {
            break;
        };
        tokio::time::sleep(pause).await;
    }
    sandbox.webhooks_changed();
}

async fn attempt(sandbox: &Sandbox, job: &Job, told: &Instructions) -> Attempt {
    let (at, began) = (Clock::system().now(), Instant::now());
    let reply = sandbox.post_signed(job, &told.secret_token, told.timestamp, told.timeout).await;
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (status, error) = match reply {
        Ok((status, _)) => (Some(status), None),
        Err(error) => (None, Some(error)),
    };
    Attempt { at, status, error, took_ms }
}

/// Zoom's headers, then what a raw webhook changes about them.
fn headers(job: &Job, secret_token: &str, timestamp: i64) -> HeaderMap {
    let tracking: u128 = rand::random();
    let usual = [
        ("user-agent", "Zoom Marketplace/1.0a".to_owned()),
        ("content-type", "application/json; charset=utf-8".to_owned()),
        ("clientid", job.client_id.clone()),
        ("x-zm-request-timestamp", timestamp.to_string()),
        ("x-zm-signature", signature(secret_token, timestamp, &job.body)),
        ("x-zm-request-id", job.request_id.clone()),
        ("x-zm-trackingid", format!("v=2.0;clid=sandbox;rid=WEB_{tracking:032x}")),
    ];
    let mut headers = HeaderMap::new();
    let usual = usual.into_iter().map(|(name, value)| (name.to_owned(), Some(value)));
    for (name, value) in usual.chain(job.headers.clone()) {
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else {
            continue;
        };
        match value.map(|value| HeaderValue::from_str(&value)) {
            Some(Ok(value)) => drop(headers.insert(name, value)),
            Some(Err(_)) => {}
            None => drop(headers.remove(name)),
        }
    }
    headers
}
