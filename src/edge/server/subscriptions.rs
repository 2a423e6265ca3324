//! Subscriptions: what a project wants to be told of what happens at Zoom, and where. Who is told of an event is decided
//! by the connection that the event is about.

use http::StatusCode;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::{
    super::{
        call::Call,
        problem::{Code, Problem},
    },
    LONGEST_BODY, Page, actor, field,
    filter::GivenFilter,
    success, triggers,
};
use crate::{
    host::{Host, HostError, Response},
    id::random_uuid,
    record::{
        delivery, first_row, read_row, rows,
        subscription::{self, Subscription, SubscriptionStatus, Wanted},
    },
    secret::Text,
    shape::{Given, Shape, only, shape, words},
    time::Timestamp,
};

/// How often a change is tried again that another one came before.
const TRIES: usize = 4;

shape! {
    /// `POST /connect/subscriptions`
    pub(in super::super) struct NewSubscription {
        /// The trigger's id, or Zoom's own word.
        pub trigger: String,
        /// Where it is told; nothing: at the project's event endpoint.
        pub url: Option<String>,
        /// Which of the events; nothing: all of them.
        pub filter: Option<GivenFilter>,
        /// Of this user of the project only.
        pub account_id: Option<String>,
    }
}

shape! {
    /// `PATCH /connect/subscriptions/{subscription}`: what is absent stays, `null` takes away.
    pub(in super::super) struct SubscriptionPatch {
        /// Where it is told; `null`: at the project's event endpoint.
        pub url: Given<String>,
        /// Which of the events; `null`: all of them.
        pub filter: Given<GivenFilter>,
        /// Of this user of the project only; `null`: of all.
        pub account_id: Given<String>,
        /// Whether it is told anything; `active` also begins anew with an endpoint that has failed.
        pub status: Option<WantedStatus>,
    }
}

words! {
    /// Whether a subscription shall be told anything.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(in super::super) enum WantedStatus {
        /// It shall.
        Active = "active",
        /// Not for now.
        Paused = "paused",
    }
}

shape! {
    /// What a project wants to be told.
    pub(in super::super) struct ServerSubscription {
        /// The id.
        pub id: String,
        /// The trigger's id.
        pub trigger: String,
        /// Where it is told; `null`: at the project's event endpoint.
        pub url: Given<String>,
        /// Which of the events; `null`: all of them.
        pub filter: Given<GivenFilter>,
        /// Of this user of the project only; `null`: of all.
        pub account_id: Given<String>,
        /// Whether it is told anything.
        pub status: SubscriptionStatus,
        /// When its endpoint failed first since it last took something (Unix seconds).
        pub failing_since: Option<i64>,
        /// When it was disabled: its endpoint had failed for five days, or said that it is gone (Unix seconds).
        pub disabled_at: Option<i64>,
        /// When it was made (Unix seconds).
        pub created_at: i64,
        /// The last change (Unix seconds).
        pub updated_at: i64,
        /// What signs what its own `url` is sent; shown this once.
        pub secret: Option<Text>,
    }
}

shape! {
    /// A subscription that has gone.
    pub(in super::super) struct DeletedSubscription {
        /// The subscription.
        pub id: String,
        /// `deleted`.
        pub status: String,
    }
}

/// `POST /connect/subscriptions`
pub(super) async fn create(
    host: &impl Host,
    project_id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let body: NewSubscription = body(call, &["trigger", "url", "filter", "account_id"])?;
    let trigger = triggers::known(&body.trigger)?;
    field::account_id(body.account_id.as_ref())?;
    let (id, now) = (random_uuid(host), host.now());
    let mut new = Subscription {
        id,
        project_id: project_id.to_owned(),
        trigger: trigger.id.to_owned(),
        url: None,
        secrets_sealed: None,
        filter: body.filter.map(|filter| filter.text()),
        account_id: body.account_id,
        status: SubscriptionStatus::Active,
        failing_since: None,
        disabled_at: None,
        created_at: now,
        updated_at: now,
    };
    let secret = tell_at(host, call, &mut new, body.url).await?;
    let created = host.tables(subscription::create(&new, &actor(call))).await?;
    let created = created.into_iter().flatten().next().ok_or(Code::TooManySubscriptions)?;
    Ok(success(StatusCode::CREATED, &shown(read_row(created)?, secret.as_ref())))
}

/// `GET /connect/subscriptions`
pub(super) async fn list(
    host: &impl Host,
    project_id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let page = Page::of(call)?;
    let trigger = field::filter(call, "trigger")?;
    let trigger = trigger.map(|given| triggers::known(&given)).transpose()?;
    let wanted = Wanted {
        trigger: trigger.map(|trigger| trigger.id.to_owned()),
        status: field::word(call, "status")?,
        account_id: field::filter(call, "account_id")?,
    };
    let part = subscription::of_project(project_id, &wanted, page.limit, page.offset);
    let found: Vec<Subscription> = rows(host, part).await?;
    Ok(page.answer(&found.into_iter().map(|one| shown(one, None)).collect()))
}

/// `GET /connect/subscriptions/{subscription}`
pub(super) async fn one(host: &impl Host, project_id: &str, id: &str) -> Result<Response, Problem> {
    Ok(success(StatusCode::OK, &shown(of_project(host, project_id, id).await?, None)))
}

