//! Rows as Parquet, for data tools: typed columns, nulls as nulls.
//!
//! Rows wait until they fill a row group. What the first of them hold settles whether a column really is of the type that the server
//! names: if not, it is text. The same rows make the same bytes: there is no time in the file, and only the version of the
//! program beside them.

mod column;
mod decimal;

use std::io::BufWriter;
use std::sync::Arc;

use ::parquet::basic::{Compression, ZstdLevel};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::{EnabledStatistics, WriterProperties};
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::types::Type;
use hac_client::Error;

use super::column_type::ColumnType;
use super::names::Names;
use super::{Cells, End, Format};
use crate::diagnostics::usage;
use crate::printer::{Data, Output};
use column::Column;

/// So many bytes of rows wait.
const ROW_GROUP: usize = 4 << 20;
/// So large is a page before it is compressed: each column has one in memory.
const PAGE: usize = 256 << 10;
const DOING: &str = "write the rows as parquet";

/// Each column has the type that is known for it, or is text.
pub(crate) struct Parquet<'a> {
    data: Option<&'a mut Data>,
    writer: Option<SerializedFileWriter<&'a mut BufWriter<Output>>>,
    types: Vec<ColumnType>,
    names: Vec<String>,
    columns: Vec<Column>,
    /// All rows, and the bytes of those that wait.
    rows: u64,
    waiting: usize,
    refused: Option<Error>,
}

impl<'a> Parquet<'a> {
    pub(crate) fn new(data: &'a mut Data) -> Self {
        Self {
            data: Some(data),
            writer: None,
            types: Vec::new(),
            names: Vec::new(),
            columns: Vec::new(),
            rows: 0,
            waiting: 0,
            refused: None,
        }
    }

    /// Settles what the columns hold, and begins the file.
    fn start(&mut self) -> Result<(), ParquetError> {
        let Some(data) = self.data.take() else { return Ok(()) };
        let mut fields = Vec::with_capacity(self.names.len());
        for (at, (name, column)) in self.names.iter().zip(&mut self.columns).enumerate() {
            let mut holds = self.types.get(at).copied().unwrap_or_default();
            if !column.settle(holds) {
                data.warn(&format!("the column {name} is written as text: its cells are not what its type says"));
                holds = ColumnType::Text;
            }
            fields.push(Arc::new(column::field(name, holds)?));
        }
        let schema = Type::group_type_builder("rows").with_fields(fields).build()?;
        let properties = WriterProperties::builder()
            .set_created_by(concat!("hac ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true)
            .set_data_page_size_limit(PAGE)
            .set_dictionary_page_size_limit(PAGE)
            .build();
        self.writer = Some(SerializedFileWriter::new(data.writer(), Arc::new(schema), Arc::new(properties))?);
        Ok(())
    }

    /// Writes the rows that wait.
    fn flush(&mut self) -> Result<(), ParquetError> {
        self.start()?;
        let Some(writer) = self.writer.as_mut().filter(|_| self.waiting > 0) else { return Ok(()) };
        let mut group = writer.next_row_group()?;
        for column in &mut self.columns {
            if let Some(mut into) = group.next_column()? {
                column.write(&mut into)?;
                into.close()?;
            }
        }
        group.close()?;
        self.waiting = 0;
        Ok(())
    }

    fn push(&mut self, cells: &Cells<'_>) -> Option<Error> {
        if cells.len() > self.columns.len() {
            let why = format!("row {} has {} cells below {} columns", self.rows, cells.len(), self.columns.len());
            return Some(usage(DOING, why, "select the columns by their names, or write another format"));
        }
        for (at, column) in self.columns.iter_mut().enumerate() {
            match column.push(cells.get(at).and_then(|cell| cell.as_deref())) {
                Ok(bytes) => self.waiting += bytes,
                // The value itself may be nobody's business.
                Err(expected) => {
                    let why = format!("the cell of row {} in column {} is not {expected}", self.rows, self.names[at]);
                    return Some(usage(DOING, why, "--untyped makes text of all columns"));
                }
            }
        }
        None
    }

    fn keep(&mut self, result: Result<(), ParquetError>) {
        if let Err(cause) = result {
            let error = usage(DOING, cause.to_string(), "write another format, such as csv or jsonl");
            self.refused.get_or_insert(error);
        }
    }
}

impl Format for Parquet<'_> {
    fn types(&mut self, columns: &[ColumnType]) {
        columns.clone_into(&mut self.types);
    }

    fn begin(&mut self, headers: &[String]) {
        self.names = Names::of(headers).of_headers;
        self.columns = headers.iter().map(|_| Column::new()).collect();
    }

    fn row(&mut self, cells: &Cells<'_>) {
        self.rows += 1;
        if self.refused.is_some() {
            return;
        }
        self.refused = self.push(cells);
        if self.refused.is_none() && self.waiting >= ROW_GROUP {
            let flushed = self.flush();
            self.keep(flushed);
        }
    }

    fn refusal(&mut self) -> Option<Error> {
        self.refused.take()
    }

    fn end(&mut self, end: &End) {
        if end.failure.is_some() || self.refused.is_some() {
            return;
        }
        let flushed = self.flush();
        self.keep(flushed);
        if let Some(writer) = self.writer.take().filter(|_| self.refused.is_none()) {
            let closed = writer.close().map(drop);
            self.keep(closed);
        }
    }
}
