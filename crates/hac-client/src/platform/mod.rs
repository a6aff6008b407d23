//! HAC's tab "Platform".

mod about;
pub(crate) mod config;
pub(crate) mod init;
pub(crate) mod log4j;
pub(crate) mod pk;
mod support;

use crate::engine::call::Call;
use crate::error::{Error, ErrorKind};
use crate::limits::COLLECTED_LIMIT;

/// The rows of a page are more than there is room for.
fn too_many_rows(call: &Call) -> Error {
    Error::new(ErrorKind::TooLarge, call.doing.clone())
        .because(format!("the rows of the page take more than {} MiB of memory", COLLECTED_LIMIT >> 20))
        .with_hint("does something else answer in HAC's place?")
}
