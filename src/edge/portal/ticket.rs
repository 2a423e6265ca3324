//! How a portal opens: a page has a ticket made under its user's token, and the window brings it in a form, once. From
//! then on a cookie says whose window it is. Its *name* carries the portal's id, so that two portals do not meet.

use http::StatusCode;

use super::super::{
    call::{Call, json_answer, redirect_answer},
    connect::connectable,
    cors::{admit_origin, page_origin},
    problem::{Code, Problem},
};
use crate::{
    host::{Host, Response},
    id::{random_text, random_uuid},
    record::{
        integration,
        portal::{self, LONGEST_LIFE, Portal, TICKET_LIFE},
        project::Project,
    },
    secret::{self, Text},
    shape::shape,
    time::{SECOND, Timestamp},
};

shape! {
    /// What a page wants to show.
    pub(in super::super) struct NewPortal {
        /// The integration, by id or provider.
        pub integration: String,
    }
}

shape! {
    /// A portal that waits to be opened.
    pub(in super::super) struct PortalTicket {
        /// Ask by it what was done.
        pub id: String,
        /// What the window's form is sent to.
        pub url: String,
        /// The form's field `ticket`: opens the portal, once.
        pub ticket: Text,
        /// When the ticket ends: a minute from now.
        pub expires_at: Timestamp,
    }
}

/// `POST …/sdk/portals {integration}`
pub(in super::super) async fn open(
    host: &impl Host,
    project: &Project,
    user_id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let body: NewPortal = call.json(4096)?;
    let origin = page_origin(call)?;
    admit_origin(host, project.clone(), Some(origin)).await?;
    let found = integration::of_project(host, &project.id, &body.integration).await?;
    let (ticket, now) = (Text::new(random_text::<32>(host)), host.now());
    let portal = Portal {
        id: random_uuid(host),
        cookie_digest: None,
        project_id: project.id.clone(),
        integration_id: connectable(found)?.id,
        user_id: user_id.to_owned(),
        origin: origin.to_owned(),
        asks: 0,
        created_at: now,
        expires_at: now.plus(TICKET_LIFE),
        closed_at: None,
    };
    host.tables(vec![portal::insert(&portal, ticket.expose())]).await?;
    let url = format!("{}/portal", call.own_origin(host.settings()));
    let told = PortalTicket { id: portal.id, url, ticket, expires_at: portal.expires_at };
    Ok(json_answer(StatusCode::CREATED, &told))
}

/// `POST /portal`: the window arrives with its ticket. A form of another page than the one that had the ticket made, or
/// of nobody knows which, proves nothing about the person: the portal asks first.
pub(super) async fn enter(host: &impl Host, call: &Call) -> Result<Response, Problem> {
    let form = call.form()?;
    let ticket = form.into_iter().find(|(name, _)| name == "ticket");
    let ticket = Text::new(ticket.ok_or(Code::PortalNotFound)?.1);
    let cookie = Text::new(random_text::<32>(host));
    let entered =
        portal::enter(host, ticket.expose(), cookie.expose(), call.header("origin")).await?;
    let portal = entered.ok_or(Code::PortalNotFound)?;
    let mut answer = redirect_answer(&format!("/portal/{}", portal.id));
    let age = LONGEST_LIFE / SECOND;
    answer.headers.set("set-cookie", &cookie_text(&portal.id, cookie.expose(), age));
    Ok(answer)
}

/// The portal of this id, if this browser opened it.
pub(super) async fn holder(host: &impl Host, id: &str, call: &Call) -> Result<Portal, Problem> {
    // Nobody is asked about ids that come without a cookie.
    let cookie = call.cookie(&cookie_name(id)).ok_or(Code::PortalNotFound)?;
    let portal = portal::by_id(host, id).await?.ok_or(Code::PortalNotFound)?;
    let digest = portal.cookie_digest.as_deref().ok_or(Code::PortalNotFound)?;
    if secret::equal(digest, &secret::digest(cookie)) {
        Ok(portal)
    } else {
        Err(Code::PortalNotFound.into())
    }
}

/// The same, if it is open, and its person has meant to open it.
pub(in super::super) async fn admitted(
    host: &impl Host,
    id: &str,
    call: &Call,
) -> Result<Portal, Problem> {
    let portal = holder(host, id, call).await?;
    if portal.is_over(host.now()) {
        return Err(Code::PortalExpired.into());
    }
    if portal.asks == 0 { Ok(portal) } else { Err(Code::PortalUnconfirmed.into()) }
}

fn cookie_name(id: &str) -> String {
    format!("__Host-isthmus-portal-{id}")
}

/// The cookie of a portal.
pub(super) fn cookie_text(id: &str, value: &str, seconds: i64) -> String {
    let name = cookie_name(id);
    format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={seconds}")
}
