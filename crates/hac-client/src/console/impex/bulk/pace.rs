//! How many rows a chunk has, by the time that the chunks before it took.

use std::num::NonZeroUsize;
use std::time::Duration;

/// The time that a chunk should take. Gateways hang up after 60 seconds by default while the server goes on.
const AIM: Duration = Duration::from_secs(20);

/// The rows of the first chunk: a slow server imports some hundred in 20 seconds.
const FIRST: usize = 500;

/// The limit of a chunk's rows.
pub(super) const MOST: usize = 20_000;

/// The number of rows of the next chunk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    rows: usize,
    is_fixed: bool,
}

impl Pace {
    /// A number of rows that was chosen does not change.
    pub(super) fn new(chosen: Option<NonZeroUsize>) -> Self {
        Self { rows: chosen.map_or(FIRST, NonZeroUsize::get), is_fixed: chosen.is_some() }
    }

    pub(super) fn rows(self) -> usize {
        self.rows
    }

    /// Notes how long a chunk took. Chunks grow to at most four times the one before.
    pub(super) fn note(&mut self, rows: usize, elapsed: Duration) {
        if self.is_fixed || rows == 0 {
            return;
        }
        let per_row = elapsed.as_nanos().max(1) / rows as u128;
        let fitting = usize::try_from(AIM.as_nanos() / per_row.max(1)).unwrap_or(MOST);
        self.rows = fitting.min(rows.saturating_mul(4)).clamp(1, MOST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_come_to_take_twenty_seconds_and_never_more_than_a_limit() {
        let mut pace = Pace::new(None);
        pace.note(500, Duration::from_secs(5));
        assert_eq!(pace.rows(), 2_000);
        pace.note(2_000, Duration::from_secs(40));
        assert_eq!(pace.rows(), 1_000);
        for _ in 0..10 {
            pace.note(pace.rows(), Duration::ZERO);
        }
        assert_eq!(pace.rows(), MOST);
        pace.note(MOST, Duration::from_secs(3_600_000));
        assert_eq!(pace.rows(), 1);
    }

    #[test]
    fn a_chosen_number_of_rows_stays() {
        let mut pace = Pace::new(NonZeroUsize::new(7));
        pace.note(7, Duration::from_secs(1));
        assert_eq!(pace.rows(), 7);
    }
}
