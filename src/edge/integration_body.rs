//! What a body may say of an integration, of a project's server and of the operator, and what is shown of one. The
//! rules are here; `record::integration` stores what passed them.

use serde_json::{Value, json};

use super::{
    problem::{Code, Problem},
    redirect_uri::redirect_uri,
};
use crate::{
    host::Host,
    record::{
        copy,
        integration::{Change, Integration, Left, client_secret_record},
        webhook_secret,
    },
    secret::{self, Text},
    shape::{Given, Misfit, shape},
    time::Timestamp,
    zoom,
};

/// Scopes are part of an address that people's browsers open: together at most so many bytes.
const LONGEST_SCOPE: usize = 8192;

shape! {
    /// `POST /connect/integrations`
    pub(super) struct NewIntegration {
        /// The name people see, 1 to 200 bytes; `Zoom` unless said.
        pub name: Option<String>,
        /// `zoom`.
        pub provider: String,
        /// The Zoom app.
        pub settings: IntegrationSettings,
        /// Where login links may end: at most 20 addresses, compared to the letter; empty: nowhere.
        pub redirect_uris: Vec<String>,
        /// How long a login link lives, in seconds: 60 to 31,536,000; 1,209,600 unless said.
        pub expires_in: Option<i64>,
        /// What to ask Zoom for; empty: what the app is registered for.
        pub scope: Option<Vec<String>>,
    }
}

shape! {
    /// `PATCH /connect/integrations/{provider or id}`: what is absent stays.
    pub(super) struct IntegrationPatch {
        /// The name people see, 1 to 200 bytes.
        pub name: Option<String>,
        /// The Zoom app; what is absent in it stays.
        pub settings: Option<IntegrationSettings>,
        /// Where login links may end: at most 20 addresses, compared to the letter; empty: nowhere.
        pub redirect_uris: Option<Vec<String>>,
        /// How long a login link lives, in seconds: 60 to 31,536,000.
        pub expires_in: Option<i64>,
        /// What to ask Zoom for; empty: what the app is registered for.
        pub scope: Option<Vec<String>>,
    }
}

shape! {
    /// The Zoom app of an integration. Never shown again.
    pub(super) struct IntegrationSettings {
        /// The app's client id.
        pub client_id: Option<String>,
        /// The app's client secret.
        pub client_secret: Option<Text>,
        /// What Zoom signs its webhooks with (the app's secret token); `null` for none.
        pub webhook_secret_token: Given<Text>,
        /// The plan of the Zoom accounts, for its rate limits: `basic`, `pro`, `business` …; `null` for none.
        pub plan: Given<String>,
    }
}

shape! {
    /// `PUT /admin/projects/{id}/integrations/zoom`: what is absent stays. Client id and secret are wanted while there
    /// is no integration.
    pub(super) struct OperatorIntegration {
        pub client_id: Option<String>,
        pub client_secret: Option<Text>,
        pub scopes: Option<Vec<String>>,
        pub name: Option<String>,
        pub redirect_uris: Option<Vec<String>>,
        pub expires_in: Option<i64>,
        pub webhook_secret_token: Given<Text>,
        pub plan: Given<String>,
        pub description: Option<String>,
        pub overview: Option<String>,
        pub accent_color: Option<String>,
    }
}

shape! {
    /// An integration as a project's server sees it.
    pub(super) struct ServerIntegration {
        /// The id, also in the webhook's URL.
        pub id: String,
        /// The name people see.
        pub name: String,
        /// `zoom`.
        pub provider: String,
        /// Where login links may end.
        pub redirect_uris: Vec<String>,
        /// How long a login link lives, in seconds.
        pub expires_in: i64,
        /// What to ask Zoom for; empty: what the app is registered for.
        pub scope: Vec<String>,
        /// When Zoom last validated the webhook's address, in Unix seconds.
        pub webhook_validated_at: Option<i64>,
        /// `deleting`, when it is.
        pub status: Option<String>,
        /// While it is being deleted: the grants that have not left.
        pub grants_left: Option<i64>,
        /// While it is being deleted: the connections that are not forgotten.
        pub connections_left: Option<i64>,
    }
}

/// What every body comes down to.
#[derive(Default)]
pub(super) struct Wish {
    name: Option<String>,
    client_id: Option<String>,
    client_secret: Option<Text>,
    webhook_secret: Option<Given<Text>>,
    plan: Option<Given<String>>,
    redirect_uris: Option<Vec<String>>,
    expires_in: Option<i64>,
    scope: Option<Vec<String>>,
    description: Option<String>,
    overview: Option<String>,
    accent_color: Option<String>,
    /// Where the app's fields are in the body: `settings.`, or nothing.
    place: &'static str,
}

