//! The gateway's rate limit.

use std::collections::VecDeque;
use std::time::Instant;

use crate::knobs::RateLimit;

/// Counts requests. All of them count as one client's, since all come from this machine.
#[derive(Debug, Default)]
pub(super) struct Meter {
    /// Those that were let through, oldest first.
    admitted: VecDeque<Instant>,
    /// When the last request arrived after the limit was exceeded.
    refused: Option<Instant>,
}

impl Meter {
    /// Whether a request that arrives now is let through. One that is not begins the cool-down anew.
    pub(super) fn admits(&mut self, limit: &RateLimit, now: Instant) -> bool {
        if let Some(refused) = self.refused {
            if now.saturating_duration_since(refused) < limit.cool_down {
                self.refused = Some(now);
                return false;
            }
            *self = Self::default();
        }
        while self.admitted.front().is_some_and(|first| now.saturating_duration_since(*first) >= limit.within) {
            self.admitted.pop_front();
        }
        if self.admitted.len() >= limit.requests {
            self.refused = Some(now);
            return false;
        }
        self.admitted.push_back(now);
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const LIMIT: RateLimit = RateLimit {
        requests: 2,
        within: Duration::from_secs(10),
        cool_down: Duration::from_secs(5),
        retry_after: None,
    };

    /// What becomes of requests at these seconds.
    fn admitted(seconds: &[u64]) -> Vec<bool> {
        let begun = Instant::now();
        let mut meter = Meter::default();
        seconds.iter().map(|second| meter.admits(&LIMIT, begun + Duration::from_secs(*second))).collect()
    }

    #[test]
    fn each_request_during_the_cool_down_restarts_it() {
        assert_eq!(admitted(&[0, 1, 2, 6, 10, 14, 18]), [true, true, false, false, false, false, false]);
        assert_eq!(admitted(&[0, 1, 2, 6, 11, 11, 11]), [true, true, false, false, true, true, false]);
    }

    #[test]
    fn requests_that_are_spread_out_stay_below_the_limit() {
        assert_eq!(admitted(&[0, 6, 12, 18, 24]), [true; 5]);
    }
}
