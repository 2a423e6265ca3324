//! A host in memory for tests: its tables are a real SQLite with the real schema; its copies can lag; any call can
//! fail, lose its answer or be the last one before a crash. Not part of the product.

mod contract;
mod copies;
mod engine;
mod faults;
mod key;
mod memory_host;
mod object;
mod tables;
mod test_host;

pub use contract::{CONTRACT, OBJECT_CONTRACT, run as run_contract};
pub use engine::Manner;
pub use faults::{Crash, Fault};
pub use key::TestKey;
pub use memory_host::{MemoryHost, Network};
