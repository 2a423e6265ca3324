//! The Connect Portal: what a user sees of an integration, connects, switches and disconnects, in a window of their own.
//! A page opens it with a ticket that it had made under the user's token (`ticket`); from then on a cookie says whose it
//! is. `page` is the window, `state` what it shows, `connect` and `grants` what a person does there, `changes` what the
//! page that opened it is told.

mod changes;
mod connect;
mod grants;
mod page;
mod state;
mod ticket;
mod words;

#[cfg(feature = "documents")]
pub(super) use {
    changes::PortalState,
    ticket::{NewPortal, PortalTicket},
};
pub(super) use {
    changes::changes,
    ticket::{admitted, open},
};

use http::StatusCode;

use super::{
    call::{Call, empty_answer},
    page::{Told, problem_page_in},
    problem::{Code, Problem},
    route::PortalRoute,
};
use words::words;

use crate::{
    host::{Host, Response},
    record::portal::{self as record, Portal},
};

/// Answers one request of the portal: pages with pages, what the page's script calls in the dialect of the browser.
pub(super) async fn portal(
    host: &impl Host,
    route: &PortalRoute,
    call: &Call,
) -> Result<Response, Problem> {
    let shown = match route {
        PortalRoute::Enter => ticket::enter(host, call).await,
        PortalRoute::Page(id) => page::page(host, id, call).await,
        PortalRoute::State(id) => return state::state(host, id, call).await,
        PortalRoute::Connect(id) => return connect::connect(host, id, call).await,
        PortalRoute::Disconnect(id, grant) => {
            return grants::disconnect(host, id, grant, call).await;
        }
        PortalRoute::PatchWorkflow(id, grant, workflow) => {
            return grants::patch_workflow(host, id, (grant, workflow), call).await;
        }
        PortalRoute::Close(id) => return close(host, id, call).await,
        PortalRoute::WrongMethod => Err(Code::MethodNotAllowed.into()),
        PortalRoute::Nowhere => Err(Code::NotFound.into()),
    };
    Ok(page_or_problem(host, shown))
}

/// `GET /ui?projectId=…`
pub(super) async fn ui(host: &impl Host, call: &Call) -> Result<Response, Problem> {
    Ok(page_or_problem(host, page::frame(host, call).await))
}

fn page_or_problem(host: &impl Host, shown: Result<Response, Problem>) -> Response {
    shown.unwrap_or_else(|problem| {
        let words = words();
        let message = words.problems.get(problem.code.text()).cloned();
        let told = Told {
            lang: &words.lang,
            title: &words.unopened,
            message: &message.unwrap_or_else(|| problem.message()),
        };
        problem_page_in(host, &told, &problem, None)
    })
}

/// `POST /portal/{portal}/close`: the person is done; `?gone=true`: the page goes, and nobody knows whether to come back.
async fn close(host: &impl Host, id: &str, call: &Call) -> Result<Response, Problem> {
    let portal = admit(host, id, call).await?;
    if call.parameter("gone").is_some() {
        host.tables(vec![record::gone(&portal.id, host.now())]).await?;
        return Ok(empty_answer(StatusCode::NO_CONTENT));
    }
    host.tables(vec![record::close(&portal.id, host.now())]).await?;
    let mut answer = empty_answer(StatusCode::NO_CONTENT);
    answer.headers.set("set-cookie", &ticket::cookie_text(&portal.id, "", 0));
    Ok(answer)
}

/// The portal of this id, for its own page in the browser that opened it.
async fn admit(host: &impl Host, id: &str, call: &Call) -> Result<Portal, Problem> {
    if call.is_of_page(call.own_origin(host.settings())) {
        admitted(host, id, call).await
    } else {
        Err(Problem::detailed(Code::OriginNotAllowed, "the portal is for its own page alone"))
    }
}
