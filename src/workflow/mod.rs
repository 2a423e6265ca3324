//! What a workflow is made of: its definition, conditions, `{{ }}`; knows no provider. What happens when one runs is in
//! `run`.

mod action;
mod alias;
mod branch;
mod check;
mod condition;
mod cron;
mod definition;
mod examples;
mod inputs;
mod known;
mod measure;
mod nearest;
mod operator;
mod path;
mod placeholder;
mod read;
#[cfg(test)]
mod sample;
mod scope;
mod template;
mod variables;

pub use self::{
    action::{Action, Catalog, Input, Kind, Place, Repeat, Source, Weight},
    branch::Branch,
    check::{Complaint, check},
    condition::Filter,
    cron::Cron,
    definition::{Definition, Does, Setting, SettingKind, Step, Trigger, Wanted},
    examples::examples,
    path::Path,
    read::settings,
    template::{FillError, Template, Values},
    variables::{Variable, variables},
};
