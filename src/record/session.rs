//! A connect session: one attempt to connect, ten minutes long. Its row carries the attempt from step to step, so that
//! whoever comes next, the redirect or a poll, goes on where the last one stopped.

use serde_json::json;

use crate::{
    host::{Host, HostError, Statement},
    record::{copy, first_row, login::Wish, portal, read_row},
    secret::{self, CodeVerifier, State, Text},
    shape::{shape, words},
    time::{DAY, MINUTE, SECOND, Timestamp},
};

/// How long a user may take, in milliseconds.
pub const LIFE: i64 = 10 * MINUTE;
/// How long one who finishes a session is left alone before another takes over, in milliseconds. Longer than a code
/// exchange and `users/me` may take together.
pub(super) const TAKE_OVER_AFTER: i64 = 45 * SECOND;
/// After an attempt that ended without a result the next one waits so long, in milliseconds: pages ask every second.
const RETRY_AFTER: i64 = 5 * SECOND;
/// A token pair that landed is kept so long after its session, in milliseconds, until it is settled whose it is.
const PAIR_KEPT: i64 = 30 * DAY;

/// What is still to be done with a session: a code or a pair came, and somebody has to go on with it.
macro_rules! unsettled {
    () => {
        "(status = 'returned' OR (status = 'failed' AND tokens_sealed IS NOT NULL))"
    };
}

/// A session that is of no use any more; `?1` is a day ago, `?2` when pairs are given up.
macro_rules! is_old {
    () => {
        "expires_at < ?1 AND (tokens_sealed IS NULL OR expires_at < ?2)"
    };
}
pub(super) use {is_old, unsettled};

shape! {
    /// One row of `sessions`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Session {
        /// 122 random bits.
        pub id: String,
        /// The project.
        pub project_id: String,
        /// What is being connected.
        pub integration_id: String,
        /// For whom.
        pub user_id: String,
        /// The page that asked.
        pub origin: String,
        /// What the last page may say to its opener.
        pub dialect: Dialect,
        /// Where the provider sends the user back to.
        pub redirect_uri: String,
        /// State and code verifier, sealed.
        pub secrets_sealed: String,
        /// How far it is.
        pub status: Status,
        /// The code, sealed, from the redirect until the tokens are there.
        pub code_sealed: Option<String>,
        /// The token response as it landed, sealed.
        pub tokens_sealed: Option<String>,
        /// When the token request was sent.
        pub obtained_at: Option<Timestamp>,
        /// How often it was tried to finish it.
        pub attempts: i64,
        /// The grant that came out of it.
        pub grant_id: Option<String>,
        /// The code of the problem that came out of it.
        pub problem: Option<String>,
        /// When it began.
        pub created_at: Timestamp,
        /// When it ends.
        pub expires_at: Timestamp,
        /// The login link that it is an opening of.
        pub login_id: Option<String>,
        /// What the grant shall carry besides (a [`Wish`]), sealed.
        pub wish_sealed: Option<String>,
        /// The portal that it was begun in.
        pub portal_id: Option<String>,
    }
}

words! {
    /// Who began the session, and so how its end is told.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Dialect {
        /// A page with our package.
        Isthmus = "isthmus",
        /// A page with `@useparagon/connect`.
        Paragon = "paragon",
        /// A page with our package, by way of the portal.
        Portal = "portal",
        /// The project's server, by a login link.
        Hosted = "hosted",
        /// The project's server, with a refresh token that it has: the session's code is that token.
        Import = "import",
    }
}

words! {
    /// How far a session is.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Status {
        /// The user is on the way.
        Open = "open",
        /// The user came back with a code; it is being exchanged.
        Returned = "returned",
        /// There is a grant.
        Done = "done",
        /// There will be none.
        Failed = "failed",
    }
}

/// What only we know of a session.
#[derive(Debug)]
pub struct Secrets {
    /// Comes back with the redirect.
    pub state: State,
    /// Proves that it was us who began (RFC 7636).
    pub verifier: CodeVerifier,
}

impl Session {
    /// Opens the secrets.
    pub fn secrets(&self, host: &impl Host) -> Result<Secrets, HostError> {
        let (state, verifier): (Text, Text) =
            copy::open(host, &secrets_record(&self.id), &self.secrets_sealed)?;
        Ok(Secrets {
            state: State::new(state.take()),
            verifier: CodeVerifier::new(verifier.take()),
        })
    }

    /// What the grant shall carry besides.
    pub fn wish(&self, host: &impl Host) -> Result<Wish, HostError> {
        match &self.wish_sealed {
            Some(sealed) => copy::open(host, &wish_record(&self.id), sealed),
            None => Ok(Wish::default()),
        }
    }

    /// Whether it failed although a pair had landed, of which it is still to be settled whose it is.
    pub fn has_unclaimed_pair(&self) -> bool {
        self.status == Status::Failed && self.tokens_sealed.is_some()
    }

