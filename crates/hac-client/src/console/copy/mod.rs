//! Rows of one environment, as ImpEx for an import into another.

mod attributes;
mod cells;
mod encrypted;
mod languages;
mod masks;
mod paths;
mod plan;
mod references;
mod request;
mod rows;
mod selection;
mod sink;
mod usage;

use std::path::Path;

use crate::client::HacClient;
use crate::error::Result;
use crate::unfinished::{NewFile, Overwrite};
use rows::Rows;
use sink::{ImpexFile, Unwatched};

pub use plan::{CopyColumn, CopyKind, CopyPlan, LeftOut};
pub use request::ImpexCopy;
pub use rows::CopySummary;
pub use sink::CopySink;

impl HacClient {
    /// Plans how to write rows of this server as ImpEx: asks for the attributes of their type, and chooses those that can be copied.
    ///
    /// Texts, numbers, booleans and times become columns, localized texts one for each language, and references one with the unique
    /// attributes of the item that they name, at any depth: `catalogVersion(catalog(id),version)`. Left out are collections, maps,
    /// Java objects, attributes that cannot be set, and what is about passwords, unless a query selects it;
    /// [`left_out`](CopyPlan::left_out) names them. Encrypted attributes are refused.
    ///
    /// Sends queries only: some for each type, and one with the columns of the plan.
    ///
    /// ```no_run
    /// # async fn example(from: &hac_client::HacClient, to: &hac_client::HacClient) -> hac_client::Result<()> {
    /// use hac_client::Overwrite;
    /// use hac_client::console::{BulkImport, ImpexCopy};
    ///
    /// let mut plan = from.plan_copy(ImpexCopy::of_type("Product").exclude("ean")).await?;
    /// plan.keep_languages(&to.languages().await?)?;
    /// for left_out in plan.left_out() {
    ///     println!("not copied: {} ({})", left_out.attribute, left_out.reason);
    /// }
    /// let written = from.write_copy(&plan, "products.impex", Overwrite::No).await?;
    /// let imported = to.import_impex_bulk(BulkImport::new("products.impex")).await?;
    /// println!("{} of {} rows", imported.imported, written.rows);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) if the rows cannot be copied in this way: there is no such type or attribute, nothing is
    /// unique in the type, an attribute is encrypted or the server does not say whether one is, a column of the query is no attribute.
    /// The hint is a [`Hint::ChangeCopy`](crate::Hint::ChangeCopy) then. Those of
    /// [`execute_flexiblesearch`](Self::execute_flexiblesearch).
    pub async fn plan_copy(&self, copy: impl Into<ImpexCopy>) -> Result<CopyPlan> {
        let planned = selection::plan(self, &copy.into()).await;
        planned.map_err(|error| error.without_secrets(self.engine().transport.secrets()))
    }

    /// Reads the rows of a plan and writes them as ImpEx into a file, for [`import_impex_bulk`](Self::import_impex_bulk) of another
    /// client. The file is complete afterwards, or absent, and only its owner can read it.
    ///
    /// Rows that are there already will be updated by the import, so a second copy changes nothing. References to items that do not
    /// exist are empty, see [`dangling`](CopySummary::dangling). The rows are read in pages, as by
    /// [`stream_pages`](Self::stream_pages): no snapshot of the database.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) if the file exists or cannot be created: nothing was sent. The same kind later for a query
    /// that cannot be read in pages, for a value that ImpEx has no text for, and for a row without a value in any attribute by which
    /// rows are found. [`Io`](crate::ErrorKind::Io) if the file cannot be
    /// written. Those of [`stream_pages`](Self::stream_pages).
    pub async fn write_copy(
        &self,
        plan: &CopyPlan,
        target: impl AsRef<Path>,
        overwrite: Overwrite,
    ) -> Result<CopySummary> {
        self.write_copy_watched(plan, target, overwrite, &mut Unwatched).await
    }

    /// Writes rows as [`write_copy`](Self::write_copy) does, and passes the ImpEx to a watcher while it is written, for a progress bar.
    ///
    /// If the watcher returns `Break`, the copy is cancelled and no file is written. The file appears when its
    /// [`end`](CopySink::end) has come.
    ///
    /// # Errors
    /// Those of [`write_copy`](Self::write_copy); a cancelled copy is [`Io`](crate::ErrorKind::Io).
    pub async fn write_copy_watched(
        &self,
        plan: &CopyPlan,
        target: impl AsRef<Path>,
        overwrite: Overwrite,
        watcher: &mut dyn CopySink,
    ) -> Result<CopySummary> {
        // Before the server is asked: find out now if the file cannot be written.
        let mut file = ImpexFile::new(NewFile::create(target, overwrite)?, watcher);
        let summary = self.stream_copy(plan, &mut file).await?;
        file.finish().await?;
        Ok(summary)
    }

    /// Reads the rows of a plan and passes them on as ImpEx while they arrive. Uses constant memory; the number of rows is unlimited.
    ///
    /// # Errors
    /// Those of [`write_copy`](Self::write_copy), except for those of the file. The sink may have received a part of the ImpEx.
    pub async fn stream_copy(&self, plan: &CopyPlan, sink: &mut dyn CopySink) -> Result<CopySummary> {
        let written = Rows::new(self, plan).write(sink).await;
        written.map_err(|error| error.without_secrets(self.engine().transport.secrets()))
    }
}
