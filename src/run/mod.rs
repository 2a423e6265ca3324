//! One run of a workflow, from its trigger to its end. The engine keeps names and words only; what steps are given and
//! give is ours, sealed (`record::run_text`). `begin` is how a run comes to be, `journey` what it does, `attempt` one
//! step of it.

mod alone;
mod attempt;
mod begin;
mod course;
mod delay;
mod end;
mod fan_out;
mod hindrance;
mod journey;
mod lease;
mod once;
mod outcome;
mod own_step;
mod replay;
mod request;
mod revive;
mod scope;
mod step;
mod steps;
mod trial;
mod unfit;
mod zoom_ask;
mod zoom_call;
mod zoom_step;

pub use self::{
    alone::{begin_with, enabled, store_with},
    begin::{Cause, begin, ids_in, new_run, start},
    end::stop,
    journey::run,
    replay::replay,
    revive::revive_due,
    step::{Became, Place},
    steps::{LONGEST_RESULT, MOST_STEPS, Steps, Work},
    trial::{Trial, Tried, Untriable},
};
