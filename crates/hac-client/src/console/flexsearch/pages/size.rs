//! How many rows a page has, and when it is asked for: fewer where the server is slow or fails, later where it has too many requests.

use std::time::Duration;

use super::DEFAULT_PAGE_ROWS;
use super::buffer::PAGE_BYTES;
use crate::transport::resend::{FailurePoint, reads_less};

/// What a page becomes at most where nobody chose its size.
const LARGEST: usize = 4 * DEFAULT_PAGE_ROWS;

/// Of a page that is as quick as this, the round trip is a part worth saving.
const VERY_QUICK: Duration = Duration::from_millis(500);

/// A page of fewer bytes has room for twice as many rows, and not only just.
const LIGHT: usize = PAGE_BYTES / 16 * 7;

/// A page that takes longer gets smaller. Gateways hang up after 60 seconds.
const SLOW: Duration = Duration::from_secs(20);

/// A page that is quicker may grow back.
const QUICK: Duration = Duration::from_secs(5);

/// So many quick pages lift the limit that a failure has set.
const RECOVERED: u32 = 16;

/// The pause between two pages after the first 429. It doubles with each further page that meets one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The pause does not get longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The size of the next page.
#[derive(Debug)]
pub(super) struct PageSize {
    wanted: usize,
    /// What `wanted` becomes at most.
    most: usize,
    /// What a page may grow to since the last failure.
    limit: usize,
    now: usize,
    /// How often the page that is being read was made smaller.
    halvings: u32,
    /// Quick pages since the last failure.
    quick: u32,
    /// How long to wait before the next page. Fewer rows would only make more requests of them.
    pause: Duration,
    /// Pages without a 429 since the pause was set.
    unhindered: u32,
}

impl PageSize {
    /// Pages of the size that the caller chose, if it did.
    pub(super) fn new(chosen: Option<usize>) -> Self {
        let wanted = chosen.unwrap_or(DEFAULT_PAGE_ROWS).max(1);
        let most = chosen.map_or(LARGEST, |_| wanted);
        Self { wanted, most, limit: wanted, now: wanted, halvings: 0, quick: 0, pause: Duration::ZERO, unhindered: 0 }
    }

    pub(super) fn rows(&self) -> usize {
        self.now
    }

    pub(super) fn pause(&self) -> Duration {
        self.pause
    }

