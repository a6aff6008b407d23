//! Rows as JSON: one object for all, or one a row.

use std::io;

use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};

use super::{Cells, End, Format};
use crate::printer::Data;

/// `{headers, rows, result_count, execution_time_ms, truncated, success}`, and `error` on failure.
///
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
}

impl Format for Json<'_> {
    fn begin(&mut self, headers: &[String]) -> io::Result<()> {
        self.begun = true;
        self.data.json_text("{\n  \"headers\": ")?;
        self.data.json_compact(&headers)?;
        self.data.json_text(",\n  \"rows\": [")
    }

    fn row(&mut self, cells: &Cells<'_>) -> io::Result<()> {
        if !self.begun {
            self.begin(&[])?;
        }
        self.data.json_text(if self.rows == 0 { "\n    " } else { ",\n    " })?;
        self.rows += 1;
        self.data.json_compact(&cells)
    }

    fn end(&mut self, end: &End) -> io::Result<()> {
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
            self.begin(&[])?;
        }
        let tail = Tail {
            // What stands above counts, also when the server failed half-way.
            result_count: self.rows,
            execution_time_ms: end.execution_time_ms,
            truncated: end.truncated,
            success: end.failure.is_none(),
            error: end.failure.as_ref(),
        };
        self.data.json_text(if self.rows == 0 { "],\n" } else { "\n  ],\n" })?;
        let tail = serde_json::to_string_pretty(&tail)?;
        // The opening brace of the tail is already there.
        self.data.json_text(tail.strip_prefix("{\n").unwrap_or(&tail))?;
        self.data.json_text("\n")
    }
}

/// One object a row, its keys the headers. A name that comes twice gets `_2`.
pub(crate) struct JsonLines<'a> {
    data: &'a mut Data,
    names: Vec<String>,
}

impl<'a> JsonLines<'a> {
    pub(crate) fn new(data: &'a mut Data) -> Self {
        Self { data, names: Vec::new() }
    }
}

struct Row<'a>(&'a [String], &'a Cells<'a>);

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.1.len()))?;
        for (index, cell) in self.1.iter().enumerate() {
            match self.0.get(index) {
                Some(name) => map.serialize_entry(name, cell)?,
                None => map.serialize_entry(&format!("column_{}", index + 1), cell)?,
            }
        }
        map.end()
    }
}

impl Format for JsonLines<'_> {
    fn begin(&mut self, headers: &[String]) -> io::Result<()> {
        self.names = distinct(headers);
        Ok(())
    }

    fn row(&mut self, cells: &Cells<'_>) -> io::Result<()> {
        self.data.json_compact(&Row(&self.names, cells))?;
        self.data.json_text("\n")
    }

    fn end(&mut self, _: &End) -> io::Result<()> {
        Ok(())
    }
}

fn distinct(headers: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(headers.len());
    for header in headers {
        let mut name = header.clone();
        let mut number = 2;
        while names.contains(&name) {
            name = format!("{header}_{number}");
            number += 1;
        }
        names.push(name);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_comes_twice_gets_a_number() {
        let headers = ["pk", "name", "pk", "pk"].map(String::from);
        assert_eq!(distinct(&headers), ["pk", "name", "pk_2", "pk_3"]);
    }
}
