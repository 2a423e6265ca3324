//! What a workflow is made of; knows no provider. So far: conditions over what a trigger carries.

mod condition;

pub use condition::Filter;
