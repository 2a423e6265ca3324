//! Each rule of the sandbox, seen from outside: through its router, over TCP, and as a program.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "clippy sees the tests' own tools outside of test functions"
)]

mod api;
mod consent;
mod controls;
mod deliveries;
mod endpoints;
mod events;
mod faults;
mod host;
mod limits;
mod meetings;
mod meetings_page;
mod occurrences;
mod program;
mod receiver;
mod registrants;
mod rig;
mod store;
mod tcp;
mod token;
