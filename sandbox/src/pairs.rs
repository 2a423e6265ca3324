//! Token pairs and authorization codes: issued, rotated, revoked. The rules; no HTTP.

use serde::{Deserialize, Serialize};

use crate::clock::{DAY, MINUTE, Millis, SECOND};
use crate::secret::{fingerprint, mint};
use crate::state::{PairState, Records};

/// An access token works for an hour (Zoom: OAuth 2.0, Using an access token).
pub(crate) const ACCESS_SECONDS: i64 = 3_600;
/// A refresh token works for 90 days (Zoom: OAuth 2.0, Refreshing an access token).
const REFRESH_LIFETIME: Millis = 90 * DAY;
/// A code works for five minutes (Zoom: OAuth error messages, 4733).
const CODE_LIFETIME: Millis = 5 * MINUTE;
/// How many ended pairs and used codes are remembered, to say why they are refused.
const REMEMBERED: usize = 1_000;

/// An authorization code, of which only the fingerprint is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Code {
    fingerprint: String,
    pub(crate) client_id: String,
    pub(crate) user_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) scopes: Vec<String>,
    pub(crate) expires_at: Millis,
    /// The pair made from it, once used.
    pub(crate) used_for: Option<u64>,
}

/// PKCE's code challenge (RFC 7636, 4.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Challenge {
    S256(String),
    Plain(String),
}

impl Challenge {
    /// Whether `verifier` is the one behind the challenge (RFC 7636, 4.6).
    pub(crate) fn is_met_by(&self, verifier: &str) -> bool {
        match self {
            Self::S256(value) => *value == fingerprint(verifier),
            Self::Plain(value) => value == verifier,
        }
    }
}

/// An access token and its refresh token, of which only fingerprints are kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Pair {
    pub(crate) number: u64,
    /// The number of the consent's first pair: rotation keeps it.
    family: u64,
    pub(crate) client_id: String,
    pub(crate) user_id: String,
    pub(crate) scopes: Vec<String>,
    access: String,
    refresh: String,
    pub(crate) access_expires_at: Millis,
    refresh_expires_at: Millis,
    pub(crate) end: Option<End>,
}

/// Why a pair is dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum End {
    /// Refreshed.
    Rotated,
    /// Revoked by the app or the user.
    Revoked,
    /// The user consented again.
    Superseded,
    /// Its code was used a second time.
    CodeReplayed,
}

/// A new pair, the only time its secrets are seen.
pub(crate) struct Issued {
    pub(crate) number: u64,
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
    pub(crate) scopes: Vec<String>,
}

/// What a code is bound to.
pub(crate) struct Consent {
    pub(crate) client_id: String,
    pub(crate) user_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) scopes: Vec<String>,
}

impl Pair {
    fn is_live(&self, now: Millis) -> bool {
        self.end.is_none() && now < self.refresh_expires_at
    }

    /// For assertions.
    pub(crate) fn state(&self, now: Millis) -> PairState {
        let ended_by = self.end.and_then(|end| serde_json::to_value(end).ok());
        PairState {
            number: self.number,
            client_id: self.client_id.clone(),
            user_id: self.user_id.clone(),
            live: self.is_live(now),
            ended_by: ended_by.and_then(|end| end.as_str().map(str::to_owned)),
            access_expires_at: self.access_expires_at,
        }
    }
}

impl Records {
    /// A new code for what the user consented to.
    pub(crate) fn issue_code(&mut self, consent: Consent, now: Millis) -> String {
        let code = mint("sandbox-code-");
        self.codes.push(Code {
            fingerprint: fingerprint(&code),
            client_id: consent.client_id,
            user_id: consent.user_id,
            redirect_uri: consent.redirect_uri,
            challenge: consent.challenge,
            scopes: consent.scopes,
            expires_at: now + CODE_LIFETIME,
            used_for: None,
        });
        let excess = self.codes.len().saturating_sub(REMEMBERED);
        self.codes.drain(..excess);
        code
    }

    /// The record of a code.
    pub(crate) fn code_mut(&mut self, code: &str) -> Option<&mut Code> {
        let wanted = fingerprint(code);
        self.codes.iter_mut().find(|code| code.fingerprint == wanted)
    }

    /// The first pair of a new consent. Earlier pairs of the same app and user end: the last
    /// issued token wins (Zoom: OAuth error messages, 4741).
    pub(crate) fn issue_pair(
        &mut self,
        (client_id, user_id): (&str, &str),
        scopes: Vec<String>,
        now: Millis,
    ) -> Issued {
        for pair in self.pairs.iter_mut().filter(|p| p.client_id == client_id) {
            if pair.user_id == user_id && matches!(pair.end, None | Some(End::Rotated)) {
                pair.end = Some(End::Superseded);
            }
        }
        self.add_pair((client_id, user_id), self.last_pair + 1, scopes, now)
    }

