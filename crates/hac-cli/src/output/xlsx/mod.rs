//! Rows as a workbook for spreadsheet programs.
//!
//! It is written as the rows come, without a temporary file: memory is for one row, and a disk that is full is an error like any other.

mod archive;
mod parts;

use std::fmt::Write as _;
use std::io::{self, BufWriter};

use hac_client::Error;

use super::column_type::{ColumnType, boolean, double, integer, microseconds};
use super::names::Names;
use super::{Cells, End, Format, nameless};
use crate::diagnostics::usage;
use crate::printer::{Data, Output};
use archive::Archive;

/// The rows of a sheet, the names of the columns among them.
const MOST_ROWS: u32 = 1_048_576;
const MOST_COLUMNS: usize = 16_384;
/// The characters of a cell, counted as Excel does: in UTF-16.
const LONGEST: usize = 32_767;
/// A sheet that would be larger ends earlier: 32 bits hold its size.
const LARGEST: u64 = 2 << 30;
/// Numbers of so many digits are the same in a spreadsheet, which calculates in binary.
const EXACT: usize = 15;
/// Before this day, the first of March 1900, Excel counts a leap day that there never was.
const FIRST_DAY: f64 = 61.0;

/// Text stays text, whatever it looks like. A null is no cell at all.
pub(crate) struct Xlsx<'a> {
    archive: Option<Archive<&'a mut BufWriter<Output>>>,
    names: bool,
    headers: Vec<String>,
    types: Vec<ColumnType>,
    /// `A`, `B`, … as far as they were needed.
    columns: Vec<String>,
    sheets: usize,
    /// The last row of the sheet, and how large it is.
    row: u32,
    bytes: u64,
    /// The rows of all sheets.
    rows: u64,
    line: String,
    refused: Option<Error>,
    most_rows: u32,
}

impl<'a> Xlsx<'a> {
    pub(crate) fn new(names: bool, data: &'a mut Data) -> Self {
        Self::limited(names, data, MOST_ROWS)
    }

    fn limited(names: bool, data: &'a mut Data, most_rows: u32) -> Self {
        Self {
            most_rows,
            archive: Some(Archive::new(data.writer())),
            names,
            headers: Vec::new(),
            types: Vec::new(),
            columns: Vec::new(),
            sheets: 0,
            row: 0,
            bytes: 0,
            rows: 0,
            line: String::new(),
            refused: None,
        }
    }

    /// Ends the sheet and begins another one.
    fn begin_sheet(&mut self) -> io::Result<()> {
        let has_names = self.names && !self.headers.is_empty();
        self.end_sheet()?;
        self.sheets += 1;
        let Some(archive) = &mut self.archive else { return Ok(()) };
        archive.begin(&parts::sheet_part(self.sheets))?;
        archive.write(parts::sheet_begin(self.sheets == 1, has_names).as_bytes())?;
        (self.row, self.bytes) = (0, 0);
        if has_names {
            let headers = std::mem::take(&mut self.headers);
            self.begin_row();
            for (at, name) in headers.iter().enumerate() {
                let cell = if name.encode_utf16().count() > LONGEST { &nameless(at) } else { name };
                self.text(at, parts::HEADER, cell);
            }
            self.headers = headers;
            self.end_row()?;
        }
        Ok(())
    }

    fn end_sheet(&mut self) -> io::Result<()> {
        let Some(archive) = self.archive.as_mut().filter(|_| self.sheets > 0) else { return Ok(()) };
        archive.write(parts::SHEET_END.as_bytes())?;
        archive.end()
    }

    fn begin_row(&mut self) {
        self.row += 1;
        self.line.clear();
        // Writing to a String cannot fail.
        let _ = write!(self.line, "<row r=\"{}\">", self.row);
    }

    fn end_row(&mut self) -> io::Result<()> {
        self.line.push_str("</row>");
        self.bytes += self.line.len() as u64;
        let Some(archive) = &mut self.archive else { return Ok(()) };
        archive.write(self.line.as_bytes())
    }

