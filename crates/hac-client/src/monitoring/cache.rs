//! The region cache: `/monitoring/cache`.

use super::Acknowledgement;
use crate::client::HacClient;
use crate::error::Result;

impl HacClient {
    /// Clears the region cache of the node that answers. The next reads are slower.
    ///
    /// Observed in four public clients. Check [`Acknowledgement::success`].
    ///
    /// # Errors
    /// Those of [every call](crate::guide::errors#every-call).
    pub async fn clear_region_cache(&self) -> Result<Acknowledgement> {
        self.change("clear the region cache", "/monitoring/cache/regionCache/clear").await
    }
}
