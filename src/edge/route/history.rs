//! The part of the surface that tells what became of runs in Paragon's shapes, below `/projects/{project}/task-history`.

use http::Method;

/// One journey of whoever reads or replays runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HistoryRoute {
    /// `GET workflow-executions`
    Executions,
    /// `GET workflow-executions/{run}`
    Execution(String),
    /// `GET workflow-executions/{run}/step-executions/{step}`
    StepExecution(String, String),
    /// `POST workflow-executions/{run}/replay`
    Replay(String),
    /// The path is there, the method is not.
    WrongMethod,
    /// There is no such path.
    Nowhere,
}

/// Which of them a request is.
pub(super) fn history_route(method: &Method, rest: &str) -> HistoryRoute {
    let segments: Vec<&str> = rest.split('/').collect();
    let owned = |text: &str| text.to_owned();
    match (method.as_str(), segments.as_slice()) {
        ("GET", ["workflow-executions"]) => HistoryRoute::Executions,
        ("GET", ["workflow-executions", run]) => HistoryRoute::Execution(owned(run)),
        ("GET", ["workflow-executions", run, "step-executions", step]) => {
            HistoryRoute::StepExecution(owned(run), owned(step))
        }
        ("POST", ["workflow-executions", run, "replay"]) => HistoryRoute::Replay(owned(run)),
        (
            _,
            ["workflow-executions"]
            | ["workflow-executions", _]
            | ["workflow-executions", _, "step-executions", _]
            | ["workflow-executions", _, "replay"],
        ) => HistoryRoute::WrongMethod,
        _ => HistoryRoute::Nowhere,
    }
}
