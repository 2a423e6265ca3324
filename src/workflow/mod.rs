//! What a workflow is made of; knows no provider. So far: conditions over what a trigger carries, and the paths into it.

mod condition;
mod operator;
mod path;

pub use condition::Filter;
pub use path::Path;
