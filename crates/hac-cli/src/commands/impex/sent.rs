//! What is sent of a file, and how that ended.

use hac_client::console::{BulkImport, BulkResult};
use hac_client::{ImpexImport, ImpexResult};

/// What is sent: at once, or in chunks.
pub(super) enum Script {
    /// Of a file, with what its checkpoint needs.
    Whole(Box<ImpexImport>, Option<Noted>),
    Bulk(BulkImport),
}

/// A file that is sent at once.
pub(super) struct Noted {
    pub(super) file: BulkImport,
    /// Whether it can also be imported in chunks.
    pub(super) is_divisible: bool,
}

impl Script {
    /// The file, for its checkpoint. Standard input has none.
    pub(super) fn file(&self) -> Option<&BulkImport> {
        match self {
            Self::Whole(_, noted) => noted.as_ref().map(|noted| &noted.file),
            Self::Bulk(file) => Some(file),
        }
    }
}

/// How it ended.
pub(super) enum Answer {
    /// And how many rows were sent, where that is known.
    Whole(ImpexResult, Option<usize>),
    Bulk(Box<BulkResult>),
}

impl Answer {
    pub(super) fn success(&self) -> bool {
        match self {
            Self::Whole(result, _) => result.success(),
            Self::Bulk(result) => result.success(),
        }
    }
}
