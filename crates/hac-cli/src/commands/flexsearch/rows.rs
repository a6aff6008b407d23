//! Rows on their way from the server to the output.

use std::borrow::Cow;
use std::ops::ControlFlow;

use hac_client::Error;
use hac_client::console::RowSink;

use crate::diagnostics::Effect;
use crate::output::{self, Format};
use crate::printer::{Broken, Talk};
use crate::progress::{Progress, Unit};

/// Passes rows on, and sees whether they fit below the columns.
pub(super) struct Rows<'a> {
    pub(super) format: Box<dyn Format + Send + 'a>,
    /// The columns that are asked for, if not all.
    columns: &'a [String],
    places: Option<Vec<usize>>,
    /// Why the rows cannot be printed as they were asked for.
    pub(super) refused: Option<Error>,
    broken: Broken,
    effect: Effect,
    pub(super) talk: Talk,
    progress: Option<Progress>,
    pub(super) shape: Shape,
}

/// How many cells a row should have, and how many rows have not.
#[derive(Debug, Default)]
pub(super) struct Shape {
    columns: usize,
    rows: u64,
    pub(super) ragged: u64,
}

impl<'a> Rows<'a> {
    pub(super) fn new(
        format: Box<dyn Format + Send + 'a>,
        columns: &'a [String],
        broken: Broken,
        effect: Effect,
        talk: Talk,
    ) -> Self {
        let (places, refused, progress, shape) = (None, None, None, Shape::default());
        Self { format, columns, places, refused, broken, effect, talk, progress, shape }
    }

    /// A query stops when its output is closed. The outcome of a statement matters even then.
    fn flow(&self) -> ControlFlow<()> {
        match self.broken.error() {
            Some(_) if self.effect == Effect::Read => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}

impl RowSink for Rows<'_> {
    fn begin(&mut self, headers: &[String]) -> ControlFlow<()> {
        self.progress = Some(self.talk.progress("receiving rows", Unit::Of("rows"), None));
        self.shape.columns = headers.len();
        match output::places(self.columns, headers) {
            Ok(None) => self.format.begin(headers),
            Ok(Some(places)) => {
                let picked: Vec<String> = places.iter().map(|place| headers[*place].clone()).collect();
                self.format.picks(&places);
                self.format.begin(&picked);
                self.places = Some(places);
            }
            Err(error) => {
                self.refused = Some(error);
                return ControlFlow::Break(());
            }
        }
        self.flow()
    }

    fn row(&mut self, cells: &[Option<Cow<'_, str>>]) -> ControlFlow<()> {
        if let Some(progress) = &self.progress {
            progress.advance(1);
        }
        let Shape { columns, rows, ragged } = &mut self.shape;
        *rows += 1;
        if cells.len() != *columns {
            *ragged += 1;
            if *ragged == 1 {
                let told = format!("row {rows} does not fit: its cells are {}, the columns are {columns}", cells.len());
                self.talk.warn(&told);
            }
        }
        match &self.places {
            None => self.format.row(cells),
            Some(places) => {
                let cell = |place: &usize| cells.get(*place)?.as_deref().map(Cow::Borrowed);
                self.format.row(&places.iter().map(cell).collect::<Vec<_>>());
            }
        }
        self.flow()
    }
}
