//! User tokens: compact JWS (RFC 7515) with RS256, and nothing else, around the claims of RFC 7519.
//! Parsing and rules only; the signature is checked by the host, which then makes `Claims` out of `Unverified`.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::Value;
use thiserror::Error;

use crate::{
    secret::UserToken,
    shape::{Shape, read_text, shape},
    time::Timestamp,
};

/// A longer token is refused unread, in bytes.
const LONGEST: usize = 8 * 1024;
/// How far clocks may differ, in seconds.
const LEEWAY: i64 = 60;
/// The longest user id, in bytes.
const LONGEST_USER_ID: usize = 256;

/// A token that was parsed; nobody has checked its signature.
#[derive(Debug)]
pub struct Unverified {
    /// Names the signing key, when the token does.
    pub key_id: Option<String>,
    /// What was signed.
    pub signing_input: Vec<u8>,
    /// The signature over it.
    pub signature: Vec<u8>,
    claims: RawClaims,
}

/// Who the user is, proven by a signature of the project and still valid when made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The project's id of the user (`sub`).
    pub user_id: String,
    /// When the token ends (`exp`).
    pub expires_at: Timestamp,
    /// Who the token is for (`aud`).
    audience: Vec<String>,
}

/// Why a user token was refused.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum TokenError {
    /// Not a compact JWS with JSON inside.
    #[error("it is not a well-formed JWT")]
    Malformed,
    /// Another algorithm, `none` included.
    #[error("its algorithm is not RS256")]
    Algorithm,
    /// No key of the project made the signature.
    #[error("its signature was not made by a signing key of this project")]
    Signature,
    /// `exp` has passed.
    #[error("it has expired")]
    Expired,
    /// `nbf` or `iat` lies in the future.
    #[error("it is not valid yet: the clocks differ by more than 60 seconds")]
    Future,
    /// `aud` is not what the project asks for.
    #[error("its audience is not this project's")]
    Audience,
    /// `iss` is somebody else.
    #[error("its issuer is another one")]
    Issuer,
}

shape! {
    #[derive(Debug)]
    struct RawClaims {
        sub: Option<String>,
        exp: Option<f64>,
        iat: Option<f64>,
        nbf: Option<f64>,
        iss: Option<String>,
        aud: Option<Value>,
    }
}

impl Unverified {
    /// Parses a compact JWS.
    pub fn parse(token: &UserToken) -> Result<Self, TokenError> {
        shape! {
            struct Header {
                alg: String,
                kid: Option<String>,
                crit: Option<Value>,
            }
        }
        let text = token.expose();
        let mut parts = text.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(TokenError::Malformed);
        };
        if text.len() > LONGEST {
            return Err(TokenError::Malformed);
        }
        let header: Header = json(header)?;
        // RFC 7515 §4.1.11: what is marked critical and not understood must be refused; we understand none.
        if header.crit.is_some() {
            return Err(TokenError::Malformed);
        }
        if header.alg != "RS256" {
            return Err(TokenError::Algorithm);
        }
        Ok(Self {
            key_id: header.kid,
            signing_input: text.rsplit_once('.').map(|split| split.0).unwrap_or_default().into(),
            signature: decode(signature)?,
            claims: json(payload)?,
        })
    }

    /// Takes the claims of a token whose signature was found good. `now` decides about its time.
    pub fn admit(self, now: Timestamp, audience: Option<&str>) -> Result<Claims, TokenError> {
        let user_id =
            self.claims.sub.clone().filter(|sub| !sub.is_empty()).ok_or(TokenError::Malformed)?;
        if user_id.len() > LONGEST_USER_ID || user_id.contains(char::is_control) {
            return Err(TokenError::Malformed);
        }
        self.claims.admit(user_id, now, audience)
    }

    /// Takes the claims of a token of another issuer's for one audience, whose signature was found good: until when it is.
    /// It may be nobody's in particular, of a service.
    pub fn admit_from(
        self,
        issuer: &str,
        audience: &str,
        now: Timestamp,
    ) -> Result<Timestamp, TokenError> {
        if self.claims.iss.as_deref() != Some(issuer) {
            return Err(TokenError::Issuer);
        }
        let claims = self.claims.admit(String::new(), now, Some(audience))?;
        Ok(claims.expires_at)
    }
}

impl RawClaims {
    fn admit(
        self,
        user_id: String,
        now: Timestamp,
        audience: Option<&str>,
    ) -> Result<Claims, TokenError> {
        let expires = self.exp.map(whole_seconds).ok_or(TokenError::Malformed)?;
        let begins = [self.iat, self.nbf];
        let latest = now.seconds().saturating_add(LEEWAY);
        if begins.into_iter().flatten().map(whole_seconds).any(|begin| begin > latest) {
            return Err(TokenError::Future);
        }
        let claims = Claims {
            user_id,
            expires_at: Timestamp(expires.saturating_mul(crate::time::SECOND)),
            // One or many (RFC 7519 §4.1.3).
            audience: match self.aud {
                Some(Value::String(one)) => vec![one],
                Some(Value::Array(many)) => {
                    many.iter().filter_map(Value::as_str).map(str::to_owned).collect()
                }
                _ => Vec::new(),
            },
        };
        claims.admit(now, audience)
    }
}

