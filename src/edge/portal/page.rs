//! The portal's page: a shell that our own script fills, for whoever has the portal's cookie; before it the question, where
//! the person has to say that they meant to open it. In a frame of the published package the same page works without
//! either, by what that package tells it.

use http::{Method, StatusCode};
use maud::html;

use super::{
    super::{
        call::{Call, redirect_answer},
        connect::{pressed, question},
        page::{Shell, shell_answer},
        problem::{Code, Problem},
        user::{confirmed_project, known_project},
    },
    ticket::holder,
    words::{Words, fill, words},
};
use crate::{
    host::{Host, Response},
    record::{portal, project::Project},
    zoom,
};

/// `GET /portal/{portal}`, and its `POST` from the question that this page asks.
pub(super) async fn page(host: &impl Host, id: &str, call: &Call) -> Result<Response, Problem> {
    let portal = holder(host, id, call).await?;
    if portal.is_over(host.now()) {
        return Err(Code::PortalExpired.into());
    }
    if call.method == Method::POST {
        let confirmed = pressed(host, call, "portal")?;
        if confirmed != portal.id {
            return Err(Code::PortalNotFound.into());
        }
        host.tables(vec![portal::confirm(id)]).await?;
        return Ok(redirect_answer(&format!("/portal/{id}")));
    }
    if portal.asks == 0 {
        return Ok(shell("'none'"));
    }
    let project = known_project(host, &portal.project_id).await?;
    Ok(asked(host, &project, &portal))
}

/// `GET /ui?projectId=…`: the page inside a frame of one of the project's pages.
pub(super) async fn frame(host: &impl Host, call: &Call) -> Result<Response, Problem> {
    let id = call.parameter("projectId").unwrap_or_default();
    // The package loads its frame before it knows its project. Without one the page shows nothing, asks nothing, and goes
    // to the page of the project that it is told.
    if id.is_empty() {
        return Ok(shell("*"));
    }
    // The list of those who may frame it refuses the others: a copy that is late must not.
    let project = match confirmed_project(host, &id).await {
        Err(problem) if problem.code == Code::StoreUnavailable => known_project(host, &id).await?,
        confirmed => confirmed?,
    };
    match project.origins.join(" ").as_str() {
        "" => Ok(shell("'none'")),
        origins => Ok(shell(origins)),
    }
}

fn shell(frame_ancestors: &str) -> Response {
    let shell = Shell {
        title: "Zoom",
        script: "/static/portal/portal.js",
        style: "/static/portal/portal.css",
        frame_ancestors,
        runs_wasm: false,
    };
    shell_answer(StatusCode::OK, &shell)
}

fn asked(host: &impl Host, project: &Project, portal: &portal::Portal) -> Response {
    let Words { lang, asked, .. } = words();
    let values =
        [("integration", zoom::NAME), ("project", &project.name), ("user", &portal.user_id)];
    let content = html! {
        p { (fill(&asked.only, &values)) }
        form method="post" action={ "/portal/" (portal.id) } {
            input type="hidden" name="portal" value=(portal.id);
            button type="submit" data-testid="confirm-portal" { (fill(&asked.open, &values)) }
        }
        p { (fill(&asked.otherwise, &values)) }
    };
    question(host, &lang, &fill(&asked.title, &values), content)
}
