//! The calls of HAC's tab "Console".

use std::path::Path;

use super::HacClient;
use crate::console::flexsearch::sink::{FlexibleSearchSummary, RowSink};
use crate::console::flexsearch::{FlexibleSearch, FlexibleSearchResult};
use crate::console::impex::{ImpexExport, ImpexExportResult, ImpexImport, ImpexResult};
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
    pub fn execute_script(&self, script: &Script) -> Result<ScriptResult> {
        self.wait(self.client.execute_script(script))
    }

    /// See [`HacClient::execute_flexiblesearch`](crate::HacClient::execute_flexiblesearch).
    pub fn execute_flexiblesearch(&self, query: impl Into<FlexibleSearch>) -> Result<FlexibleSearchResult> {
        self.wait(self.client.execute_flexiblesearch(query.into()))
    }

    /// See [`HacClient::stream_flexiblesearch`](crate::HacClient::stream_flexiblesearch).
    pub fn stream_flexiblesearch(
        &self,
        query: &FlexibleSearch,
        sink: &mut dyn RowSink,
    ) -> Result<FlexibleSearchSummary> {
        self.wait(self.client.stream_flexiblesearch(query, sink))
    }

    /// See [`HacClient::types`](crate::HacClient::types).
    pub fn types(&self) -> Result<Vec<String>> {
        self.wait(self.client.types())
    }

    /// See [`HacClient::type_attributes`](crate::HacClient::type_attributes).
    pub fn type_attributes(&self, code: &str) -> Result<Option<Vec<String>>> {
        self.wait(self.client.type_attributes(code))
    }

    /// See [`HacClient::import_impex`](crate::HacClient::import_impex).
    pub fn import_impex(&self, import: impl Into<ImpexImport>) -> Result<ImpexResult> {
        self.wait(self.client.import_impex(import.into()))
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