    /// Whether the user's time is over, the redirect not having come.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.status == Status::Open && now >= self.expires_at
    }
}

/// Seals the secrets of the session of this id.
pub fn seal_secrets(host: &impl Host, id: &str, secrets: &Secrets) -> Result<String, HostError> {
    let texts = (Text::new(secrets.state.expose()), Text::new(secrets.verifier.expose()));
    copy::seal(host, &secrets_record(id), &texts)
}

fn secrets_record(id: &str) -> String {
    format!("session/{id}/secrets")
}

/// Seals the wish of the session of this id.
pub fn seal_wish(host: &impl Host, id: &str, wish: &Wish) -> Result<String, HostError> {
    copy::seal(host, &wish_record(id), wish)
}

fn wish_record(id: &str) -> String {
    format!("session/{id}/wish")
}

/// The record under which a session's code is sealed.
pub fn code_record(id: &str) -> String {
    format!("session/{id}/code")
}

/// The record under which a session's token response is sealed.
pub fn tokens_record(id: &str) -> String {
    format!("session/{id}/tokens")
}

/// Stores a new session, and forgets those that ended a day ago. Where its id is known, one that failed begins anew once
/// nothing of a pair is left, and nothing happens to another. Its row comes back if it was stored.
pub fn insert(session: &Session, state: &State, client_key: Option<&str>) -> Vec<Statement> {
    let now = session.created_at;
    let attempt_at = (session.status == Status::Returned).then_some(now);
    vec![
        Statement::new(concat!("DELETE FROM sessions WHERE ", is_old!()), old(now)),
        Statement::new(
            "INSERT INTO sessions (id, project_id, integration_id, user_id, origin, dialect, client_key, redirect_uri,
               state_digest, secrets_sealed, status, created_at, expires_at, code_sealed, attempts, attempt_at, login_id,
               wish_sealed, portal_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)
             ON CONFLICT (id) DO UPDATE SET origin = ?5, state_digest = ?9, secrets_sealed = ?10, status = ?11,
               created_at = ?12, expires_at = ?13, code_sealed = ?14, tokens_sealed = NULL, obtained_at = NULL,
               attempts = ?15, attempt_at = ?16, wish_sealed = ?18, problem = NULL
             WHERE status = 'failed' AND tokens_sealed IS NULL
             RETURNING *",
            [
                json!(session.id),
                json!(session.project_id),
                json!(session.integration_id),
                json!(session.user_id),
                json!(session.origin),
                json!(session.dialect),
                json!(client_key),
                json!(session.redirect_uri),
                json!(secret::digest(state.expose())),
                json!(session.secrets_sealed),
                json!(session.status),
                json!(now),
                json!(session.expires_at),
                json!(session.code_sealed),
                json!(session.attempts),
                json!(attempt_at),
                json!(session.login_id),
                json!(session.wish_sealed),
                json!(session.portal_id),
            ],
        ),
    ]
}

/// The session of this id.
pub async fn by_id(host: &impl Host, id: &str) -> Result<Option<Session>, HostError> {
    first_row(host, Statement::new("SELECT * FROM sessions WHERE id = ?1", [json!(id)])).await
}

/// The session that a redirect belongs to.
pub async fn by_state(host: &impl Host, state: &State) -> Result<Option<Session>, HostError> {
    let digest = secret::digest(state.expose());
    let select = "SELECT * FROM sessions WHERE state_digest = ?1";
    first_row(host, Statement::new(select, [json!(digest)])).await
}

/// The newest session that the user's page gave this name.
pub async fn by_client_key(
    host: &impl Host,
    project_id: &str,
    user_id: &str,
    client_key: &str,
) -> Result<Option<Session>, HostError> {
    let statement = Statement::new(
        "SELECT * FROM sessions WHERE project_id = ?1 AND user_id = ?2 AND client_key = ?3
         ORDER BY created_at DESC LIMIT 1",
        [json!(project_id), json!(user_id), json!(client_key)],
    );
    first_row(host, statement).await
}

/// Takes the code in, once: only one redirect gets the row back, and only in time. A session of a login link takes the
/// link with it; it gets nothing while another session has that, unless the other one failed.
pub async fn take_code(
    host: &impl Host,
    id: &str,
    code_sealed: &str,
) -> Result<Option<Session>, HostError> {
    let now = json!(host.now());
    let take_link = Statement::new(
        "UPDATE logins SET taken_by = ?1
         WHERE id = (SELECT login_id FROM sessions WHERE id = ?1 AND status = 'open' AND expires_at > ?2)
           AND spent_at IS NULL
           AND NOT EXISTS (SELECT 1 FROM sessions WHERE id = logins.taken_by AND status <> 'failed')",
        [json!(id), now.clone()],
    );
    let take_code = Statement::new(
        "UPDATE sessions SET status = 'returned', code_sealed = ?2, attempt_at = ?3, attempts = 1
         WHERE id = ?1 AND status = 'open' AND expires_at > ?3
           AND (login_id IS NULL OR EXISTS (SELECT 1 FROM logins WHERE id = sessions.login_id AND taken_by = ?1))
         RETURNING *",
        [json!(id), json!(code_sealed), now],
    );
    let rows = host.tables(vec![take_link, take_code]).await?;
    rows.into_iter().flatten().next().map(read_row).transpose()
}

