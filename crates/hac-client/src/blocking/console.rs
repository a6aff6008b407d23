//! The calls of HAC's tab "Console".

use std::fmt;
use std::io;
use std::path::Path;

use serde::de::DeserializeOwned;

use super::HacClient;
use crate::console::copy::{CopyPlan, CopySink, CopySummary, ImpexCopy};
use crate::console::flexsearch::pages::{PageSink, PagedSearch, PagedSummary};
use crate::console::flexsearch::sink::{FlexibleSearchSummary, RowSink};
use crate::console::flexsearch::stream::RowStream;
use crate::console::flexsearch::{FlexibleSearch, FlexibleSearchResult};
use crate::console::impex::{
    BulkImport, BulkResult, BulkStatus, ImpexExport, ImpexExportResult, ImpexImport, ImpexResult,
};
use crate::console::scripting::{Commit, Script, ScriptResult};
use crate::engine::download::ByteSink;
use crate::error::Result;
use crate::unfinished::Overwrite;

impl HacClient {
    /// See [`HacClient::execute_groovy`](crate::HacClient::execute_groovy).
    pub fn execute_groovy(&self, script: impl Into<String>, commit: Commit) -> Result<ScriptResult> {
        self.wait(self.client.execute_groovy(script.into(), commit))
    }

    /// See [`HacClient::execute_script`](crate::HacClient::execute_script).
    pub fn execute_script(&self, script: impl Into<Script>) -> Result<ScriptResult> {
        self.wait(self.client.execute_script(script.into()))
    }

    /// See [`HacClient::execute_flexiblesearch`](crate::HacClient::execute_flexiblesearch).
    pub fn execute_flexiblesearch(&self, query: impl Into<FlexibleSearch>) -> Result<FlexibleSearchResult> {
        self.wait(self.client.execute_flexiblesearch(query.into()))
    }

    /// See [`HacClient::stream_flexiblesearch`](crate::HacClient::stream_flexiblesearch).
    pub fn stream_flexiblesearch(
        &self,
        query: impl Into<FlexibleSearch>,
        sink: &mut dyn RowSink,
    ) -> Result<FlexibleSearchSummary> {
        self.wait(self.client.stream_flexiblesearch(query.into(), sink))
    }

    /// See [`HacClient::rows`](crate::HacClient::rows).
    pub fn rows<T: DeserializeOwned + Send>(&self, query: impl Into<FlexibleSearch>) -> Result<Vec<T>> {
        self.wait(self.client.rows(query.into()))
    }

    /// See [`HacClient::stream_rows`](crate::HacClient::stream_rows); each step of the iterator blocks until a row has
    /// arrived.
    pub fn stream_rows<T: DeserializeOwned + Send + 'static>(&self, query: impl Into<FlexibleSearch>) -> Rows<'_, T> {
        Rows { client: self, stream: self.client.stream_rows(query) }
    }

    /// See [`HacClient::stream_pages`](crate::HacClient::stream_pages).
    pub fn stream_pages(&self, search: impl Into<PagedSearch>, sink: &mut dyn PageSink) -> Result<PagedSummary> {
        self.wait(self.client.stream_pages(search.into(), sink))
    }

    /// See [`HacClient::stream_all_rows`](crate::HacClient::stream_all_rows); each step of the iterator blocks until a row has
    /// arrived.
    pub fn stream_all_rows<T: DeserializeOwned + Send + 'static>(&self, search: impl Into<PagedSearch>) -> Rows<'_, T> {
        Rows { client: self, stream: self.client.stream_all_rows(search) }
    }

    /// See [`HacClient::write_csv`](crate::HacClient::write_csv). The writer is called on a thread of the client's own.
    pub fn write_csv(
        &self,
        query: impl Into<FlexibleSearch>,
        writer: impl io::Write + Send,
    ) -> Result<FlexibleSearchSummary> {
        self.wait(self.client.write_csv(query.into(), writer))
    }

    /// See [`HacClient::types`](crate::HacClient::types).
    pub fn types(&self) -> Result<Vec<String>> {
        self.wait(self.client.types())
    }

    /// See [`HacClient::type_attributes`](crate::HacClient::type_attributes).
    pub fn type_attributes(&self, code: &str) -> Result<Option<Vec<String>>> {
        self.wait(self.client.type_attributes(code))
    }

    /// See [`HacClient::unique_attributes`](crate::HacClient::unique_attributes).
    pub fn unique_attributes(&self, code: &str) -> Result<Vec<String>> {
        self.wait(self.client.unique_attributes(code))
    }

