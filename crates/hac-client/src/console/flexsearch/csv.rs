//! Rows as CSV, written to any writer.

use std::borrow::Cow;
use std::io;
use std::ops::ControlFlow;

use super::sink::{FlexibleSearchSummary, RowSink};
use super::{DOING, FlexibleSearch};
use crate::client::HacClient;
use crate::error::{Error, ErrorKind, Result};
use crate::outcome::checked;
use crate::transport::Pace;
use crate::transport::resend::Effect;

impl HacClient {
    /// Runs a query and writes its rows as CSV while they arrive, in constant memory. The first line has the column labels.
    /// Cells are quoted according to RFC 4180, lines end with a line feed, and a null is an empty cell.
    ///
    /// The writer is buffered, and flushed at the end. It is called on the task that awaits this call and may block it: a
    /// file is fine, but for a slow pipe use a separate thread ([`blocking::HacClient`](crate::blocking::HacClient)). HAC
    /// returns at most [`max_count`](FlexibleSearch::max_count) rows, 200 by default.
    ///
    /// ```no_run
    /// # async fn example(client: &hac_client::HacClient) -> Result<(), Box<dyn std::error::Error>> {
    /// use hac_client::FlexibleSearch;
    ///
    /// let all = FlexibleSearch::new("SELECT {code}, {ean} FROM {Product}").max_count(0);
    /// let summary = client.write_csv(all, std::fs::File::create("products.csv")?).await?;
    /// println!("{} rows", summary.row_count);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`stream_flexiblesearch`](Self::stream_flexiblesearch), and [`Io`](crate::ErrorKind::Io) if the writer fails
    /// (a full disk, a closed pipe). The writer has then received a part of the rows.
    pub async fn write_csv(
        &self,
        query: impl Into<FlexibleSearch>,
        writer: impl io::Write + Send,
    ) -> Result<FlexibleSearchSummary> {
        let query = query.into();
        let mut lines = Lines { writer: csv::WriterBuilder::new().flexible(true).from_writer(writer), failure: None };
        let summary = checked(DOING, self.query(&query, &mut lines, Pace::Pieces).await?)?;
        let written = match lines.failure {
            Some(cause) => Err(cause),
            None => lines.writer.flush(),
        };
        match written {
            Ok(()) => Ok(summary),
            Err(cause) => Err(unwritten(query.effect(), cause)),
        }
    }
}

/// The server did its part, and the writer did not.
fn unwritten(effect: Effect, cause: io::Error) -> Error {
    let (done, hint) = match effect {
        Effect::Read => ("nothing was changed", "free disk space or write elsewhere, then run the query again"),
        Effect::Write => (
            "the query was executed",
            "free disk space or write elsewhere; check what the query changed before you run it again",
        ),
    };
    Error::new(ErrorKind::Io, "write the rows").because(format!("{cause}; {done}")).with_hint(hint).with_source(cause)
}

/// Writes lines, and keeps the error of the writer for afterwards.
struct Lines<W: io::Write> {
    writer: csv::Writer<W>,
    failure: Option<io::Error>,
}

impl<W: io::Write> Lines<W> {
    fn line<'b>(&mut self, cells: impl Iterator<Item = &'b str>) -> ControlFlow<()> {
        match self.writer.write_record(cells) {
            Ok(()) => ControlFlow::Continue(()),
            Err(cause) => {
                self.failure = Some(cause.into());
                ControlFlow::Break(())
            }
        }
    }
}

impl<W: io::Write + Send> RowSink for Lines<W> {
    fn begin(&mut self, headers: &[String]) -> ControlFlow<()> {
        if headers.is_empty() {
            return ControlFlow::Continue(());
        }
        self.line(headers.iter().map(String::as_str))
    }

    fn row(&mut self, cells: &[Option<Cow<'_, str>>]) -> ControlFlow<()> {
        self.line(cells.iter().map(|cell| cell.as_deref().unwrap_or_default()))
    }
}
