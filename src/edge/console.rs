//! The page of the operator's console: a shell that loads our own scripts; what it shows it asks the admin and server
//! routes for. Where the console is bound to an origin, it is there and nowhere else.

use http::StatusCode;

use super::{
    call::{Call, redirect_answer},
    operator,
    page::{Shell, shell_answer},
    problem::{Code, Problem},
};
use crate::host::{Host, Response};

/// `GET /console` and everything below it: the script reads the address. `GET /` leads there where the console has an
/// origin of its own.
pub(super) fn console(host: &impl Host, call: &Call) -> Result<Response, Problem> {
    let is_bound = host.settings().console_url.is_some();
    if !operator::is_console(host, call) {
        return Err(Code::NotFound.into());
    }
    if call.path != "/console" && !call.path.starts_with("/console/") {
        return if is_bound { Ok(redirect_answer("/console")) } else { Err(Code::NotFound.into()) };
    }
    let shell = Shell {
        title: "Isthmus console",
        script: "/static/console/console.js",
        style: "/static/console/console.css",
        frame_ancestors: "'none'",
        runs_wasm: true,
    };
    Ok(shell_answer(StatusCode::OK, &shell))
}
