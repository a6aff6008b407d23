//! Sets of lines, as ranges.

use serde::{Deserialize, Serialize};

/// A set of lines: sorted ranges, ends included, that neither overlap nor touch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Lines(Vec<(usize, usize)>);

impl Lines {
    /// Adds the lines from the first to the last.
    pub(super) fn add(&mut self, (mut first, mut last): (usize, usize)) {
        let from = self.0.partition_point(|range| range.1.saturating_add(1) < first);
        let to = self.0.partition_point(|range| range.0 <= last.saturating_add(1));
        if let Some(within) = self.0.get(from..to).filter(|within| !within.is_empty()) {
            first = first.min(within[0].0);
            last = last.max(within[within.len() - 1].1);
        }
        self.0.splice(from..to.max(from), [(first, last)]);
    }

    pub(super) fn contains(&self, line: usize) -> bool {
        let next = self.0.partition_point(|range| range.1 < line);
        self.0.get(next).is_some_and(|range| range.0 <= line)
    }

    /// Returns whether the ranges are what [`add`](Self::add) makes: a file may hold anything.
    pub(super) fn are_sound(&self) -> bool {
        self.0.iter().all(|range| range.0 <= range.1)
            && self.0.windows(2).all(|pair| pair[0].1.saturating_add(1) < pair[1].0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ranges_hold_the_lines_that_were_added(added in prop::collection::vec((0_usize..30, 0_usize..6), 0..12)) {
            let mut lines = Lines::default();
            let mut expected = BTreeSet::new();
            for (first, length) in added {
                lines.add((first, first + length));
                expected.extend(first..=first + length);
                prop_assert!(lines.are_sound(), "{lines:?}");
            }
            for line in 0..40 {
                prop_assert_eq!(lines.contains(line), expected.contains(&line));
            }
        }
    }
}