/// Takes an interrupted session over: only one gets the row back, and nobody while another is at it.
pub async fn take_over(host: &impl Host, id: &str) -> Result<Option<Session>, HostError> {
    let now = host.now();
    let statement = Statement::new(
        concat!(
            "UPDATE sessions SET attempt_at = ?2, attempts = attempts + 1 WHERE id = ?1 AND ",
            unsettled!(),
            " AND (attempt_at IS NULL OR attempt_at <= ?3) RETURNING *"
        ),
        [json!(id), json!(now), json!(now.plus(-TAKE_OVER_AFTER))],
    );
    first_row(host, statement).await
}

/// Lets somebody else go on soon: this attempt ended without a result. Of an import at once: each attempt is a call of
/// somebody's. One that was taken over has no say.
pub fn release(attempt: &Session, now: Timestamp) -> Statement {
    let wait = if attempt.dialect == Dialect::Import { 0 } else { RETRY_AFTER };
    Statement::new(
        "UPDATE sessions SET attempt_at = ?3 WHERE id = ?1 AND status = 'returned' AND attempts = ?2",
        [json!(attempt.id), json!(attempt.attempts), json!(now.plus(wait - TAKE_OVER_AFTER))],
    )
}

/// `?1` is the sealed token response; the code has done its work.
pub const LAND_TOKENS: &str = "UPDATE sessions SET tokens_sealed = ?1, obtained_at = ?3, code_sealed = NULL WHERE id = ?2 AND status = 'returned'";

/// Ends a session with its grant, one that failed before this was known too, spends the login link that it has, and tells
/// the portal that it was begun in, in one transaction. The row of the grant is the connection's to write, and was there
/// before it answered.
pub fn finish(id: &str, grant_id: &str, now: Timestamp) -> Vec<Statement> {
    vec![
        Statement::new(
            concat!(
                "UPDATE logins SET spent_at = ?2
                 WHERE id = (SELECT login_id FROM sessions WHERE id = ?1 AND ",
                unsettled!(),
                ") AND taken_by = ?1"
            ),
            [json!(id), json!(now)],
        ),
        Statement::new(portal::installed!(unsettled!()), [json!(id), json!(grant_id)]),
        Statement::new(
            concat!(
                "UPDATE sessions SET status = 'done', grant_id = ?2, problem = NULL, code_sealed = NULL, tokens_sealed = NULL
                 WHERE id = ?1 AND ",
                unsettled!()
            ),
            [json!(id), json!(grant_id)],
        ),
    ]
}

/// Ends a session with a problem, unless somebody went on with it since `seen` was read; answers how it stands then. A
/// pair that has landed stays, unless it is `settled`: somebody has to find out whose it is.
pub async fn fail(
    host: &impl Host,
    seen: &Session,
    code: &str,
    settled: bool,
) -> Result<Option<Session>, HostError> {
    let end = Statement::new(
        "UPDATE sessions SET status = 'failed', problem = ?2, attempt_at = NULL, code_sealed = NULL,
           tokens_sealed = CASE ?5 WHEN 0 THEN tokens_sealed END
         WHERE id = ?1 AND status = ?3 AND attempts = ?4 AND status IN ('open', 'returned')",
        [
            json!(seen.id),
            json!(code),
            json!(seen.status),
            json!(seen.attempts),
            json!(i64::from(settled)),
        ],
    );
    let look = Statement::new("SELECT * FROM sessions WHERE id = ?1", [json!(seen.id)]);
    let rows = host.tables(vec![end, look]).await?;
    rows.into_iter().flatten().next().map(read_row).transpose()
}

/// Forgets the name that the user's page gave a session.
pub fn forget_client_key(project_id: &str, user_id: &str, client_key: &str) -> Statement {
    Statement::new(
        "UPDATE sessions SET client_key = NULL WHERE project_id = ?1 AND user_id = ?2 AND client_key = ?3",
        [json!(project_id), json!(user_id), json!(client_key)],
    )
}

/// The parameters of [`is_old`].
pub(super) fn old(now: Timestamp) -> [serde_json::Value; 2] {
    [json!(now.plus(-DAY)), json!(now.plus(-PAIR_KEPT))]
}
