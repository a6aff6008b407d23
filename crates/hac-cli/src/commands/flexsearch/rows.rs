//! Rows on their way from the server to the output.

use std::borrow::Cow;
use std::ops::ControlFlow;

use hac_client::Error;
use hac_client::console::RowSink;

use crate::args::Masking;
use crate::diagnostics::Effect;
use crate::diagnostics::usage;
use crate::output::{self, Cells, ColumnType, Format, Masks, Style};
use crate::printer::{Broken, Talk};
use crate::progress::{Progress, Unit};

/// Passes rows on, and sees whether they fit below the columns.
pub(super) struct Rows<'a> {
    pub(super) format: Box<dyn Format + Send + 'a>,
    /// The columns that are asked for, if not all.
    columns: Vec<String>,
    /// What is known of the columns of the server.
    types: Vec<ColumnType>,
    places: Option<Vec<usize>>,
    /// What is masked, and in which columns of the server.
    masks: Option<Masks>,
    masked: Vec<Option<Masking>>,
    /// Why the rows cannot be printed as they were asked for.
    pub(super) refused: Option<Error>,
    broken: Broken,
    effect: Effect,
    pub(super) talk: Talk,
    progress: Option<Progress>,
    /// How many rows are there already.
    before: u64,
    pub(super) shape: Shape,
}

/// How many cells a row should have, and how many rows have not.
#[derive(Debug, Default)]
pub(super) struct Shape {
    columns: usize,
    pub(super) rows: u64,
    pub(super) ragged: u64,
}

impl<'a> Rows<'a> {
    pub(super) fn new(
        format: Box<dyn Format + Send + 'a>,
        style: &Style,
        broken: Broken,
        effect: Effect,
        talk: Talk,
    ) -> Self {
        let (columns, masks, types) = (style.columns.clone(), style.masks.clone(), style.types.clone());
        let (places, masked, refused, progress, shape) = (None, Vec::new(), None, None, Shape::default());
        Self {
            format,
            columns,
            types,
            places,
            masks,
            masked,
            refused,
            broken,
            effect,
            talk,
            progress,
            before: 0,
            shape,
        }
    }

    /// Counts on behind the rows that are there already.
    pub(super) fn go_on_behind(&mut self, rows: u64) {
        self.before = rows;
        self.shape.rows = rows;
    }

    /// Gives up: the rows cannot be printed as they were asked for.
    fn refuse(&mut self, error: Error) -> ControlFlow<()> {
        self.refused = Some(error);
        ControlFlow::Break(())
    }

    /// Says what the printed columns hold. A hash is text, whatever it stands for.
    fn tell_types(&mut self, places: impl Iterator<Item = usize>) {
        if self.types.is_empty() {
            return;
        }
        let is_hash = |place: usize| self.masked.get(place) == Some(&Some(Masking::Hash));
        let of = |place: usize| self.types.get(place).copied().filter(|_| !is_hash(place)).unwrap_or_default();
        self.format.types(&places.map(of).collect::<Vec<_>>());
    }

    /// Gives a row to the format.
    fn pass_on(&mut self, cells: &Cells<'_>) -> ControlFlow<()> {
        match &self.places {
            None => self.format.row(cells),
            Some(places) => {
                let cell = |place: &usize| cells.get(*place)?.as_deref().map(Cow::Borrowed);
                self.format.row(&places.iter().map(cell).collect::<Vec<_>>());
            }
        }
        match self.format.refusal() {
            Some(error) => self.refuse(error),
            None => self.flow(),
        }
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
        let progress = self.talk.progress("receiving rows", Unit::Of("rows"), None);
        progress.advance(self.before);
        self.progress = Some(progress);
        self.shape.columns = headers.len();
        if let Some(masks) = &self.masks {
            match masks.places(headers) {
                Ok(masked) => self.masked = masked,
                Err(error) => return self.refuse(error),
            }
        }
        match output::places(&self.columns, headers) {
            Ok(None) => {
                self.tell_types(0..headers.len());
                self.format.begin(headers);
            }
            Ok(Some(places)) => {
                let picked: Vec<String> = places.iter().map(|place| headers[*place].clone()).collect();
                self.format.picks(&places);
                self.tell_types(places.iter().copied());
                self.format.begin(&picked);
                self.places = Some(places);
            }
            Err(error) => return self.refuse(error),
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
            if self.masks.is_some() {
                // Which of its cells stand in the columns to mask, nobody knows.
                let why = format!("row {rows} has {} cells, and there are {columns} columns", cells.len());
                return self.refuse(usage("mask the columns", why, "select the columns by their names"));
            }
            *ragged += 1;
            if *ragged == 1 {
                let told = format!("row {rows} does not fit: its cells are {}, the columns are {columns}", cells.len());
                self.talk.warn(&told);
            }
        }
        let Some(masks) = &self.masks else { return self.pass_on(cells) };
        match masks.row(&self.masked, cells) {
            Ok(masked) => self.pass_on(&masked),
            Err(error) => self.refuse(error),
        }
    }
}
