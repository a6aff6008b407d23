//! ImpEx on its way from the library to where it is printed, or waits.

use std::ops::ControlFlow;

use hac_client::console::CopySink;

use crate::printer::{Broken, Data, Talk};
use crate::progress::{Progress, Unit};

/// So many rows are shown to a person who only looks at what would be copied.
const SHOWN: u64 = 10;

/// The output, and what a person sees who waits.
pub(super) struct Printed<'d> {
    data: &'d mut Data,
    broken: Broken,
    progress: Progress,
    /// How many rows may still be printed, if not all.
    left: Option<u64>,
}

impl<'d> Printed<'d> {
    pub(super) fn new(data: &'d mut Data, talk: &Talk) -> Self {
        let broken = data.broken();
        Self { data, broken, progress: talk.progress("reading rows", Unit::Of("rows"), None), left: None }
    }

    /// The same, of which only the first rows are printed.
    pub(super) fn shortened(data: &'d mut Data, talk: &Talk) -> Self {
        Self { left: Some(SHOWN), ..Self::new(data, talk) }
    }
}

/// How many of so many rows are not shown.
pub(super) fn not_shown(rows: u64) -> u64 {
    rows.saturating_sub(SHOWN)
}

/// The lines up to the end of so many rows, and how many of these there are. A row begins with a `;`, and may have line breaks in quotes.
fn first_rows(impex: &str, most: u64) -> (&str, u64) {
    let (mut rows, mut start, mut is_quoted) = (0, 0, false);
    for (at, char) in impex.char_indices() {
        match char {
            '"' => is_quoted = !is_quoted,
            '\n' if !is_quoted => {
                if impex[start..].starts_with(';') {
                    if rows == most {
                        return (&impex[..start], rows);
                    }
                    rows += 1;
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    (impex, rows)
}

impl CopySink for Printed<'_> {
    /// Ends early if the output takes nothing more.
    fn piece(&mut self, impex: &str, rows: u64) -> ControlFlow<()> {
        match &mut self.left {
            None => self.data.text(impex),
            // The header of rows that are not shown says nothing, either.
            Some(0) => {}
            Some(left) => {
                let (shown, rows) = first_rows(impex, *left);
                self.data.text(shown);
                *left -= rows.min(*left);
            }
        }
        self.progress.advance(rows);
        if self.broken.error().is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rows_are_whole_whatever_is_in_them() {
        let impex = "INSERT_UPDATE Product;code[unique=true];name\n;a;\"two\n;lines \"\"x\"\"\"\n;b;c\n;d;e\n";
        let end = |text: &str| impex.find(text).map(|at| at + text.len());
        assert_eq!(first_rows(impex, 1), (&impex[..end("\"\"\"\n").expect("a row")], 1));
        assert_eq!(first_rows(impex, 2), (&impex[..end(";b;c\n").expect("a row")], 2));
        assert_eq!(first_rows(impex, 3), (impex, 3));
        assert_eq!(first_rows(impex, 9), (impex, 3));
    }
}