    /// The server said that there were too many requests.
    pub(super) fn too_many(&mut self) {
        self.pause = (self.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        self.unhindered = 0;
    }

    /// The page failed. Returns whether a smaller one is worth a request.
    pub(super) fn failed(&mut self, point: FailurePoint) -> bool {
        if !reads_less(point, self.halvings) || self.now == 1 {
            return false;
        }
        self.halvings += 1;
        self.now = self.now.div_ceil(2);
        self.limit = self.now;
        self.most = self.wanted;
        self.quick = 0;
        true
    }

    /// The page came, took so long, and has so many bytes.
    pub(super) fn took(&mut self, time: Duration, bytes: usize) {
        if time < VERY_QUICK && bytes < LIGHT && self.now == self.wanted {
            self.wanted = self.wanted.saturating_mul(2).min(self.most);
            self.limit = self.limit.max(self.wanted);
        }
        self.halvings = 0;
        self.unhindered += 1;
        if self.unhindered > RECOVERED {
            self.pause /= 2;
            if self.pause < FIRST_PAUSE {
                self.pause = Duration::ZERO;
            }
            self.unhindered = 0;
        }
        if time > SLOW {
            self.now = self.now.div_ceil(2);
            self.most = self.wanted;
            self.quick = 0;
        } else if time < QUICK {
            self.quick += 1;
            if self.quick >= RECOVERED {
                self.limit = self.limit.saturating_mul(2).min(self.wanted);
                self.quick = 0;
            }
            self.now = self.now.saturating_mul(2).min(self.limit);
        }
    }

    /// No more than so many rows found room in memory.
    pub(super) fn fits(&mut self, rows: usize) {
        self.now = self.now.min(rows.max(1));
        self.limit = self.limit.min(self.now.saturating_mul(2));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_page_is_halved_five_times_at_most() {
        let mut size = PageSize::new(Some(10_000));
        for rows in [5_000, 2_500, 1_250, 625, 313] {
            assert!(size.failed(FailurePoint::TimedOut));
            assert_eq!(size.rows(), rows);
        }
        assert!(!size.failed(FailurePoint::TimedOut));
        size.took(seconds(1), LIGHT);
        assert!(size.failed(FailurePoint::ServerError(504)), "another page may be halved again");
    }

    #[test]
    fn a_page_of_one_row_and_one_that_a_smaller_page_does_not_help_are_given_up() {
        assert!(!PageSize::new(Some(1)).failed(FailurePoint::TimedOut));
        assert_eq!(PageSize::new(Some(0)).rows(), 1);
        for point in [FailurePoint::NotStarted, FailurePoint::ServerError(502), FailurePoint::ServerError(503)] {
            assert!(!PageSize::new(Some(100)).failed(point), "{point:?}");
        }
        for point in [FailurePoint::ServerError(500), FailurePoint::ServerError(504), FailurePoint::CutBody] {
            assert!(PageSize::new(Some(100)).failed(point), "{point:?}");
        }
    }

    #[test]
    fn a_slow_page_shrinks_and_quick_ones_grow_back() {
        let mut size = PageSize::new(Some(1_000));
        size.took(seconds(21), LIGHT);
        assert_eq!(size.rows(), 500);
        size.took(seconds(10), LIGHT);
        assert_eq!(size.rows(), 500);
        size.took(seconds(1), LIGHT);
        assert_eq!(size.rows(), 1_000);
        size.took(seconds(1), LIGHT);
        assert_eq!(size.rows(), 1_000, "never more than was asked for");
    }

    #[test]
    fn pages_of_which_nobody_chose_the_size_grow_where_they_are_very_quick_and_light() {
        let (quick, light) = (VERY_QUICK.saturating_sub(Duration::from_millis(1)), LIGHT - 1);
        let mut size = PageSize::new(None);
        let mut rows = Vec::new();
        for (time, bytes) in [(VERY_QUICK, light), (quick, LIGHT), (quick, light), (quick, light), (quick, light)] {
            rows.push(size.rows());
            size.took(time, bytes);
        }
        rows.push(size.rows());
        assert_eq!(rows, [10_000, 10_000, 10_000, 20_000, 40_000, 40_000]);
        let mut size = PageSize::new(Some(10_000));
        size.took(quick, light);
        assert_eq!(size.rows(), 10_000, "somebody chose it");
        // What failed or was slow once does not become larger than it was.
        let failed: fn(&mut PageSize) = |size| assert!(size.failed(FailurePoint::TimedOut));
        for slow in [failed, |size| size.took(seconds(21), 0)] {
            let mut size = PageSize::new(None);
            size.took(quick, light);
            slow(&mut size);
            (0..3 * RECOVERED).for_each(|_| size.took(quick, light));
            assert_eq!(size.rows(), 20_000);
        }
    }

    #[test]
    fn what_failed_is_not_tried_again_before_many_pages_were_quick() {
        let mut size = PageSize::new(Some(1_000));
        assert!(size.failed(FailurePoint::ServerError(500)));
        for _ in 1..RECOVERED {
            size.took(seconds(1), LIGHT);
            assert_eq!(size.rows(), 500);
        }
        size.took(seconds(1), LIGHT);
        assert_eq!(size.rows(), 1_000);
    }

    #[test]
    fn many_pages_are_quick_only_one_after_the_other() {
        let mut size = PageSize::new(Some(1_000));
        let quick = |size: &mut PageSize, pages: u32| (0..pages).for_each(|_| size.took(seconds(1), LIGHT));
        assert!(size.failed(FailurePoint::TimedOut));
        quick(&mut size, RECOVERED - 1);
        assert!(size.failed(FailurePoint::TimedOut));
        quick(&mut size, 1);
        assert_eq!(size.rows(), 250, "a page has failed in between");
        quick(&mut size, RECOVERED - 2);
        size.took(seconds(21), LIGHT);
        quick(&mut size, 2);
        assert_eq!(size.rows(), 250, "a page was slow in between");
        quick(&mut size, RECOVERED - 2);
        assert_eq!(size.rows(), 500);
        quick(&mut size, RECOVERED - 1);
        assert_eq!(size.rows(), 500, "the next step takes as many");
        quick(&mut size, 1);
        assert_eq!(size.rows(), 1_000);
    }

    #[test]
    fn pages_come_more_slowly_after_a_429_and_at_full_speed_again_after_many_without_one() {
        let mut size = PageSize::new(Some(1_000));
        assert!(size.pause().is_zero());
        let pauses: Vec<_> = (0..8)
            .map(|_| {
                size.too_many();
                size.took(seconds(1), LIGHT);
                size.pause().as_millis()
            })
            .collect();
        assert_eq!(pauses, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
        assert_eq!(size.rows(), 1_000, "fewer rows would be more requests");
        let mut pauses = vec![size.pause().as_millis()];
        for _ in 0..7 * (RECOVERED + 1) {
            size.took(seconds(1), LIGHT);
            pauses.push(size.pause().as_millis());
        }
        pauses.dedup();
        assert_eq!(pauses, [5_000, 2_500, 1_250, 625, 312, 156, 0]);
    }

    #[test]
    fn pages_that_do_not_fit_into_memory_get_smaller() {
        let mut size = PageSize::new(Some(1_000));
        size.fits(10);
        assert_eq!(size.rows(), 10);
        for _ in 0..2 {
            size.took(seconds(1), LIGHT);
            assert_eq!(size.rows(), 20, "not much more than what had room");
        }
        size.fits(0);
        assert_eq!(size.rows(), 1);
    }
}
