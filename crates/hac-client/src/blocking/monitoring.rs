//! The calls of HAC's tab "Monitoring".

use super::HacClient;
use crate::error::Result;
use crate::monitoring::cache::CacheClearing;

impl HacClient {
    /// See [`HacClient::clear_region_cache`](crate::HacClient::clear_region_cache).
    pub fn clear_region_cache(&self) -> Result<CacheClearing> {
        self.wait(self.client.clear_region_cache())
    }
}
