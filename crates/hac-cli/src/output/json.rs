//! Rows as JSON: one object for all, or one a row.

use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};

use super::names::Names;
use super::{Cells, End, Format};
use crate::diagnostics::FailureJson;
use crate::printer::Data;

/// `{headers, rows, result_count, execution_time_ms, truncated, success}`, and `error` on failure.
///
/// A name that comes twice gets `_2`, so that a program can make objects of the rows.
/// Whether it succeeded is known when the last row is there; that is why `success` stands last.
pub(crate) struct Json<'a> {
    data: &'a mut Data,
    literals: Vec<bool>,
    begun: bool,
    rows: usize,
}

impl<'a> Json<'a> {
    pub(crate) fn new(data: &'a mut Data) -> Self {
        Self { data, literals: Vec::new(), begun: false, rows: 0 }
    }
}

impl Format for Json<'_> {
    fn literals(&mut self, columns: &[bool]) {
        columns.clone_into(&mut self.literals);
    }

    fn begin(&mut self, headers: &[String]) {
        self.begun = true;
        self.data.json_text("{\n  \"headers\": ");
        self.data.json_compact(&Names::of(headers).of_headers);
        self.data.json_text(",\n  \"rows\": [");
    }

    fn row(&mut self, cells: &Cells<'_>) {
        if !self.begun {
            self.begin(&[]);
        }
        self.data.json_text(if self.rows == 0 { "\n    " } else { ",\n    " });
        self.rows += 1;
        if self.literals.is_empty() {
            return self.data.json_compact(&cells);
        }
        let cells: Vec<_> =
            cells.iter().enumerate().map(|(at, cell)| value(&self.literals, at, cell.as_deref())).collect();
        self.data.json_compact(&cells);
    }

    fn end(&mut self, end: &End) {
        #[derive(Serialize)]
        struct Tail<'b> {
            result_count: usize,
            execution_time_ms: Option<u64>,
            truncated: bool,
            success: bool,
            #[serde(skip_serializing_if = "Option::is_none")]
            error: Option<&'b crate::diagnostics::Report>,
        }
        if !self.begun {
            self.begin(&[]);
        }
        let tail = Tail {
            // What stands above counts, also when the server failed half-way.
            result_count: self.rows,
            execution_time_ms: end.execution_time_ms,
            truncated: end.truncated,
            success: end.failure.is_none(),
            error: end.failure.as_ref(),
        };
        self.data.json_text(if self.rows == 0 { "],\n" } else { "\n  ],\n" });
        // Text, numbers and booleans are always JSON.
        let tail = serde_json::to_string_pretty(&tail).unwrap_or_default();
        // The opening brace of the tail is already there.
        self.data.json_text(tail.strip_prefix("{\n").unwrap_or(&tail));
        self.data.json_text("\n");
    }
}

/// A cell as JSON: text, or in a column of literals what it stands for.
fn value<'a>(literals: &[bool], at: usize, cell: Option<&'a str>) -> Cell<'a> {
    match cell {
        None => Cell::Null,
        Some(text) if literals.get(at) == Some(&true) => match text.parse() {
            Ok(flag) => Cell::Flag(flag),
            Err(_) => text.parse().map_or(Cell::Text(text), Cell::Number),
        },
        Some(text) => Cell::Text(text),
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum Cell<'a> {
    Null,
    Flag(bool),
    Number(serde_json::Number),
    Text(&'a str),
}

/// One object a row, its keys the headers. A name that comes twice gets `_2`; a cell without a
/// header is `column_N`, N being its place.
pub(crate) struct JsonLines<'a> {
    data: &'a mut Data,
    names: Names,
    literals: Vec<bool>,
}

impl<'a> JsonLines<'a> {
    pub(crate) fn new(data: &'a mut Data) -> Self {
        Self { data, names: Names::default(), literals: Vec::new() }
    }
}

struct Row<'a>(&'a Names, &'a [bool], &'a Cells<'a>);

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(names, literals, cells) = self;
        let mut map = serializer.serialize_map(Some(cells.len()))?;
        for (index, cell) in cells.iter().enumerate() {
            let cell = value(literals, index, cell.as_deref());
            match names.of_headers.get(index) {
                Some(name) => map.serialize_entry(name, &cell)?,
                None => map.serialize_entry(&names.beyond(index), &cell)?,
            }
        }
        map.end()
    }
}

impl Format for JsonLines<'_> {
    fn literals(&mut self, columns: &[bool]) {
        columns.clone_into(&mut self.literals);
    }

    fn begin(&mut self, headers: &[String]) {
        self.names = Names::of(headers);
    }

    fn row(&mut self, cells: &Cells<'_>) {
        self.data.json_compact(&Row(&self.names, &self.literals, cells));
        self.data.json_text("\n");
    }

    fn flush(&mut self) {
        self.data.flush();
    }

    /// What is there of the rows may not be all of them: a failure is the last line.
    fn end(&mut self, end: &End) {
        if let Some(failure) = &end.failure {
            self.data.json_compact(&FailureJson::from(failure.clone()));
            self.data.json_text("\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_cells_of_a_row_have_the_same_key() {
        let headers = ["column_3", "column_4"].map(String::from);
        let (mut data, memory) = Data::in_memory();
        let mut format = JsonLines::new(&mut data);
        format.begin(&headers);
        format.row(&["a", "b", "c", "d", "e"].map(|cell| Some(cell.into())));
        data.flush();
        let line = String::from_utf8(memory.lock().expect("the memory").clone()).expect("UTF-8");
        assert_eq!(
            line,
            "{\"column_3\":\"a\",\"column_4\":\"b\",\"column_3_\":\"c\",\"column_4_\":\"d\",\"column_5\":\"e\"}\n"
        );
    }
}