    fn add_pair(
        &mut self,
        (client_id, user_id): (&str, &str),
        family: u64,
        scopes: Vec<String>,
        now: Millis,
    ) -> Issued {
        self.last_pair += 1;
        let issued = Issued {
            number: self.last_pair,
            access_token: mint("sandbox-access-"),
            refresh_token: mint("sandbox-refresh-"),
            scopes: scopes.clone(),
        };
        self.pairs.push(Pair {
            number: issued.number,
            family,
            client_id: client_id.to_owned(),
            user_id: user_id.to_owned(),
            scopes,
            access: fingerprint(&issued.access_token),
            refresh: fingerprint(&issued.refresh_token),
            access_expires_at: now + ACCESS_SECONDS * SECOND,
            refresh_expires_at: now + REFRESH_LIFETIME,
            end: None,
        });
        let excess = self.pairs.len().saturating_sub(REMEMBERED);
        self.pairs.drain(..excess);
        issued
    }

    /// The pair that a refresh token belongs to, dead or alive.
    pub(crate) fn pair_of_refresh(&self, refresh_token: &str) -> Option<&Pair> {
        let wanted = fingerprint(refresh_token);
        self.pairs.iter().find(|pair| pair.refresh == wanted)
    }

    /// The pair that an access token belongs to, dead or alive.
    pub(crate) fn pair_of_access(&self, access_token: &str) -> Option<&Pair> {
        let wanted = fingerprint(access_token);
        self.pairs.iter().find(|pair| pair.access == wanted)
    }

    /// Rotates a live pair: the old refresh token is dead at once
    /// (Zoom: OAuth 2.0, Refreshing an access token). `None` when the pair is not live.
    pub(crate) fn rotate(&mut self, number: u64, now: Millis) -> Option<Issued> {
        let pair = self.pairs.iter_mut().find(|p| p.number == number && p.is_live(now))?;
        pair.end = Some(End::Rotated);
        let (client_id, user_id) = (pair.client_id.clone(), pair.user_id.clone());
        let (family, scopes) = (pair.family, pair.scopes.clone());
        Some(self.add_pair((&client_id, &user_id), family, scopes, now))
    }

    /// Whether an access token of this pair still works, its lifetime aside.
    pub(crate) fn access_is_alive(&self, pair: &Pair) -> bool {
        match pair.end {
            None => true,
            Some(End::Rotated) => self.settings.access_token_survives_refresh,
            Some(_) => false,
        }
    }

    /// Ends a pair and every other pair of the same consent.
    pub(crate) fn end_consent(&mut self, number: u64, end: End) {
        let family = self.pairs.iter().find(|p| p.number == number).map(|p| p.family);
        for pair in self.pairs.iter_mut().filter(|p| Some(p.family) == family) {
            if matches!(pair.end, None | Some(End::Rotated)) {
                pair.end = Some(end);
            }
        }
    }

    /// Ends every pair of a user.
    pub(crate) fn revoke_user(&mut self, user_id: &str) {
        for pair in self.pairs.iter_mut().filter(|p| p.user_id == user_id) {
            if pair.end.is_none() || pair.end == Some(End::Rotated) {
                pair.end = Some(End::Revoked);
            }
        }
    }

    /// Whether a user's consent to an app is live.
    pub(crate) fn has_consent(&self, client_id: &str, user_id: &str, now: Millis) -> bool {
        let is_theirs = |p: &&Pair| p.client_id == client_id && p.user_id == user_id;
        self.pairs.iter().filter(is_theirs).any(|pair| pair.is_live(now))
    }

    /// Ends every pair that a user gave an app.
    pub(crate) fn remove_app(&mut self, client_id: &str, user_id: &str) {
        let is_theirs = |p: &&mut Pair| p.client_id == client_id && p.user_id == user_id;
        for pair in self.pairs.iter_mut().filter(is_theirs) {
            if matches!(pair.end, None | Some(End::Rotated)) {
                pair.end = Some(End::Revoked);
            }
        }
    }

    /// Makes every access token of a user expired; refresh tokens keep working.
    pub(crate) fn expire_access_tokens(&mut self, user_id: &str, now: Millis) {
        for pair in self.pairs.iter_mut().filter(|p| p.user_id == user_id) {
            pair.access_expires_at = pair.access_expires_at.min(now);
        }
    }

    /// How many pairs of a user are live.
    pub(crate) fn live_pairs(&self, user_id: &str, now: Millis) -> usize {
        self.pairs.iter().filter(|p| p.user_id == user_id && p.is_live(now)).count()
    }
}
