//! Rows on their way into lines of a file, which are kept page by page.

use std::borrow::Cow;
use std::ops::ControlFlow;

use hac_client::console::{PagePosition, PageSink, RowSink};

use super::rows::Rows;
use crate::export::Export;
use crate::printer::Broken;

/// Writes the lines, and notes at the end of each page how far they go.
pub(super) struct Lines<'e, 'd> {
    pub(super) export: &'e mut Export,
    pub(super) rows: Rows<'d>,
    pub(super) broken: Broken,
}

impl<'d> Lines<'_, 'd> {
    /// What has become of the rows.
    pub(super) fn into_rows(self) -> Rows<'d> {
        self.rows
    }
}

impl RowSink for Lines<'_, '_> {
    fn begin(&mut self, headers: &[String]) -> ControlFlow<()> {
        self.export.columns(headers)?;
        self.rows.begin(headers)
    }

    fn row(&mut self, cells: &[Option<Cow<'_, str>>]) -> ControlFlow<()> {
        self.rows.row(cells)
    }
}

impl PageSink for Lines<'_, '_> {
    fn page_end(&mut self, position: &PagePosition) -> ControlFlow<()> {
        self.rows.format.flush();
        match self.broken.error() {
            Some(cause) => self.export.not_written(cause),
            None => self.export.page_end(position),
        }
    }
}