    /// See [`HacClient::languages`](crate::HacClient::languages).
    pub fn languages(&self) -> Result<Vec<String>> {
        self.wait(self.client.languages())
    }

    /// See [`HacClient::plan_copy`](crate::HacClient::plan_copy).
    pub fn plan_copy(&self, copy: impl Into<ImpexCopy>) -> Result<CopyPlan> {
        self.wait(self.client.plan_copy(copy.into()))
    }

    /// See [`HacClient::write_copy`](crate::HacClient::write_copy).
    pub fn write_copy(&self, plan: &CopyPlan, target: impl AsRef<Path>, overwrite: Overwrite) -> Result<CopySummary> {
        self.wait(self.client.write_copy(plan, target.as_ref(), overwrite))
    }

    /// See [`HacClient::write_copy_watched`](crate::HacClient::write_copy_watched).
    pub fn write_copy_watched(
        &self,
        plan: &CopyPlan,
        target: impl AsRef<Path>,
        overwrite: Overwrite,
        watcher: &mut dyn CopySink,
    ) -> Result<CopySummary> {
        self.wait(self.client.write_copy_watched(plan, target.as_ref(), overwrite, watcher))
    }

    /// See [`HacClient::stream_copy`](crate::HacClient::stream_copy).
    pub fn stream_copy(&self, plan: &CopyPlan, sink: &mut dyn CopySink) -> Result<CopySummary> {
        self.wait(self.client.stream_copy(plan, sink))
    }

    /// See [`HacClient::import_impex`](crate::HacClient::import_impex).
    pub fn import_impex(&self, import: impl Into<ImpexImport>) -> Result<ImpexResult> {
        self.wait(self.client.import_impex(import.into()))
    }

    /// See [`HacClient::import_impex_bulk`](crate::HacClient::import_impex_bulk).
    pub fn import_impex_bulk(&self, import: impl Into<BulkImport>) -> Result<BulkResult> {
        self.wait(self.client.import_impex_bulk(import.into()))
    }

    /// See [`HacClient::import_impex_at_once`](crate::HacClient::import_impex_at_once).
    pub fn import_impex_at_once(
        &self,
        import: impl Into<ImpexImport>,
        file: impl Into<BulkImport>,
    ) -> Result<ImpexResult> {
        self.wait(self.client.import_impex_at_once(import.into(), file.into()))
    }

    /// See [`HacClient::bulk_import_status`](crate::HacClient::bulk_import_status).
    pub fn bulk_import_status(&self, import: impl Into<BulkImport>) -> Result<Option<BulkStatus>> {
        self.wait(self.client.bulk_import_status(import.into()))
    }

    /// See [`HacClient::forget_bulk_import`](crate::HacClient::forget_bulk_import).
    pub fn forget_bulk_import(&self, import: impl Into<BulkImport>) -> Result<()> {
        self.wait(self.client.forget_bulk_import(import.into()))
    }

    /// See [`HacClient::validate_impex`](crate::HacClient::validate_impex).
    pub fn validate_impex(&self, script: impl Into<ImpexImport>) -> Result<ImpexResult> {
        self.wait(self.client.validate_impex(script.into()))
    }

    /// See [`HacClient::export_impex`](crate::HacClient::export_impex).
    pub fn export_impex(
        &self,
        export: impl Into<ImpexExport>,
        target: impl AsRef<Path>,
        overwrite: Overwrite,
    ) -> Result<ImpexExportResult> {
        self.wait(self.client.export_impex(export.into(), target.as_ref(), overwrite))
    }

    /// See [`HacClient::export_impex_watched`](crate::HacClient::export_impex_watched).
    pub fn export_impex_watched(
        &self,
        export: impl Into<ImpexExport>,
        target: impl AsRef<Path>,
        overwrite: Overwrite,
        watcher: &mut dyn ByteSink,
    ) -> Result<ImpexExportResult> {
        self.wait(self.client.export_impex_watched(export.into(), target.as_ref(), overwrite, watcher))
    }
}

/// An iterator over the rows of a query as they arrive, see [`RowStream`].
#[must_use = "nothing is sent until the rows are read"]
pub struct Rows<'c, T> {
    client: &'c HacClient,
    stream: RowStream<T>,
}

impl<T> Rows<'_, T> {
    /// See [`RowStream::summary`].
    pub fn summary(&self) -> Option<&FlexibleSearchSummary> {
        self.stream.summary()
    }
}

impl<T: Send> Iterator for Rows<'_, T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        let Self { client, stream } = self;
        client.wait(async { Ok(stream.next().await) }).unwrap_or_else(|error| Some(Err(error)))
    }
}

impl<T> fmt::Debug for Rows<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stream.fmt(f)
    }
}
