//! The calls received, for assertions. Never a secret: tokens are numbers, headers are names, and
//! the query is kept only for `/v2`.

use std::collections::VecDeque;

use serde::Serialize;

use crate::call::Call;
use crate::clock::Millis;
use crate::kind::Kind;

/// How many calls are remembered.
const REMEMBERED: usize = 10_000;

/// One call received.
#[derive(Clone, Debug, Serialize)]
pub struct CallRecord {
    /// Counts up from 1, also over a reset of the log.
    pub number: u64,
    /// When it was received, in ms since 1970.
    pub time: Millis,
    /// What it was.
    pub kind: Kind,
    /// HTTP method.
    pub method: String,
    /// The path as sent; below `/v2` with its query.
    pub path: String,
    /// The names of the headers received, in lower case.
    pub header_names: Vec<String>,
    /// Bytes of the body.
    pub content_length: usize,
    /// The app, when it is known.
    pub client_id: Option<String>,
    /// The Zoom user, when it is known.
    pub user_id: Option<String>,
    /// The number of the token pair that was presented, dead or alive.
    pub token: Option<u64>,
    /// The number of the token pair that was issued.
    pub issued: Option<u64>,
    /// The fault that was asked for and hit this call.
    pub fault: Option<String>,
    /// The HTTP status answered; `None` while it is in progress and when the answer was lost.
    pub status: Option<u16>,
}

/// How often the token endpoint was called since the log was reset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TokenRequests {
    /// `grant_type=authorization_code`.
    pub exchange: usize,
    /// `grant_type=refresh_token`.
    pub refresh: usize,
    /// Anything else.
    pub other: usize,
}

/// What an operation learns about its caller, for the log.
#[derive(Clone, Debug, Default)]
pub(crate) struct Note {
    pub(crate) client_id: Option<String>,
    pub(crate) user_id: Option<String>,
    pub(crate) token: Option<u64>,
    pub(crate) issued: Option<u64>,
}

/// The log.
#[derive(Debug, Default)]
pub(crate) struct Log {
    calls: VecDeque<CallRecord>,
    last: u64,
    token_requests: TokenRequests,
}

impl Log {
    /// Writes a call down as it arrives; returns its number.
    pub(crate) fn received(&mut self, call: &Call) -> u64 {
        self.last += 1;
        match call.kind {
            Kind::Exchange => self.token_requests.exchange += 1,
            Kind::Refresh => self.token_requests.refresh += 1,
            Kind::Token => self.token_requests.other += 1,
            _ => {}
        }
        if self.calls.len() >= REMEMBERED {
            self.calls.pop_front();
        }
        self.calls.push_back(CallRecord {
            number: self.last,
            time: call.now,
            kind: call.kind,
            method: call.method.to_string(),
            path: shown_path(call),
            header_names: call.headers.keys().map(ToString::to_string).collect(),
            content_length: call.body.len(),
            client_id: None,
            user_id: None,
            token: None,
            issued: None,
            fault: None,
            status: None,
        });
        self.last
    }

    /// Adds what is known now to a call.
    pub(crate) fn amend(&mut self, number: u64, change: impl FnOnce(&mut CallRecord)) {
        if let Some(call) = self.calls.iter_mut().rev().find(|call| call.number == number) {
            change(call);
        }
    }

    /// Forgets the calls and the counters.
    pub(crate) fn reset(&mut self) {
        self.calls.clear();
        self.token_requests = TokenRequests::default();
    }

    pub(crate) fn calls(&self) -> Vec<CallRecord> {
        self.calls.iter().cloned().collect()
    }

    pub(crate) fn token_requests(&self) -> TokenRequests {
        self.token_requests
    }
}

/// OAuth queries hold codes and states; a query of `/v2` might hold a token where none belongs.
fn shown_path(call: &Call) -> String {
    let is_shown = call.path.starts_with("/v2/") && !call.query.is_empty();
    if !is_shown || call.query.contains("token=sandbox-") {
        return call.path.clone();
    }
    format!("{}?{}", call.path, call.query)
}
