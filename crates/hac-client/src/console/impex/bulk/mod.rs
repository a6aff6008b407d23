//! Imports of any size: split, resumable, each row once.

mod checkpoint;
mod earlier;
mod flaw;
mod flight;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzed;
mod journal;
mod lines;
mod outcome;
mod pace;
mod preamble;
mod ranges;
mod report;
mod request;
mod result;
mod run;
mod safety;
mod split;
mod statements;
mod store;
mod survey;
mod whole;
mod work;

pub(super) use flaw::{CARRIAGE_RETURNS, CONVERT_LINE_ENDS};
pub use request::{Assumption, BulkImport, BulkStart};
pub use result::{BulkProgress, BulkResult, BulkStatus};
