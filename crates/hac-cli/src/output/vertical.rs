//! Rows as fields below each other, for rows that are wider than the terminal.

use unicode_width::UnicodeWidthStr as _;

use super::grid::{pad, widest_line, wrapped_words};
use super::{Cells, End, Format, NULL, Style, nameless};
use crate::foreign::visible;
use crate::printer::Data;

/// A name is padded to no more than this.
const WIDEST_NAME: usize = 40;

/// Below this many characters a value is not broken into lines of its own.
const NARROWEST: usize = 20;

/// One line a field. Each row is printed as it comes.
pub(crate) struct Vertical<'a> {
    data: &'a mut Data,
    fields: Fields,
}

impl<'a> Vertical<'a> {
    pub(crate) fn new(style: &Style, data: &'a mut Data) -> Self {
        Self { data, fields: Fields::new(style.headers) }
    }
}

impl Format for Vertical<'_> {
    fn begin(&mut self, headers: &[String]) {
        self.fields.begin(headers);
    }

    fn row(&mut self, cells: &Cells<'_>) {
        self.fields.row(cells.iter().map(Option::as_deref), self.data);
    }

    fn end(&mut self, _: &End) {}
}

/// How fields are printed.
#[derive(Debug)]
pub(super) struct Fields {
    names: Vec<String>,
    widest: usize,
    /// Whether a line in front of each row counts it.
    headings: bool,
    rows: usize,
}

impl Fields {
    pub(super) fn new(headings: bool) -> Self {
        Self { names: Vec::new(), widest: 0, headings, rows: 0 }
    }

    pub(super) fn begin(&mut self, headers: &[String]) {
        self.names = headers.iter().map(|header| visible(header).replace(['\n', '\t'], " ")).collect();
        self.widest = self.names.iter().map(|name| widest_line(name)).max().unwrap_or(0).min(WIDEST_NAME);
    }

    pub(super) fn row<'b>(&mut self, cells: impl Iterator<Item = Option<&'b str>>, data: &mut Data) {
        self.rows += 1;
        if self.headings {
            let heading = format!("-- row {} --", self.rows);
            data.styled(data.dimmed(), &heading);
            data.text("\n");
        }
        for (at, cell) in cells.enumerate() {
            let name = self.names.get(at).cloned().unwrap_or_else(|| nameless(at));
            let mut padded = String::new();
            pad(&name, self.widest, &mut padded);
            data.styled(data.bold(), &padded);
            let Some(cell) = cell else {
                data.text("  ");
                data.styled(data.dimmed(), NULL);
                data.text("\n");
                continue;
            };
            let begin = padded.width() + 2;
            let cell = visible(cell);
            let room = data.room().map(|room| room.saturating_sub(begin)).filter(|room| *room >= NARROWEST);
            let lines = wrapped_words(&cell.replace('\t', "    "), room);
            for (at, line) in lines.iter().enumerate() {
                let text = if at == 0 { format!("  {line}") } else { format!("{:begin$}{line}", "") };
                data.text(text.trim_end());
                data.text("\n");
            }
        }
    }
}
