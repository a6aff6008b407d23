//! Snapshots of a server.

use super::{RowSnapshot, Snapshot};
use crate::client::HacClient;
use crate::console::flexsearch::FlexibleSearch;
use crate::error::Result;

impl HacClient {
    /// Takes a snapshot of all properties, for a [comparison](crate::comparison).
    ///
    /// # Errors
    /// Those of [`properties`](Self::properties).
    pub async fn snapshot_properties(&self) -> Result<Snapshot> {
        Ok(Snapshot::of_properties(self.properties().await?))
    }

    /// Takes a snapshot of the levels of all loggers, for a [comparison](crate::comparison).
    ///
    /// # Errors
    /// Those of [`loggers`](Self::loggers).
    pub async fn snapshot_loggers(&self) -> Result<Snapshot> {
        Ok(Snapshot::of_loggers(self.loggers().await?))
    }

    /// Takes a snapshot of the types with these codes and of their attributes, or of the codes of all types if none is named, for a
    /// [comparison](crate::comparison). A type that the server does not have is not an error.
    ///
    /// # Errors
    /// Those of [`types`](Self::types) and of [`type_attributes`](Self::type_attributes), which is called once for each.
    pub async fn snapshot_types<C: AsRef<str>>(&self, codes: &[C]) -> Result<Snapshot> {
        if codes.is_empty() {
            return Ok(Snapshot::of_types(self.types().await?));
        }
        let mut types = Vec::with_capacity(codes.len());
        for code in codes {
            let code = code.as_ref();
            types.push((code.to_owned(), self.type_attributes(code).await?));
        }
        Ok(Snapshot::of_attributes(types))
    }

    /// Takes a snapshot of the extensions that have project data, which are all that HAC names, for a
    /// [comparison](crate::comparison).
    ///
    /// # Errors
    /// Those of [`update_data`](Self::update_data).
    pub async fn snapshot_extensions(&self) -> Result<Snapshot> {
        Ok(Snapshot::of_extensions(self.update_data().await?))
    }

    /// Takes a snapshot of all rows of a query, for a [comparison](crate::comparison): whatever its
    /// [`max_count`](FlexibleSearch::max_count), and in memory, 64 MiB at most.
    ///
    /// The key is one column or several that are unique together, with or without the `p_` that databases have in front of attributes;
    /// an empty list means the first column.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) if there is no such column, if a row has no value in it, or if two rows have the same key.
    /// Those of [`execute_flexiblesearch`](Self::execute_flexiblesearch).
    pub async fn snapshot_rows<K: AsRef<str>>(
        &self,
        query: impl Into<FlexibleSearch>,
        key: &[K],
    ) -> Result<RowSnapshot> {
        RowSnapshot::of(&self.execute_flexiblesearch(query.into().max_count(0)).await?, key)
    }
}