    /// Begins a cell, up to its attributes.
    fn begin_cell(&mut self, at: usize) {
        while self.columns.len() <= at {
            self.columns.push(parts::column_name(self.columns.len()));
        }
        let _ = write!(self.line, "<c r=\"{}{}\"", self.columns[at], self.row);
    }

    fn text(&mut self, at: usize, style: &str, cell: &str) {
        self.begin_cell(at);
        let _ = write!(self.line, "{style} t=\"inlineStr\"><is><t xml:space=\"preserve\">");
        parts::escape(cell, &mut self.line);
        self.line.push_str("</t></is></c>");
    }

    /// A cell as what its column holds, or as text where it is something else, or where digits would be lost.
    fn cell(&mut self, at: usize, cell: &str) {
        let value = match self.types.get(at).copied().unwrap_or_default() {
            ColumnType::Text | ColumnType::Key => None,
            ColumnType::Integer => integer(cell).filter(|_| is_exact(cell)).map(|number| format!("><v>{number}")),
            ColumnType::Decimal | ColumnType::Double => {
                let number = double(cell).filter(|number| number.is_finite() && is_exact(cell));
                number.map(|number| format!("><v>{number}"))
            }
            ColumnType::Boolean => boolean(cell).map(|flag| format!(" t=\"b\"><v>{}", u8::from(flag))),
            ColumnType::Time => {
                let days = microseconds(cell).map(days).filter(|days| *days >= FIRST_DAY);
                days.map(|days| format!("{}><v>{days}", parts::TIME))
            }
        };
        match value {
            Some(value) => {
                self.begin_cell(at);
                let _ = write!(self.line, "{value}</v></c>");
            }
            None => self.text(at, "", cell),
        }
    }

    fn write_row(&mut self, cells: &Cells<'_>) -> io::Result<()> {
        if self.sheets == 0 || self.row == self.most_rows || self.bytes > LARGEST {
            self.begin_sheet()?;
        }
        self.begin_row();
        for (at, cell) in cells.iter().enumerate() {
            if let Some(cell) = cell {
                self.cell(at, cell);
            }
        }
        self.end_row()
    }

    /// What a spreadsheet cannot hold.
    fn limit(&self, cells: &Cells<'_>) -> Option<Error> {
        if cells.len() > MOST_COLUMNS {
            let why = format!("a sheet has {MOST_COLUMNS} columns, and there are {}", cells.len());
            return Some(usage("write the rows as xlsx", why, "choose some with --columns, or write another format"));
        }
        let length = |cell: &str| if cell.len() > LONGEST { cell.encode_utf16().count() } else { 0 };
        cells.iter().enumerate().find_map(|(at, cell)| {
            let length = length(cell.as_deref()?);
            (length > LONGEST).then(|| {
                let name = self.headers.get(at).cloned().unwrap_or_else(|| nameless(at));
                let why = format!(
                    "the cell of row {} in column {name} has {length} characters, and a cell of a spreadsheet holds {LONGEST}",
                    self.rows
                );
                usage("write the rows as xlsx", why, "leave the column out with --columns, or write another format")
            })
        })
    }

    fn keep(&mut self, result: io::Result<()>) {
        if let Err(cause) = result {
            let why = match cause.kind() {
                io::ErrorKind::FileTooLarge => "they are more than 4 GiB".to_owned(),
                _ => cause.to_string(),
            };
            let error = usage("write the rows as xlsx", why, "write another format, such as csv or parquet");
            self.refused.get_or_insert(error);
        }
    }
}

impl Format for Xlsx<'_> {
    fn types(&mut self, columns: &[ColumnType]) {
        columns.clone_into(&mut self.types);
    }

    fn begin(&mut self, headers: &[String]) {
        self.headers = Names::of(headers).of_headers;
        if headers.len() > MOST_COLUMNS {
            self.refused = self.limit(&vec![None; headers.len()]);
        }
    }

    fn row(&mut self, cells: &Cells<'_>) {
        self.rows += 1;
        if self.refused.is_some() {
            return;
        }
        self.refused = self.limit(cells);
        if self.refused.is_none() {
            let written = self.write_row(cells);
            self.keep(written);
        }
    }

    fn refusal(&mut self) -> Option<Error> {
        self.refused.take()
    }

    fn end(&mut self, end: &End) {
        if end.failure.is_some() || self.refused.is_some() {
            return;
        }
        let ended = self.finish();
        self.keep(ended);
    }
}

