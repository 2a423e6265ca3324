//! The only door to the outside world: what a journey may ask of the place it runs in.
//! `worker/` is that place on Cloudflare, `testing::MemoryHost` in memory; both keep the promises written here.

use std::{any::Any, future::Future, pin::Pin, rc::Rc};

use http::{Method, StatusCode};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::{
    connection::{Answer, ConnectionName, Question},
    headers::Headers,
    memory::Memory,
    seal::LandingKey,
    settings::Settings,
    shape::shape,
    time::Timestamp,
    zoom::limit::{LimitAnswer, LimitQuestion, LimitedAccount},
};

/// A task that outlives the caller who started it.
pub type Task = Pin<Box<dyn Future<Output = ()>>>;

/// One row of a table, by column name.
pub type Row = Map<String, Value>;

/// The outside world. Every host is single-threaded.
#[allow(async_fn_in_trait, reason = "every host is single-threaded")]
pub trait Host: 'static {
    /// The wall clock, in milliseconds.
    fn now(&self) -> Timestamp;

    /// Fills the buffer with cryptographically strong random bytes.
    fn fill_random(&self, buffer: &mut [u8]);

    /// What the operator configured; fixed for the life of the isolate.
    fn settings(&self) -> &Settings;

    /// What this isolate remembers; may be empty at any time.
    fn memory(&self) -> &Memory;

    /// Writes one line of JSON to the log. Callers never put a secret, a URL or a name of a person into it.
    fn log(&self, line: &Value);

    /// Sends one request and waits for the answer, at most `request.deadline`. Never follows a redirect.
    async fn send(&self, request: Request) -> Result<Response, SendError>;

    /// Sends one token request and makes the sealed answer durable in `landing` *before* anyone reads it,
    /// even when everything of ours dies meanwhile. Buffers the body.
    async fn send_and_land(
        &self,
        request: Request,
        landing: Landing,
    ) -> Result<Response, SendError>;

    /// Checks an RSASSA-PKCS1-v1_5 SHA-256 signature (RFC 7518 §3.3). `n` and `e` as in a JWK.
    async fn verify_rs256(
        &self,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, HostError>;

    /// Makes a new RSA-2048 pair: the public half, and the private one as PKCS#8 PEM.
    async fn generate_rs256(&self) -> Result<(PublicKey, String), HostError>;

    /// Runs statements as one transaction, in order; answers the rows of each. Either all of them happened or none.
    async fn tables(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, HostError>;

    /// Reads a copy. It may be old, and a miss may be old too.
    async fn load_copy(&self, key: &str) -> Result<Option<String>, HostError>;

    /// Saves a copy that lives `seconds` (at least 60). Others see it later, in any order.
    async fn save_copy(&self, key: &str, value: String, seconds: u32) -> Result<(), HostError>;

    /// Deletes a copy. Others may see it a while longer.
    async fn delete_copy(&self, key: &str) -> Result<(), HostError>;

    /// Asks one connection object one question. The object answers questions as they come, not one after the other.
    async fn ask(&self, name: &ConnectionName, question: Question) -> Result<Answer, HostError>;

    /// Asks what keeps count of the calls of one Zoom account; it does no more than the rules in
    /// [`crate::zoom::limit`] say.
    async fn ask_limiter(
        &self,
        account: &LimitedAccount,
        question: LimitQuestion,
    ) -> Result<LimitAnswer, HostError>;

    /// Has the engine begin with runs, at most 100, by their ids. One that it knows stays as it is.
    async fn start_runs(&self, ids: &[String]) -> Result<(), HostError>;

    /// What the engine knows of a run.
    async fn engine_state(&self, id: &str) -> Result<EngineState, HostError>;

    /// Has the engine take up a run that stands still; what it remembers of finished steps stays or is lost, both do.
    async fn revive_run(&self, id: &str) -> Result<(), HostError>;

    /// Has the engine end a run, wherever it is; one that has ended stays as it is.
    async fn end_run(&self, id: &str) -> Result<(), HostError>;

    /// Lets so many milliseconds pass.
    async fn wait(&self, milliseconds: u32);

    /// Reads a body whole, one on its way too; nothing when it is longer than `limit` bytes.
    async fn read_body(&self, body: Body, limit: usize) -> Result<Option<Vec<u8>>, SendError>;

    /// How many seconds the clocks of a time zone (IANA: `Europe/Berlin`) are ahead of UTC at a time; nothing when
    /// there is no such zone.
    fn utc_offset(&self, zone: &str, at: Timestamp) -> Option<i64>;
}

/// What the engine knows of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineState {
    /// Nothing.
    Unknown,
    /// It has it, and has not come to its end with it.
    Live,
    /// It has come to its end with it, one way or another.
    Ended,
}

