//! Whose Zoom login it is: `GET /v2/users/me` (Zoom: Users API, "Get a user").

use http::StatusCode;
use thiserror::Error;

use super::api::{ApiPath, api_request};
use crate::{
    host::{Body, Request},
    secret::AccessToken,
    shape::{read_text, shape},
};

shape! {
    /// The Zoom user behind a token.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Account {
        /// Zoom's id of the user.
        pub id: String,
        /// Zoom's id of the account (the company).
        pub account_id: String,
        /// The user's e-mail.
        pub email: String,
        /// The name people see.
        pub display_name: String,
    }
}

/// Why the account is not known.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum AccountError {
    /// The token or its scopes do not allow it.
    #[error("Zoom refused users/me with status {0}")]
    Refused(u16),
    /// Zoom failed or was busy.
    #[error("Zoom answered {0} to users/me")]
    Unavailable(u16),
    /// Not a user.
    #[error("Zoom's answer to users/me is not a user")]
    Malformed,
}

/// How long Zoom may take to tell, in milliseconds: a person waits for it in the popup.
const DEADLINE_MS: u32 = 10_000;

/// Asks who the token belongs to.
pub fn account_request(base: &str, token: &AccessToken) -> Request {
    let request = api_request(http::Method::GET, base, &ApiPath::ACCOUNT, None, Body::Empty, token);
    Request { deadline_ms: DEADLINE_MS, ..request }
}

/// Reads the answer.
pub fn read_account(status: StatusCode, body: &[u8]) -> Result<Account, AccountError> {
    shape! {
        struct User {
            id: String,
            account_id: Option<String>,
            email: Option<String>,
            first_name: Option<String>,
            last_name: Option<String>,
            display_name: Option<String>,
        }
    }
    match status.as_u16() {
        200 => {}
        status @ (429 | 500..) => return Err(AccountError::Unavailable(status)),
        status => return Err(AccountError::Refused(status)),
    }
    let user: User = read_text(body).map_err(|_| AccountError::Malformed)?;
    let text = |field: Option<String>| field.unwrap_or_default();
    if user.id.is_empty() || user.id.contains('/') {
        return Err(AccountError::Malformed);
    }
    let full_name = format!("{} {}", text(user.first_name), text(user.last_name)).trim().to_owned();
    let display_name = user.display_name.filter(|name| !name.is_empty()).unwrap_or(full_name);
    Ok(Account {
        id: user.id,
        account_id: text(user.account_id),
        email: text(user.email),
        display_name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_read_with_or_without_a_display_name() {
        let body = br#"{"id":"u1","account_id":"a1","email":"ada@acme.example","first_name":"Ada","last_name":"Lovelace","type":2}"#;
        let account = read_account(StatusCode::OK, body).unwrap();
        assert_eq!((account.id.as_str(), account.display_name.as_str()), ("u1", "Ada Lovelace"));
    }

    #[test]
    fn what_may_pass_is_told_apart_from_what_stays() {
        let read = |status, body: &[u8]| read_account(StatusCode::from_u16(status).unwrap(), body);
        assert_eq!(read(401, b""), Err(AccountError::Refused(401)));
        assert_eq!(read(500, b""), Err(AccountError::Unavailable(500)));
        assert_eq!(read(429, b""), Err(AccountError::Unavailable(429)));
        assert_eq!(read(200, b"{}"), Err(AccountError::Malformed));
    }
}