impl NewIntegration {
    /// The wish; all that a new integration needs is there.
    pub(super) fn wish(self) -> Result<Wish, Problem> {
        let rest = IntegrationPatch {
            name: self.name.or_else(|| Some(zoom::NAME.to_owned())),
            settings: Some(self.settings),
            redirect_uris: Some(self.redirect_uris),
            expires_in: self.expires_in,
            scope: self.scope,
        };
        let wish = rest.wish();
        wish.is_whole()?;
        Ok(wish)
    }
}

impl IntegrationPatch {
    /// The wish.
    pub(super) fn wish(self) -> Wish {
        let wish = Wish {
            name: self.name,
            redirect_uris: self.redirect_uris,
            expires_in: self.expires_in,
            scope: self.scope,
            place: "settings.",
            ..Wish::default()
        };
        match self.settings {
            None => wish,
            Some(settings) => Wish {
                client_id: settings.client_id,
                client_secret: settings.client_secret,
                webhook_secret: Some(settings.webhook_secret_token),
                plan: Some(settings.plan),
                ..wish
            },
        }
    }
}

impl OperatorIntegration {
    /// The wish.
    pub(super) fn wish(self) -> Wish {
        Wish {
            name: self.name,
            client_id: self.client_id,
            client_secret: self.client_secret,
            webhook_secret: Some(self.webhook_secret_token),
            plan: Some(self.plan),
            redirect_uris: self.redirect_uris,
            expires_in: self.expires_in,
            scope: self.scopes,
            description: self.description,
            overview: self.overview,
            accent_color: self.accent_color,
            place: "",
        }
    }
}

impl Wish {
    /// Whether it has all that a new integration needs.
    pub(super) fn is_whole(&self) -> Result<(), Problem> {
        let missing = |name: &str| {
            let misfit = Misfit::new("a text is wanted", &Value::Null);
            refused(misfit.within(&format!("{}{name}", self.place)).to_string())
        };
        match (&self.client_id, &self.client_secret) {
            (None, _) => Err(missing("client_id")),
            (_, None) => Err(missing("client_secret")),
            _ => Ok(()),
        }
    }

    /// Checks everything, and seals what is secret for the integration of this id, which is `now` like this, if it is
    /// there.
    pub(super) fn sealed(
        self,
        host: &impl Host,
        id: &str,
        now: Option<&Integration>,
    ) -> Result<Change, Problem> {
        let place = self.place;
        let bounded = |text: &str, field: &str, longest: usize| {
            let fits = (1..=longest).contains(&text.len());
            fits.then_some(())
                .ok_or_else(|| refused(format!("{place}{field}: 1 to {longest} bytes")))
        };
        let client_id = self.client_id.map(|id| bounded(&id, "client_id", 256).map(|()| id));
        let client_secret_sealed = self.client_secret.map(|secret| {
            bounded(secret.expose(), "client_secret", 512)?;
            Ok::<_, Problem>(copy::seal(host, &client_secret_record(id), &secret)?)
        });
        let webhook_secret = checked(self.webhook_secret, |secret| {
            bounded(secret.expose(), "webhook_secret_token", 512).map(|()| secret)
        })?;
        let (webhook_secret_sealed, webhook_secret_before_sealed) =
            changed_webhook_secret(host, id, webhook_secret, now)?;
        let plan = checked(self.plan, |plan| bounded(&plan, "plan", 64).map(|()| plan))?;
        Ok(Change {
            name: self.name.as_deref().map(name).transpose()?,
            client_id: client_id.transpose()?,
            client_secret_sealed: client_secret_sealed.transpose()?,
            webhook_secret_sealed,
            webhook_secret_before_sealed,
            plan,
            redirect_uris: self.redirect_uris.map(|uris| redirect_uris(&uris)).transpose()?,
            expires_in: self.expires_in.map(expires_in).transpose()?,
            scope: self.scope.map(|scope| scope_text(&scope)).transpose()?,
            description: prose("description", self.description, 200)?,
            overview: prose("overview", self.overview, 4000)?,
            accent_color: self.accent_color.map(accent_color).transpose()?,
        })
    }
}

