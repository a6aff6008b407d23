//! HAC's tab "Platform".

mod about;
pub(crate) mod config;
pub(crate) mod init;
pub(crate) mod log4j;
pub(crate) mod pk;
mod support;

pub use config::{Property, PropertyChange};
pub use init::UpdateResult;
pub use init::data::{PendingPatch, ProjectData, UpdateData, UpdateParameter};
pub use init::log::UpdateLog;
pub use init::plan::{Initialization, InitializationPlan, Schema, Update, UpdatePlan};
pub use init::run::{FollowedRun, LogSink, OutcomeSource, UpdateOutcome, UpdateRun, Watch};
pub use init::status::UpdateStatus;
pub(crate) use init::update_class;
pub use log4j::{LogLevel, LogLevelChange, Logger, effective_level};
pub use pk::PkAnalysis;

pub use crate::hint::Offered;
pub use crate::page::update_log::{LogLine, LogLineKind};

use crate::engine::call::Call;
use crate::error::{Error, ErrorKind};
use crate::limits::COLLECTED_LIMIT;

/// The error of a call that looks at a setting before it is changed, in the name of the change. One without an answer keeps its own name:
/// nothing was changed.
fn in_the_name_of_the_change(error: Error, doing: &str) -> Error {
    if error.kind() == ErrorKind::Timeout { error } else { error.while_doing(doing) }
}

/// Whether a page cannot be read that a change does not need.
fn is_unreadable(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Protocol | ErrorKind::Rejected | ErrorKind::TooLarge)
}

/// The rows of a page are more than there is room for.
fn too_many_rows(call: &Call) -> Error {
    Error::new(ErrorKind::TooLarge, call.doing.clone())
        .because(format!("the rows of the page take more than {} MiB of memory", COLLECTED_LIMIT >> 20))
        .with_hint("does something other than HAC answer?")
}