/// What a connection object has besides the host: its own storage, its alarm, its own life.
#[allow(async_fn_in_trait, reason = "every host is single-threaded")]
pub trait Cell: Host {
    /// The name this object was made for.
    fn name(&self) -> &ConnectionName;

    /// Reads one of the object's own records. Always the newest. An object that never wrote has none.
    async fn read(&self, key: &str) -> Result<Option<String>, HostError>;

    /// Writes (`Some`) or deletes (`None`) records, and runs statements on the object's own rows
    /// ([`crate::connection::ROWS`]), as one change: durable when this returns, or not at all.
    async fn write(
        &self,
        records: Vec<(&'static str, Option<String>)>,
        rows: Vec<Statement>,
    ) -> Result<(), HostError>;

    /// Runs statements on the object's own rows as one change; answers the rows of each.
    async fn rows(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, HostError>;

    /// Sets the alarm: the object is woken at that time, or soon after, at least once.
    async fn wake_at(&self, at: Timestamp) -> Result<(), HostError>;

    /// Keeps a task running although its caller went away.
    fn keep(&self, task: Task);
}

/// Where the sealed answer of a token request becomes durable.
#[derive(Debug)]
pub enum Landing {
    /// In the record `key` of this connection object.
    Object {
        /// The record's key.
        key: &'static str,
        /// What seals it.
        seal: LandingKey,
        /// Two requests with one id are one request: the second waits for the first, also across a restart of our code.
        id: String,
    },
    /// In a table: `?1` of the statement is the sealed text, the rest are `params`.
    Table {
        /// The statement that stores it.
        sql: &'static str,
        /// `?2` and so on.
        params: Vec<Value>,
        /// What seals it.
        seal: LandingKey,
    },
}

/// One HTTP request, coming in or going out.
#[derive(Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The whole URL, as text; sent byte for byte.
    pub url: String,
    /// The headers.
    pub headers: Headers,
    /// The body.
    pub body: Body,
    /// How long to wait for the answer, its body included as far as that is buffered, in milliseconds. Without meaning
    /// for a request that came in.
    pub deadline_ms: u32,
}

/// One HTTP answer, coming in or going out.
#[derive(Debug)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: Headers,
    /// The body. From `Host::send`: bytes when it is known to hold at most [`BUFFER_LIMIT`], else a stream.
    pub body: Body,
}

/// A body of at most this many bytes is buffered, a larger one passes through: 1 MiB.
pub const BUFFER_LIMIT: usize = 1024 * 1024;

/// The bytes of a message, in hand or on their way.
#[derive(Debug, Default)]
pub enum Body {
    /// No body at all.
    #[default]
    Empty,
    /// In hand.
    Bytes(Vec<u8>),
    /// On their way; only the host that made it can read it.
    Stream(Stream),
}

/// A stream of bytes that belongs to the host: our code passes it on and never looks inside.
pub struct Stream(pub Rc<dyn Any>);

/// One SQL statement with its values for `?1`, `?2`, …
#[derive(Debug, Clone)]
pub struct Statement {
    /// SQLite's dialect.
    pub sql: &'static str,
    /// The values; text, integer or null.
    pub params: Vec<Value>,
}

shape! {
    /// The public half of an RSA key, as its JWK members (RFC 7518 §6.3.1), base64url.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct PublicKey {
        /// The modulus.
        pub n: String,
        /// The exponent.
        pub e: String,
    }
}

/// Our own side failed: a store, the runtime. The text is for the log.
#[derive(Debug, Clone, Error)]
#[error("{part}: {reason}")]
pub struct HostError {
    /// Which part: `tables`, `copies`, `connection`, `storage`, `crypto`.
    pub part: &'static str,
    /// What it said.
    pub reason: String,
}

/// The other side could not be asked. Nothing is known about what it did.
#[derive(Debug, Clone, Error)]
pub enum SendError {
    /// No answer within the deadline.
    #[error("no answer in time")]
    Timeout,
    /// No connection, or one that broke.
    #[error("unreachable: {0}")]
    Unreachable(String),
    /// The answer came, but could not be made durable; it was thrown away.
    #[error("the answer was not stored: {0}")]
    NotLanded(String),
}

impl HostError {
    /// An error of one part of the host.
    pub fn new(part: &'static str, reason: impl Into<String>) -> Self {
        Self { part, reason: reason.into() }
    }
}

impl Statement {
    /// A statement with its values.
    pub fn new(sql: &'static str, params: impl Into<Vec<Value>>) -> Self {
        Self { sql, params: params.into() }
    }
}

impl Body {
    /// The bytes in hand; nothing for a stream.
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Empty => Some(&[]),
            Self::Bytes(bytes) => Some(bytes),
            Self::Stream(_) => None,
        }
    }
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stream")
    }
}
