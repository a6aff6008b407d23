//! Snapshots of a server.

use super::HacClient;
use crate::comparison::{RowSnapshot, Snapshot};
use crate::console::flexsearch::FlexibleSearch;
use crate::error::Result;

impl HacClient {
    /// See [`HacClient::snapshot_properties`](crate::HacClient::snapshot_properties).
    pub fn snapshot_properties(&self) -> Result<Snapshot> {
        self.wait(self.client.snapshot_properties())
    }

    /// See [`HacClient::snapshot_loggers`](crate::HacClient::snapshot_loggers).
    pub fn snapshot_loggers(&self) -> Result<Snapshot> {
        self.wait(self.client.snapshot_loggers())
    }

    /// See [`HacClient::snapshot_types`](crate::HacClient::snapshot_types).
    pub fn snapshot_types<C: AsRef<str>>(&self, codes: &[C]) -> Result<Snapshot> {
        let codes: Vec<_> = codes.iter().map(AsRef::as_ref).collect();
        self.wait(self.client.snapshot_types(&codes))
    }

    /// See [`HacClient::snapshot_extensions`](crate::HacClient::snapshot_extensions).
    pub fn snapshot_extensions(&self) -> Result<Snapshot> {
        self.wait(self.client.snapshot_extensions())
    }

    /// See [`HacClient::snapshot_rows`](crate::HacClient::snapshot_rows).
    pub fn snapshot_rows<K: AsRef<str>>(&self, query: impl Into<FlexibleSearch>, key: &[K]) -> Result<RowSnapshot> {
        let key: Vec<_> = key.iter().map(AsRef::as_ref).collect();
        self.wait(self.client.snapshot_rows(query.into(), &key))
    }
}
