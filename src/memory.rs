//! What one isolate remembers between requests: verified user tokens and client credentials, for a minute what the
//! source said of a project and of what webhooks are signed with (for a second, where that refuses), and what it has
//! counted. Bounded, and never needed for being right: it may be empty at any time.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, HashMap},
};

use crate::{
    host::PublicKey,
    jwt::Claims,
    record::{
        count::{Count, Standing, WEBHOOKS},
        project::Project,
        usage::{Metric, Used},
        webhook_secret::WebhookSecrets,
    },
    time::{HOUR, MINUTE, SECOND, Timestamp},
};

/// At most so many verified user tokens are remembered.
const TOKENS: usize = 2048;
/// At most so many projects are remembered, and so many integrations.
const PROJECTS: usize = 512;
/// Asking for the access product's keys takes at most so long, and is done again after so long while none are known, in
/// milliseconds.
const ASKING: i64 = 10 * SECOND;

/// The memory of one isolate.
#[derive(Debug, Default)]
pub struct Memory {
    verified: RefCell<HashMap<String, Verified>>,
    confirmed: RefCell<HashMap<String, (Timestamp, Option<Project>)>>,
    clients: RefCell<HashMap<String, (Timestamp, String)>>,
    webhooks: RefCell<HashMap<String, Webhook>>,
    counts: RefCell<BTreeMap<(String, String), i64>>,
    leases: RefCell<HashMap<String, (Timestamp, i64)>>,
    usage: RefCell<BTreeMap<(String, String, Metric), i64>>,
    counts_taken: Cell<Option<Timestamp>>,
    /// Until when somebody waits to store what was counted.
    waits_until: Cell<Option<Timestamp>>,
    access: RefCell<AccessKeys>,
    standing: RefCell<Option<(Timestamp, Standing)>>,
}

/// The keys of the access product in front of the console.
#[derive(Debug, Default)]
struct AccessKeys {
    keys: Vec<(String, PublicKey)>,
    said_at: Option<Timestamp>,
    asked_at: Option<Timestamp>,
    /// Somebody asks and was not answered yet.
    asking: bool,
}

/// How to come by a key of the access product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessKey {
    /// It is this one, or there is none.
    Said(Option<PublicKey>),
    /// Whoever was told this asks for the keys: nobody else does meanwhile.
    Ask,
    /// Somebody else asks for them: what they learn can be waited for.
    Asked,
}

/// What was counted and is not in the tables yet.
#[derive(Debug, Default)]
pub struct Taken {
    /// Webhooks.
    pub counts: Vec<Count>,
    /// What projects used.
    pub usage: Vec<Used>,
}

#[derive(Debug)]
struct Verified {
    claims: Claims,
    until: Timestamp,
}

/// What the source said of what the webhooks of an integration are checked with.
#[derive(Debug, Clone)]
struct Webhook {
    said_at: Timestamp,
    secrets: Option<WebhookSecrets>,
    refused_at: Option<Timestamp>,
}

impl AccessKeys {
    fn key(&self, id: &str) -> Option<PublicKey> {
        self.keys.iter().find(|(known, _)| known == id).map(|(_, key)| key.clone())
    }
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

    /// Takes one of the calls that were leased less than a second ago under this name; whether there was one.
    pub fn take_lease(&self, name: &str, now: Timestamp) -> bool {
        let mut leases = self.leases.borrow_mut();
        let Some((leased_at, calls)) = leases.get_mut(name) else { return false };
        let there = *calls > 0 && (0..SECOND).contains(&now.since(*leased_at));
        *calls -= i64::from(there);
        there
    }

    /// Remembers so many calls that were leased now.
    pub fn keep_leases(&self, name: String, calls: i64, now: Timestamp) {
        let mut leases = self.leases.borrow_mut();
        if leases.len() >= PROJECTS {
            leases.clear();
        }
        leases.insert(name, (now, calls));
    }

    /// What the source said less than a minute ago of an integration's webhooks, nothing if that is not known; and
    /// whether a refusal by it still counts. The inner option says whether there is such an integration.
    pub fn webhook(
        &self,
        integration_id: &str,
        now: Timestamp,
    ) -> Option<(Option<WebhookSecrets>, bool)> {
        let webhooks = self.webhooks.borrow();
        let known = webhooks.get(integration_id)?;
        let within = |span: i64, at: Timestamp| (0..span).contains(&now.since(at));
        let refused = known.refused_at.is_some_and(|at| within(SECOND, at));
        within(MINUTE, known.said_at).then(|| (known.secrets.clone(), refused))
    }

    /// Remembers what the source said of an integration's webhooks, and whether one was refused by it.
    pub fn remember_webhook(
        &self,
        integration_id: &str,
        secrets: Option<WebhookSecrets>,
        refused: bool,
        now: Timestamp,
    ) {
        let mut webhooks = self.webhooks.borrow_mut();
        if webhooks.len() >= PROJECTS {
            // Anyone can ask for integrations that are not there: they must not push out those that are.
            webhooks.retain(|_, known| known.secrets.is_some());
        }
        if webhooks.len() >= PROJECTS {
            webhooks.clear();
        }
        let refused_at = refused.then_some(now);
        webhooks.insert(integration_id.to_owned(), Webhook { said_at: now, secrets, refused_at });
    }

    /// Forgets what webhooks are checked with: it was changed here.
    pub fn forget_webhook(&self, integration_id: &str) {
        self.webhooks.borrow_mut().remove(integration_id);
    }

