//! The regions of the cache. The queries of the console go through one of them, so hits are real.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

const REGIONS: [(&str, usize); 3] =
    [("entityCacheRegion", 100_000), (QUERIES, 20_000), ("typesystemCacheRegion", 5_000)];
const QUERIES: &str = "queryCacheRegion";

/// A region as the page shows it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Shown {
    pub(crate) name: &'static str,
    pub(crate) most: usize,
    pub(crate) entries: usize,
    pub(crate) hits: u64,
    pub(crate) misses: u64,
}

#[derive(Debug, Default)]
struct Region {
    name: &'static str,
    most: usize,
    entries: HashSet<String>,
    hits: u64,
    misses: u64,
}

#[derive(Debug)]
pub(crate) struct Caches(Mutex<Vec<Region>>);

impl Caches {
    pub(super) fn new() -> Self {
        let region = |(name, most)| Region { name, most, ..Region::default() };
        Self(Mutex::new(REGIONS.map(region).into()))
    }

    /// Notes that a query was asked for: a hit if it was asked for before.
    pub(crate) fn query(&self, text: &str) {
        let mut regions = self.lock();
        let Some(region) = regions.iter_mut().find(|region| region.name == QUERIES) else { return };
        if region.entries.contains(text) {
            region.hits += 1;
        } else {
            region.misses += 1;
            if region.entries.len() < region.most {
                region.entries.insert(text.to_owned());
            }
        }
    }

    /// Empties all regions. What was counted stays counted.
    pub(crate) fn clear(&self) {
        for region in self.lock().iter_mut() {
            region.entries.clear();
        }
    }

    pub(crate) fn shown(&self) -> Vec<Shown> {
        self.lock()
            .iter()
            .map(|&Region { name, most, ref entries, hits, misses }| Shown {
                name,
                most,
                entries: entries.len(),
                hits,
                misses,
            })
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Region>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_time_is_a_hit_until_the_cache_is_cleared() {
        let caches = Caches::new();
        let counts = || {
            let shown = caches.shown();
            (shown[1].entries, shown[1].hits, shown[1].misses)
        };
        caches.query("a");
        caches.query("a");
        caches.query("b");
        assert_eq!(counts(), (2, 1, 2));
        caches.clear();
        assert_eq!(counts().0, 0);
        caches.query("a");
        assert_eq!(counts(), (1, 1, 3));
    }
}