impl Claims {
    /// Checks again what time and configuration can change about claims that were admitted before.
    pub fn admit(self, now: Timestamp, audience: Option<&str>) -> Result<Self, TokenError> {
        if now.seconds() >= self.expires_at.seconds().saturating_add(LEEWAY) {
            return Err(TokenError::Expired);
        }
        if audience.is_some_and(|wanted| !self.audience.iter().any(|named| named == wanted)) {
            return Err(TokenError::Audience);
        }
        Ok(self)
    }
}

fn decode(part: &str) -> Result<Vec<u8>, TokenError> {
    Base64UrlUnpadded::decode_vec(part).map_err(|_| TokenError::Malformed)
}

fn json<T: Shape>(part: &str) -> Result<T, TokenError> {
    read_text(&decode(part)?).map_err(|_| TokenError::Malformed)
}

/// A `NumericDate` may have a fraction (RFC 7519 §2); casting saturates.
#[expect(clippy::cast_possible_truncation, reason = "saturates, and no date is that far")]
fn whole_seconds(date: f64) -> i64 {
    date.floor() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str, payload: &str) -> Result<Unverified, TokenError> {
        let encode = |text: &str| Base64UrlUnpadded::encode_string(text.as_bytes());
        let text = format!("{}.{}.{}", encode(header), encode(payload), encode("signature"));
        Unverified::parse(&UserToken::new(text))
    }

    const HEADER: &str = r#"{"alg":"RS256","typ":"JWT"}"#;
    const NOW: Timestamp = Timestamp(1_000_000);

    #[test]
    fn only_rs256_is_parsed() {
        for alg in ["none", "None", "HS256", "RS512", "ES256", ""] {
            let header = format!(r#"{{"alg":"{alg}"}}"#);
            assert_eq!(token(&header, "{}").unwrap_err(), TokenError::Algorithm, "{alg}");
        }
    }

    #[test]
    fn what_is_not_a_jwt_is_malformed() {
        for text in ["", ".", "..", "a.b.c", "a.b.c.d", "e30.e30.", "{}.{}.x"] {
            let parsed = Unverified::parse(&UserToken::new(text));
            assert_eq!(parsed.unwrap_err(), TokenError::Malformed, "{text}");
        }
        let long = format!("{}.{}.{}", "a".repeat(9000), "b", "c");
        assert_eq!(Unverified::parse(&UserToken::new(long)).unwrap_err(), TokenError::Malformed);
        let critical = token(r#"{"alg":"RS256","crit":["b64"]}"#, "{}");
        assert_eq!(critical.unwrap_err(), TokenError::Malformed);
    }

    #[test]
    fn time_is_checked_with_a_minute_of_leeway() {
        let admit = |payload: &str| token(HEADER, payload).unwrap().admit(NOW, None);
        assert_eq!(admit(r#"{"sub":"u","exp":941}"#).unwrap().user_id, "u");
        assert_eq!(admit(r#"{"sub":"u","exp":940}"#), Err(TokenError::Expired));
        assert!(admit(r#"{"sub":"u","exp":2000.5,"iat":1060}"#).is_ok());
        assert_eq!(admit(r#"{"sub":"u","exp":2000,"iat":1061}"#), Err(TokenError::Future));
        assert_eq!(admit(r#"{"sub":"u","exp":2000,"nbf":1061}"#), Err(TokenError::Future));
        assert!(admit(r#"{"sub":"u","exp":1e300}"#).is_ok());
    }

    #[test]
    fn a_user_and_an_end_are_required() {
        for payload in [r#"{"sub":"u"}"#, r#"{"exp":2000}"#, r#"{"sub":"","exp":2000}"#] {
            let admitted = token(HEADER, payload).unwrap().admit(NOW, None);
            assert_eq!(admitted, Err(TokenError::Malformed), "{payload}");
        }
    }

    #[test]
    fn the_audience_counts_when_the_project_asks_for_one() {
        let admit = |aud: &str| {
            let payload = format!(r#"{{"sub":"u","exp":2000,"aud":{aud}}}"#);
            token(HEADER, &payload).unwrap().admit(NOW, Some("isthmus/p1"))
        };
        assert!(admit(r#""isthmus/p1""#).is_ok());
        assert!(admit(r#"["x","isthmus/p1"]"#).is_ok());
        assert_eq!(admit(r#""isthmus/p2""#), Err(TokenError::Audience));
        assert_eq!(admit("null"), Err(TokenError::Audience));
    }
}
