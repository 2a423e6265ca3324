//! Whole requests against the edge, on a host in memory with the Zoom sandbox in process: a file a journey.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
#![allow(
    clippy::duration_suboptimal_units,
    clippy::format_push_string,
    clippy::match_bool,
    clippy::needless_pass_by_value,
    reason = "a test is read more often than it runs"
)]

mod access;
mod account;
mod admin;
mod admin_integration;
mod alarm;
mod amend;
mod app_events;
mod at_rest;
mod attempt_moves;
mod attempts;
mod attempts_requests;
mod audit;
mod check;
mod client_secrets;
mod console;
mod cooldown;
mod copies;
mod cors;
mod crash;
mod deletion;
mod deliver_again;
mod disabled;
mod disconnect;
mod documents;
mod enablement;
mod enablement_starts;
mod endpoint;
mod erase;
mod erase_events;
mod event_endpoint;
mod event_keys;
mod event_load;
mod event_moves;
mod events;
mod expiry;
mod faults;
mod filters;
mod finish;
mod forgotten;
mod grants;
mod grants_search;
mod hand_on;
mod health;
mod history;
mod host;
mod hosted;
mod hosted_faults;
mod import;
mod intake;
mod integrations;
mod interference;
mod interrupted;
mod joins;
mod keep_alive;
mod keys;
mod limits;
mod links;
mod log;
mod login;
mod loops;
mod metrics;
mod moves;
mod notify;
mod offer;
mod once;
mod operator;
mod own_hosts;
mod paragon;
mod people;
mod popup;
mod portal;
mod portal_doors;
mod portal_end;
mod portal_faults;
mod portal_moves;
mod portal_page;
mod reconnect;
mod redirect;
mod refresh;
mod removal;
mod removed;
mod renewal;
mod replay;
mod request;
mod runs;
mod runs_api;
mod runs_crash;
mod runs_fan_out;
mod schedules;
mod scopes;
mod secrets;
mod server_dialect;
mod server_events;
mod server_request;
mod signing_key;
mod start;
mod starts;
mod subscriptions;
mod sweep;
mod tabs;
mod test_step;
mod token;
mod triggers;
mod unclaimed;
mod usage;
mod webhook;
mod webhook_crash;
mod webhook_deauthorized;
mod webhook_identity;
mod webhook_moves;
mod webhook_routing;
mod webhook_secret;
mod whole;
mod workflow_secrets;
mod workflows_api;
mod workflows_deployed;
mod world;

/// Runs one test on a single thread with a clock that passes only when everybody waits.
fn run<F: Future<Output = ()>>(test: F) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    tokio::task::LocalSet::new().block_on(&runtime.unwrap(), test);
}
