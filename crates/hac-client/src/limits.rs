//! How much of an answer is held in memory, and how long it is waited for.

use std::time::Duration;

/// The limit of a page, in bytes, decompressed.
pub(crate) const PAGE_LIMIT: usize = 8 << 20;

/// The limit of an answer that is collected in memory: of its text, decompressed, and of what the text becomes.
pub(crate) const COLLECTED_LIMIT: usize = 64 << 20;

/// The default limit for an answer, as a whole or for each of its pieces: see [`Pace`](crate::transport::Pace).
pub(crate) const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