    /// Counts one webhook, under its integration when that is one.
    pub fn count(&self, integration_id: &str, outcome: &str) {
        let webhooks = self.webhooks.borrow();
        let known = webhooks.get(integration_id).is_some_and(|known| known.secrets.is_some());
        let id = if known { integration_id } else { "" };
        *self.counts.borrow_mut().entry((id.to_owned(), outcome.to_owned())).or_default() += 1;
    }

    /// Counts what a project used.
    pub fn count_use(&self, project_id: &str, day: String, metric: Metric) {
        let key = (project_id.to_owned(), day, metric);
        *self.usage.borrow_mut().entry(key).or_default() += 1;
    }

    /// How long to wait, in milliseconds, until what was counted is to be stored, `every` so many at most; nothing when
    /// there is nothing, or somebody waits already.
    pub fn wait_to_store(&self, every: i64, now: Timestamp) -> Option<i64> {
        let nothing = self.counts.borrow().is_empty() && self.usage.borrow().is_empty();
        // One who waits may be cut off: then the next one does.
        let waits =
            self.waits_until.get().is_some_and(|until| (0..=every).contains(&until.since(now)));
        if nothing || waits {
            return None;
        }
        let left = self.counts_taken.get().map_or(0, |taken| every - now.since(taken));
        let wait = if (0..=every).contains(&left) { left } else { 0 };
        self.waits_until.set(Some(now.plus(wait)));
        Some(wait)
    }

    /// Takes out what was counted, unless that was done less than `every` milliseconds ago.
    pub fn take_counts(&self, every: i64, now: Timestamp) -> Taken {
        let taken = self.counts_taken.get();
        if taken.is_some_and(|taken| (0..every).contains(&now.since(taken))) {
            return Taken::default();
        }
        self.counts_taken.set(Some(now));
        self.waits_until.set(None);
        let usage = std::mem::take(&mut *self.usage.borrow_mut());
        let used = |((project_id, day, metric), n)| Used { project_id, day, metric, n };
        let counts = std::mem::take(&mut *self.counts.borrow_mut());
        let metric = || WEBHOOKS.to_owned();
        let count =
            |((integration_id, outcome), n)| Count { metric: metric(), integration_id, outcome, n };
        Taken {
            counts: counts.into_iter().map(count).collect(),
            usage: usage.into_iter().map(used).collect(),
        }
    }

    /// Puts back what was taken out and could not be stored.
    pub fn put_counts_back(&self, taken: Taken) {
        let mut usage = self.usage.borrow_mut();
        for Used { project_id, day, metric, n } in taken.usage {
            *usage.entry((project_id, day, metric)).or_default() += n;
        }
        let mut counts = self.counts.borrow_mut();
        for Count { integration_id, outcome, n, .. } in taken.counts {
            *counts.entry((integration_id, outcome)).or_default() += n;
        }
    }

    /// The key of the access product with this id, or who asks for the keys: once an hour; when it is not known, at most
    /// once a minute; while none at all are known, every few seconds.
    pub fn access_key(&self, id: &str, now: Timestamp) -> AccessKey {
        let mut access = self.access.borrow_mut();
        let known = access.key(id);
        let within = |span: i64, at: Option<Timestamp>| {
            at.is_some_and(|at| (0..span).contains(&now.since(at)))
        };
        if known.is_some() && within(HOUR, access.said_at) {
            return AccessKey::Said(known);
        }
        // Who asks may be cut off: then the next one does.
        let asking = access.asking && within(ASKING, access.asked_at);
        let pause = if access.said_at.is_some() { MINUTE } else { ASKING };
        if asking && known.is_none() {
            AccessKey::Asked
        } else if asking || within(pause, access.asked_at) {
            AccessKey::Said(known)
        } else {
            (access.asking, access.asked_at) = (true, Some(now));
            AccessKey::Ask
        }
    }

    /// The key of the access product with this id, as far as it is known.
    pub fn known_access_key(&self, id: &str) -> Option<PublicKey> {
        self.access.borrow().key(id)
    }

    /// Remembers the keys of the access product; that it was asked, when it did not answer.
    pub fn remember_access_keys(&self, keys: Option<Vec<(String, PublicKey)>>, now: Timestamp) {
        let mut access = self.access.borrow_mut();
        (access.asking, access.asked_at) = (false, Some(now));
        if let Some(keys) = keys {
            access.said_at = Some(now);
            access.keys = keys;
        }
    }

    /// How things stood less than a minute ago, if that is known.
    pub fn standing(&self, now: Timestamp) -> Option<Standing> {
        let standing = self.standing.borrow();
        let (said_at, standing) = standing.as_ref()?;
        (0..MINUTE).contains(&now.since(*said_at)).then(|| standing.clone())
    }

    /// Remembers how things stand.
    pub fn keep_standing(&self, standing: Standing, now: Timestamp) {
        *self.standing.borrow_mut() = Some((now, standing));
    }

    /// Forgets everything.
    pub fn clear(&self) {
        *self.standing.borrow_mut() = None;
        *self.access.borrow_mut() = AccessKeys::default();
        self.usage.borrow_mut().clear();
        self.waits_until.set(None);
        self.webhooks.borrow_mut().clear();
        self.counts.borrow_mut().clear();
        self.counts_taken.set(None);
        self.verified.borrow_mut().clear();
        self.confirmed.borrow_mut().clear();
        self.clients.borrow_mut().clear();
        self.leases.borrow_mut().clear();
    }

    /// Forgets a project that was changed here.
    pub fn forget(&self, project_id: &str) {
        self.confirmed.borrow_mut().remove(project_id);
        self.clients.borrow_mut().retain(|_, (_, known)| known != project_id);
    }
}