/// `PATCH /connect/subscriptions/{subscription}`
pub(super) async fn patch(
    host: &impl Host,
    project_id: &str,
    id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let body: SubscriptionPatch = body(call, &["url", "filter", "account_id", "status"])?;
    if let Given::Value(account_id) = &body.account_id {
        field::account_id(Some(account_id))?;
    }
    for _ in 0..TRIES {
        let old = of_project(host, project_id, id).await?;
        let mut new = old.clone();
        let mut secret = None;
        match &body.url {
            Given::Nothing => {}
            Given::Null => secret = tell_at(host, call, &mut new, None).await?,
            Given::Value(url) => {
                secret = tell_at(host, call, &mut new, Some(url.clone())).await?;
            }
        }
        set(&mut new.filter, &body.filter, GivenFilter::text);
        set(&mut new.account_id, &body.account_id, String::clone);
        new.status = match body.status {
            None => old.status,
            Some(WantedStatus::Active) => SubscriptionStatus::Active,
            Some(WantedStatus::Paused) => SubscriptionStatus::Paused,
        };
        let afresh = body.status == Some(WantedStatus::Active) || old.url != new.url;
        if let Some(changed) = replace(host, &old, &new, afresh, call).await? {
            return Ok(success(StatusCode::OK, &shown(changed, secret.as_ref())));
        }
    }
    Err(HostError::new("tables", "the subscription changes all the time").into())
}

/// `DELETE /connect/subscriptions/{subscription}`
pub(super) async fn delete(
    host: &impl Host,
    project_id: &str,
    id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let statements = subscription::delete(project_id, id, &actor(call), host.now());
    if host.tables(statements).await?.into_iter().flatten().next().is_none() {
        return Err(Code::SubscriptionNotFound.into());
    }
    let deleted = DeletedSubscription { id: id.to_owned(), status: "deleted".to_owned() };
    Ok(success(StatusCode::OK, &deleted))
}

/// `POST /connect/subscriptions/{subscription}/rotate-secret`: the secret before it signs too, for a day.
pub(super) async fn rotate(
    host: &impl Host,
    project_id: &str,
    id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    for _ in 0..TRIES {
        let old = of_project(host, project_id, id).await?;
        let Some(own) = old.endpoint(host)? else {
            let why = "it has no url of its own: the project's event endpoint has the secret";
            return Err(Problem::detailed(Code::InvalidRequest, why));
        };
        let mut secrets = own.secrets;
        let secret = delivery::mint_secret(host, &mut secrets);
        let mut new = old.clone();
        new.secrets_sealed = Some(subscription::seal_secrets(host, id, &secrets)?);
        if let Some(changed) = replace(host, &old, &new, false, call).await? {
            return Ok(success(StatusCode::OK, &shown(changed, Some(&secret))));
        }
    }
    Err(HostError::new("tables", "the subscription changes all the time").into())
}

/// The body, if it has no other fields than these: without what was meant to narrow it, a subscription tells too much.
fn body<T: Shape>(call: &Call, names: &[&str]) -> Result<T, Problem> {
    let fields: Map<String, Value> = call.json(LONGEST_BODY)?;
    let body = Value::Object(fields);
    let read = only(&body, names).and_then(|()| T::read(body));
    read.map_err(|misfit| Problem::detailed(Code::InvalidRequest, misfit.to_string()))
}

/// The project's subscription of this id; another's is not there.
pub(super) async fn of_project(
    host: &impl Host,
    project_id: &str,
    id: &str,
) -> Result<Subscription, Problem> {
    let found = first_row(host, subscription::one(project_id, id)).await?;
    found.ok_or_else(|| Code::SubscriptionNotFound.into())
}

/// Sets where a subscription is told. An address of its own has a secret of its own, minted when there was none; it goes
/// with the address.
async fn tell_at(
    host: &impl Host,
    call: &Call,
    one: &mut Subscription,
    url: Option<String>,
) -> Result<Option<Zeroizing<String>>, Problem> {
    let mut secret = None;
    match &url {
        None => {
            one.secrets_sealed = None;
            if delivery::endpoint(host, &one.project_id).await?.is_none() {
                return Err(Code::EventEndpointMissing.into());
            }
        }
        Some(url) => {
            field::address(host, call, "url", url)?;
            if one.secrets_sealed.is_none() {
                let mut secrets = Vec::new();
                secret = Some(delivery::mint_secret(host, &mut secrets));
                one.secrets_sealed = Some(subscription::seal_secrets(host, &one.id, &secrets)?);
            }
        }
    }
    one.url = url;
    Ok(secret)
}

/// Sets a field as a change says.
fn set<T>(field: &mut Option<String>, given: &Given<T>, text: impl Fn(&T) -> String) {
    match given {
        Given::Nothing => {}
        Given::Null => *field = None,
        Given::Value(value) => *field = Some(text(value)),
    }
}

/// Stores a change unless another one came before; the row as it is then.
async fn replace(
    host: &impl Host,
    old: &Subscription,
    new: &Subscription,
    afresh: bool,
    call: &Call,
) -> Result<Option<Subscription>, HostError> {
    let statements = subscription::replace(old, new, afresh, &actor(call), host.now());
    let row = host.tables(statements).await?.into_iter().flatten().next();
    row.map(read_row).transpose()
}

fn shown(one: Subscription, secret: Option<&Zeroizing<String>>) -> ServerSubscription {
    let filter = one.filter.as_deref().and_then(GivenFilter::stored);
    ServerSubscription {
        id: one.id,
        trigger: one.trigger,
        url: one.url.map_or(Given::Null, Given::Value),
        filter: filter.map_or(Given::Null, Given::Value),
        account_id: one.account_id.map_or(Given::Null, Given::Value),
        status: one.status,
        failing_since: one.failing_since.map(Timestamp::seconds),
        disabled_at: one.disabled_at.map(Timestamp::seconds),
        created_at: one.created_at.seconds(),
        updated_at: one.updated_at.seconds(),
        secret: secret.map(|secret| Text::new(secret.as_str())),
    }
}
