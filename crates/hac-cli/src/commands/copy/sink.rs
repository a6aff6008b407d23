//! ImpEx on its way from the library to where it is printed, or waits.

use std::ops::ControlFlow;

use hac_client::console::CopySink;

use crate::printer::{Broken, Data, Talk};
use crate::progress::{Progress, Unit};

/// The output, and what a person sees who waits.
pub(super) struct Printed<'d> {
    data: &'d mut Data,
    broken: Broken,
    progress: Progress,
}

impl<'d> Printed<'d> {
    pub(super) fn new(data: &'d mut Data, talk: &Talk) -> Self {
        let broken = data.broken();
        Self { data, broken, progress: talk.progress("reading rows", Unit::Of("rows"), None) }
    }
}

impl CopySink for Printed<'_> {
    /// Ends early if the output takes nothing more.
    fn piece(&mut self, impex: &str, rows: u64) -> ControlFlow<()> {
        self.data.text(impex);
        self.progress.advance(rows);
        if self.broken.error().is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
