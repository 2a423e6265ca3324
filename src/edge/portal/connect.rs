//! A connect that begins in the portal: a session of its own, which only the browser that has the portal open can take to
//! Zoom. Where it ends is `connect::portal`'s.

use http::StatusCode;

use super::{
    super::{
        call::{Call, json_answer},
        connect::{Opening, connectable, start_url},
        problem::{Code, Problem},
    },
    admit,
    grants::own_grant,
};
use crate::{
    host::{Host, Response},
    id::random_uuid,
    record::{
        integration,
        login::Wish,
        portal,
        session::{self, Dialect},
    },
    shape::shape,
};

shape! {
    /// What the person wants to connect.
    struct Wanted {
        /// The account to connect again; another will not do.
        grant_id: Option<String>,
    }
}

shape! {
    /// A connect has begun.
    struct Begun {
        /// Where the window goes on.
        start_url: String,
    }
}

/// `POST /portal/{portal}/connect {grant_id?}`
pub(super) async fn connect(host: &impl Host, id: &str, call: &Call) -> Result<Response, Problem> {
    let portal = admit(host, id, call).await?;
    let wanted: Wanted = call.json(4096)?;
    let integration = connectable(integration::by_id(host, &portal.integration_id).await?)?;
    if let Some(grant_id) = &wanted.grant_id {
        own_grant(host, &portal, grant_id).await?.ok_or(Code::CredentialNotFound)?;
    }
    let wish = Wish {
        grant_id: wanted.grant_id,
        ip: call.client_ip(),
        user_agent: call.user_agent(),
        ..Wish::default()
    };
    let (portal_id, until) = (portal.id.clone(), portal.connects_until());
    let opening = Opening {
        id: random_uuid(host),
        integration: &integration,
        user_id: portal.user_id,
        origin: portal.origin,
        dialect: Dialect::Portal,
        redirect_uri: call.own_redirect_uri(host.settings()),
        login_id: None,
        wish: Some(wish),
        portal_id: Some(portal.id),
    };
    let (mut session, state) = opening.session(host)?;
    session.expires_at = session.expires_at.min(until);
    let mut statements = session::insert(&session, &state, None);
    statements.push(portal::leads_away(&portal_id, session.expires_at));
    statements.push(portal::is_back(&portal_id, host.now()));
    host.tables(statements).await?;
    Ok(json_answer(StatusCode::CREATED, &Begun { start_url: start_url(host, call, &session) }))
}
