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
    begun: bool,
    rows: usize,
}

impl<'a> Json<'a> {
    pub(crate) fn new(data: &'a mut Data) -> Self {
        Self { data, begun: false, rows: 0 }
    }

    /// One row of values: text, null, or what is no text.
    pub(super) fn values(&mut self, cells: &(impl Serialize + ?Sized)) {
        if !self.begun {
            self.begin(&[]);
        }
        self.data.json_text(if self.rows == 0 { "\n    " } else { ",\n    " });
        self.rows += 1;
        self.data.json_compact(&cells);
    }
}

impl Format for Json<'_> {
    fn begin(&mut self, headers: &[String]) {
        self.begun = true;
        self.data.json_text("{\n  \"headers\": ");
        self.data.json_compact(&Names::of(headers).of_headers);
        self.data.json_text(",\n  \"rows\": [");
    }

    fn row(&mut self, cells: &Cells<'_>) {
        self.values(cells);
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

/// One object a row, its keys the headers. A name that comes twice gets `_2`; a cell without a
/// header is `column_N`, N being its place.
pub(crate) struct JsonLines<'a> {
    data: &'a mut Data,
    names: Names,
}

impl<'a> JsonLines<'a> {
    pub(crate) fn new(data: &'a mut Data) -> Self {
        Self { data, names: Names::default() }
    }

    /// One row of values: text, null, or what is no text.
    pub(super) fn values<C: Serialize>(&mut self, cells: &[C]) {
        self.data.json_compact(&Row(&self.names, cells));
        self.data.json_text("\n");
    }
}

struct Row<'a, C>(&'a Names, &'a [C]);

impl<C: Serialize> Serialize for Row<'_, C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(names, cells) = self;
        let mut map = serializer.serialize_map(Some(cells.len()))?;
        for (index, cell) in cells.iter().enumerate() {
            match names.of_headers.get(index) {
                Some(name) => map.serialize_entry(name, cell)?,
                None => map.serialize_entry(&names.beyond(index), cell)?,
            }
        }
        map.end()
    }
}

impl Format for JsonLines<'_> {
    fn begin(&mut self, headers: &[String]) {
        self.names = Names::of(headers);
    }

    fn row(&mut self, cells: &Cells<'_>) {
        self.values(cells);
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