impl Xlsx<'_> {
    fn finish(&mut self) -> io::Result<()> {
        if self.sheets == 0 {
            self.begin_sheet()?;
        }
        self.end_sheet()?;
        let Some(mut archive) = self.archive.take() else { return Ok(()) };
        for (name, content) in parts::parts(self.sheets) {
            archive.add(name, &content)?;
        }
        archive.finish()
    }
}

/// Whether a number keeps all its digits.
fn is_exact(number: &str) -> bool {
    let mantissa = number.split(['e', 'E']).next().unwrap_or(number);
    let digits = mantissa.trim_start_matches(['-', '0', '.']).bytes().filter(u8::is_ascii_digit);
    digits.count() <= EXACT
}

/// A point in time as Excel counts it: in days.
#[expect(clippy::cast_precision_loss, reason = "a day is exact to less than a microsecond")]
fn days(microseconds: i64) -> f64 {
    const OF_1970: f64 = 25_569.0;
    microseconds as f64 / 86_400_000_000.0 + OF_1970
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text of each sheet, in their order.
    fn sheets(names: bool, rows: usize) -> Vec<String> {
        let (mut data, memory) = Data::in_memory();
        let mut workbook = Xlsx::limited(names, &mut data, 3);
        workbook.begin(&["n".to_owned()]);
        for number in 1..=rows {
            workbook.row(&[Some(number.to_string().into())]);
        }
        workbook.end(&End::default());
        assert!(workbook.refusal().is_none());
        drop(workbook);
        data.flush();
        let archive = memory.lock().expect("the memory").clone();
        let begins = archive.windows(4).enumerate().filter(|(_, window)| *window == b"PK\x03\x04").map(|(at, _)| at);
        let text = |at: usize| {
            let begin = at + 30 + usize::from(archive[at + 26]);
            let name = std::str::from_utf8(&archive[at + 30..begin]).expect("a name").to_owned();
            let text = io::read_to_string(flate2::read::DeflateDecoder::new(&archive[begin..])).expect("deflated");
            name.contains("sheets/sheet").then_some(text)
        };
        begins.filter_map(text).collect()
    }

    #[test]
    fn rows_that_no_sheet_has_room_for_go_to_further_sheets_with_a_header_of_their_own() {
        for (names, rows, expected) in [
            (true, 5, &[&["n", "1", "2"][..], &["n", "3", "4"], &["n", "5"]][..]),
            (true, 4, &[&["n", "1", "2"], &["n", "3", "4"]]),
            (false, 4, &[&["1", "2", "3"], &["4"]]),
            (false, 0, &[&[]]),
        ] {
            let sheets = sheets(names, rows);
            let cells = |sheet: &String| {
                let parts = sheet
                    .split("preserve\">")
                    .skip(1)
                    .map(|part| part.split('<').next().unwrap_or_default().to_owned());
                parts.collect::<Vec<_>>()
            };
            assert_eq!(sheets.iter().map(cells).collect::<Vec<_>>(), expected, "{rows}");
            let first = |sheet: &String| sheet.matches("tabSelected").count();
            assert_eq!(sheets.iter().map(first).sum::<usize>(), 1, "one sheet is shown");
        }
    }

    #[test]
    fn numbers_are_numbers_only_where_no_digit_is_lost() {
        for (number, exact) in [
            ("0", true),
            ("-123456789012345", true),
            ("1234567890123456", false),
            ("0.000000000123456", true),
            ("123456789012345.6", false),
            ("1.5E10", true),
        ] {
            assert_eq!(is_exact(number), exact, "{number}");
        }
    }

    #[test]
    fn days_are_counted_as_excel_does() {
        let of = |time: &str| microseconds(time).map(days).expect("a time");
        assert_eq!((of("1900-03-01"), of("2024-01-01"), of("2024-01-01 06:00:00")), (61.0, 45_292.0, 45_292.25));
    }
}
