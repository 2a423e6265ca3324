//! Each rule of the sandbox, seen from outside: through its router, over TCP, and as a program.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "clippy sees the tests' own tools outside of test functions"
)]

mod api;
mod consent;
mod controls;
mod faults;
mod host;
mod limits;
mod meetings;
mod occurrences;
mod program;
mod registrants;
mod rig;
mod store;
mod tcp;
mod token;
