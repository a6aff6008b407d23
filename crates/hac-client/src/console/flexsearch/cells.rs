//! The cells of a row, read from its JSON.

use std::borrow::Cow;
use std::ops::ControlFlow;

use serde::Deserialize;

use super::sink::RowSink;
use crate::entities;

/// A cell that borrows from the answer where it has no escapes.
#[derive(Deserialize)]
struct Cell<'a>(#[serde(borrow)] Cow<'a, str>);

/// Reads a row. `decode` says whether HTML entities in it are decoded, once.
pub(super) fn read(json: &[u8], decode: bool) -> Result<Vec<Option<Cow<'_, str>>>, String> {
    let cells: Vec<Option<Cell<'_>>> =
        serde_json::from_slice(json).map_err(|error| format!("its JSON is broken: {error}"))?;
    Ok(cells.into_iter().map(|cell| cell.map(|Cell(text)| if decode { decoded(text) } else { text })).collect())
}

/// Decodes HTML entities once, without a copy where there are none.
fn decoded(cell: Cow<'_, str>) -> Cow<'_, str> {
    if !cell.contains('&') {
        return cell;
    }
    Cow::Owned(entities::decode(&cell).into_owned())
}

/// Takes the rows of an answer as they stand in it.
pub(crate) trait JsonRows: Send {
    /// The answer begins, with these labels.
    fn begin(&mut self, headers: &[String]) -> ControlFlow<()>;
    /// One row, or what is wrong with it.
    fn row(&mut self, json: &[u8]) -> Result<ControlFlow<()>, String>;
    /// Whether reading has to pause.
    fn is_full(&self) -> bool {
        false
    }
}

/// Reads each row as soon as it is there.
pub(crate) struct AtOnce<'s> {
    sink: &'s mut dyn RowSink,
    decode: bool,
}

impl<'s> AtOnce<'s> {
    pub(crate) fn new(sink: &'s mut dyn RowSink, decode: bool) -> Self {
        Self { sink, decode }
    }
}

impl JsonRows for AtOnce<'_> {
    fn begin(&mut self, headers: &[String]) -> ControlFlow<()> {
        self.sink.begin(headers)
    }

    fn row(&mut self, json: &[u8]) -> Result<ControlFlow<()>, String> {
        Ok(self.sink.row(&read(json, self.decode)?))
    }

    fn is_full(&self) -> bool {
        self.sink.is_full()
    }
}
