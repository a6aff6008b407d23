//! How far an import has come: written at the last moment before each chunk leaves, and after its answer.

use serde::{Deserialize, Serialize};

use super::ranges::Lines;

/// The version of the format. A checkpoint of another version is not used.
pub(super) const VERSION: u32 = 1;

/// The state of an import, as it is in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    pub(super) version: u32,
    /// The absolute path of the imported file, for people.
    pub(super) file: String,
    pub(super) sha256: String,
    pub(super) environment: String,
    pub(super) base_url: String,
    pub(super) encoding: String,
    /// The number of rows of the file.
    pub(super) rows: usize,
    /// The lines of the file, in the first round.
    pub(super) first: Round,
    /// The rows that were kept because something that they refer to was missing.
    pub(super) second: Round,
    /// The number of rows that were imported, of those that failed, and of those that are kept for the second round.
    pub(super) imported: usize,
    pub(super) failed: usize,
    pub(super) kept: usize,
    /// The number of failures that are those of no row: of a header without rows, or of no line of the file.
    #[serde(default, skip_serializing_if = "is_none")]
    pub(super) elsewhere: usize,
    /// The number of chunks that were answered.
    pub(super) chunks: usize,
    /// The length of the journal that belongs to this state.
    pub(super) journal: u64,
    pub(super) is_done: bool,
    /// Whether the file is sent as it is, in one request.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) at_once: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_none(number: &usize) -> bool {
    *number == 0
}

/// Which lines of a round are decided, and which are not known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Round {
    pub(super) decided: Lines,
    /// Chunks that have left, or were about to, and have no answer.
    pub(super) in_flight: Vec<InFlight>,
}

/// A chunk without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct InFlight {
    pub(super) first_line: usize,
    pub(super) last_line: usize,
    pub(super) rows: usize,
}

impl InFlight {
    /// The lines of a file that is sent as it is: nobody has counted them.
    pub(super) const WHOLE: (usize, usize) = (0, 0);

    pub(super) fn range(self) -> (usize, usize) {
        (self.first_line, self.last_line)
    }
}

impl Round {
    pub(super) fn is_in_flight(&self, line: usize) -> bool {
        self.in_flight.iter().any(|chunk| (chunk.first_line..=chunk.last_line).contains(&line))
    }

    /// Notes that a chunk may have been sent.
    pub(super) fn depart(&mut self, chunk: InFlight) {
        self.in_flight.push(chunk);
    }

    /// Takes a chunk back that was certainly not executed. Returns whether it was noted.
    pub(super) fn withdraw(&mut self, chunk: InFlight) -> bool {
        let before = self.in_flight.len();
        self.in_flight.retain(|other| *other != chunk);
        self.in_flight.len() < before
    }

    /// Notes that the outcome of a chunk is known.
    pub(super) fn decide(&mut self, chunk: InFlight) {
        self.withdraw(chunk);
        self.decided.add(if chunk.range() == InFlight::WHOLE { (0, usize::MAX) } else { chunk.range() });
    }

    fn is_sound(&self) -> bool {
        self.decided.are_sound() && self.in_flight.iter().all(|chunk| chunk.first_line <= chunk.last_line)
    }
}

impl Checkpoint {
    /// Reads a checkpoint. The error says why it cannot be used.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let damaged = |_| "it is damaged".to_owned();
        let Versioned { version } = serde_json::from_slice(bytes).map_err(damaged)?;
        if version != VERSION {
            return Err(format!("it has version {version} of its format, and this program reads version {VERSION}"));
        }
        let checkpoint: Self = serde_json::from_slice(bytes).map_err(damaged)?;
        if !checkpoint.first.is_sound() || !checkpoint.second.is_sound() {
            return Err("it is damaged".to_owned());
        }
        Ok(checkpoint)
    }

    /// Returns the chunks whose outcome is unknown, of both rounds, in the order of their lines.
    pub(super) fn undecided(&self) -> Vec<InFlight> {
        let mut chunks: Vec<_> = self.first.in_flight.iter().chain(&self.second.in_flight).copied().collect();
        chunks.sort_by_key(|chunk| chunk.range());
        chunks
    }

    /// Returns whether no chunk was sent: the first one was refused on this machine.
    pub(super) fn is_untouched(&self) -> bool {
        self.chunks == 0 && self.first.in_flight.is_empty()
    }

    /// Returns whether something was sent, and more is to be sent or decided.
    pub(super) fn is_unfinished(&self) -> bool {
        !self.is_done && !self.is_untouched()
    }

    pub(super) fn round(&mut self, retries: bool) -> &mut Round {
        if retries { &mut self.second } else { &mut self.first }
    }

    /// Returns the number of failures that stay: rows, and what else failed.
    pub(super) fn failures(&self) -> usize {
        self.failed + self.elsewhere
    }

    /// Returns the number of rows whose outcome is not known yet.
    pub(super) fn left(&self) -> usize {
        self.rows.saturating_sub(self.imported + self.failed)
    }
}
