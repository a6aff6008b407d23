//! The languages of a server.

use crate::client::HacClient;
use crate::error::Result;

impl HacClient {
    /// Returns the ISO codes of the languages that the server has, sorted.
    ///
    /// # Errors
    /// Those of [`rows`](Self::rows).
    pub async fn languages(&self) -> Result<Vec<String>> {
        let mut known = self.rows::<String>("SELECT {isocode} FROM {Language}").await?;
        known.sort();
        Ok(known)
    }
}
