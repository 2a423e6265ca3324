//! What one isolate remembers between requests: verified user tokens and client credentials, and for a minute what
//! the source said of a project (for a second, where that refuses). Bounded, and never needed for being right: it may be empty at any time.

use std::{cell::RefCell, collections::HashMap};

use crate::{
    jwt::Claims,
    record::project::Project,
    time::{MINUTE, SECOND, Timestamp},
};

/// At most so many verified user tokens are remembered.
const TOKENS: usize = 2048;
/// At most so many projects are remembered.
const PROJECTS: usize = 512;

/// The memory of one isolate.
#[derive(Debug, Default)]
pub struct Memory {
    verified: RefCell<HashMap<String, Verified>>,
    confirmed: RefCell<HashMap<String, (Timestamp, Option<Project>)>>,
    clients: RefCell<HashMap<String, (Timestamp, String)>>,
}

#[derive(Debug)]
struct Verified {
    claims: Claims,
    until: Timestamp,
}

impl Memory {
    /// The claims of a token that was verified at most 60 s ago, by the digest of (project, key-set version, token).
    pub fn verified(&self, digest: &str, now: Timestamp) -> Option<Claims> {
        let tokens = self.verified.borrow();
        let found = tokens.get(digest).filter(|entry| now < entry.until)?;
        Some(found.claims.clone())
    }

    /// Remembers a verified token for 60 s.
    pub fn remember(&self, digest: String, claims: Claims, now: Timestamp) {
        let mut tokens = self.verified.borrow_mut();
        if tokens.len() >= TOKENS {
            tokens.retain(|_, entry| now < entry.until);
        }
        if tokens.len() >= TOKENS {
            tokens.clear();
        }
        tokens.insert(digest, Verified { claims, until: now.plus(MINUTE) });
    }

    /// What the source said of a project less than a second ago: the outer option says whether it was asked.
    pub fn confirmed(&self, project_id: &str, now: Timestamp) -> Option<Option<Project>> {
        let confirmed = self.confirmed.borrow();
        let (said_at, project) = confirmed.get(project_id)?;
        (0..SECOND).contains(&now.since(*said_at)).then(|| project.clone())
    }

    /// What the source said of a project less than a minute ago.
    pub fn known(&self, project_id: &str, now: Timestamp) -> Option<Project> {
        let confirmed = self.confirmed.borrow();
        let (said_at, project) = confirmed.get(project_id)?;
        let recent = (0..MINUTE).contains(&now.since(*said_at));
        project.clone().filter(|_| recent)
    }

    /// Remembers what the source said of a project.
    pub fn confirm(&self, project_id: &str, project: Option<Project>, now: Timestamp) {
        let mut confirmed = self.confirmed.borrow_mut();
        if confirmed.len() >= PROJECTS {
            confirmed.clear();
        }
        confirmed.insert(project_id.to_owned(), (now, project));
    }

    /// The project whose client credentials were found good less than a minute ago, by client id and secret's digest.
    pub fn client(&self, key: &str, now: Timestamp) -> Option<String> {
        let clients = self.clients.borrow();
        let (at, project_id) = clients.get(key)?;
        (0..MINUTE).contains(&now.since(*at)).then(|| project_id.clone())
    }

    /// Remembers client credentials that were found good.
    pub fn remember_client(&self, key: String, project_id: String, now: Timestamp) {
        let mut clients = self.clients.borrow_mut();
        if clients.len() >= PROJECTS {
            clients.clear();
        }
        clients.insert(key, (now, project_id));
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.verified.borrow_mut().clear();
        self.confirmed.borrow_mut().clear();
        self.clients.borrow_mut().clear();
    }

    /// Forgets a project that was changed here.
    pub fn forget(&self, project_id: &str) {
        self.confirmed.borrow_mut().remove(project_id);
        self.clients.borrow_mut().retain(|_, (_, known)| known != project_id);
    }
}