/// The webhook secret that is to be stored, sealed, and the one before it, if that opens. The same one again is no change:
/// it must not push out the one before.
fn changed_webhook_secret(
    host: &impl Host,
    id: &str,
    given: Given<Text>,
    now: Option<&Integration>,
) -> Result<(Given<String>, Option<String>), Problem> {
    let secret = match given {
        Given::Nothing => return Ok((Given::Nothing, None)),
        Given::Null => return Ok((Given::Null, None)),
        Given::Value(secret) => secret,
    };
    // What cannot be read is replaced all the same.
    let known = now.and_then(|now| now.webhook_secret(host).ok().flatten());
    if known.as_ref().is_some_and(|known| secret::equal(known.expose(), secret.expose())) {
        return Ok((Given::Nothing, None));
    }
    let before = known.and(now).and_then(|now| now.webhook_secret_sealed.clone());
    Ok((Given::Value(copy::seal(host, &webhook_secret::record(id), &secret)?), before))
}

fn checked<A, B>(
    given: Option<Given<A>>,
    check: impl FnOnce(A) -> Result<B, Problem>,
) -> Result<Given<B>, Problem> {
    Ok(match given {
        None | Some(Given::Nothing) => Given::Nothing,
        Some(Given::Null) => Given::Null,
        Some(Given::Value(value)) => Given::Value(check(value)?),
    })
}

fn refused(detail: impl Into<String>) -> Problem {
    Problem::detailed(Code::InvalidRequest, detail)
}

/// A name that people can read.
pub(super) fn name(given: &str) -> Result<String, Problem> {
    let name = given.trim();
    if name.is_empty() || name.len() > 200 {
        return Err(refused("name: 1 to 200 bytes"));
    }
    Ok(name.to_owned())
}

/// What people read about an integration; empty: nothing of its own.
fn prose(field: &str, given: Option<String>, longest: usize) -> Result<Option<String>, Problem> {
    let text = given.map(|given| given.trim().to_owned());
    if text.as_ref().is_some_and(|text| text.chars().count() > longest) {
        return Err(refused(format!("{field}: at most {longest} characters")));
    }
    Ok(text)
}

/// A colour as pages write it; empty: none of its own.
fn accent_color(given: String) -> Result<String, Problem> {
    let digits = given.strip_prefix('#').filter(|digits| digits.len() == 6);
    let sound = digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if given.is_empty() || sound {
        Ok(given)
    } else {
        Err(refused("accent_color: #rrggbb, like #0b5cff, or empty"))
    }
}

/// How long something that people use may live, in seconds: a minute to a year.
fn expires_in(seconds: i64) -> Result<i64, Problem> {
    if (60..=31_536_000).contains(&seconds) {
        Ok(seconds)
    } else {
        Err(refused("expires_in: 60 to 31536000 seconds"))
    }
}

/// Scopes as one text (RFC 6749 §3.3).
pub(super) fn scope_text(scope: &[String]) -> Result<String, Problem> {
    let sound = |token: &String| {
        let character = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
        (1..=200).contains(&token.len()) && token.bytes().all(character)
    };
    let long = || refused(format!("scope: at most {LONGEST_SCOPE} bytes"));
    match scope.iter().position(|token| !sound(token)) {
        Some(index) => Err(refused(format!("scope[{index}]: one scope, without spaces"))),
        None if scope.len() > 200 => Err(refused("scope: at most 200")),
        None => Some(scope.join(" ")).filter(|text| text.len() <= LONGEST_SCOPE).ok_or_else(long),
    }
}

fn redirect_uris(uris: &[String]) -> Result<String, Problem> {
    if uris.len() > 20 {
        return Err(refused("redirect_uris: at most 20 addresses"));
    }
    for (index, uri) in uris.iter().enumerate() {
        if let Err(why) = redirect_uri(uri) {
            let detail = format!("redirect_uris[{index}]: {why}");
            return Err(Problem::detailed(Code::RedirectUriRefused, detail));
        }
    }
    Ok(json!(uris).to_string())
}

/// What a project's server sees of an integration; `left` while it is being deleted.
pub(super) fn shown(integration: Integration, left: Option<Left>) -> ServerIntegration {
    let deleting = integration.is_deleting();
    ServerIntegration {
        scope: integration.scopes().into_iter().map(str::to_owned).collect(),
        redirect_uris: integration.redirect_uris(),
        id: integration.id,
        name: integration.name,
        provider: integration.provider,
        expires_in: integration.expires_in,
        webhook_validated_at: integration.webhook_validated_at.map(Timestamp::seconds),
        status: deleting.then(|| "deleting".to_owned()),
        grants_left: left.filter(|_| deleting).map(|left| left.grants_left),
        connections_left: left.filter(|_| deleting).map(|left| left.connections_left),
    }
}
